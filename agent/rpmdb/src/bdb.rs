//! A hash table of Berkeley DB: `Packages`. Numbers have the order of the machine that wrote, which the magic number tells.
//!
//! ```text
//! every page: 8 page number, 12 previous, 16 next, 20 entries (2), 22 free (2), 25 kind (1), 26 content
//! first page: 12 magic, 16 version, 20 page size, 24 cipher (1), 25 kind (1), 26 flags (1), 32 last page, 72 last bucket,
//!             96 spares (32 numbers): bucket B begins at page B + spares[bits of B]
//! hash page:  the places of its entries (2 each), a key and a value in turn; they fill the page from its end
//! entry:      kind (1): 1 = data follow; 3 = 4 first overflow page, 8 length
//! overflow:   22 length of the content (2); 16 the next one
//! ```
//!
//! The keys are the packages' numbers; number 0 holds the next one to give.

use crate::bytes::array;
use crate::source::Source;
use crate::{EachBlob, Format, MAX_HEADER, RpmDbError};

const META: usize = 512;
const PAGE_HEAD: usize = 26;
const MAGIC: u32 = 0x0006_1561;
/// Its other ways to keep a table: tree, queue, heap. RPM takes the first for its indexes.
const OTHER_MAGIC: [u32; 3] = [0x0005_3162, 0x0004_2253, 0x0007_4582];
const KIND_META: u8 = 8;
const KINDS_HASH: [u8; 2] = [2, 13];
const KIND_OVERFLOW: u8 = 7;

/// Whether Berkeley DB begins like this, from the twelfth byte on.
pub fn is_magic(bytes: [u8; 4]) -> bool {
    let known = |number| number == MAGIC || OTHER_MAGIC.contains(&number);
    known(u32::from_le_bytes(bytes)) || known(u32::from_be_bytes(bytes))
}

pub fn read(file: &mut Source<'_>, each: &mut EachBlob<'_>) -> Result<(), RpmDbError> {
    let mut meta = vec![0; META];
    if !file.has(0, META) {
        return Err(malformed("it is cut off"));
    }
    file.read(0, &mut meta)?;
    let table = Table::parse(&meta, file.len())?;
    let mut walk = Walk { page: vec![0; table.page_size], value: Vec::new(), pages: 0 };
    for bucket in 0..=table.last_bucket {
        if walk.bucket(file, &table, bucket, each)?.is_break() {
            return Ok(());
        }
    }
    if file.is_unchanged(&meta)? { Ok(()) } else { Err(RpmDbError::Changed) }
}

type Flow = std::ops::ControlFlow<()>;

/// The order of a machine's bytes.
#[derive(Clone, Copy)]
struct Order {
    high_first: bool,
}

impl Order {
    fn u16(self, bytes: &[u8], at: usize) -> Result<u16, RpmDbError> {
        let number = array(bytes, at).ok_or(malformed("a number lies outside its page"))?;
        Ok(if self.high_first { u16::from_be_bytes(number) } else { u16::from_le_bytes(number) })
    }

    fn u32(self, bytes: &[u8], at: usize) -> Result<u32, RpmDbError> {
        let number = array(bytes, at).ok_or(malformed("a number lies outside its page"))?;
        Ok(if self.high_first { u32::from_be_bytes(number) } else { u32::from_le_bytes(number) })
    }
}

/// What the first page says.
struct Table {
    order: Order,
    page_size: usize,
    last_page: u32,
    last_bucket: u32,
    spares: [u32; 32],
}

impl Table {
    fn parse(meta: &[u8], len: u64) -> Result<Self, RpmDbError> {
        let unsupported = |what| Err(RpmDbError::Unsupported(Format::Bdb, what));
        let order = [false, true]
            .map(|high_first| Order { high_first })
            .into_iter()
            .find(|order| order.u32(meta, 12).is_ok_and(|magic| magic == MAGIC));
        let Some(order) = order else { return unsupported("a table that is no hash") };
        if !(8..=10).contains(&order.u32(meta, 16)?) {
            return unsupported("this version");
        }
        match meta.get(24..27) {
            Some([0, KIND_META, 0]) => {}
            Some([0, KIND_META, _]) => return unsupported("a checksum or a partition"),
            Some([0, ..]) => return Err(malformed("the first page has another kind")),
            _ => return unsupported("encryption"),
        }
        let page_size = order.u32(meta, 20)?;
        if !page_size.is_power_of_two() || !(512..=65_536).contains(&page_size) {
            return Err(malformed("its pages have no possible size"));
        }
        let last_page = order.u32(meta, 32)?;
        if (u64::from(last_page) + 1) * u64::from(page_size) > len {
            return Err(malformed("it is cut off"));
        }
        let last_bucket = order.u32(meta, 72)?;
        if last_bucket >= last_page {
            return Err(malformed("it has more buckets than pages"));
        }
        let mut spares = [0; 32];
        for (place, spare) in spares.iter_mut().enumerate() {
            *spare = order.u32(meta, 96 + 4 * place)?;
        }
        let page_size = page_size.try_into().map_err(|_| malformed("its pages have no possible size"))?;
        Ok(Self { order, page_size, last_page, last_bucket, spares })
    }

    fn first_page(&self, bucket: u32) -> Result<u32, RpmDbError> {
        let bits = usize::try_from(u32::BITS - bucket.leading_zeros()).ok();
        let spare = bits.and_then(|bits| self.spares.get(bits)).copied();
        spare.and_then(|spare| bucket.checked_add(spare)).ok_or(malformed("a bucket has no page"))
    }

    fn load(&self, file: &mut Source<'_>, number: u32, page: &mut [u8]) -> Result<(), RpmDbError> {
        if number == 0 || number > self.last_page {
            return Err(malformed("it leads to a page that is not there"));
        }
        file.read(u64::from(number) * page.len() as u64, page)?;
        if self.order.u32(page, 8)? != number {
            return Err(malformed("a page has another number than its place"));
        }
        Ok(())
    }
}

/// On the way through the buckets.
struct Walk {
    page: Vec<u8>,
    value: Vec<u8>,
    /// How many hash pages were seen: each belongs to one bucket.
    pages: u32,
}

impl Walk {
    fn bucket(
        &mut self,
        file: &mut Source<'_>,
        table: &Table,
        bucket: u32,
        each: &mut EachBlob<'_>,
    ) -> Result<Flow, RpmDbError> {
        let mut number = table.first_page(bucket)?;
        while number != 0 {
            self.pages += 1;
            if self.pages > table.last_page {
                return Err(RpmDbError::Circles);
            }
            table.load(file, number, &mut self.page)?;
            if !self.page.get(25).is_some_and(|kind| KINDS_HASH.contains(kind)) {
                return Err(malformed("a bucket has a page of another kind"));
            }
            if self.entries(file, table, each)?.is_break() {
                return Ok(Flow::Break(()));
            }
            number = table.order.u32(&self.page, 16)?;
        }
        Ok(Flow::Continue(()))
    }

    fn entries(
        &mut self,
        file: &mut Source<'_>,
        table: &Table,
        each: &mut EachBlob<'_>,
    ) -> Result<Flow, RpmDbError> {
        let count = usize::from(table.order.u16(&self.page, 20)?);
        if !count.is_multiple_of(2) {
            return Err(malformed("a key has no value"));
        }
        let mut end = self.page.len();
        let lowest = PAGE_HEAD + 2 * count;
        for pair in 0..count / 2 {
            let key_at = usize::from(table.order.u16(&self.page, PAGE_HEAD + 4 * pair)?);
            let value_at = usize::from(table.order.u16(&self.page, PAGE_HEAD + 4 * pair + 2)?);
            if value_at < lowest || value_at >= key_at || key_at >= end {
                return Err(malformed("entries lie over each other"));
            }
            let is_package = match &self.page[key_at..end] {
                [1, key @ ..] if key.len() == 4 => key != [0; 4],
                _ => return Err(malformed("a key is no package's number")),
            };
            if is_package {
                self.load(file, table, value_at..key_at)?;
                if each(&self.value)?.is_break() {
                    return Ok(Flow::Break(()));
                }
            }
            end = value_at;
        }
        Ok(Flow::Continue(()))
    }

    /// The value of the entry at `place`, into `self.value`.
    fn load(
        &mut self,
        file: &mut Source<'_>,
        table: &Table,
        place: std::ops::Range<usize>,
    ) -> Result<(), RpmDbError> {
        self.value.clear();
        let entry = &self.page[place];
        match entry {
            [1, data @ ..] => {
                self.value.extend_from_slice(data);
                Ok(())
            }
            [3, ..] if entry.len() == 12 => {
                let (number, len) = (table.order.u32(entry, 4)?, table.order.u32(entry, 8)?);
                self.overflow(file, table, number, len)
            }
            _ => Err(RpmDbError::Unsupported(Format::Bdb, "an entry of this kind")),
        }
    }

    /// A value too long for its page: it grows with what is really there, whatever length was promised.
    fn overflow(
        &mut self,
        file: &mut Source<'_>,
        table: &Table,
        mut number: u32,
        len: u32,
    ) -> Result<(), RpmDbError> {
        let len = usize::try_from(len).ok().filter(|len| *len <= MAX_HEADER);
        let len = len.ok_or(malformed("a package is too large"))?;
        let mut page = vec![0; table.page_size];
        while self.value.len() < len {
            table.load(file, number, &mut page)?;
            let size = usize::from(table.order.u16(&page, 22)?);
            let content = page.get(PAGE_HEAD..PAGE_HEAD + size);
            match content.filter(|_| page.get(25) == Some(&KIND_OVERFLOW)) {
                Some(content) if !content.is_empty() && content.len() <= len - self.value.len() => {
                    self.value.extend_from_slice(content);
                }
                _ => return Err(malformed("a long value is broken")),
            }
            number = table.order.u32(&page, 16)?;
        }
        Ok(())
    }
}

fn malformed(what: &'static str) -> RpmDbError {
    RpmDbError::Malformed(Format::Bdb, what)
}
