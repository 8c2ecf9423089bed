//! Durations as Go and Terraform write them: `90s`, `1h30m`, `1.5h`.
//!
//! Pure. Follows the format of Go's `time.ParseDuration`, without signs: a timeout is never negative.

use std::time::Duration;

/// Units with their nanoseconds. Longer names come first, so that `ms` is not read as `m`.
const UNITS: [(&str, f64); 7] =
    [("ms", 1e6), ("ns", 1.0), ("us", 1e3), ("µs", 1e3), ("h", 3.6e12), ("m", 6e10), ("s", 1e9)];

/// Reads a duration; `None` where the text is no duration.
pub fn parse_duration(text: &str) -> Option<Duration> {
    if text == "0" {
        return Some(Duration::ZERO);
    }
    let mut rest = text;
    let mut nanoseconds = 0.0;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, unit) = rest.split_at_checked(end)?;
        let number: f64 = number.parse().ok()?;
        let (unit, length) = UNITS.iter().find(|(name, _)| unit.starts_with(name))?;
        nanoseconds += number * length;
        rest = rest.get(end + unit.len()..)?;
    }
    if text.is_empty() {
        return None;
    }
    Duration::try_from_secs_f64(nanoseconds / 1e9).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_as_go_reads_them() {
        for (text, seconds) in [("90s", 90.0), ("1h30m", 5400.0), ("1.5h", 5400.0), ("250ms", 0.25), ("0", 0.0)] {
            assert_eq!(parse_duration(text), Some(Duration::from_secs_f64(seconds)), "{text}");
        }
        for text in ["", "20", "m", "5 m", "-5m", "1h30", "1x", "1e3s"] {
            assert_eq!(parse_duration(text), None, "{text}");
        }
    }
}
