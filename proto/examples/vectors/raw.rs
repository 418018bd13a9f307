//! CBOR taken apart and put together again with faults in it.

use minicbor::data::Type;

/// One item; `Raw` are bytes that need not be one.
#[derive(Debug, Clone, PartialEq)]
pub enum Item {
    Int(i64),
    Bytes(Vec<u8>),
    Text(String),
    Array(Vec<Item>),
    Map(Vec<(Item, Item)>),
    Raw(Vec<u8>),
}

/// Takes the CBOR of one of our messages apart.
pub fn parse(bytes: &[u8]) -> Item {
    let mut d = minicbor::Decoder::new(bytes);
    item(&mut d, bytes).expect("one of our messages")
}

fn item(d: &mut minicbor::Decoder<'_>, all: &[u8]) -> Result<Item, minicbor::decode::Error> {
    Ok(match d.datatype()? {
        Type::Bytes => Item::Bytes(d.bytes()?.to_vec()),
        Type::String => Item::Text(d.str()?.to_owned()),
        Type::Array => {
            let len = d.array()?.unwrap_or(0);
            Item::Array((0..len).map(|_| item(d, all)).collect::<Result<_, _>>()?)
        }
        Type::Map => {
            let len = d.map()?.unwrap_or(0);
            Item::Map((0..len).map(|_| Ok((item(d, all)?, item(d, all)?))).collect::<Result<_, _>>()?)
        }
        _ if d.probe().i64().is_ok() => Item::Int(d.i64()?),
        _ => {
            let start = d.position();
            d.skip()?;
            Item::Raw(all[start..d.position()].to_vec())
        }
    })
}

impl Item {
    /// The bytes.
    pub fn bytes(&self) -> Vec<u8> {
        match self {
            Self::Int(number) if *number < 0 => head(1, (-1 - *number).unsigned_abs()),
            Self::Int(number) => head(0, number.unsigned_abs()),
            Self::Bytes(bytes) => [head(2, bytes.len() as u64), bytes.clone()].concat(),
            Self::Text(text) => [head(3, text.len() as u64), text.as_bytes().to_vec()].concat(),
            Self::Array(items) => {
                items.iter().fold(head(4, items.len() as u64), |all, item| [all, item.bytes()].concat())
            }
            Self::Map(entries) => {
                let start = head(5, entries.len() as u64);
                entries.iter().fold(start, |all, (key, value)| [all, key.bytes(), value.bytes()].concat())
            }
            Self::Raw(bytes) => bytes.clone(),
        }
    }

    /// The entry of a map.
    pub fn at(&mut self, key: impl Into<Item>) -> &mut Item {
        let key = key.into();
        let Self::Map(entries) = self else { panic!("{self:?} is not a map") };
        let entry = entries.iter_mut().find(|(each, _)| *each == key);
        &mut entry.expect("the sample has this entry").1
    }

    /// The same map with one more entry.
    pub fn add(&mut self, key: impl Into<Item>, value: impl Into<Item>) {
        let Self::Map(entries) = self else { panic!("{self:?} is not a map") };
        entries.push((key.into(), value.into()));
    }

    /// The same map without an entry.
    pub fn remove(&mut self, key: impl Into<Item>) {
        let key = key.into();
        let Self::Map(entries) = self else { panic!("{self:?} is not a map") };
        entries.retain(|(each, _)| *each != key);
    }
}

impl From<i64> for Item {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl From<&str> for Item {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<Vec<u8>> for Item {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Bytes(bytes)
    }
}

/// The shortest head.
pub fn head(major: u8, value: u64) -> Vec<u8> {
    let bytes = value.to_be_bytes();
    match value {
        0..=23 => vec![major << 5 | bytes[7]],
        24..=0xff => vec![major << 5 | 24, bytes[7]],
        0x100..=0xffff => [&[major << 5 | 25][..], &bytes[6..]].concat(),
        0x1_0000..=0xffff_ffff => [&[major << 5 | 26][..], &bytes[4..]].concat(),
        _ => [&[major << 5 | 27][..], &bytes[..]].concat(),
    }
}

/// The four parts of a COSE_Sign1, to be put together by hand.
#[derive(Debug, Clone)]
pub struct Parts {
    pub tag: Vec<u8>,
    pub protected: Vec<u8>,
    pub unprotected: Item,
    pub payload: Item,
    pub signature: Vec<u8>,
}

impl Parts {
    /// Takes a message apart.
    pub fn of(message: &[u8]) -> Self {
        let Item::Array(parts) = parse(&message[1..]) else { panic!("a message is an array") };
        let [Item::Bytes(protected), unprotected, payload, Item::Bytes(signature)] = &parts[..] else {
            panic!("a message has four parts")
        };
        Self {
            tag: vec![0xd2],
            protected: protected.clone(),
            unprotected: unprotected.clone(),
            payload: payload.clone(),
            signature: signature.clone(),
        }
    }

    /// What is to be signed (RFC 9052 §4.4).
    pub fn to_be_signed(&self) -> Vec<u8> {
        let parts: Vec<Item> =
            vec!["Signature1".into(), self.protected.clone().into(), Vec::new().into(), self.payload.clone()];
        Item::Array(parts).bytes()
    }

    /// The message.
    pub fn bytes(&self) -> Vec<u8> {
        let signature = self.signature.clone().into();
        let parts =
            vec![self.protected.clone().into(), self.unprotected.clone(), self.payload.clone(), signature];
        [self.tag.clone(), Item::Array(parts).bytes()].concat()
    }
}
