//! The vectors, computed with Python's hashlib from the layout above; and every way in which a record can be tampered with.

use super::*;
use proptest::prelude::*;
use serde_json::json;

const VECTORS: &str = include_str!("vectors.ndjson");

fn read(text: &str) -> Checked {
    let mut verifier = Verifier::default();
    for line in text.lines() {
        match line.parse().expect("a line") {
            Line::Entry(entry) => verifier.take(&entry),
            Line::End(end) => verifier.end(&end),
        }
    }
    verifier.finish(true)
}

fn check(entries: &[Entry], heads: Vec<Head>) -> Vec<Flaw> {
    let mut verifier = Verifier::new(heads);
    entries.iter().for_each(|entry| verifier.take(entry));
    verifier.finish(false).flaws
}

#[test]
fn the_vectors_hold_and_are_written_as_they_were() {
    let checked = read(VECTORS);
    assert_eq!((checked.holds, checked.entries, checked.last.seq), (true, 3, 3), "{checked:?}");
    for line in VECTORS.lines() {
        let written = match line.parse().expect("a line") {
            Line::Entry(entry) => serde_json::to_string(&entry),
            Line::End(end) => serde_json::to_string(&end),
        };
        assert_eq!(written.expect("JSON"), line);
    }
}

#[test]
fn an_image_of_null_says_what_nothing_says() {
    for (before, after) in [(true, false), (false, true), (true, true)] {
        let null = |wanted: bool| wanted.then(|| Image::of(&serde_json::Value::Null).expect("an image"));
        let mut entries = chain(3, 0);
        (entries[1].before, entries[1].after) = (null(before), null(after));
        again(&mut entries);
        assert_eq!(check(&entries, vec![]), []);
        // JSON takes it away, and nothing else may
        let text = serde_json::to_string(&entries[1]).expect("JSON");
        entries[1] = serde_json::from_str(&text).expect("an entry");
        assert_eq!((&entries[1].before, &entries[1].after), (&None, &None));
        assert_eq!(check(&entries, vec![]), []);
        entries[1].after = Image::of(&json!({})).ok();
        assert_eq!(check(&entries, vec![]), [Flaw::Changed { seq: 2 }]);
    }
}

#[test]
fn an_exported_record_that_is_cut_or_goes_on_is_noticed() {
    let lines: Vec<&str> = VECTORS.lines().collect();
    let flaws = |lines: &[&str]| read(&lines.join("\n")).flaws;
    assert_eq!(flaws(&lines[..3]), [Flaw::NoEnd { last: 3 }]);
    assert_eq!(flaws(&[lines[0], lines[1], lines[3]]), [Flaw::Cut { head: 3, last: 2 }]);
    assert_eq!(flaws(&[lines[0], lines[1], lines[3], lines[2]]), [Flaw::AfterEnd { seq: 3 }]);
    let other = lines[3].replace("329b", "429b");
    assert_eq!(flaws(&[lines[0], lines[1], lines[2], &other]), [Flaw::Replaced { seq: 3 }]);
    for wrong in
        ["", "{}", "7", "[]", &lines[0].replace("actor", "author"), &lines[1].replace("\"10\"}", "1.5}")]
    {
        assert!(wrong.parse::<Line>().is_err(), "{wrong}");
    }
}

#[test]
fn a_key_that_stands_twice_makes_a_line_unreadable() {
    let lines: Vec<&str> = VECTORS.lines().collect();
    for (line, once, twice) in [
        (1, r#""actor":"#, r#""actor":"boris","actor":"#),
        (1, r#""address":"#, r#""address":null,"address":"#),
        (1, r#""before":"#, r#""before":{"ring":"9"},"before":"#),
        (1, r#""before":{"#, r#""before":{"ring":"9","#),
        (2, r#""after":{}"#, r#""after":{"a":{"b":1,"b":2}}"#),
        (2, r#""after":{}"#, r#""after":[{"b":1,"b":1}]"#),
        (3, r#""seq":"#, r#""seq":9,"seq":"#),
        (3, r#""head":"#, r#""head":null,"head":"#),
    ] {
        let doubled = lines[line].replacen(once, twice, 1);
        assert_ne!(doubled, lines[line], "{once}");
        assert!(doubled.parse::<Line>().is_err(), "{doubled}");
    }
    let nested = lines[2].replace("{}", r#"{"a":{"b":1},"b":[{"b":-1},{"b":null}]}"#);
    assert!(nested.parse::<Line>().is_ok(), "equal keys in different maps are no doubled ones");
}

fn chain(length: u64, older: u64) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    for seq in 1..=length {
        let image = |n: u64| (seq > older).then(|| Image::of(&json!({ "n": n })).expect("an image"));
        let mut entry = Entry {
            form: if seq > older { FORM_2 } else { FORM_1 },
            seq,
            at: Timestamp::from_millis(1_790_000_000_000 + seq.cast_signed()),
            actor: format!("actor {}", seq % 3),
            address: (seq > older && seq % 2 == 0).then(|| "10.0.0.1".to_owned()),
            action: "org.add".to_owned(),
            subject: format!("org:{seq}"),
            detail: String::new(),
            before: image(seq),
            after: image(seq + 1),
            previous: entries.last().map_or(NOTHING_BEFORE, |last| last.hash),
            hash: NOTHING_BEFORE,
        };
        entry.hash = entry.digest().expect("a form");
        entries.push(entry);
    }
    entries
}

fn again(entries: &mut [Entry]) {
    let mut previous = None;
    for entry in entries {
        entry.previous = previous.unwrap_or(entry.previous);
        entry.hash = entry.digest().expect("a form");
        previous = Some(entry.hash);
    }
}

/// One way of changing each field.
const CHANGES: [fn(&mut Entry); 14] = [
    |entry| entry.form = 3 - entry.form,
    |entry| entry.form = 7,
    |entry| entry.at = entry.at + crate::time::Span::from_millis(1),
    |entry| entry.actor.push('x'),
    |entry| entry.address = if entry.address.is_some() { None } else { Some(String::new()) },
    |entry| entry.address = Some("10.0.0.2".to_owned()),
    |entry| entry.action.clear(),
    |entry| entry.subject = entry.subject.replace("org", "device"),
    |entry| entry.detail.push(' '),
    |entry| entry.before = if entry.before.is_some() { None } else { Image::of(&json!({})).ok() },
    |entry| entry.after = Image::of(&json!({ "n": -1 })).ok(),
    |entry| std::mem::swap(&mut entry.actor, &mut entry.action),
    |entry| entry.previous.0[0] ^= 1,
    |entry| entry.hash.0[31] ^= 1,
];

proptest! {
    #[test]
    fn what_nobody_touched_holds(length in 0u64..40, older in 0u64..40, known in 0u64..40) {
        let entries = chain(length, older);
        let head = entries.get(known as usize).or(entries.last()).map_or(Head::none(), Entry::head);
        prop_assert_eq!(check(&entries, vec![head]), []);
    }

    #[test]
    fn every_field_counts(length in 1u64..30, older in 0u64..30, at in any::<prop::sample::Index>(), how in 0..CHANGES.len()) {
        let mut entries = chain(length, older);
        let at = at.index(entries.len());
        CHANGES[how](&mut entries[at]);
        prop_assert_eq!(check(&entries, vec![]), [Flaw::Changed { seq: at as u64 + 1 }]);
    }

    #[test]
    fn what_was_taken_out_is_missed(length in 3u64..30, at in any::<prop::sample::Index>(), count in 1usize..5) {
        let mut entries = chain(length, 0);
        let at = at.index(entries.len() - 1);
        let last = (at + count).min(entries.len() - 1);
        entries.drain(at..last);
        prop_assert_eq!(check(&entries, vec![]), [Flaw::Removed { first: at as u64 + 1, last: last as u64 }]);
        // whoever gives the rest other numbers shows himself too
        (1..).zip(&mut entries).for_each(|(seq, entry)| entry.seq = seq);
        let flaws = check(&entries, vec![]);
        let written = last as u64 + 1;
        prop_assert_eq!(flaws.first(), Some(&Flaw::Renumbered { seq: at as u64 + 1, written }));
    }

    #[test]
    fn another_order_is_seen(length in 3u64..30, at in any::<prop::sample::Index>()) {
        let mut entries = chain(length, 0);
        let at = at.index(entries.len() - 1);
        entries.swap(at, at + 1);
        let (first, second) = (at as u64 + 1, at as u64 + 2);
        prop_assert_eq!(check(&entries, vec![]), [Flaw::Reordered { seq: first, after: second }]);
        // in a database the order is that of the numbers
        (entries[at].seq, entries[at + 1].seq) = (first, second);
        prop_assert_eq!(
            check(&entries, vec![]),
            [Flaw::Renumbered { seq: first, written: second }, Flaw::Renumbered { seq: second, written: first }]
        );
    }

    #[test]
    fn what_was_put_in_is_seen(length in 2u64..30, at in any::<prop::sample::Index>()) {
        let mut entries = chain(length, 0);
        let at = at.index(entries.len() - 1);
        let seq = at as u64 + 1;
        entries.insert(at, entries[at].clone());
        prop_assert_eq!(check(&entries, vec![]), [Flaw::Repeated { seq }]);
        entries.remove(at);
        // another entry with a good hash in an entry's place: the next one was not written after it
        entries[at].detail = "forged".to_owned();
        again(&mut entries[at..=at]);
        prop_assert_eq!(check(&entries, vec![]), [Flaw::Unlinked { seq: seq + 1 }]);
    }

    #[test]
    fn a_head_that_was_kept_elsewhere_shows_the_rest(length in 2u64..30, at in any::<prop::sample::Index>()) {
        let mut entries = chain(length, 0);
        let head = entries[entries.len() - 1].head();
        let at = at.index(entries.len() - 1);
        prop_assert_eq!(check(&entries[..=at], vec![]), [], "nothing else shows that the end is gone");
        prop_assert_eq!(check(&entries[..=at], vec![head]), [Flaw::Cut { head: length, last: at as u64 + 1 }]);
        entries[at].detail = "forged".to_owned();
        again(&mut entries[at..]);
        prop_assert_eq!(check(&entries, vec![]), [], "nothing else shows that all was written anew");
        prop_assert_eq!(check(&entries, vec![head]), [Flaw::Replaced { seq: length }]);
    }

    #[test]
    fn the_older_form_does_not_come_back(length in 3u64..20, at in 1usize..18) {
        let mut entries = chain(length, 1);
        let at = 2 + at % (entries.len() - 2);
        let entry = &mut entries[at];
        (entry.form, entry.address, entry.before, entry.after) = (FORM_1, None, None, None);
        again(&mut entries[at..]);
        prop_assert_eq!(check(&entries, vec![]), [Flaw::OlderForm { seq: at as u64 + 1 }]);
    }

    #[test]
    fn no_line_makes_reading_panic(line in "\\PC{0,200}") {
        let _ = line.parse::<Line>();
    }
}
