//! When silence begins: some weeks that people know, and random calendars against a count of single minutes.

use super::*;
use crate::calendar::{Days, Hours, Weekday};
use proptest::prelude::*;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn week() -> Calendar {
    Calendar { week: Weekday::ALL[..5].to_vec(), ..Calendar::default() }
}

fn in_zone(calendar: Calendar, zone: &str) -> Working {
    Working::new("org".to_owned(), Arc::new(calendar), zone)
}

fn hours(from: &str, until: &str) -> Option<Hours> {
    Some(Hours { from: from.parse().unwrap(), until: until.parse().unwrap() })
}

#[test]
fn a_weekend_is_no_silence() {
    let working = in_zone(week(), "Europe/Moscow");
    let begins = |heard: &str, after| silent_at(at(heard), Span::from_hours(after), Some(&working), &[]);
    // a Friday, 18:00 in Moscow: six hours of it, all of Monday, and eighteen of Tuesday
    assert_eq!(begins("2026-11-27T18:00:00+03:00", 48), at("2026-12-01T18:00:00+03:00"));
    // heard in the weekend: from Monday on
    assert_eq!(begins("2026-11-28T12:00:00+03:00", 26), at("2026-12-01T02:00:00+03:00"));
    // what runs out with the last minute of a week has run out
    assert_eq!(begins("2026-11-27T00:00:00+03:00", 24), at("2026-11-28T00:00:00+03:00"));
    assert!(
        working.is_on(at("2026-11-27T23:59:59+03:00")) && !working.is_on(at("2026-11-28T00:00:00+03:00"))
    );
    assert!(
        !working.is_on(at("2026-11-29T23:59:59+03:00")) && working.is_on(at("2026-11-30T00:00:00+03:00"))
    );
}

#[test]
fn hours_days_off_and_days_out_of_turn_count() {
    let days = |line: &str| vec![line.parse::<Days>().unwrap()];
    let calendar = Calendar {
        hours: hours("09:00", "18:00"),
        off: days("01-01..01-08"),
        working: days("2027-01-06"),
        ..week()
    };
    let working = in_zone(calendar, "Europe/Moscow");
    // the last hour of the old year, the one day out of turn, and the rest on the Monday after
    let begins = silent_at(at("2026-12-31T17:00:00+03:00"), Span::from_hours(12), Some(&working), &[]);
    assert_eq!(begins, at("2027-01-11T11:00:00+03:00"));
}

#[test]
fn who_is_away_is_not_silent() {
    let away = [
        Pause { from: at("2026-12-07T00:00:00Z"), until: at("2026-12-21T00:00:00Z") },
        Pause { from: at("2026-12-10T00:00:00Z"), until: at("2026-12-12T00:00:00Z") },
    ];
    let begins = |heard: &str, working| silent_at(at(heard), Span::from_hours(26), working, &away);
    assert_eq!(begins("2026-12-06T12:00:00Z", None), at("2026-12-21T14:00:00Z"));
    assert_eq!(begins("2026-12-05T12:00:00Z", None), at("2026-12-06T14:00:00Z"), "it was silent before");
    assert_eq!(begins("2026-12-08T12:00:00Z", None), at("2026-12-22T02:00:00Z"), "heard while away");
    let week = in_zone(week(), "UTC");
    assert_eq!(begins("2026-12-04T12:00:00Z", Some(&week)), at("2026-12-21T14:00:00Z"));
}

#[test]
fn nothing_puts_silence_off_for_ever() {
    let never = Calendar { off: vec!["01-01..12-31".parse().unwrap()], ..week() };
    let (working, heard) = (in_zone(never, "UTC"), at("2026-11-27T00:00:00Z"));
    assert_eq!(silent_at(heard, Span::from_hours(26), Some(&working), &[]), heard + LATEST);
    let for_ever = [Pause { from: heard, until: at("9999-01-01T00:00:00Z") }];
    assert_eq!(silent_at(heard, Span::from_hours(26), None, &for_ever), heard + LATEST);
    let long = Span::from_hours(732 * 24);
    assert_eq!(silent_at(heard, long, Some(&working), &for_ever), heard + long);
    // at the ends of time nothing panics
    for edge in [i64::MIN, 0, i64::MAX] {
        let _ = silent_at(Timestamp::from_millis(edge), Span::from_hours(26), Some(&working), &for_ever);
    }
}

const ZONES: [&str; 4] = ["UTC", "Europe/Moscow", "Europe/Berlin", "Asia/Kolkata"];
const MINUTE: Span = Span::from_secs(60);
/// A Monday, eight weeks before clocks go forward in Berlin.
const START: &str = "2027-02-01T00:00:00Z";

#[derive(Debug, Clone)]
struct Case {
    calendar: Option<Calendar>,
    zone: &'static str,
    heard: Timestamp,
    after: u64,
    away: Vec<Pause>,
}

fn minutes(from: u64) -> Timestamp {
    at(START) + Span::from_secs(from * 60)
}

prop_compose! {
    fn calendar()(
        week in prop::collection::vec(any::<bool>(), 7),
        hours in prop::option::of((4_u32..12, 13_u32..25)),
        off in prop::collection::vec((0_u32..90, 0_u32..6), 0..3),
        working in prop::collection::vec(0_u32..90, 0..3),
    ) -> Calendar {
        let day = |day: u32| muster_proto::time::Day::from_days(20_850 + day).unwrap();
        let days = |first, more| format!("{}..{}", day(first), day(first + more)).parse().unwrap();
        Calendar {
            week: Weekday::ALL.into_iter().zip(week).filter(|(_, on)| *on).map(|(day, _)| day).collect(),
            hours: hours.map(|(from, until)| Hours {
                from: format!("{from:02}:00").parse().unwrap(),
                until: format!("{until:02}:00").parse().unwrap(),
            }),
            off: off.into_iter().map(|(first, more)| days(first, more)).collect(),
            working: working.into_iter().map(|first| days(first, 0)).collect(),
            source: None,
        }
    }
}

prop_compose! {
    fn case()(
        calendar in prop::option::of(calendar()),
        zone in prop::sample::select(&ZONES[..]),
        heard in 0_u64..80_000,
        after in 1_u64..4_000,
        away in prop::collection::vec((0_u64..90_000, 1_u64..10_000), 0..4),
    ) -> Case {
        let pause = |(from, length)| Pause { from: minutes(from), until: minutes(from + length) };
        Case { calendar, zone, heard: minutes(heard), after, away: away.into_iter().map(pause).collect() }
    }
}

/// Looks at each minute by itself.
fn naive(case: &Case, most: u64) -> Option<Timestamp> {
    let zone = TimeZone::get(case.zone).unwrap();
    let (mut ran, mut now) = (0, case.heard);
    for _ in 0..most {
        let local = zone.to_datetime(jiff::Timestamp::from_millisecond(now.millis()).unwrap());
        let works = case.calendar.as_ref().is_none_or(|calendar| {
            let of_day = |minute: crate::calendar::Minute| {
                minute.on_the_day().map_or(24 * 60, |(hour, minute)| i32::from(hour) * 60 + i32::from(minute))
            };
            let minute = i32::from(local.hour()) * 60 + i32::from(local.minute());
            let within = calendar
                .hours
                .is_none_or(|hours| (of_day(hours.from)..of_day(hours.until)).contains(&minute));
            within && calendar.works_on(local.date())
        });
        let away = case.away.iter().any(|pause| pause.from <= now && now < pause.until);
        ran += u64::from(works && !away);
        now = now + MINUTE;
        if ran == case.after {
            return Some(now);
        }
    }
    None
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn it_is_what_a_count_of_minutes_says(case in case()) {
        let working = case.calendar.clone().map(|calendar| in_zone(calendar, case.zone));
        let begins = |heard| silent_at(heard, Span::from_secs(case.after * 60), working.as_ref(), &case.away);
        let found = begins(case.heard);
        let most = 30_000;
        match naive(&case, most) {
            Some(wanted) => prop_assert_eq!(found, wanted),
            None => prop_assert!(found > case.heard + Span::from_secs(most * 60)),
        }
        // whoever is heard later is silent no sooner, and nobody sooner than without a calendar
        prop_assert!(begins(case.heard + MINUTE) >= found);
        prop_assert!(found >= case.heard + Span::from_secs(case.after * 60));
        prop_assert!(found <= case.heard + LATEST);
    }
}
