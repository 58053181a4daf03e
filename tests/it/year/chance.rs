//! Chance with a seed: the same seed, the same year.

/// SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014).
pub struct Chance(u64);

impl Chance {
    pub fn new(seed: u64) -> Chance {
        Chance(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    /// Both ends count.
    pub fn between(&mut self, low: i64, high: i64) -> i64 {
        let many = u64::try_from(high - low + 1).unwrap();
        low + i64::try_from(self.next() % many).unwrap()
    }

    pub fn percent(&mut self, percent: i64) -> bool {
        self.between(1, 100) <= percent
    }

    pub fn one_of<'l, T>(&mut self, list: &'l [T]) -> &'l T {
        let last = i64::try_from(list.len()).unwrap() - 1;
        &list[usize::try_from(self.between(0, last)).unwrap()]
    }

    /// One of a list of things, each with its weight.
    pub fn weighted<T: Copy>(&mut self, list: &[(i64, T)]) -> T {
        let mut left = self.between(1, list.iter().map(|(weight, _)| weight).sum());
        for (weight, thing) in list {
            left -= weight;
            if left <= 0 {
                return *thing;
            }
        }
        unreachable!("the weights add up")
    }
}
