//! The digest: each day, from the hour on that the recipient wants, what has changed since the last one, what will change, and how many there are.

use jiff::tz::TimeZone;
use muster_proto::time::Timestamp;
use std::collections::BTreeMap;

use super::gather::{Gathered, Phone, Scope, gather};
use super::letter::{Letter, Line, Section, id, minute, name, zone};
use super::outbox::enqueue;
use super::post::Mail;
use super::{COLUMNS, Recipient, is_still, recipient};
use crate::app::App;
use crate::error::ActionError;
use crate::i18n::{FluentValue, Lang, number, words};
use crate::orgs;
use crate::policies::Snapshot;
use crate::store::{StoreError, Tx, values};

/// Most organisations that are counted in a mail.
const MOST_ORGS: usize = 50;

/// A digest that is to be written.
pub struct Due {
    recipient: Recipient,
    zone: TimeZone,
    /// What its organisation is called.
    title: Option<String>,
    /// From when on it is due, and what it covers the edges after.
    slot: Timestamp,
    after: u64,
}

/// Writes the digests that are due; says how many.
///
/// # Errors
/// The store's.
pub async fn digests(app: &App) -> Result<usize, ActionError> {
    let now = app.now();
    let mut written = 0;
    for one in app.store.read(move |tx| due(tx, now)).await? {
        written += usize::from(digest(app, one, now).await?);
    }
    Ok(written)
}

/// Writes one of them; says whether it did.
pub async fn digest(app: &App, due: Due, now: Timestamp) -> Result<bool, ActionError> {
    let (snapshot, people) = (app.rules.now(), app.people_url());
    let (due, scope, mail, covered) = app
        .store
        .read(move |tx| {
            let scope = Scope::read(tx, due.recipient.org.as_deref())?;
            let gathered = gather(tx, &scope, due.after, now)?;
            let mail = write(&due, &gathered, &snapshot, people, now);
            Ok::<_, StoreError>((due, scope, mail, gathered.covered))
        })
        .await?;
    let written = app.store.write(move |tx| {
        let id = &due.recipient.id;
        if !is_still(tx, &due.recipient, &scope)? {
            return Ok(false);
        }
        let sql = "UPDATE mail_recipients SET digested = $2, covered = $3 WHERE id = $1";
        tx.execute(sql, &values![id, now, covered])?;
        enqueue(tx, id, &mail, now)?;
        Ok::<_, StoreError>(true)
    });
    Ok(written.await?)
}

/// Those that are due.
pub fn due(tx: &mut dyn Tx, now: Timestamp) -> Result<Vec<Due>, ActionError> {
    let sql =
        format!("SELECT {COLUMNS}, digested, covered FROM mail_recipients WHERE digest_hour IS NOT NULL");
    let mut all = Vec::new();
    for mut row in tx.query(&sql, &[])? {
        let recipient = recipient(&mut row)?;
        let (digested, after): (Timestamp, u64) = (row.take()?, row.take()?);
        let org = recipient.org.as_deref().map(|org| orgs::find(tx, org)).transpose()?;
        let zone = zone(org.as_ref().map(|org| org.time_zone.as_str()));
        let slot = recipient.digest_hour.and_then(|hour| slot(now, &zone, hour));
        if let Some(slot) = slot.filter(|slot| digested < *slot) {
            all.push(Due { recipient, zone, title: org.map(|org| org.title), slot, after });
        }
    }
    Ok(all)
}

/// The last moment at which it was this hour there.
fn slot(now: Timestamp, zone: &TimeZone, hour: u32) -> Option<Timestamp> {
    let hour = i8::try_from(hour).ok()?;
    let local = jiff::Timestamp::from_millisecond(now.millis()).ok()?.to_zoned(zone.clone());
    let at = |date: jiff::civil::Date| {
        let moment = date.at(hour, 0, 0, 0).to_zoned(zone.clone()).ok()?;
        Some(Timestamp::from_millis(moment.timestamp().as_millisecond()))
    };
    let today = at(local.date())?;
    if today <= now { Some(today) } else { at(local.date().yesterday().ok()?) }
}

fn write(due: &Due, gathered: &Gathered, snapshot: &Snapshot, people: String, now: Timestamp) -> Mail {
    let (lang, zone) = (due.recipient.language.lang(), &due.zone);
    let place = due.title.clone().unwrap_or_else(|| lang.say("mail-of-all"));
    let day = minute(now, zone).chars().take(10).collect::<String>();
    let places = [
        ("day", words(&day)),
        ("failing", number(gathered.failing.total)),
        ("fixed", number(gathered.fixed.total)),
    ];
    let subject = lang.with("mail-digest-subject", places);
    let line = |text: Text, phone: &Phone| {
        let rule = phone.rule.as_deref().map(|rule| rule_title(snapshot, &phone.org, rule, lang));
        text(
            lang,
            [
                ("device", words(&name(phone.asset_tag.as_deref(), phone.id))),
                ("org", words(&phone.org)),
                ("rule", words(rule.as_deref().unwrap_or_default())),
                ("at", words(&minute(phone.at, zone))),
            ],
        )
    };
    let section = |title: &str, found, text: Text| Section::of(title, lang, found, |phone| line(text, phone));
    let sections = vec![
        section(&lang.say("mail-failing"), &gathered.failing, by_rule),
        section(&lang.say("mail-watched"), &gathered.watched, by_rule),
        section(&lang.say("mail-fixed"), &gathered.fixed, by_rule),
        section(&lang.say("mail-due"), &gathered.due, until),
        section(&lang.say("mail-silent"), &gathered.silent, since),
        counted(&gathered.counts, lang),
    ];
    let lead = lang.with("mail-digest-lead", [("place", words(&place))]);
    let letter = Letter { lang, subject, lead, sections, people };
    Mail {
        id: id("digest", &due.recipient.id, &due.slot.millis().to_string()),
        to: due.recipient.address.clone(),
        text: letter.text(),
        html: letter.html(),
        subject: letter.subject,
        made: now,
    }
}

/// A line about a phone.
type Text = fn(Lang, [(&str, FluentValue<'_>); 4]) -> String;

fn by_rule(lang: Lang, places: [(&str, FluentValue<'_>); 4]) -> String {
    lang.with("mail-line-rule", places)
}

fn until(lang: Lang, places: [(&str, FluentValue<'_>); 4]) -> String {
    lang.with("mail-line-until", places)
}

fn since(lang: Lang, places: [(&str, FluentValue<'_>); 4]) -> String {
    lang.with("mail-line-since", places)
}

/// What a rule is called in the policy of an organisation.
pub fn rule_title(snapshot: &Snapshot, org: &str, rule: &str, lang: Lang) -> String {
    let policy = snapshot.of(org).and_then(|compiled| compiled.ruleset.policy());
    let known = policy.and_then(|policy| policy.rules.iter().find(|one| one.id.as_str() == rule));
    lang.of(&crate::judge::title(rule, known)).to_owned()
}

fn counted(counts: &BTreeMap<String, BTreeMap<String, u64>>, lang: Lang) -> Section {
    let of = |org: &BTreeMap<String, u64>, verdict: &str| org.get(verdict).copied().unwrap_or(0);
    let mut orgs: Vec<_> = counts.iter().collect();
    // where most is wrong stands first
    orgs.sort_by_key(|(name, org)| (std::cmp::Reverse(of(org, "failing")), name.to_owned().clone()));
    let lines = orgs.iter().take(MOST_ORGS).map(|(name, org)| {
        let known = ["failing", "grace", "unknown", "compliant"];
        let other = org.iter().filter(|(verdict, _)| !known.contains(&verdict.as_str()));
        let places = [
            ("org", words(name)),
            ("failing", number(of(org, "failing"))),
            ("grace", number(of(org, "grace"))),
            ("unknown", number(of(org, "unknown"))),
            ("compliant", number(of(org, "compliant"))),
            ("other", number(other.map(|(_, count)| count).sum())),
        ];
        Line { words: lang.with("mail-count", places), device: None }
    });
    let more = orgs.len().saturating_sub(MOST_ORGS) as u64;
    Section { title: lang.say("mail-counts"), lines: lines.collect(), more }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn an_hour_of_the_organisation_is_meant() {
        let moscow = zone(Some("Europe/Moscow"));
        for (now, hour, wanted) in [
            ("2026-03-28T05:59:59Z", 9, "2026-03-27T06:00:00Z"),
            ("2026-03-28T06:00:00Z", 9, "2026-03-28T06:00:00Z"),
            ("2026-03-28T22:00:00Z", 0, "2026-03-28T21:00:00Z"),
        ] {
            assert_eq!(slot(at(now), &moscow, hour), Some(at(wanted)), "{now}");
        }
        // the clocks go from 2 to 3
        let berlin = zone(Some("Europe/Berlin"));
        assert_eq!(slot(at("2026-03-29T12:00:00Z"), &berlin, 2), Some(at("2026-03-29T01:00:00Z")));
        assert_eq!(zone(Some("Nowhere/At-all")), TimeZone::UTC);
    }
}
