//! What happens to each phone, and what follows from that: written from the story alone, with nothing of the server's.

use muster_server::board::Figures;
use muster_server::register::Life;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Days of the story.
pub const DAYS: u32 = 120;
/// Its first morning.
pub const BEGINS: &str = "2026-03-02T09:00:00Z";
/// Phones that report are heard on one day in so many.
const EVERY: u32 = 7;
/// Who was not heard for so many days is silent.
const SILENT_AFTER: u32 = 10;
/// A messenger is tolerated for so many days from when it was first seen.
const GRACE: u32 = 20;

/// Id, title, the last day on which makers are tolerated (none: rules are only observed), and of how many phones it has one in a hundred.
pub const ORGS: [(&str, &str, Option<u32>, u32); 5] = [
    ("administration", "Administration", Some(30), 10),
    ("minpromtorg", "Ministry of industry and trade", Some(45), 20),
    ("minfin", "Ministry of finance", Some(75), 30),
    ("minenergo", "Ministry of energy", Some(95), 15),
    ("rostec", "Rostec", None, 25),
];

/// A phone's part in the story.
pub struct Tells {
    pub number: u32,
    pub org: &'static str,
    /// As phones report it, or as the register has it.
    pub maker: &'static str,
    /// The day on which somebody gets it.
    pub handed_out: u32,
    /// The day on which it enrols; an iPhone never does.
    pub enrols: Option<u32>,
    /// The day on which it is taken away.
    goes: Option<u32>,
    /// The day on which its carrier removes the messenger; none where there was none.
    removes: Option<u32>,
    /// The day from which it is not heard any more.
    lost: Option<u32>,
}

/// All phones.
pub struct Tale {
    pub phones: Vec<Tells>,
}

/// What phones say, and the id in the catalogue; whether the rule accepts it.
const MAKERS: [(&str, &str, bool); 4] = [
    ("HUAWEI", "huawei", true),
    ("Xiaomi", "xiaomi", true),
    ("F+", "fplus", true),
    ("samsung", "samsung", false),
];
const APPLE: &str = "Apple";

/// SplitMix64: the same story each time.
struct Dice(u64);

impl Dice {
    fn throw(&mut self, sides: u32) -> u32 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        u32::try_from((z ^ (z >> 31)) % u64::from(sides)).expect("a side")
    }

    fn once_in(&mut self, times: u32) -> bool {
        self.throw(times) == 0
    }
}

impl Tale {
    pub fn told() -> Self {
        let mut dice = Dice(2026);
        let phones = (0..2300).map(|number| Tells::cast(number, &mut dice)).collect();
        Self { phones }
    }

    /// What is demanded: the same of all, each with its own date; Rostec only looks.
    pub fn policy(&self) -> String {
        let mut text = format!(
            "policy: phones\ntitle: {{ en: Phones, ru: Телефоны }}\n\
             schedule: {{ report_every: 24h, silent_after: {SILENT_AFTER}d }}\nrules:\n\
             \x20 - {{ id: messengers, kind: messengers, deny: [telegram], grace: {GRACE}d }}\n\
             \x20 - {{ id: maker, kind: vendor, allow_groups: [chinese, russian] }}\nassign:\n"
        );
        for (org, _, due, _) in ORGS {
            let terms = match due {
                Some(due) => format!("due: {{ maker: {} }}", super::calendar(due)),
                None => "mode: observe".to_owned(),
            };
            writeln!(text, "  - org: {org}\n    {terms}").expect("text");
        }
        text
    }

    /// The table that an accountant would send.
    pub fn register(&self) -> String {
        let mut table = "Инвентарный номер;org;Владелец;maker;platform;life\n".to_owned();
        for phone in &self.phones {
            let (platform, life) = (
                if phone.enrols.is_some() { "android" } else { "ios" },
                if phone.handed_out == 0 { Life::HandedOut } else { Life::Ordered },
            );
            let fields = (phone.tag(), phone.org, phone.number, phone.maker);
            writeln!(
                table,
                "{};{};Сотрудник {};{};{platform};{life}",
                fields.0, fields.1, fields.2, fields.3
            )
            .expect("text");
        }
        table
    }

    /// How the phones of an organisation stand when a day has ended.
    pub fn count(&self, org: &str, day: u32) -> Figures {
        let mut figures = Figures::default();
        for phone in self.phones.iter().filter(|phone| phone.org == org) {
            if let Some(word) = phone.stands(day) {
                *figures.slot(word).expect("a figure") += 1;
            }
        }
        figures
    }

    /// Phones by maker when a day has ended: those that are enrolled, and iPhones that somebody has.
    pub fn makers(&self, day: u32) -> BTreeMap<&'static str, u64> {
        let mut makers = BTreeMap::new();
        for phone in &self.phones {
            let counts = match phone.enrols {
                Some(enrols) => enrols <= day,
                None => phone.is_carried(day),
            };
            if counts {
                let known = MAKERS.iter().find(|(said, ..)| *said == phone.maker);
                *makers.entry(known.map_or("apple", |(_, id, _)| *id)).or_default() += 1;
            }
        }
        makers
    }
}

impl Tells {
    fn cast(number: u32, dice: &mut Dice) -> Self {
        let mut left = dice.throw(100);
        let is_it = |(_, _, _, share): &&(&str, &str, Option<u32>, u32)| {
            let here = left < *share;
            left = left.saturating_sub(*share);
            here
        };
        let org = ORGS.iter().find(is_it).expect("the shares are a hundred").0;
        if number >= 2000 {
            // iPhones: most of them are taken away in time
            let goes = (!dice.once_in(6)).then(|| 1 + dice.throw(DAYS - 1));
            let (maker, enrols, removes, lost) = (APPLE, None, None, None);
            return Self { number, org, maker, handed_out: 0, enrols, goes, removes, lost };
        }
        let (maker, ..) = MAKERS[if dice.once_in(8) { 3 } else { dice.throw(3) as usize }];
        let handed_out = if dice.once_in(3) { 0 } else { dice.throw(90) };
        let enrols = handed_out + dice.throw((DAYS - handed_out).min(30));
        let removes = dice.once_in(4).then(|| enrols + dice.throw(60));
        let lost = dice.once_in(20).then(|| enrols + 1 + dice.throw(60));
        Self { number, org, maker, handed_out, enrols: Some(enrols), goes: None, removes, lost }
    }

    pub fn tag(&self) -> String {
        format!("T-{:04}", self.number)
    }

    /// What the register is told of it on a day.
    pub fn life_from(&self, day: u32) -> Option<Life> {
        match day {
            0 => None,
            day if day == self.handed_out => Some(Life::HandedOut),
            day if Some(day) == self.goes => Some(Life::Retired),
            _ => None,
        }
    }

    pub fn reports_on(&self, day: u32) -> bool {
        self.enrols.is_some_and(|enrols| day >= enrols && (day - enrols).is_multiple_of(EVERY))
            && self.lost.is_none_or(|lost| day < lost)
    }

    /// Whether the messenger is on it.
    pub fn has_telegram(&self, day: u32) -> bool {
        self.removes.is_some_and(|removes| day < removes)
    }

    fn is_carried(&self, day: u32) -> bool {
        self.handed_out <= day && self.goes.is_none_or(|goes| day < goes)
    }

    /// How it stands when a day has ended; nothing where it counts for nobody.
    fn stands(&self, day: u32) -> Option<&'static str> {
        if !self.is_carried(day) {
            return None;
        }
        let due = ORGS.iter().find(|(org, ..)| *org == self.org).expect("an organisation").2;
        let Some(enrols) = self.enrols else {
            return Some(match due {
                None => "declared-unknown",
                Some(due) if day >= due => "declared-failing",
                Some(_) => "declared-grace",
            });
        };
        if day < enrols {
            return Some("not-enrolled");
        }
        let heard =
            (enrols..=day).rev().find(|day| self.reports_on(*day)).expect("it reports when it enrols");
        if day - heard >= SILENT_AFTER {
            return Some("silent");
        }
        let Some(due) = due else { return Some("ready") };
        let accepted = MAKERS.iter().any(|(said, _, accepted)| *said == self.maker && *accepted);
        // the grace runs from the report that showed it first, in the morning of the day of the enrolment
        let messenger = self.has_telegram(heard);
        Some(match () {
            () if !accepted && day >= due || messenger && day - enrols >= GRACE => "failing",
            () if !accepted || messenger => "grace",
            () => "ready",
        })
    }
}
