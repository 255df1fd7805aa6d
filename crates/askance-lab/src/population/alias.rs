//! Draws from a fixed distribution in constant time.

use askance_record::Rng;

/// An alias table (Walker 1977; made as in Vose 1991). Shares are kept to 32 bits.
#[derive(Clone, Debug)]
pub(super) struct Alias {
    /// (below this the cell itself, else the other)
    cells: Vec<(u32, u32)>,
}

impl Alias {
    /// From weights; negative and non-finite ones count as 0. `None` where nothing has weight, or too many have.
    pub(super) fn new(weights: &[f64]) -> Option<Self> {
        let weights: Vec<f64> = weights.iter().map(|w| if w.is_finite() { w.max(0.0) } else { 0.0 }).collect();
        let total: f64 = weights.iter().sum();
        let count = u32::try_from(weights.len()).ok().filter(|_| total > 0.0)?;
        let mut share: Vec<f64> = weights.iter().map(|w| w / total * f64::from(count)).collect();
        let mut cells: Vec<(u32, u32)> = (0..count).map(|i| (u32::MAX, i)).collect();
        let (mut small, mut large): (Vec<u32>, Vec<u32>) = (0..count).partition(|&i| share[i as usize] < 1.0);
        while let (Some(&giver), Some(taker)) = (large.last(), small.pop()) {
            cells[taker as usize] = (threshold(share[taker as usize]), giver);
            share[giver as usize] -= 1.0 - share[taker as usize];
            if share[giver as usize] < 1.0 {
                large.pop();
                small.push(giver);
            }
        }
        Some(Self { cells })
    }

    /// An index, by weight.
    pub(super) fn draw(&self, rng: &mut Rng) -> u32 {
        let bits = rng.bits();
        let cell = ((bits >> 32) * self.cells.len() as u64) >> 32;
        let cell = u32::try_from(cell).expect("below the number of cells");
        let coin = u32::try_from(bits & 0xffff_ffff).expect("32 bits");
        let (below, other) = self.cells[cell as usize];
        if coin < below { cell } else { other }
    }
}

fn threshold(share: f64) -> u32 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of 2^32, which saturates")]
    let threshold = (share * 4_294_967_296.0) as u32;
    threshold
}
