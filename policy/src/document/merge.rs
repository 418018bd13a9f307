//! How documents that name the same rule come together: a document assigned lower may tighten, never loosen.
//!
//! Two rules are the same where id, kind and demand are. The one from above stands, and takes from the one below: the
//! stricter mode, the sooner step of `escalate`, the graver severity, the stronger proof, the longer memory, the shorter `unknown_after`, the wider set of
//! platforms, and the earlier `due` and shorter `grace` where both name one. What the lower leaves out stays.
//!
//! Where the lower demands something else, or names a `due` or a `grace` that the upper has not (which could loosen, since of
//! both the later counts), both rules apply; the lower goes by `<policy>.<rule>`.

use muster_proto::cbor::List;
use muster_proto::policy::DeviceRule;
use muster_proto::text::Text;

/// Longest id of a rule on the wire.
const MAX_RULE_ID: usize = 48;

/// The rules of a device, as they come together from above.
#[derive(Default)]
pub(super) struct Merged {
    pub rules: Vec<DeviceRule>,
}

impl Merged {
    /// Adds a rule of `policy`, which is assigned no higher than those before.
    pub fn add(&mut self, policy: &str, mut rule: DeviceRule) {
        if !self.rules.iter().any(|known| known.id == rule.id) {
            return self.rules.push(rule);
        }
        match self.rules.iter_mut().find(|known| same(known, &rule)) {
            Some(known) => tighten(known, rule),
            None => {
                rule.id = self.free_id(policy, &rule.id);
                self.rules.push(rule);
            }
        }
    }

    fn free_id(&self, policy: &str, rule: &str) -> Text<MAX_RULE_ID> {
        let taken = |id: &Text<MAX_RULE_ID>| self.rules.iter().any(|known| known.id == *id);
        let plain = Text::clipped(&format!("{policy}.{rule}"));
        let numbered = |nth: usize| {
            let room = MAX_RULE_ID.saturating_sub(policy.len() + 4);
            let rule: String = rule.chars().take(room).collect();
            Text::clipped(&format!("{policy}.{rule}.{nth}"))
        };
        std::iter::once(plain)
            .chain((2..).map(numbered))
            .find(|id| !taken(id))
            .unwrap_or_else(|| Text::clipped(rule))
    }
}

fn same(upper: &DeviceRule, lower: &DeviceRule) -> bool {
    let comparable =
        (lower.due.is_none() || upper.due.is_some()) && (lower.grace.is_none() || upper.grace.is_some());
    upper.id == lower.id && upper.kind == lower.kind && upper.demand == lower.demand && comparable
}

fn tighten(upper: &mut DeviceRule, lower: DeviceRule) {
    upper.mode = upper.mode.max(lower.mode);
    upper.severity = upper.severity.max(lower.severity);
    upper.needs = upper.needs.max(lower.needs);
    upper.unknown_after = upper.unknown_after.min(lower.unknown_after);
    upper.due = earlier(upper.due, lower.due);
    // What is remembered follows the grace unless somebody says otherwise, and must not shrink with it.
    upper.memory = upper.memory.or(upper.grace).max(lower.memory.or(lower.grace));
    upper.grace = earlier(upper.grace, lower.grace);
    upper.warn_after = sooner(upper.warn_after, lower.warn_after);
    upper.enforce_after = sooner(upper.enforce_after, lower.enforce_after);
    if upper.platforms.is_empty() || lower.platforms.is_empty() {
        upper.platforms = List::default();
    } else {
        let more: Vec<_> = lower.platforms.iter().filter(|p| !upper.platforms.contains(p)).copied().collect();
        upper.platforms.0.extend(more);
    }
    if upper.remedy.is_none() {
        upper.remedy = lower.remedy;
    }
}

/// The sooner of two steps; one that only the lower has tightens, too.
fn sooner<T: Ord>(upper: Option<T>, lower: Option<T>) -> Option<T> {
    [upper, lower].into_iter().flatten().min()
}

/// The earlier of two; what the lower leaves out stays.
fn earlier<T: Ord>(upper: Option<T>, lower: Option<T>) -> Option<T> {
    match (upper, lower) {
        (Some(upper), Some(lower)) => Some(upper.min(lower)),
        (upper, _) => upper,
    }
}
