//! Messages made up by proptest: anything that the types can hold.

use muster_proto::cbor::{Bytes, List};
use muster_proto::facts::{
    AgentFacts, AppFacts, AppSource, BackgroundLimit, BootState, ChannelMode, Container, DeviceFacts,
    Encryption, Fact, InstallKind, InstallSources, Management, MatchKind, PackageCertificate, PendingUpdate,
    Platform, Profile, Protection, Read, Reason, Refusal, RootKind, RootSign, Schedule, Scope, Sighting,
    Signature, Source, Strength, WatchListRef, WorkFacts,
};
use muster_proto::id::{Audience, ChainId, DeviceId, Digest, Nonce, OrderId};
use muster_proto::message::{
    AckState, Enrol, Hello, Order, OrderAck, OrderKind, PageLink, PolicyMessage, RekeyConsent, VerdictMessage,
};
use muster_proto::policy::{DevicePolicy, DeviceRule, Local, Mode, Proof, Severity};
use muster_proto::report::{self, Range, Report, Submods, Trigger};
use muster_proto::text::Text;
use muster_proto::time::{Day, Span, Timestamp};
use muster_proto::verdict::{DeviceVerdict, RuleVerdict, State};
use proptest::array::{uniform16, uniform32};
use proptest::collection::{btree_map, vec};
use proptest::option::of;
use proptest::prelude::*;
use proptest::sample::select;

fn text<const N: usize>() -> impl Strategy<Value = Text<N>> {
    "\\PC{0,24}".prop_map(|text| Text::clipped(&text))
}

fn list<T: std::fmt::Debug>(item: impl Strategy<Value = T>, most: usize) -> impl Strategy<Value = List<T>> {
    vec(item, 0..=most).prop_map(List)
}

fn fact<T: std::fmt::Debug>(value: impl Strategy<Value = T>) -> impl Strategy<Value = Fact<T>> {
    prop_oneof![3 => value.prop_map(Fact::Known), 1 => select(&Reason::ALL[..]).prop_map(Fact::Unknown)]
}

fn time() -> impl Strategy<Value = Timestamp> {
    prop_oneof![0..253_402_300_800_i64, 1_600_000_000..1_800_000_000_i64].prop_map(Timestamp::from_secs)
}

fn span() -> impl Strategy<Value = Span> {
    (0..253_402_300_800_u64).prop_map(Span::from_secs)
}

fn digest() -> impl Strategy<Value = Digest> {
    uniform32(any::<u8>()).prop_map(Digest)
}

fn chain() -> impl Strategy<Value = ChainId> {
    uniform16(any::<u8>()).prop_map(ChainId)
}

fn order_id() -> impl Strategy<Value = OrderId> {
    uniform16(any::<u8>()).prop_map(OrderId)
}

fn device() -> impl Strategy<Value = DeviceId> {
    uniform16(any::<u8>()).prop_map(DeviceId)
}

fn nonce() -> impl Strategy<Value = Nonce> {
    vec(any::<u8>(), 8..=64).prop_map(|bytes| Nonce::new(&bytes).expect("within the bounds"))
}

fn range() -> impl Strategy<Value = Range> {
    (any::<u64>(), any::<u64>()).prop_map(|(a, b)| Range { first: a.min(b), last: a.max(b) })
}

fn schedule() -> impl Strategy<Value = Schedule> {
    (span(), span(), select(ChannelMode::ALL), span(), list(span(), 8)).prop_map(
        |(report_every, spread, channel, silent_after, remind)| Schedule {
            report_every,
            spread,
            channel,
            silent_after,
            remind,
        },
    )
}

fn local() -> impl Strategy<Value = Local> {
    (text(), text()).prop_map(|(en, ru)| Local { en, ru })
}

fn device_facts() -> impl Strategy<Value = DeviceFacts> {
    let root = (select(RootKind::ALL), text()).prop_map(|(kind, seen)| RootSign { kind, seen });
    let installers = (any::<u32>(), list(select(InstallKind::ALL), 16))
        .prop_map(|(count, kinds)| InstallSources { count, kinds });
    let update = (any::<bool>(), of(time())).prop_map(|(waiting, since)| PendingUpdate { waiting, since });
    let words = (fact(text()), fact(text()), fact(text()), fact(text()), fact(text()), fact(text()));
    let day = (0..=2_932_896_u32).prop_map(|days| Day::from_days(days).expect("within the bounds"));
    let system = (
        fact(select(Platform::ALL)),
        fact(day),
        fact(select(Management::ALL)),
        fact(select(Encryption::ALL)),
    );
    let lock = (fact(any::<bool>()), fact(select(Strength::ALL)), fact(span()));
    let flags = (fact(any::<bool>()), fact(any::<bool>()), fact(any::<bool>()), fact(select(BootState::ALL)));
    let lists = (
        fact(list(root, 4)),
        fact(installers),
        fact(list(select(BackgroundLimit::ALL), 16)),
        fact(list(select(Container::ALL), 16)),
    );
    let rest = (
        fact(select(Scope::ALL)),
        fact(update),
        fact(any::<u64>()),
        btree_map(1..=27_u64, select(Source::ALL), 0..27),
    );
    let signed = (text(), any::<u32>()).prop_map(|(id, packages)| PackageCertificate { id, packages });
    let phone = (fact(any::<bool>()), fact(list(signed, 4)), fact(list(text(), 4)));
    (words, system, lock, flags, lists, rest, phone).prop_map(
        |(words, system, lock, flags, lists, rest, phone)| DeviceFacts {
            sources: rest.3,
            platform: system.0,
            os_version: clip(words.0),
            security_patch: system.1,
            build_id: clip(words.1),
            build_type: clip(words.2),
            manufacturer: words.3,
            brand: words.4,
            model: words.5,
            management: system.2,
            encryption: system.3,
            lock_set: lock.0,
            lock_strength: lock.1,
            lock_after: lock.2,
            developer_options: flags.0,
            debug_bridge: flags.1,
            bootloader_locked: flags.2,
            verified_boot: flags.3,
            root_signs: lists.0,
            install_sources: lists.1,
            scope: rest.0,
            background_limits: lists.2,
            pending_update: rest.1,
            boot_count: rest.2,
            containers: lists.3,
            os_certified: phone.0,
            package_certificates: phone.1,
            restrictions: phone.2,
        },
    )
}

/// Gives one strategy's text the bound of its field.
fn clip<const N: usize>(fact: Fact<Text<64>>) -> Fact<Text<N>> {
    match fact {
        Fact::Known(text) => Fact::Known(Text::clipped(&text)),
        Fact::Unknown(reason) => Fact::Unknown(reason),
    }
}

fn sighting() -> impl Strategy<Value = Sighting> {
    let words = (text(), text(), of(text()), of(text()));
    let times = (of(time()), of(time()), of(any::<bool>()), of(select(Profile::ALL)));
    let match_ = (
        select(Signature::ALL),
        select(AppSource::ALL),
        select(MatchKind::ALL),
        list(digest(), 3),
        list(select(AppSource::ALL), 8),
    );
    (words, times, match_).prop_map(|(words, times, (signature, source, matched, signers, also))| Sighting {
        messenger: words.0,
        package: words.1,
        version: words.2,
        signers,
        installer: words.3,
        first_installed: times.0,
        updated: times.1,
        enabled: times.2,
        profile: times.3,
        signature,
        source,
        matched,
        also,
    })
}

fn app_facts() -> impl Strategy<Value = AppFacts> {
    let sources = btree_map(select(AppSource::ALL), fact(Just(Read)), 0..8);
    (sources, digest(), any::<u32>(), list(sighting(), 6)).prop_map(|(sources, digest, size, sightings)| {
        AppFacts { sources, watch_list: WatchListRef { digest, size }, sightings }
    })
}

fn work_facts() -> impl Strategy<Value = WorkFacts> {
    (any::<u64>(), of(any::<u32>()), of(any::<u64>()), of(any::<u64>()))
        .prop_map(|(took_ms, stop_reason, sent, received)| WorkFacts { took_ms, stop_reason, sent, received })
}

fn agent_facts() -> impl Strategy<Value = AgentFacts> {
    let words = (text(), of(text()));
    let counted = (any::<u32>(), of(work_facts()));
    (words, select(Protection::ALL), counted, schedule(), list(select(Refusal::ALL), 8)).prop_map(
        |((version, last_error), protection, (queued, work), schedule, refused)| AgentFacts {
            version,
            protection,
            queued,
            last_error,
            schedule,
            refused,
            work,
        },
    )
}

pub fn a_report() -> impl Strategy<Value = Report> {
    let submods = (device_facts(), app_facts(), agent_facts()).prop_map(|(device, apps, agent)| Submods {
        device,
        apps,
        agent,
    });
    let when = (time(), nonce(), device(), of(span()));
    let place = (chain(), any::<u64>(), of(digest()), select(Trigger::ALL), of(order_id()));
    let rest = (of(digest()), digest(), list(range(), 8), of(chain()));
    (submods, when, place, rest).prop_map(|(submods, when, place, rest)| Report {
        iat: when.0,
        nonce: when.1,
        device: when.2,
        uptime: when.3,
        profile: report::Profile,
        submods,
        chain: place.0,
        number: place.1,
        previous: place.2,
        trigger: place.3,
        order: place.4,
        policy: rest.0,
        catalogue: rest.1,
        dropped: rest.2,
        lost: rest.3,
    })
}

pub fn an_enrol() -> impl Strategy<Value = Enrol> {
    let digests = (digest(), digest(), digest());
    let words = (of(text()), of(text()), text());
    let key = muster_proto::key::Signer::public_key(&crate::keys::software_key(crate::keys::Whose::Device));
    (time(), nonce(), digests, words, select(Platform::ALL), select(Protection::ALL)).prop_map(
        move |(iat, nonce, (token, ca, order_key), (model, asset_tag, agent), platform, protection)| Enrol {
            iat,
            cnf: muster_proto::message::Confirmation { key },
            nonce,
            token,
            ca,
            order_key,
            platform,
            model,
            asset_tag,
            agent,
            protection,
        },
    )
}

pub fn a_hello() -> impl Strategy<Value = Hello> {
    (time(), nonce(), device(), text(), text(), text())
        .prop_map(|(iat, nonce, device, method, host, path)| Hello { iat, nonce, device, method, host, path })
}

pub fn a_page_link() -> impl Strategy<Value = PageLink> {
    (time(), nonce(), device(), text()).prop_map(|(iat, nonce, device, host)| PageLink {
        iat,
        nonce,
        device,
        host,
    })
}

pub fn an_order_ack() -> impl Strategy<Value = OrderAck> {
    (time(), device(), order_id(), select(AckState::ALL), of(text()))
        .prop_map(|(iat, device, order, state, code)| OrderAck { iat, device, order, state, code })
}

pub fn a_consent() -> impl Strategy<Value = RekeyConsent> {
    let key = muster_proto::key::Signer::public_key(&crate::keys::software_key(crate::keys::Whose::Next));
    (time(), nonce(), device(), chain(), any::<u64>()).prop_map(move |(iat, nonce, device, chain, from)| {
        RekeyConsent { iat, cnf: muster_proto::message::Confirmation { key }, nonce, device, chain, from }
    })
}

pub fn an_order() -> impl Strategy<Value = Order> {
    (device(), time(), time(), any::<u64>(), order_id(), select(OrderKind::ALL), text(), text()).prop_map(
        |(device, expires, issued, number, id, kind, requested_by, reason)| Order {
            audience: Audience(device),
            expires,
            issued,
            number,
            id,
            kind,
            requested_by,
            reason,
        },
    )
}

fn a_rule() -> impl Strategy<Value = DeviceRule> {
    let words = (text(), text(), vec(any::<u8>(), 0..40), local(), of(local()));
    let times = (of(span()), of(time()), of(span()), span(), time(), of(span()), of(span()));
    let words_of_lists =
        (select(Mode::ALL), select(Severity::ALL), select(Proof::ALL), list(select(Platform::ALL), 4));
    (words, times, words_of_lists).prop_map(|(words, times, (mode, severity, needs, platforms))| DeviceRule {
        id: words.0,
        kind: words.1,
        demand: Bytes(words.2),
        mode,
        severity,
        title: words.3,
        remedy: words.4,
        grace: times.0,
        due: times.1,
        memory: times.2,
        unknown_after: times.3,
        needs,
        platforms,
        enforced_since: times.4,
        warn_after: times.5,
        enforce_after: times.6,
    })
}

pub fn a_policy() -> impl Strategy<Value = PolicyMessage> {
    let policy = (local(), schedule(), list(a_rule(), 5), any::<u64>(), of(local())).prop_map(
        |(title, schedule, rules, version, contact)| DevicePolicy {
            title,
            schedule,
            rules,
            version,
            contact,
        },
    );
    (device(), of(time()), time(), any::<u64>(), policy).prop_map(
        |(device, expires, issued, number, policy)| PolicyMessage {
            audience: Audience(device),
            expires,
            issued,
            number,
            policy,
        },
    )
}

fn a_rule_verdict() -> impl Strategy<Value = RuleVerdict> {
    let words = (text(), local(), list(text(), 3), of(local()));
    let times = (time(), of(time()), of(time()));
    (words, times, select(State::ALL), select(Mode::ALL), select(Severity::ALL)).prop_map(
        |((rule, title, shown_by, remedy), (since, due, exempt_until), state, mode, severity)| RuleVerdict {
            rule,
            title,
            state,
            since,
            due,
            mode,
            severity,
            shown_by,
            remedy,
            exempt_until,
        },
    )
}

pub fn a_verdict() -> impl Strategy<Value = VerdictMessage> {
    let verdict = (select(State::ALL), time(), of(time()), list(a_rule_verdict(), 4), time())
        .prop_map(|(state, since, due, rules, judged)| DeviceVerdict { state, since, due, rules, judged });
    (device(), of(time()), time(), any::<u64>(), verdict).prop_map(
        |(device, expires, issued, number, verdict)| VerdictMessage {
            audience: Audience(device),
            expires,
            issued,
            number,
            verdict,
        },
    )
}
