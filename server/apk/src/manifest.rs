//! The head of a binary manifest: a pool of texts, the attributes' numbers, and the first element.

use crate::ApkError;
use crate::bytes::Bytes;

/// What the element `manifest` says.
#[derive(Debug, PartialEq, Eq)]
pub struct Head {
    /// Name of the package.
    pub name: String,
    /// Version for people; empty where none is given.
    pub version: String,
    /// Version for Android.
    pub version_code: u64,
}

const DOCUMENT: u16 = 0x0003;
const TEXTS: u16 = 0x0001;
const NUMBERS: u16 = 0x0180;
const START_ELEMENT: u16 = 0x0102;
/// Numbers of the attributes in the framework: names may be taken out of a manifest, these not.
const VERSION_CODE: u32 = 0x0101_021b;
const VERSION_NAME: u32 = 0x0101_021c;
const VERSION_CODE_MAJOR: u32 = 0x0101_0576;
const TYPE_TEXT: u8 = 0x03;
const TYPE_NUMBERS: std::ops::RangeInclusive<u8> = 0x10..=0x11;
const UTF_8: u32 = 1 << 8;
/// Names and versions longer than this are nobody's.
const MAX_TEXT: usize = 256;

/// Reads it.
pub fn head(manifest: &[u8]) -> Result<Head, ApkError> {
    let cut = || ApkError::Manifest("it is cut off");
    let (kind, _, mut rest) = chunk(&mut Bytes(manifest)).ok_or_else(cut)?;
    if kind != DOCUMENT {
        return Err(ApkError::Manifest("it is not binary XML"));
    }
    let (mut texts, mut numbers) = (None, None);
    while !rest.0.is_empty() {
        let (kind, head, body) = chunk(&mut rest).ok_or_else(cut)?;
        match kind {
            TEXTS if texts.is_none() => texts = Some(Texts::of(head, body).ok_or_else(cut)?),
            NUMBERS => numbers = Some(body),
            START_ELEMENT => {
                let texts = texts.ok_or(ApkError::Manifest("it has no texts"))?;
                return element(body, &texts, numbers.unwrap_or(Bytes(&[])));
            }
            _ => {}
        }
    }
    Err(ApkError::Manifest("it has no element"))
}

/// Kind, rest of the head and body of the next piece.
fn chunk<'a>(bytes: &mut Bytes<'a>) -> Option<(u16, Bytes<'a>, Bytes<'a>)> {
    let mut peek = *bytes;
    let (kind, head, len) = (peek.u16()?, usize::from(peek.u16()?), usize::try_from(peek.u32()?).ok()?);
    if head < 8 || len < head {
        return None;
    }
    let whole = bytes.take(len)?;
    Some((kind, Bytes(whole.get(8..head)?), Bytes(whole.get(head..)?)))
}

struct Texts<'a> {
    utf_8: bool,
    places: Bytes<'a>,
    count: usize,
    content: Bytes<'a>,
}

impl<'a> Texts<'a> {
    fn of(mut head: Bytes<'a>, body: Bytes<'a>) -> Option<Self> {
        let (count, _styles) = (usize::try_from(head.u32()?).ok()?, head.u32()?);
        let (flags, from) = (head.u32()?, usize::try_from(head.u32()?).ok()?);
        // the place is counted from the beginning of the chunk, whose head has 28 bytes
        let content = body.from(from.checked_sub(28)?)?;
        Some(Self { utf_8: flags & UTF_8 != 0, places: body, count, content })
    }

    fn text(&self, nth: u32) -> Option<String> {
        let nth = usize::try_from(nth).ok().filter(|nth| *nth < self.count)?;
        let at = self.places.from(nth.checked_mul(4)?)?.u32()?;
        let mut bytes = self.content.from(usize::try_from(at).ok()?)?;
        if self.utf_8 {
            length_8(&mut bytes)?;
            let len = length_8(&mut bytes).filter(|len| *len <= MAX_TEXT)?;
            return String::from_utf8(bytes.take(len)?.to_vec()).ok();
        }
        let len = length_16(&mut bytes).filter(|len| *len <= MAX_TEXT)?;
        let units: Vec<u16> = (0..len).map(|_| bytes.u16()).collect::<Option<_>>()?;
        String::from_utf16(&units).ok()
    }
}

/// One byte, or two where the highest bit is set.
fn length_8(bytes: &mut Bytes<'_>) -> Option<usize> {
    let first = usize::from(*bytes.take(1)?.first()?);
    if first & 0x80 == 0 {
        return Some(first);
    }
    Some((first & 0x7f) << 8 | usize::from(*bytes.take(1)?.first()?))
}

/// One unit, or two where the highest bit is set.
fn length_16(bytes: &mut Bytes<'_>) -> Option<usize> {
    let first = usize::from(bytes.u16()?);
    if first & 0x8000 == 0 {
        return Some(first);
    }
    Some((first & 0x7fff) << 16 | usize::from(bytes.u16()?))
}

fn element(mut body: Bytes<'_>, texts: &Texts<'_>, numbers: Bytes<'_>) -> Result<Head, ApkError> {
    let cut = || ApkError::Manifest("its element is cut off");
    let whole = body;
    // the namespace, before the name
    body.u32().ok_or_else(cut)?;
    if body.u32().and_then(|name| texts.text(name)).as_deref() != Some("manifest") {
        return Err(ApkError::Manifest("its element is not `manifest`"));
    }
    let (from, size, count) = attributes_at(&mut body).ok_or_else(cut)?;
    if size < 20 {
        return Err(ApkError::Manifest("its attributes are too short"));
    }
    let mut head = Head { name: String::new(), version: String::new(), version_code: 0 };
    for nth in 0..count {
        let attribute = whole.from(from + nth * size).ok_or_else(cut)?;
        note(attribute, texts, numbers, &mut head).ok_or_else(cut)?;
    }
    if head.name.is_empty() || head.version_code == 0 {
        return Err(ApkError::Manifest("it names no package or no version code"));
    }
    Ok(head)
}

fn attributes_at(bytes: &mut Bytes<'_>) -> Option<(usize, usize, usize)> {
    Some((bytes.u16()?.into(), bytes.u16()?.into(), bytes.u16()?.into()))
}

fn note(mut attribute: Bytes<'_>, texts: &Texts<'_>, numbers: Bytes<'_>, head: &mut Head) -> Option<()> {
    let (_space, name, raw) = (attribute.u32()?, attribute.u32()?, attribute.u32()?);
    attribute.take(3)?;
    let (kind, value) = (*attribute.take(1)?.first()?, attribute.u32()?);
    let at = usize::try_from(name).ok()?.checked_mul(4)?;
    // an attribute that the framework does not know has no number, or zero
    let number = numbers.from(at).and_then(|mut numbers| numbers.u32()).filter(|number| *number != 0);
    let text = || texts.text(if kind == TYPE_TEXT { value } else { raw });
    match number {
        Some(VERSION_CODE) if TYPE_NUMBERS.contains(&kind) => head.version_code |= u64::from(value),
        Some(VERSION_CODE_MAJOR) if TYPE_NUMBERS.contains(&kind) => {
            head.version_code |= u64::from(value) << 32
        }
        Some(VERSION_NAME) => head.version = text()?,
        None if texts.text(name).as_deref() == Some("package") => head.name = text()?,
        _ => {}
    }
    Some(())
}
