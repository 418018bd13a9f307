//! One message of a conversation: a call in bytes, and what an answer says.
//!
//! The wire format is zbus's, bounded in depth; here are the header (D-Bus Specification, "Message Format"), the bound on the
//! size, and the few shapes of a body that we ask for. Nothing of a body is stored that was not asked for.

use std::panic::{AssertUnwindSafe, catch_unwind};

use serde::Serialize;
use serde::de::DeserializeOwned;
use zbus::wire::serialized::{Context, Data};
use zbus::wire::{BE, Endian, LE, to_bytes};
use zbus::{DynamicType, ObjectPath, Signature, Type, Variant};

use crate::Garbled;
use crate::value::Value;

/// A message that is longer is not read: 4 MiB. A bus itself lets 128 MiB through.
pub const MAX_MESSAGE: usize = 4 * 1024 * 1024;
/// The part of a message that says how long the rest is, in bytes.
pub const START: usize = 16;

const CALL: u8 = 1;
const REPLY: u8 = 2;
const ERROR: u8 = 3;

/// What is called.
#[derive(Debug, Clone, Copy)]
pub struct Call<'a> {
    /// The name on the bus.
    pub service: &'a str,
    /// The path of the object.
    pub path: &'a str,
    /// The interface.
    pub interface: &'a str,
    /// The method.
    pub member: &'a str,
}

/// What somebody on the bus said.
#[derive(Debug)]
pub struct Message {
    /// The call that it answers, if it is an answer.
    pub answers: Option<u32>,
    /// The name of the error that it is.
    pub error: Option<String>,
    signature: String,
    endian: Endian,
    body: Vec<u8>,
}

impl Call<'_> {
    /// The call in bytes, numbered `serial`; `body` is the tuple of its arguments.
    ///
    /// # Errors
    /// The path is none, or the arguments are too long.
    pub fn encoded<B: Serialize + DynamicType>(&self, serial: u32, body: &B) -> Result<Vec<u8>, Garbled> {
        let wrong = |_| Garbled;
        let fields = vec![
            (1_u8, Variant::from(ObjectPath::try_from(self.path).map_err(wrong)?)),
            (2, Variant::from(self.interface)),
            (3, Variant::from(self.member)),
            (6, Variant::from(self.service)),
        ];
        let arguments = body.signature();
        let body = match arguments {
            Signature::Unit => Vec::new(),
            _ => to_bytes(Context::new(LE, 0), body).map_err(wrong)?.bytes().to_vec(),
        };
        let length = u32::try_from(body.len()).map_err(|_| Garbled)?;
        let head = (b'l', CALL, 0_u8, 1_u8, length, serial, fields);
        let mut bytes = to_bytes(Context::new(LE, 0), &head).map_err(wrong)?.bytes().to_vec();
        if !body.is_empty() {
            add_signature(&mut bytes, &arguments.to_string_no_parens())?;
        }
        bytes.resize(bytes.len().next_multiple_of(8), 0);
        bytes.extend(body);
        Ok(bytes)
    }
}

/// The last field of a header. The arguments of a call stand side by side and are no structure, which zbus's type of a signature
/// can't say.
fn add_signature(head: &mut Vec<u8>, signature: &str) -> Result<(), Garbled> {
    head.resize(head.len().next_multiple_of(8), 0);
    head.extend([8, 1, b'g', 0, u8::try_from(signature.len()).map_err(|_| Garbled)?]);
    head.extend(signature.bytes().chain([0]));
    let fields = u32::try_from(head.len() - START).map_err(|_| Garbled)?;
    head[START - 4..START].copy_from_slice(&fields.to_le_bytes());
    Ok(())
}

/// How many bytes the message has that begins so.
///
/// # Errors
/// It begins as no message, or one longer than [`MAX_MESSAGE`].
pub fn length(start: &[u8; START]) -> Result<usize, Garbled> {
    let [endian, _, _, version, b0, b1, b2, b3, _, _, _, _, f0, f1, f2, f3] = *start;
    if version != 1 {
        return Err(Garbled);
    }
    let number = |bytes: [u8; 4]| Ok::<usize, Garbled>(order(endian)?.read_u32(&bytes) as usize);
    let (body, fields) = (number([b0, b1, b2, b3])?, number([f0, f1, f2, f3])?);
    if body > MAX_MESSAGE || fields > MAX_MESSAGE {
        return Err(Garbled);
    }
    let whole = (START + fields).next_multiple_of(8) + body;
    if whole > MAX_MESSAGE { Err(Garbled) } else { Ok(whole) }
}

fn order(endian: u8) -> Result<Endian, Garbled> {
    match endian {
        b'l' => Ok(LE),
        b'B' => Ok(BE),
        _ => Err(Garbled),
    }
}

impl Message {
    /// Takes a whole message apart.
    ///
    /// # Errors
    /// It is none, or longer or shorter than it says.
    pub fn parse(bytes: &[u8]) -> Result<Self, Garbled> {
        let start = bytes.first_chunk::<START>().ok_or(Garbled)?;
        if length(start)? != bytes.len() {
            return Err(Garbled);
        }
        let endian = order(start[0])?;
        let body_length = endian.read_u32(&start[4..8]) as usize;
        let (head, body) = bytes.split_at(bytes.len() - body_length);
        // The fields are an array of (code, variant), and are aligned as counted from the beginning of the message.
        let signature = <Vec<(u8, Variant<'_>)>>::SIGNATURE;
        let fields: Vec<(u8, Value)> =
            decoded(&head[START - 4..], Context::new(endian, START - 4), signature)?;
        let text = |code: u8| {
            let field = fields.iter().find(|(key, _)| *key == code);
            field.and_then(|(_, value)| value.text()).map(str::to_owned)
        };
        let answered = fields.iter().find(|(key, _)| *key == 5);
        let answered = answered.and_then(|(_, value)| value.number()).and_then(|n| u32::try_from(n).ok());
        let kind = start[1];
        Ok(Self {
            answers: answered.filter(|_| kind == REPLY || kind == ERROR),
            error: (kind == ERROR).then(|| text(4).unwrap_or_default()),
            signature: text(8).unwrap_or_default(),
            endian,
            body: body.to_vec(),
        })
    }

    /// The body's signature.
    #[must_use]
    pub fn signature(&self) -> &str {
        &self.signature
    }

    /// The body's one value, if its signature is one of `shapes`.
    ///
    /// # Errors
    /// Its signature is another, or the body does not fit it.
    pub fn read<T: DeserializeOwned>(&self, shapes: &[&str]) -> Result<T, Garbled> {
        if !shapes.contains(&self.signature()) {
            return Err(Garbled);
        }
        let signature = Signature::try_from(self.signature()).map_err(|_| Garbled)?;
        decoded(&self.body, Context::new(self.endian, 0), &signature)
    }
}

/// On a device of 32 bits a length near 4 GiB makes the decoder's own sums go round, and it panics where it should refuse. Buses
/// let no such message through; whoever is no bus must not end the agent.
fn decoded<T: DeserializeOwned>(bytes: &[u8], context: Context, signature: &Signature) -> Result<T, Garbled> {
    let data = Data::new(bytes, context);
    let value = catch_unwind(AssertUnwindSafe(|| data.deserialize_for_signature(signature)));
    match value {
        Ok(Ok((value, _))) => Ok(value),
        Ok(Err(_)) | Err(_) => Err(Garbled),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::value::{Entry, Keys};

    #[derive(Debug)]
    struct Two;

    impl Keys for Two {
        const KEYS: &'static [&'static str] = &["general.id", "link"];
    }

    /// A reply to call 7, as a bus would send it.
    fn reply<B: Serialize + DynamicType>(body: &B) -> Vec<u8> {
        let call = Call { service: "a.b", path: "/a", interface: "a.b", member: "M" };
        let mut bytes = call.encoded(9, body).unwrap();
        bytes[1] = REPLY;
        bytes
    }

    fn every_shape(message: &Message) {
        let _ = message.read::<Value>(&["s", "v", "b", "u"]);
        let _ = message.read::<Vec<String>>(&["as"]);
        let _ = message.read::<Entry<Two>>(&["a{sv}", "a{ss}"]);
        let _ = message.read::<Vec<Entry<Two>>>(&["aa{sv}", "aa{ss}"]);
    }

    #[test]
    fn bodies_are_read_by_their_shape() {
        let message = Message::parse(&reply(&(vec!["a", "b"],))).unwrap();
        assert_eq!((message.signature(), message.answers, &message.error), ("as", None, &None));
        assert_eq!(message.read::<Vec<String>>(&["as"]).unwrap(), ["a", "b"]);
        assert_eq!(message.read::<Vec<String>>(&["s"]), Err(Garbled));
        let dict = std::collections::BTreeMap::from([
            ("general.id", Variant::from("x")),
            ("more", Variant::from(vec!["a", "b", "c"])),
            ("number", Variant::from(5_u32)),
        ]);
        let message = Message::parse(&reply(&(dict,))).unwrap();
        let entry: Entry<Two> = message.read(&["a{sv}"]).unwrap();
        assert_eq!((entry.text(0), entry.text(1)), (Some("x"), None));
        let message = Message::parse(&reply(&(Variant::from(true),))).unwrap();
        assert_eq!(message.read::<Value>(&["v"]), Ok(Value::Flag(true)));
    }

    #[test]
    fn long_messages_are_refused_before_they_are_read() {
        let mut start = [0; START];
        start[..4].copy_from_slice(&[b'l', REPLY, 0, 1]);
        assert_eq!(length(&start), Ok(START));
        start[4..8].copy_from_slice(&u32::MAX.to_le_bytes());
        assert_eq!(length(&start), Err(Garbled));
        start[4..8].copy_from_slice(&4_194_300_u32.to_le_bytes());
        assert_eq!(length(&start), Err(Garbled));
        assert_eq!(length(&[b'x'; START]), Err(Garbled));
    }

    proptest! {
        #[test]
        fn no_message_makes_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            if let Ok(message) = Message::parse(&bytes) {
                every_shape(&message);
            }
        }

        #[test]
        fn no_body_makes_it_panic(
            body in proptest::collection::vec(prop_oneof![Just(0_u8), Just(1), Just(4), Just(b's'), Just(b'v'), any::<u8>()], 0..200),
            shape in 0_usize..7,
            little in any::<bool>(),
        ) {
            let signature = ["s", "v", "as", "a{sv}", "a{ss}", "aa{sv}", "aa{ss}"][shape];
            let endian = if little { LE } else { BE };
            every_shape(&Message { answers: None, error: None, signature: signature.to_owned(), endian, body });
        }

        #[test]
        fn no_changed_message_makes_it_panic(at in 0_usize..120, byte in any::<u8>()) {
            let dict = std::collections::BTreeMap::from([("link", Variant::from("muster://x"))]);
            let mut bytes = reply(&(vec![dict],));
            let at = at % bytes.len();
            bytes[at] = byte;
            if let Ok(message) = Message::parse(&bytes) {
                every_shape(&message);
            }
        }
    }
}
