//! Every value of a report in words.

use std::fmt::Display;

use muster_proto::facts::{AgentFacts, AppFacts, DeviceFacts, Fact, PackageCertificate, Sighting, WorkFacts};
use muster_proto::report::Report;
use muster_proto::time::Span;

use super::people::moment;
use super::shown::root_sign;
use crate::texts::Language;

/// The report, line by line.
#[must_use]
pub fn report_lines(report: &Report, language: Language) -> Vec<String> {
    let mut lines = vec![String::new(), format!("{}:", language.text("about-device"))];
    lines.extend(device(&report.submods.device, language));
    lines.push(format!("{}:", language.text("about-apps")));
    lines.extend(apps(&report.submods.apps, language));
    lines.push(format!("{}:", language.text("about-agent")));
    lines.extend(agent(&report.submods.agent, language));
    lines
}

/// One line for each fact, in the order of the contract.
fn device(facts: &DeviceFacts, language: Language) -> Vec<String> {
    let words = Words { language };
    let values = identity_and_lock(facts, &words).into_iter().chain(integrity_and_rest(facts, &words));
    values.map(|(fact, value)| format!("  {}: {value}", language.text(&format!("fact.{fact}")))).collect()
}

type Named = (&'static str, String);

fn identity_and_lock(facts: &DeviceFacts, words: &Words) -> Vec<Named> {
    vec![
        ("platform", words.of("platform", &facts.platform, |value| value.word())),
        ("os_version", words.free(&facts.os_version)),
        ("security_patch", words.free(&facts.security_patch)),
        ("build_id", words.free(&facts.build_id)),
        ("build_type", words.free(&facts.build_type)),
        ("manufacturer", words.free(&facts.manufacturer)),
        ("brand", words.free(&facts.brand)),
        ("model", words.free(&facts.model)),
        ("management", words.of("management", &facts.management, |value| value.word())),
        ("encryption", words.of("encryption", &facts.encryption, |value| value.word())),
        ("lock_set", words.flag(&facts.lock_set)),
        ("lock_strength", words.of("strength", &facts.lock_strength, |value| value.word())),
        ("lock_after", words.fact(&facts.lock_after, |after| seconds(*after, words.language))),
    ]
}

fn integrity_and_rest(facts: &DeviceFacts, words: &Words) -> Vec<Named> {
    let language = words.language;
    vec![
        ("developer_options", words.flag(&facts.developer_options)),
        ("debug_bridge", words.flag(&facts.debug_bridge)),
        ("bootloader_locked", words.flag(&facts.bootloader_locked)),
        ("verified_boot", words.of("boot", &facts.verified_boot, |value| value.word())),
        (
            "root_signs",
            words.fact(&facts.root_signs, |signs| {
                words.list(signs.iter().map(|sign| root_sign(sign.kind.word(), &sign.seen, language)))
            }),
        ),
        (
            "install_sources",
            words.fact(&facts.install_sources, |sources| {
                let kinds =
                    words.list(sources.kinds.iter().map(|kind| language.word("install", kind.word())));
                format!("{} ({kinds})", sources.count)
            }),
        ),
        ("scope", words.of("scope", &facts.scope, |value| value.word())),
        (
            "background_limits",
            words.fact(&facts.background_limits, |limits| {
                words.list(limits.iter().map(|limit| language.word("limit", limit.word())))
            }),
        ),
        (
            "pending_update",
            words.fact(&facts.pending_update, |update| {
                let since =
                    update.since.map(|since| format!(", {}", language.filled("since", &[&moment(since)])));
                format!("{}{}", words.yes_no(update.waiting), since.unwrap_or_default())
            }),
        ),
        ("boot_count", words.free(&facts.boot_count)),
        (
            "containers",
            words.fact(&facts.containers, |containers| {
                words.list(containers.iter().map(|container| language.word("container", container.word())))
            }),
        ),
        ("os_certified", words.flag(&facts.os_certified)),
        (
            "package_certificates",
            words.fact(&facts.package_certificates, |signers| {
                words.list(signers.iter().map(|signer| signed_by(signer, language)))
            }),
        ),
        (
            "restrictions",
            words.fact(&facts.restrictions, |names| words.list(names.iter().map(ToString::to_string))),
        ),
    ]
}

fn signed_by(signer: &PackageCertificate, language: Language) -> String {
    let packages = signer.packages.to_string();
    if signer.id.is_empty() {
        return language.filled("signed-by-nobody", &[&packages]);
    }
    language.filled("signed-by", &[&packages, &signer.id])
}

fn apps(apps: &AppFacts, language: Language) -> Vec<String> {
    let words = Words { language };
    let mut lines: Vec<String> = Vec::new();
    for (source, outcome) in &apps.sources {
        let outcome = words.fact(outcome, |_| language.text("read").to_owned());
        lines.push(format!("  {}: {outcome}", language.word("source", source.word())));
    }
    let looked_for = language.filled("looked-for-count", &[&apps.watch_list.size.to_string()]);
    lines.push(format!("  {}: {looked_for}", language.text("looked-for")));
    if apps.sightings.is_empty() {
        lines.push(format!("  {}: {}", language.text("found"), language.text("nothing-found")));
    }
    lines.extend(
        apps.sightings
            .iter()
            .map(|app| format!("  {}: {}", language.text("found"), sighting(app, apps, language))),
    );
    lines
}

fn sighting(app: &Sighting, apps: &AppFacts, language: Language) -> String {
    let mut parts = vec![format!("{} ({})", app.messenger, app.package)];
    parts.extend(app.version.as_ref().map(|version| language.filled("version", &[version])));
    let sources = [app.source].into_iter().chain(app.also.iter().copied());
    parts.push(sources.map(|source| language.word("source", source.word())).collect::<Vec<_>>().join(" + "));
    let unknown_to = app.not_known_to(&apps.sources);
    if !unknown_to.is_empty() {
        let sources: Vec<String> =
            unknown_to.iter().map(|source| language.word("source", source.word())).collect();
        parts.push(language.filled("not-known-to", &[&sources.join(" + ")]));
    }
    parts.push(language.word("match", app.matched.word()));
    parts.push(language.word("signature", app.signature.word()));
    parts.extend(app.profile.map(|profile| language.word("profile", profile.word())));
    parts.extend(app.first_installed.map(|at| language.filled("installed", &[&moment(at)])));
    parts.join(", ")
}

fn agent(agent: &AgentFacts, language: Language) -> Vec<String> {
    let schedule = &agent.schedule;
    let span = |span: Span| span.secs().to_string();
    let schedule = language.filled(
        "schedule-words",
        &[
            &span(schedule.report_every),
            &span(schedule.spread),
            &language.word("channel", schedule.channel.word()),
            &span(schedule.silent_after),
        ],
    );
    let mut lines = vec![
        format!("  {}: {}", language.text("agent-version"), agent.version),
        format!(
            "  {}: {}",
            language.text("protection"),
            language.word("protection", agent.protection.word())
        ),
        format!("  {}: {}", language.text("queued"), agent.queued),
        format!("  {}: {schedule}", language.text("schedule")),
    ];
    if let Some(work) = &agent.work {
        lines.push(format!("  {}: {}", language.text("work"), worked(work, language)));
    }
    lines.extend(agent.last_error.as_ref().map(|code| format!("  {}: {code}", language.text("last-error"))));
    if !agent.refused.is_empty() {
        let words = Words { language };
        let refused =
            words.list(agent.refused.iter().map(|refusal| language.word("refusal", refusal.word())));
        lines.push(format!("  {}: {refused}", language.text("refused")));
    }
    lines
}

/// What the last piece of work took, why the system ended the one before, and the bytes since the report before.
fn worked(work: &WorkFacts, language: Language) -> String {
    let mut parts = vec![language.filled("work-took", &[&work.took_ms.to_string()])];
    parts.extend(work.stop_reason.map(|reason| language.filled("work-stopped", &[&reason.to_string()])));
    parts.extend(work.sent.map(|bytes| language.filled("work-sent", &[&bytes.to_string()])));
    parts.extend(work.received.map(|bytes| language.filled("work-received", &[&bytes.to_string()])));
    parts.join(", ")
}

fn seconds(span: Span, language: Language) -> String {
    language.filled("seconds", &[&span.secs().to_string()])
}

struct Words {
    language: Language,
}

impl Words {
    fn fact<T>(&self, fact: &Fact<T>, known: impl FnOnce(&T) -> String) -> String {
        match fact {
            Fact::Known(value) => known(value),
            Fact::Unknown(reason) => {
                self.language.filled("not-read", &[&self.language.word("reason", reason.word())])
            }
        }
    }

    fn of<T>(&self, list: &str, fact: &Fact<T>, word: impl FnOnce(&T) -> &'static str) -> String {
        self.fact(fact, |value| self.language.word(list, word(value)))
    }

    fn free<T: Display>(&self, fact: &Fact<T>) -> String {
        self.fact(fact, ToString::to_string)
    }

    fn flag(&self, fact: &Fact<bool>) -> String {
        self.fact(fact, |value| self.yes_no(*value))
    }

    fn yes_no(&self, value: bool) -> String {
        self.language.text(if value { "yes" } else { "no" }).to_owned()
    }

    fn list(&self, items: impl Iterator<Item = String>) -> String {
        let items: Vec<String> = items.collect();
        if items.is_empty() { self.language.text("none").to_owned() } else { items.join(", ") }
    }
}
