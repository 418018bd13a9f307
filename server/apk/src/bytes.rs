//! Little-endian numbers and counted pieces, taken one after the other. What is cut off is `None`, never a panic.

/// A view of bytes that grows shorter.
#[derive(Debug, Clone, Copy)]
pub struct Bytes<'a>(pub &'a [u8]);

impl<'a> Bytes<'a> {
    /// The next `len` bytes.
    pub fn take(&mut self, len: usize) -> Option<&'a [u8]> {
        let (piece, rest) = self.0.split_at_checked(len)?;
        self.0 = rest;
        Some(piece)
    }

    /// The next number of two bytes.
    pub fn u16(&mut self) -> Option<u16> {
        let (bytes, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(u16::from_le_bytes(*bytes))
    }

    /// The next number of four bytes.
    pub fn u32(&mut self) -> Option<u32> {
        let (bytes, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(u32::from_le_bytes(*bytes))
    }

    /// The next number of eight bytes.
    pub fn u64(&mut self) -> Option<u64> {
        let (bytes, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(u64::from_le_bytes(*bytes))
    }

    /// A piece that its length goes before, in four bytes.
    pub fn counted(&mut self) -> Option<Self> {
        let len = usize::try_from(self.u32()?).ok()?;
        self.take(len).map(Self)
    }

    /// What is left from `at` on.
    pub fn from(self, at: usize) -> Option<Self> {
        self.0.get(at..).map(Self)
    }
}
