//! A small seeded generator: the same draws on every platform and release.

/// Xoshiro256++ (Blackman, Vigna 2019), seeded through `SplitMix64`. Not for secrets.
#[derive(Clone, Debug)]
pub struct Rng([u64; 4]);

impl Rng {
    /// A generator whose draws depend on `seed` alone.
    pub fn new(seed: u64) -> Self {
        let mut state = [0; 4];
        for (word, k) in state.iter_mut().zip(0u64..) {
            *word = mix64(seed.wrapping_add(k.wrapping_mul(0x9e37_79b9_7f4a_7c15)));
        }
        Self(state)
    }

    /// A generator of its own for a part of the story, so that one part's draws never shift another's.
    ///
    /// - `label`: names the part; equal labels of equal seeds give equal draws.
    pub fn part(seed: u64, label: &str) -> Self {
        Self::new(label.bytes().fold(mix64(seed), |h, b| mix64(h ^ u64::from(b))))
    }

    /// 64 uniform bits.
    pub fn bits(&mut self) -> u64 {
        let s = &mut self.0;
        let out = s[0].wrapping_add(s[3]).rotate_left(23).wrapping_add(s[0]);
        let t = s[1] << 17;
        s[2] ^= s[0];
        s[3] ^= s[1];
        s[1] ^= s[2];
        s[0] ^= s[3];
        s[2] ^= t;
        s[3] = s[3].rotate_left(45);
        out
    }

    /// Uniform in (0, 1).
    pub fn unit(&mut self) -> f64 {
        ((self.bits() >> 11) as f64 + 0.5) / (1u64 << 53) as f64
    }

    /// Uniform in (low, high).
    pub fn uniform(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }

    /// Exponential of this mean.
    pub fn exponential(&mut self, mean: f64) -> f64 {
        -mean * libm::log(self.unit())
    }

    /// Standard normal (Box and Muller).
    pub fn normal(&mut self) -> f64 {
        let radius = libm::sqrt(-2.0 * libm::log(self.unit()));
        radius * libm::cos(2.0 * core::f64::consts::PI * self.unit())
    }

    /// True with this probability.
    pub fn chance(&mut self, p: f64) -> bool {
        self.unit() < p
    }

    /// Uniform in 0..n; `n` at least 1.
    pub fn below(&mut self, n: u64) -> u64 {
        // The bias of the remainder is below n / 2^64.
        self.bits() % n.max(1)
    }
}

/// The finaliser of `SplitMix64` (Steele, Lea, Flood 2014): spreads the bits of `x`.
pub const fn mix64(x: u64) -> u64 {
    let x = x.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_are_pinned_and_fair() {
        let mut rng = Rng::new(1);
        let mean = (0..20_000).map(|_| rng.unit()).sum::<f64>() / 20_000.0;
        assert!((mean - 0.5).abs() < 0.01, "{mean}");
        let spread = (0..20_000).map(|_| rng.normal()).map(|z| z * z).sum::<f64>() / 20_000.0;
        assert!((spread - 1.0).abs() < 0.05, "{spread}");
        assert_eq!(Rng::new(1).bits(), Rng::new(1).bits());
        assert_ne!(Rng::new(1).bits(), Rng::new(2).bits());
        assert_ne!(Rng::part(1, "a").bits(), Rng::part(1, "b").bits());
    }
}
