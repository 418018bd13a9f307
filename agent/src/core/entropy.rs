//! Randomness as an argument: a seed comes from whoever owns the source, everything drawn follows from it.

use muster_proto::id::Digest;

/// A stream of bytes that only the holder of the seed can foresee: SHA-256 over seed and counter.
///
/// The seed must be fresh for each run of the agent and is never saved, so that two copies of one state draw different chains.
pub struct Entropy {
    seed: [u8; 32],
    drawn: u64,
}

impl Entropy {
    /// The stream of `seed`.
    #[must_use]
    pub fn new(seed: [u8; 32]) -> Self {
        Self { seed, drawn: 0 }
    }

    /// The next 16 bytes.
    pub fn bytes(&mut self) -> [u8; 16] {
        self.drawn += 1;
        let block = Digest::of(&[&self.seed[..], &self.drawn.to_be_bytes()].concat());
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&block.0[..16]);
        bytes
    }

    /// A number below `bound`; 0 where that is 0. Good enough for spreading, not for secrets.
    pub fn below(&mut self, bound: u64) -> u64 {
        let bytes = self.bytes();
        let mut number = [0; 8];
        number.copy_from_slice(&bytes[..8]);
        u64::from_be_bytes(number).checked_rem(bound).unwrap_or(0)
    }
}

/// Without the seed, which foretells chain ids.
impl std::fmt::Debug for Entropy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Entropy({} drawn)", self.drawn)
    }
}
