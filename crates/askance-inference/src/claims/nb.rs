//! Negative binomial regression of counts (NB2: variance mu + alpha mu^2, log link).

/// What keeps a coefficient finite that the data leave open.
const RIDGE: f64 = 1e-6;
/// Linear predictors stay within this, so that nothing overflows.
const ETA_MAX: f64 = 40.0;
/// Rounds of reweighting; it settles in about eight.
const ROUNDS: usize = 60;

/// A fitted regression.
#[derive(Clone, Debug)]
pub(crate) struct Fit {
    pub(crate) beta: Vec<f64>,
    /// Fitted means, row by row.
    pub(crate) mu: Vec<f64>,
    /// Dispersion; 0 is Poisson.
    pub(crate) alpha: f64,
    /// The inverse of the information.
    pub(crate) inverse: Vec<Vec<f64>>,
}

/// Fits counts `y` on `rows` of equal length with offsets; the dispersion makes Pearson's statistic equal to its
/// degrees of freedom.
///
/// - returns: `None` without rows or with rows of unequal number
///
/// # Source
/// Iteratively reweighted least squares, `McCullagh` and Nelder 1989, 2.5; dispersion by moments, Breslow 1984.
pub(crate) fn fit(rows: &[Vec<f64>], y: &[f64], offset: &[f64]) -> Option<Fit> {
    let columns = rows.first()?.len();
    if y.len() != rows.len() || offset.len() != rows.len() {
        return None;
    }
    let mut alpha = 0.0;
    let mut fitted = reweighted(rows, y, offset, alpha, columns);
    for _ in 0..20 {
        let next = dispersion(y, &fitted.mu, columns);
        let settled = (next - alpha).abs() <= 1e-9 * (1.0 + alpha);
        alpha = next;
        fitted = reweighted(rows, y, offset, alpha, columns);
        if settled {
            break;
        }
    }
    Some(fitted)
}

fn reweighted(rows: &[Vec<f64>], y: &[f64], offset: &[f64], alpha: f64, columns: usize) -> Fit {
    let mut mu: Vec<f64> = y.iter().map(|y| y + 0.1).collect();
    let mut beta = vec![0.0; columns];
    let mut inverse = Vec::new();
    for _ in 0..ROUNDS {
        let mut information = vec![vec![0.0; columns]; columns];
        let mut moment = vec![0.0; columns];
        for (((x, &y), &mu), &offset) in rows.iter().zip(y).zip(&mu).zip(offset) {
            let weight = mu / (1.0 + alpha * mu);
            let working = libm::log(mu) - offset + (y - mu) / mu;
            for i in 0..columns {
                moment[i] += weight * x[i] * working;
                for j in 0..columns {
                    information[i][j] += weight * x[i] * x[j];
                }
            }
        }
        for (i, row) in information.iter_mut().enumerate() {
            row[i] += RIDGE;
        }
        inverse = inverted(information);
        let next: Vec<f64> = inverse.iter().map(|row| row.iter().zip(&moment).map(|(a, b)| a * b).sum()).collect();
        let moved = next.iter().zip(&beta).map(|(a, b): (&f64, &f64)| (a - b).abs()).fold(0.0, f64::max);
        beta = next;
        for ((mu, x), offset) in mu.iter_mut().zip(rows).zip(offset) {
            let eta: f64 = offset + x.iter().zip(&beta).map(|(x, b)| x * b).sum::<f64>();
            *mu = libm::exp(eta.clamp(-ETA_MAX, ETA_MAX));
        }
        if moved < 1e-10 {
            break;
        }
    }
    Fit { beta, mu, alpha, inverse }
}

/// The alpha at which the sum of (y - mu)^2 / (mu + alpha mu^2) equals the degrees of freedom; 0 if there is less scatter.
fn dispersion(y: &[f64], mu: &[f64], columns: usize) -> f64 {
    let free = y.len().saturating_sub(columns).max(1) as f64;
    let pearson =
        |alpha: f64| y.iter().zip(mu).map(|(y, mu)| (y - mu) * (y - mu) / (mu + alpha * mu * mu)).sum::<f64>();
    if pearson(0.0) <= free {
        return 0.0;
    }
    let (mut low, mut high) = (0.0, 1.0);
    while pearson(high) > free && high < 1e9 {
        low = high;
        high *= 4.0;
    }
    for _ in 0..60 {
        let mid = 0.5 * (low + high);
        if pearson(mid) > free { low = mid } else { high = mid }
    }
    0.5 * (low + high)
}

/// Gauss and Jordan, with the greatest pivot of each column; the ridge keeps it regular.
fn inverted(mut a: Vec<Vec<f64>>) -> Vec<Vec<f64>> {
    let n = a.len();
    let mut inverse: Vec<Vec<f64>> = (0..n).map(|i| (0..n).map(|j| if i == j { 1.0 } else { 0.0 }).collect()).collect();
    for column in 0..n {
        let best =
            (column..n).max_by(|&i, &j| a[i][column].abs().total_cmp(&a[j][column].abs())).expect("a row is left");
        a.swap(column, best);
        inverse.swap(column, best);
        let pivot = a[column][column];
        let pivot = if pivot.abs() < 1e-300 { 1e-300 } else { pivot };
        for j in 0..n {
            a[column][j] /= pivot;
            inverse[column][j] /= pivot;
        }
        let (lead, lead_inverse) = (a[column].clone(), inverse[column].clone());
        for row in (0..n).filter(|&row| row != column) {
            let factor = a[row][column];
            for j in 0..n {
                a[row][j] -= factor * lead[j];
                inverse[row][j] -= factor * lead_inverse[j];
            }
        }
    }
    inverse
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_groups_give_their_means() {
        // Poisson scatter: the slope is ln(12 / 4) whatever the dispersion.
        let rows: Vec<Vec<f64>> = (0..8).map(|i| vec![1.0, if i < 4 { 0.0 } else { 1.0 }]).collect();
        let y = [4.0, 3.0, 5.0, 4.0, 12.0, 11.0, 13.0, 12.0];
        let got = fit(&rows, &y, &[0.0; 8]).expect("rows");
        assert!((got.beta[0] - libm::log(4.0)).abs() < 1e-5 && (got.beta[1] - libm::log(3.0)).abs() < 1e-5, "{got:?}");
        assert!(got.alpha.abs() < 1e-12, "{got:?}");
        // Var of the slope: 1/16 + 1/48.
        assert!((got.inverse[1][1] - (1.0 / 16.0 + 1.0 / 48.0)).abs() < 1e-5, "{got:?}");
    }

    #[test]
    fn scatter_makes_dispersion() {
        // One mean of 10: the sum of (y - 10)^2 is 200, so 200 / (10 + 100 alpha) = 3 and alpha = 0.5667.
        let rows = vec![vec![1.0]; 4];
        let got = fit(&rows, &[0.0, 20.0, 10.0, 10.0], &[0.0; 4]).expect("rows");
        assert!((got.beta[0] - libm::log(10.0)).abs() < 1e-5, "{got:?}");
        assert!((got.alpha - (200.0 / 3.0 - 10.0) / 100.0).abs() < 1e-5, "{got:?}");
    }

    #[test]
    fn offsets_and_dispersion_as_another_program_finds_them() {
        // scipy 1.17.1: fsolve of the scores, brentq of Pearson's statistic less 6 degrees of freedom.
        let rows: Vec<Vec<f64>> = (0..8).map(|i| vec![1.0, if i < 4 { 0.0 } else { 1.0 }]).collect();
        let y = [1.0, 14.0, 2.0, 10.0, 4.0, 60.0, 22.0, 3.0];
        let offset = [0.5, 1.0, 0.25, 1.0, 0.5, 1.0, 1.0, 0.5].map(libm::log);
        let got = fit(&rows, &y, &offset).expect("rows");
        let near = |a: f64, b: f64| (a - b).abs() < 2e-4;
        assert!(near(got.beta[0], 2.174_368) && near(got.beta[1], 1.025_179) && near(got.alpha, 0.603_632), "{got:?}");
    }

    #[test]
    fn empty_columns_and_silence_stay_finite() {
        let rows = vec![vec![1.0, 0.0]; 5];
        let got = fit(&rows, &[0.0; 5], &[0.0; 5]).expect("rows");
        assert!(got.beta.iter().chain(&got.mu).all(|b| b.is_finite()), "{got:?}");
        assert!(fit(&[], &[], &[]).is_none());
    }
}
