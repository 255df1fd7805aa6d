//! Three panels: ticks by role, gaps on a logarithmic axis, hours of the week.

use askance_inference::MechanismId;
use askance_inference::state::{Event, Role};
use askance_report::chart::{Anchor, Canvas, Linear, Log, lane_path, steps_path};

use super::{DAYS, START_S, Series};

const WIDTH: f64 = 720.0;
/// Left and right edge of what is drawn, in per cent.
const EDGES: (f64, f64) = (2.0, 98.0);
/// Where lanes begin: their names stand before.
const LANES: f64 = 15.0;
const LANE: f64 = 16.0;
/// Units of a lane's width: two for a pixel.
const UNITS: f64 = (EDGES.1 - LANES) / 100.0 * WIDTH * 2.0;
/// The two lower panels.
const GAPS: (f64, f64) = (2.0, 47.0);
const WEEK: (f64, f64) = (57.0, 98.0);
const PLOT: f64 = 98.0;
/// Lookups less than this apart are one session.
const SESSION_S: f64 = 2.0;
/// The axis of gaps, in seconds, and what is written on it.
const AXIS_S: (f64, f64) = (2.0, 604_800.0);
const AXIS: [(f64, &str); 6] =
    [(2.0, "2 s"), (60.0, "1 min"), (600.0, "10 min"), (3600.0, "1 h"), (86_400.0, "1 d"), (604_800.0, "1 wk")];
/// Bins of the axis of gaps.
const BINS: usize = 54;
const DAY_NAMES: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/// Colours as on the page of a report; a picture stands alone and brings its own.
const STYLE: &str = "\
:root{--bg:#fff;--ink:#1b1f24;--muted:#57606a;--line:#d5dae0;--band:#8b949e22;--data:#3d5a73;--past:#b35900;\
--h0:#f3f5f7;--h1:#dbe9f4;--h2:#a9cbe3;--h3:#6ba5cd;--h4:#2a78ab;--h5:#00537f}\
@media (prefers-color-scheme:dark){:root{--bg:#11161c;--ink:#e8edf2;--muted:#a3afba;--line:#313b46;--band:#75828f33;--data:#9fb9ce;\
--past:#f0a35e;--h0:#171e25;--h1:#1c3244;--h2:#1f4a69;--h3:#26709f;--h4:#4fa0d0;--h5:#9ad3f5}}\
text{font:11px ui-sans-serif,system-ui,'Segoe UI',Roboto,Arial,sans-serif;fill:var(--muted)}.head{font-size:12px;font-weight:600;fill:var(--ink)}\
.bg{fill:var(--bg)}.band{fill:var(--band)}.axis{stroke:var(--line);stroke-width:1}\
.tick{stroke:var(--data);stroke-width:1.2;fill:none;vector-effect:non-scaling-stroke}.tick.past{stroke:var(--past)}\
.bar{fill:var(--data);opacity:.75}.outline{fill:none;stroke:var(--past);stroke-width:1.6;vector-effect:non-scaling-stroke}\
.ttl{stroke:var(--ink);stroke-width:1;stroke-dasharray:3 3}.past-word{fill:var(--past)}.asked-word{fill:var(--data)}\
.h0{fill:var(--h0)}.h1{fill:var(--h1)}.h2{fill:var(--h2)}.h3{fill:var(--h3)}.h4{fill:var(--h4)}.h5{fill:var(--h5)}";

/// The picture of a series as a file of its own.
pub(super) fn draw(series: &Series) -> String {
    let roles = roles(&series.asked);
    let lanes_end = 30.0 + LANE * (roles.len() as f64 + 1.0);
    let below = lanes_end + 44.0;
    let height = below + PLOT + 28.0;
    let title = if series.mechanism == MechanismId::None {
        "A series that none of the mechanisms explains".to_owned()
    } else {
        format!("A typical series of {}", series.mechanism)
    };
    let mut canvas = Canvas::stand_alone("series", (WIDTH, height), STYLE, &title, &describe(series));
    canvas.rect("bg", 0.0, 0.0, 100.0, height, "");
    lanes(&mut canvas, series, &roles, lanes_end);
    gaps(&mut canvas, series, below);
    week(&mut canvas, &series.asked, below);
    let mut out = canvas.finish().into_string();
    out.push('\n');
    out
}

/// What is asked, in the order in which it is first asked.
fn roles(events: &[Event]) -> Vec<Role> {
    let mut roles = Vec::new();
    for event in events {
        if !roles.contains(&event.role) {
            roles.push(event.role);
        }
    }
    roles
}

/// What the picture says, in words and numbers.
fn describe(series: &Series) -> String {
    let mut gaps = session_gaps(&series.asked);
    gaps.sort_by(f64::total_cmp);
    let at = |part: usize| gaps.get(gaps.len() * part / 4).map_or_else(|| "unknown".to_owned(), |&g| span(g));
    format!(
        "Simulated, two weeks: {} lookups as clients ask, {} past a cache with a TTL of {}. Half of the gaps between sessions, as asked, lie between {} and {}.",
        series.asked.len(),
        series.past_cache.len(),
        span(f64::from(series.ttl_s)),
        at(1),
        at(3)
    )
}

fn span(seconds: f64) -> String {
    match seconds {
        s if s < 90.0 => format!("{s:.0} s"),
        s if s < 3600.0 => format!("{:.0} min", s / 60.0),
        3600.0 => "1 h".to_owned(),
        s if s < 172_800.0 => format!("{:.1} h", s / 3600.0),
        s => format!("{:.1} d", s / 86_400.0),
    }
}

fn seconds(event: &Event) -> f64 {
    event.ts.as_s() - START_S as f64
}

fn lanes(canvas: &mut Canvas, series: &Series, roles: &[Role], end: f64) {
    let days = Linear::within(0.0, DAYS, LANES, EDGES.1);
    canvas.text("head", EDGES.0, 16.0, Anchor::Start, "Two weeks of lookups, one tick each, by what is asked");
    for week in [0.0, 7.0] {
        let from = days.at(week + 5.0);
        canvas.rect("band", from, 26.0, days.at(week + 7.0) - from, end - 26.0, "");
    }
    let mut lane = |y: f64, class: &str, name: &str, word: &str, events: &mut dyn Iterator<Item = &Event>| {
        canvas.text(word, LANES - 1.0, y + 11.0, Anchor::End, name);
        let mut xs: Vec<f64> = events.map(|e| (seconds(e) / (DAYS * 86_400.0) * UNITS).round()).collect();
        xs.dedup();
        let path = lane_path(xs.into_iter(), LANE - 4.0);
        canvas.strip(class, [LANES, y, EDGES.1 - LANES, LANE - 4.0], UNITS, &path);
    };
    for (k, &role) in roles.iter().enumerate() {
        let y = 30.0 + LANE * k as f64;
        lane(y, "tick", name(role), "asked-word", &mut series.asked.iter().filter(|e| e.role == role));
    }
    lane(end - LANE, "tick past", "past a cache", "past-word", &mut series.past_cache.iter());
    canvas.line("axis", LANES, end, EDGES.1, end);
    for (day, name) in DAY_NAMES.iter().cycle().take(14).enumerate() {
        let x = days.at(day as f64);
        canvas.line("axis", x, end, x, end + 4.0);
        canvas.text("", x + 0.4, end + 14.0, Anchor::Start, name);
    }
}

fn name(role: Role) -> &'static str {
    match role {
        Role::TxtSpf => "TXT (SPF)",
        Role::TxtDkim => "TXT (DKIM)",
        Role::TxtDmarc => "TXT (DMARC)",
        Role::NsSoa => "NS, SOA",
        Role::SuffixVariant => "with a suffix",
        Role::Generated => "made-up names",
        other => other.as_str(),
    }
}

/// Seconds between the starts of sessions.
fn session_gaps(events: &[Event]) -> Vec<f64> {
    let mut starts: Vec<f64> = Vec::new();
    let mut last = f64::NEG_INFINITY;
    for t in events.iter().map(seconds) {
        if t - last >= SESSION_S {
            starts.push(t);
        }
        last = t;
    }
    starts.windows(2).map(|w| w[1] - w[0]).collect()
}

/// Share of each bin in the fullest one.
fn histogram(events: &[Event]) -> [f64; BINS] {
    let axis = Log::within(AXIS_S.0, AXIS_S.1, 0.0, BINS as f64);
    let mut counts = [0.0; BINS];
    for gap in session_gaps(events) {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within 0..=BINS")]
        let bin = (axis.at(gap) as usize).min(BINS - 1);
        counts[bin] += 1.0;
    }
    let most = counts.iter().copied().fold(1.0, f64::max);
    counts.map(|c| c / most)
}

fn gaps(canvas: &mut Canvas, series: &Series, top: f64) {
    let axis = Log::within(AXIS_S.0, AXIS_S.1, GAPS.0, GAPS.1);
    let (base, high) = (top + PLOT, PLOT - 32.0);
    canvas.text("head", GAPS.0, top, Anchor::Start, "Gaps between sessions");
    canvas.text("asked-word", 25.5, top, Anchor::Start, "as asked");
    canvas.text("past-word", 35.5, top, Anchor::Start, "past a cache");
    let bars = |shares: [f64; BINS]| {
        let bar = move |(k, share): (usize, f64)| (10.0 * k as f64, 10.0 * (k as f64 + 1.0), share * high);
        steps_path(shares.into_iter().enumerate().map(bar), high)
    };
    let at = [GAPS.0, base - high, GAPS.1 - GAPS.0, high];
    canvas.strip("bar", at, 10.0 * BINS as f64, &bars(histogram(&series.asked)));
    canvas.strip("outline", at, 10.0 * BINS as f64, &bars(histogram(&series.past_cache)));
    canvas.line("axis", GAPS.0, base, GAPS.1, base);
    for (gap, words) in AXIS {
        let x = axis.at(gap);
        canvas.line("axis", x, base, x, base + 4.0);
        let anchor = if gap <= AXIS_S.0 { Anchor::Start } else { Anchor::Middle };
        canvas.text("", x, base + 15.0, anchor, words);
    }
    if series.ttl_s > 0 {
        let x = axis.at(f64::from(series.ttl_s));
        canvas.line("ttl", x, base - high - 12.0, x, base);
        canvas.text("", x + 0.6, base - high - 5.0, Anchor::Start, &format!("TTL {}", span(f64::from(series.ttl_s))));
    }
}

fn week(canvas: &mut Canvas, events: &[Event], top: f64) {
    let mut counts = [[0u32; 24]; 7];
    for event in events {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "hours of two weeks")]
        let hour = (seconds(event) / 3600.0).rem_euclid(168.0) as usize;
        counts[hour / 24][hour % 24] += 1;
    }
    let most = f64::from(counts.iter().flatten().copied().max().unwrap_or(1).max(1));
    canvas.text("head", WEEK.0, top, Anchor::Start, "Hours of the week, as asked (UTC)");
    let (width, height) = ((WEEK.1 - WEEK.0) / 24.0, (PLOT - 14.0) / 7.0);
    for (day, row) in counts.iter().enumerate() {
        let y = top + 14.0 + height * day as f64;
        canvas.text("", WEEK.0 - 0.8, y + 9.0, Anchor::End, DAY_NAMES[day]);
        for (hour, &count) in row.iter().enumerate() {
            let class = match f64::from(count) / most {
                0.0 => "h0",
                s if s <= 0.2 => "h1",
                s if s <= 0.4 => "h2",
                s if s <= 0.6 => "h3",
                s if s <= 0.8 => "h4",
                _ => "h5",
            };
            canvas.rect(class, WEEK.0 + width * hour as f64, y, width - 0.1, height - 1.0, "");
        }
    }
    for hour in [0, 6, 12, 18, 24] {
        let x = WEEK.0 + width * f64::from(hour);
        canvas.text("", x, top + PLOT + 15.0, Anchor::Middle, &format!("{hour:02}"));
    }
}
