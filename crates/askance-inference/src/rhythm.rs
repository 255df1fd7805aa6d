//! When in the week, and whether by the clock.

use crate::math::ln_sum;
use crate::sessions::Sessions;
use crate::state::SeriesState;
use crate::timing::{Shape, Timing};

/// The rhythm of a series, for the report's heat map and its caption.
#[derive(Clone, Debug, PartialEq)]
pub struct Rhythm {
    /// Lookups by hour of the week in UTC; index 0 is Monday 00:00.
    pub week_hour: [u32; 168],
    /// The period of a clock that the series is locked to, in seconds, where one is evident.
    pub clock_locked_s: Option<f64>,
    /// (mean, relative jitter) of a sleep loop, seconds, where one is evident.
    pub sleep_loop: Option<(f64, f64)>,
    /// H statistic of a daily rhythm (de Jager); 0 for fewer than ten sessions.
    pub daily_h: f64,
    /// Its p-value, exp(-0.4 H).
    pub daily_p: f64,
    /// P(local time = UTC + h hours) if a person's week shapes the series, for h = -11..=12.
    pub zones: [(i8, f64); 24],
}

/// How much better a regular engine must be than an irregular one to be called evident, nats.
const EVIDENT: f64 = 4.605_170_185_988_091;

impl Rhythm {
    pub(crate) fn of(state: &SeriesState, all: &Sessions, timing: &Timing) -> Self {
        let ln = |shape: Shape| timing.ln(shape);
        let irregular = [Shape::Poisson, Shape::Refresh, Shape::Human, Shape::Burst, Shape::Universal]
            .into_iter()
            .map(ln)
            .fold(f64::NEG_INFINITY, f64::max);
        let evident = |this: Shape, other: Shape| ln(this) > irregular + EVIDENT && ln(this) >= ln(other);
        let daily_h = if all.len() < 10 { 0.0 } else { h_statistic(all, 86_400.0) };
        Self {
            week_hour: state.week_hour(),
            clock_locked_s: evident(Shape::Clock, Shape::Walk).then(|| timing.clock.period_s()),
            sleep_loop: timing.walk.shape().filter(|_| evident(Shape::Walk, Shape::Clock)),
            daily_h,
            daily_p: libm::exp(-0.4 * daily_h),
            zones: timing.human.zones(),
        }
    }

    /// The smallest set of UTC offsets that holds `share` of the zone posterior, ascending.
    pub fn zone_set(&self, share: f64) -> Vec<i8> {
        let mut ranked = self.zones;
        ranked.sort_by(|a, b| b.1.total_cmp(&a.1));
        let mut sum = 0.0;
        let mut set = Vec::new();
        for (offset, p) in ranked {
            if sum >= share {
                break;
            }
            sum += p;
            set.push(offset);
        }
        set.sort_unstable();
        set
    }
}

/// max over m <= 20 of (`Z^2_m` - 4 m + 4).
fn h_statistic(all: &Sessions, period_s: f64) -> f64 {
    let origin = all.sessions[0].start;
    let n = all.len() as f64;
    let mut sums = [(0.0, 0.0); 20];
    for session in &all.sessions {
        let phase = 2.0 * core::f64::consts::PI * (session.start.since_s(origin) / period_s).fract();
        let (sin, cos) = (libm::sin(phase), libm::cos(phase));
        let (mut c, mut s) = (1.0, 0.0);
        for sum in &mut sums {
            // Angle addition: cos and sin of the next multiple.
            (c, s) = (c * cos - s * sin, s * cos + c * sin);
            sum.0 += c;
            sum.1 += s;
        }
    }
    let (mut z2, mut h) = (0.0, 0.0f64);
    for (m, (c, s)) in sums.into_iter().enumerate() {
        z2 += 2.0 / n * (c * c + s * s);
        h = h.max(z2 - 4.0 * m as f64);
    }
    h
}

/// True where a person's week beats rates and bursts without one by a factor of ten.
pub(crate) fn has_weekly_shape(timing: &Timing) -> bool {
    let other = [Shape::Poisson, Shape::Refresh, Shape::Burst, Shape::Excite].map(|shape| timing.ln(shape));
    timing.ln(Shape::Human) > ln_sum(other.into_iter()) + core::f64::consts::LN_10
}
