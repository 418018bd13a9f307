//! What somebody on a bus sends to the agent on a phone: a message, or the body of one of a shape that is read.
#![no_main]

use libfuzzer_sys::fuzz_target;
use muster_dbus::{Entry, Garbled, Keys, MAX_MESSAGE, Message, Value};

/// Signatures of all bodies that are read; agent/dbus/tests/seeds.py has them too.
const SHAPES: [&str; 9] = ["s", "v", "b", "u", "as", "a{sv}", "a{ss}", "aa{sv}", "aa{ss}"];

#[derive(Debug)]
struct Two;

impl Keys for Two {
    const KEYS: &'static [&'static str] = &["general.id", "link"];
}

fuzz_target!(|bytes: &[u8]| {
    if let Ok(message) = Message::parse(bytes) {
        read(&message, bytes.len());
    }
    let Some((choice, body)) = bytes.split_first() else { return };
    let answer = answer(*choice, body);
    let message = Message::parse(&answer);
    assert_eq!(message.is_ok(), answer.len() <= MAX_MESSAGE);
    if let Ok(message) = message {
        assert_eq!((message.answers, &message.error), (Some(7), &None));
        read(&message, body.len());
    }
});

/// Reads the body in every way; nothing of it is longer than the bytes that held it.
fn read(message: &Message, len: usize) {
    if let Ok(value) = message.read::<Value>(&["s", "v", "b", "u"]) {
        assert!(value.text().unwrap_or_default().len() <= len);
    }
    if let Ok(texts) = message.read::<Vec<String>>(&["as"]) {
        assert!(texts.iter().map(|text| text.len() + 5).sum::<usize>() <= len);
    }
    let one: Result<Entry<Two>, Garbled> = message.read(&["a{sv}", "a{ss}"]);
    let many: Result<Vec<Entry<Two>>, Garbled> = message.read(&["aa{sv}", "aa{ss}"]);
    let entries: Vec<Entry<Two>> = one.into_iter().chain(many.into_iter().flatten()).collect();
    assert!(entries.len() <= len / 4, "each begins with its length");
    let texts = entries.iter().flat_map(|entry| [entry.text(0), entry.text(1)]).flatten();
    assert!(texts.map(str::len).sum::<usize>() <= len);
}

/// The answer to call 7 with this body, of the shape and in the order of bytes that `choice` says.
fn answer(choice: u8, body: &[u8]) -> Vec<u8> {
    let shape = SHAPES[usize::from(choice / 2) % SHAPES.len()];
    let number = |number: usize| {
        let number = u32::try_from(number).expect("libFuzzer's inputs are small");
        if choice % 2 == 0 { number.to_le_bytes() } else { number.to_be_bytes() }
    };
    let order = if choice % 2 == 0 { b'l' } else { b'B' };
    let shape_len = u8::try_from(shape.len()).expect("a short one");
    let fields =
        [&[5, 1, b'u', 0][..], &number(7), &[8, 1, b'g', 0, shape_len], shape.as_bytes(), &[0]].concat();
    let mut bytes =
        [&[order, 2, 0, 1][..], &number(body.len()), &number(9), &number(fields.len()), &fields].concat();
    bytes.resize(bytes.len().next_multiple_of(8), 0);
    bytes.extend_from_slice(body);
    bytes
}
