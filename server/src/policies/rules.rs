//! What verdicts are made by, in memory: policies in force for each organisation, and exemptions. Read anew after each action that
//! changes them. The action marks its devices as due and gives the rules a new edition, in its transaction: a judgement by an older
//! edition, made before the new one was read, leaves the mark where it is and is made again.

use muster_policy::document::{for_phone, next_assignment};
use muster_policy::rules::built_in;
use muster_policy::{Exemption, Ruleset};
use muster_proto::catalogue::Catalogue;
use muster_proto::id::{DeviceId, Digest};
use muster_proto::policy::{DevicePolicy, DeviceRule};
use muster_proto::time::Timestamp;
use std::collections::HashMap;
use std::sync::{Arc, RwLock};

use crate::auth::Within;
use crate::calendar::{self, Working};
use crate::error::ActionError;
use crate::exemptions;
use crate::orgs;
use crate::store::{StoreError, Tx};

/// The policy of an organisation's devices.
#[derive(Debug)]
pub struct Compiled {
    /// Ready to judge.
    pub ruleset: Ruleset,
    /// As phones get it.
    pub phone: DevicePolicy,
    /// What reports name: the digest of [`Compiled::phone`].
    pub digest: Digest,
}

/// What verdicts are made by at one moment.
#[derive(Debug)]
pub struct Snapshot {
    compiled: HashMap<String, Arc<Compiled>>,
    by_device: HashMap<DeviceId, Vec<Exemption>>,
    by_org: HashMap<String, Vec<Exemption>>,
    calendars: calendar::InForce,
    none: Ruleset,
    /// The edition that was read.
    pub edition: u64,
    /// When an assignment begins to count.
    pub next_assignment: Option<Timestamp>,
}

impl Snapshot {
    /// The policy of this organisation's devices; none where nothing is assigned.
    #[must_use]
    pub fn of(&self, org: &str) -> Option<&Arc<Compiled>> {
        self.compiled.get(org)
    }

    /// What this organisation's devices are judged by.
    #[must_use]
    pub fn ruleset(&self, org: &str) -> &Ruleset {
        self.compiled.get(org).map_or(&self.none, |compiled| &compiled.ruleset)
    }

    /// The calendar by which silence is counted in this organisation; none where time always counts.
    #[must_use]
    pub fn calendar(&self, org: &str) -> Option<&Working> {
        self.calendars.get(org).map(Arc::as_ref)
    }

    /// Whether a device may be judged by a rule with this id.
    #[must_use]
    pub fn has_rule(&self, id: &str) -> bool {
        let of_policy = |compiled: &Arc<Compiled>| {
            compiled
                .ruleset
                .policy()
                .is_some_and(|policy| policy.rules.iter().any(|rule| rule.id.as_str() == id))
        };
        built_in::title(id).is_some() || self.compiled.values().any(of_policy)
    }

    /// Ids of every rule by which a device of these organisations may be judged, by the alphabet.
    #[must_use]
    pub fn rule_ids(&self, within: &Within) -> Vec<String> {
        let seen = self.compiled.iter().filter(|(org, _)| within.has(org));
        let policies = seen.filter_map(|(_, compiled)| compiled.ruleset.policy());
        let ids = policies.flat_map(|policy| policy.rules.iter().map(|rule| rule.id.to_string()));
        let built_in = [built_in::SILENCE, built_in::CHAIN].map(str::to_owned);
        ids.chain(built_in).collect::<std::collections::BTreeSet<_>>().into_iter().collect()
    }

    /// The rules with this id, each with the organisation whose it is.
    pub fn rules_named<'a>(&'a self, id: &'a str) -> impl Iterator<Item = (&'a str, &'a DeviceRule)> {
        self.compiled.iter().filter_map(move |(org, compiled)| {
            let rule = compiled.ruleset.policy()?.rules.iter().find(|rule| rule.id.as_str() == id)?;
            Some((org.as_str(), rule))
        })
    }

    /// Exemptions of a device and of its organisation and those above.
    #[must_use]
    pub fn exemptions(&self, device: DeviceId, org: &str) -> Vec<Exemption> {
        let of_org = self.by_org.get(org).into_iter().flatten();
        self.by_device.get(&device).into_iter().flatten().chain(of_org).cloned().collect()
    }

    /// Exemptions of an organisation and those above.
    #[must_use]
    pub fn exemptions_of_org(&self, org: &str) -> &[Exemption] {
        self.by_org.get(org).map_or(&[], Vec::as_slice)
    }
}

impl Default for Snapshot {
    fn default() -> Self {
        Self {
            compiled: HashMap::new(),
            by_device: HashMap::new(),
            by_org: HashMap::new(),
            calendars: calendar::InForce::new(),
            none: Ruleset::none(),
            edition: 0,
            next_assignment: None,
        }
    }
}

/// The newest snapshot.
#[derive(Debug, Default)]
pub struct Rules(RwLock<Arc<Snapshot>>);

impl Rules {
    /// The snapshot of this moment.
    #[must_use]
    pub fn now(&self) -> Arc<Snapshot> {
        // a reader that panicked has left the value whole: it is only ever replaced
        self.0.read().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }

    /// Of two that were read at once, the newer edition stays.
    pub(super) fn replace(&self, snapshot: Snapshot) {
        let mut current = self.0.write().unwrap_or_else(std::sync::PoisonError::into_inner);
        if snapshot.edition >= current.edition {
            *current = Arc::new(snapshot);
        }
    }
}

/// Reads what is in force.
pub(super) fn read(tx: &mut dyn Tx, catalogue: &Catalogue, now: Timestamp) -> Result<Snapshot, ActionError> {
    let orgs = orgs::all(tx)?;
    let mut compiled = HashMap::new();
    for mut row in tx.query("SELECT org, body FROM compiled", &[])? {
        let org: String = row.take()?;
        let policy = super::read_compiled(&row.take::<Vec<u8>>()?)?;
        let phone = for_phone(&policy);
        compiled
            .insert(org, Arc::new(Compiled { digest: phone.digest(), phone, ruleset: Ruleset::new(policy) }));
    }
    let documents = match super::documents::in_force(tx, catalogue, None) {
        // What was compiled stays in force: a server that can't start, or a rule that is gone, would be worse than a date that nobody waits for.
        Err(ActionError::Invalid { detail, .. }) => {
            tracing::error!(
                detail,
                "a policy in force can't be read by this version; what it was compiled to stays in force until it is applied anew"
            );
            Vec::new()
        }
        read => read?,
    };
    let documents: Vec<_> = documents.iter().collect();
    let next_assignment =
        orgs.iter().filter_map(|org| next_assignment(&documents, &orgs::path(&orgs, &org.id), now)).min();
    let (by_device, by_org) = exempt(tx)?;
    Ok(Snapshot {
        compiled,
        by_device,
        by_org,
        calendars: calendar::in_force(tx, &orgs)?,
        none: Ruleset::none(),
        edition: edition(tx)?,
        next_assignment,
    })
}

/// The edition of the rules that this transaction sees.
///
/// # Errors
/// The store's.
pub fn edition(tx: &mut dyn Tx) -> Result<u64, StoreError> {
    let row = tx.query_one("SELECT value FROM settings WHERE name = 'rules-edition'", &[])?;
    row.map_or(Ok(0), |mut row| row.parse("an edition of the rules"))
}

/// What verdicts are made by is changed in this transaction.
///
/// # Errors
/// The store's.
pub fn new_edition(tx: &mut dyn Tx) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO settings (name, value) VALUES ('rules-edition', '1') \
         ON CONFLICT (name) DO UPDATE SET value = CAST(CAST(settings.value AS BIGINT) + 1 AS TEXT)",
        &[],
    )?;
    Ok(())
}

type Exempt = (HashMap<DeviceId, Vec<Exemption>>, HashMap<String, Vec<Exemption>>);

/// An exemption of an organisation covers those below it.
fn exempt(tx: &mut dyn Tx) -> Result<Exempt, StoreError> {
    let tree = orgs::tree(tx)?;
    let (mut by_device, mut by_org): Exempt = (HashMap::new(), HashMap::new());
    for view in exemptions::all(tx)? {
        let exemption = view.as_judged();
        if let Some(device) = view.device {
            by_device.entry(device).or_default().push(exemption);
        } else if let Some(org) = &view.org {
            for org in tree.below(org) {
                by_org.entry(org).or_default().push(exemption.clone());
            }
        }
    }
    Ok((by_device, by_org))
}

#[cfg(test)]
mod tests {
    use crate::auth::Actor;
    use crate::http::testing::world;
    use crate::store::StoreError;

    const POLICY: &str = "
policy: phones
title: { en: Phones, ru: Телефоны }
rules:
  - { id: no-viber, kind: messengers, deny: [viber] }
assign:
  - org: minfin
";

    /// A later version of the program may know a messenger no more that a policy names.
    #[tokio::test]
    async fn what_was_compiled_stays_where_its_document_cannot_be_read() {
        let world = world().await;
        let apply = async |text: &str, prune| {
            crate::policies::apply(&world.app, &Actor::system("test"), text.to_owned(), prune).await
        };
        apply(POLICY, false).await.unwrap();
        let spoil = world.app.store.write(|tx| {
            let sql = "UPDATE policies SET body = REPLACE(body, 'viber]', 'nosuch]')";
            assert_eq!(tx.execute(sql, &[])?, 1);
            Ok::<_, StoreError>(())
        });
        spoil.await.unwrap();
        let rules = world.restarted().await.rules.now();
        assert!(rules.ruleset("minfin").policy().is_some() && rules.has_rule("no-viber"));
        let other =
            POLICY.replace("phones", "others").replace("no-viber", "no-threema").replace("viber", "threema");
        let refused = apply(&other, false).await.unwrap_err().to_string();
        assert!(refused.starts_with("policy phones, as it is stored: "), "{refused}");
        let parts_lost = apply(POLICY, false).await.unwrap_err().to_string();
        assert!(parts_lost.contains("with `prune`"), "{parts_lost}");
        crate::policies::plan(&world.app, &Actor::system("test"), POLICY, true)
            .await
            .expect("what that would change");
        apply(POLICY, true).await.expect("it is mended by a whole one");
        apply(&other, false).await.expect("the other one too");
    }
}
