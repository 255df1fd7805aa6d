//! How numbers and instants are written, everywhere.
//!
//! Numbers come before adjectives in this report, so there is one way to write each
//! kind: counts with thousands separators, shares in per cent with one digit after
//! the point, likelihood ratios as "about 40 times", durations in at most two units.

mod clock;
#[cfg(test)]
mod tests;

pub use clock::{Clock, Tick};

/// Writes a count with thousands separators.
pub fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    out
}

/// Writes `n` with its noun, such as "1 lookup" or "3,553 lookups".
pub fn counted(n: u64, one: &str, many: &str) -> String {
    format!("{} {}", count(n), if n == 1 { one } else { many })
}

/// Writes a small number as a word, from zero to ten; larger ones in digits.
pub fn number_word(n: u64) -> String {
    const WORDS: [&str; 11] = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"];
    usize::try_from(n).ok().and_then(|i| WORDS.get(i)).map_or_else(|| count(n), |word| (*word).to_owned())
}

/// Makes the first letter a capital.
pub fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// Writes `x` with `digits` significant digits, without trailing zeros after the point.
///
/// What is not finite is written as "not finite", so that it cannot pass for a number.
pub fn fmt_sig(x: f64, digits: usize) -> String {
    if !x.is_finite() {
        return "not finite".to_owned();
    }
    if x == 0.0 {
        return "0".to_owned();
    }
    let magnitude = floor_to_i32(libm::log10(x.abs()));
    if !(-4..9).contains(&magnitude) {
        return format!("{x:.*e}", digits.saturating_sub(1));
    }
    let wanted = i32::try_from(digits).unwrap_or(i32::MAX) - 1 - magnitude;
    if let Ok(decimals) = usize::try_from(wanted) {
        let text = format!("{x:.decimals$}");
        let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text };
        return grouped(&text);
    }
    let unit = libm::exp10(f64::from(-wanted));
    grouped(&format!("{:.0}", (x / unit).round() * unit))
}

/// Thousands separators for the part before the point.
fn grouped(text: &str) -> String {
    let (sign, rest) = text.strip_prefix('-').map_or(("", text), |rest| ("-", rest));
    let (whole, fraction) = rest.split_once('.').map_or((rest, None), |(w, f)| (w, Some(f)));
    let whole = whole.parse::<u64>().map_or_else(|_| whole.to_owned(), count);
    fraction.map_or_else(|| format!("{sign}{whole}"), |f| format!("{sign}{whole}.{f}"))
}

/// Writes a share (0 to 1) in per cent; what is not zero never reads as zero, nor what is not all as all.
pub fn share(x: f64) -> String {
    let percent = x * 100.0;
    // What rounding leaves of all is all: a report that was written and read again says the same.
    let rounded = (percent - 100.0).abs() < 1e-9;
    if !percent.is_finite() {
        "not finite".to_owned()
    } else if percent > 0.0 && percent < 0.05 {
        "< 0.1\u{a0}%".to_owned()
    } else if !rounded && percent < 100.0 && percent > 99.95 {
        "> 99.9\u{a0}%".to_owned()
    } else {
        let text = format!("{percent:.1}");
        format!("{}\u{a0}%", text.strip_suffix(".0").unwrap_or(&text))
    }
}

/// Writes a share with its interval, such as "99.8 % (99.6 % to 99.9 %)".
pub fn share_interval(x: f64, lo: f64, hi: f64) -> String {
    format!("{} ({} to {})", share(x), share(lo), share(hi))
}

/// Writes a likelihood ratio, given as its decimal logarithm: "about 40 times", or "about 1/40".
pub fn times(log10_lr: f64) -> String {
    if !log10_lr.is_finite() {
        return "not finite".to_owned();
    }
    if log10_lr < -0.004 {
        format!("about 1/{}", factor(-log10_lr))
    } else {
        format!("about {} times", factor(log10_lr))
    }
}

/// Writes ten to the power of `log10` with two significant digits.
pub fn factor(log10: f64) -> String {
    if log10 > 8.0 { format!("10^{}", fmt_sig(log10, 2)) } else { fmt_sig(libm::exp10(log10), 2) }
}

/// Writes a logarithm of a factor with its sign and two digits after the point.
pub fn signed_log(x: f64) -> String {
    if !x.is_finite() {
        return "not finite".to_owned();
    }
    let text = format!("{:.2}", x.abs());
    if text == "0.00" {
        text
    } else if x < 0.0 {
        format!("\u{2212}{text}")
    } else {
        format!("+{text}")
    }
}

/// Writes a duration in seconds in at most two units.
pub fn duration(s: f64) -> String {
    const UNITS: [(f64, &str); 4] = [(86_400.0, "d"), (3_600.0, "h"), (60.0, "min"), (1.0, "s")];
    if !s.is_finite() {
        return "not finite".to_owned();
    }
    if s.abs() < 10.0 {
        return format!("{} s", fmt_sig(s, 2));
    }
    let s = s.round();
    let Some(i) = UNITS.iter().position(|(unit, _)| s >= *unit) else {
        return format!("{} s", fmt_sig(s, 3));
    };
    let (unit, name) = UNITS[i];
    let Some((small, small_name)) = UNITS.get(i + 1).copied() else {
        return format!("{s:.0} {name}");
    };
    // Rounding the smaller unit may fill the larger one: 119.7 min is 2 h, not 1 h 60 min.
    let smalls = (s / small).round();
    let per = unit / small;
    let (whole, rest) = ((smalls / per).floor(), smalls % per);
    if rest == 0.0 || whole >= 10.0 {
        format!("{:.0} {name}", (s / unit).round())
    } else {
        format!("{whole:.0} {name} {rest:.0} {small_name}")
    }
}

/// Writes a size in octets.
pub fn octets(n: u64) -> String {
    const UNITS: [&str; 4] = ["kB", "MB", "GB", "TB"];
    if n < 1000 {
        return format!("{n} B");
    }
    let mut x = n as f64 / 1000.0;
    let mut unit = 0;
    while x >= 999.5 && unit + 1 < UNITS.len() {
        x /= 1000.0;
        unit += 1;
    }
    format!("{} {}", fmt_sig(x, 3), UNITS[unit])
}

/// Writes a measured value with its unit as a claim's test gives it.
pub fn measure(value: f64, unit: &str) -> String {
    match unit {
        "share" => share(value),
        "s" => duration(value),
        "count" | "" => fmt_sig(value, 6),
        // What the words before it say needs no unit.
        "ratio" | "index" | "p" => fmt_sig(value, 3),
        _ => format!("{} {unit}", fmt_sig(value, 3)),
    }
}

/// Shortens text to `max` characters with an ellipsis in its middle, so that both ends of a name stay.
pub fn middle(text: &str, max: usize) -> String {
    let length = text.chars().count();
    if length <= max || max < 3 {
        return text.to_owned();
    }
    let head = max / 2;
    let tail = max - 1 - head;
    text.chars().take(head).chain(['…']).chain(text.chars().skip(length - tail)).collect()
}

#[expect(clippy::cast_possible_truncation, reason = "the logarithm of a finite f64 lies within ±400")]
fn floor_to_i32(x: f64) -> i32 {
    x.floor() as i32
}
