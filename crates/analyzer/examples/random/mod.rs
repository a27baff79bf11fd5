//! Numbers for made-up data that look random and are the same in every run: splitmix64.

/// A generator of numbers.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    /// A number from 0 to `limit - 1`; 0 for a limit of 0.
    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.0 += 1;
        mixed(self.0) % limit.max(1)
    }
}

/// The mixing function of splitmix64 (Steele, Lea and Flood, 2014).
pub(crate) fn mixed(n: u64) -> u64 {
    let n = n.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let n = (n ^ (n >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let n = (n ^ (n >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    n ^ (n >> 31)
}
