//! Chance that repeats itself: the same seed makes the same phones.

/// SplitMix64 (Steele, Lea, Flood 2014): small, even, and good enough to mix phones with.
#[derive(Debug, Clone)]
pub struct Rng(u64);

impl Rng {
    /// The chance of the `nth` phone of a fleet.
    #[must_use]
    pub fn of(seed: u64, nth: u64) -> Self {
        let mut rng = Self(seed ^ nth.wrapping_mul(0xd605_1c09_3a1b_7e35));
        rng.draw();
        rng
    }

    /// 64 bits.
    pub fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `bound`; 0 where the bound is 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.draw().checked_rem(bound).unwrap_or(0)
    }

    /// True in `percent` of a hundred cases.
    pub fn percent(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// One of `items`, each as often as its weight says.
    ///
    /// # Panics
    /// There are no items.
    pub fn weighted<'a, T>(&mut self, items: &'a [T], weight: impl Fn(&T) -> u64) -> &'a T {
        let mut left = self.below(items.iter().map(&weight).sum());
        for item in items {
            match left.checked_sub(weight(item)) {
                Some(rest) => left = rest,
                None => return item,
            }
        }
        items.last().expect("a list of kinds is not empty")
    }

    /// 16 bytes.
    pub fn bytes(&mut self) -> [u8; 16] {
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&self.draw().to_be_bytes());
        bytes[8..].copy_from_slice(&self.draw().to_be_bytes());
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_the_same_chance() {
        let draw = |seed, nth| (0..4).map(|_| Rng::of(seed, nth).draw()).collect::<Vec<_>>();
        assert_eq!(draw(1, 2), draw(1, 2));
        assert_ne!(draw(1, 2), draw(1, 3));
        assert_ne!(draw(1, 2), draw(2, 2));
    }

    #[test]
    fn weights_are_kept() {
        let mut rng = Rng::of(7, 0);
        let heads = (0..10_000)
            .filter(|_| *rng.weighted(&[(true, 3), (false, 1)], |(_, weight)| *weight) == (true, 3))
            .count();
        assert!((7_200..7_800).contains(&heads), "{heads}");
    }
}
