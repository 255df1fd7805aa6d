//! The cheapest cut of a row of units into segments of a least length.

/// Where a last segment may begin.
struct Begin {
    at: usize,
    /// The cheapest sum up to the end at hand, but for the penalty.
    sum: f64,
    /// The end from which on it is known not to be the best.
    dead: usize,
}

/// The cut that minimises the sum of costs plus `penalty` for each cut, as the first unit of every
/// segment but the first, ascending; empty where one segment is cheapest.
///
/// - `units`: how many there are; `least`: units that a segment holds at least, 1 or more
/// - `cost(from, to)`: of the segment `from..to`, nats; cutting a segment must never raise the sum, as
///   holds for every negative maximum of a log-likelihood
///
/// Cost: O(units^2) evaluations of `cost` where nothing changes, about linear where much does.
///
/// # Source
/// PELT of Killick, Fearnhead, Eckley 2012, eq. 4. With a least length, what is pruned at `s` may still
/// begin a segment that ends before `s + least`, hence the delay.
pub(crate) fn cheapest_cut(units: usize, least: usize, penalty: f64, cost: impl Fn(usize, usize) -> f64) -> Vec<usize> {
    assert!(least > 0, "a segment holds something");
    // By end: the cheapest sum, and where its last segment begins.
    let mut sums = vec![f64::INFINITY; units + 1];
    let mut begins = vec![0; units + 1];
    sums[0] = -penalty;
    let mut open: Vec<Begin> = Vec::new();
    for end in least..=units {
        if sums[end - least] < f64::INFINITY {
            open.push(Begin { at: end - least, sum: 0.0, dead: usize::MAX });
        }
        open.retain(|begin| end < begin.dead);
        for begin in &mut open {
            begin.sum = sums[begin.at] + cost(begin.at, end);
            if begin.sum + penalty < sums[end] {
                sums[end] = begin.sum + penalty;
                begins[end] = begin.at;
            }
        }
        for begin in open.iter_mut().filter(|begin| begin.sum > sums[end]) {
            begin.dead = begin.dead.min(end + least);
        }
    }
    let mut cuts = Vec::new();
    let mut at = begins[units];
    while at > 0 {
        cuts.push(at);
        at = begins[at];
    }
    cuts.reverse();
    cuts
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Poisson, up to a constant.
    fn cost(counts: &[u32], from: usize, to: usize) -> f64 {
        let sum = f64::from(counts[from..to].iter().sum::<u32>());
        if sum > 0.0 { -sum * libm::log(sum / (to - from) as f64) } else { 0.0 }
    }

    fn total(counts: &[u32], cuts: &[usize], penalty: f64) -> f64 {
        let ends: Vec<usize> = cuts.iter().copied().chain([counts.len()]).collect();
        let mut from = 0;
        let mut sum = penalty * cuts.len() as f64;
        for to in ends {
            sum += cost(counts, from, to);
            from = to;
        }
        sum
    }

    /// Every cut with segments of at least `least`, by recursion on the last one.
    fn best_by_trying(counts: &[u32], least: usize, penalty: f64) -> f64 {
        let mut best = cost(counts, 0, counts.len());
        for at in least..=counts.len().saturating_sub(least) {
            let rest = cost(counts, at, counts.len()) + penalty;
            best = best.min(best_by_trying(&counts[..at], least, penalty) + rest);
        }
        best
    }

    proptest! {
        #[test]
        fn no_cut_is_cheaper(
            counts in proptest::collection::vec(0u32..30, 1..18),
            least in 1usize..5,
            penalty in 0.0f64..20.0,
        ) {
            prop_assume!(counts.len() >= least);
            let cuts = cheapest_cut(counts.len(), least, penalty, |a, b| cost(&counts, a, b));
            let bounds: Vec<usize> = [0].into_iter().chain(cuts.iter().copied()).chain([counts.len()]).collect();
            prop_assert!(bounds.windows(2).all(|w| w[1] - w[0] >= least), "{cuts:?}");
            let (got, want) = (total(&counts, &cuts, penalty), best_by_trying(&counts, least, penalty));
            prop_assert!((got - want).abs() < 1e-9, "{got} {want} {cuts:?}");
        }
    }

    #[test]
    fn a_step_is_cut_where_it_is() {
        let counts: Vec<u32> = (0..40).map(|day| if day < 23 { 4 } else { 12 }).collect();
        assert_eq!(cheapest_cut(40, 7, 7.4, |a, b| cost(&counts, a, b)), [23]);
        assert!(cheapest_cut(40, 7, 7.4, |a, b| cost(&[5; 40], a, b)).is_empty());
    }

    #[test]
    fn less_than_a_segment_is_not_cut() {
        assert!(cheapest_cut(3, 7, 1.0, |_, _| 0.0).is_empty());
        assert!(cheapest_cut(0, 7, 1.0, |_, _| 0.0).is_empty());
    }
}
