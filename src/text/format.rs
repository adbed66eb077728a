//! Formats versions, numbers and durations for people.

use std::fmt::Display;

/// The units of an age, longest first, in seconds.
const UNITS: [(&str, i64); 4] = [("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1)];

/// Formats the version of an alias; `none` if the alias does not exist.
pub fn format_version(version: Option<impl Display>) -> String {
    version.map_or_else(|| "none".to_owned(), |version| version.to_string())
}

/// Formats a table cell; `-` if there is no value.
pub fn format_or_dash(value: Option<impl Display>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| value.to_string())
}

/// Formats a duration in seconds, to the millisecond.
pub fn format_seconds(seconds: f64) -> String {
    format!("{seconds:.3} s")
}

/// Formats an age in its longest unit, rounded down.
pub fn format_age(seconds: i64) -> String {
    let (unit, size) = UNITS.into_iter().find(|(_, size)| seconds >= *size).unwrap_or(("s", 1));
    format!("{} {unit}", seconds / size)
}

/// Formats how long something took: `4.250 s`, `12 min`, `1 h 5 min`.
pub fn format_time(seconds: f64) -> String {
    let minutes = (seconds / 60.0) as u64;
    match (minutes / 60, minutes % 60) {
        (0, 0) => format_seconds(seconds),
        (0, minutes) => format!("{minutes} min"),
        (hours, 0) => format!("{hours} h"),
        (hours, minutes) => format!("{hours} h {minutes} min"),
    }
}

/// Returns MLflow's name for a number that JSON cannot hold; `None` for every finite number.
pub const fn non_finite_name(value: f64) -> Option<&'static str> {
    match value {
        _ if value.is_nan() => Some("NaN"),
        f64::INFINITY => Some("Infinity"),
        f64::NEG_INFINITY => Some("-Infinity"),
        _ => None,
    }
}

/// Formats a number exactly, so that two different numbers never look the same.
pub fn format_exact(value: f64) -> String {
    match (non_finite_name(value), value.abs()) {
        (Some(name), _) => name.to_owned(),
        (None, size) if size != 0.0 && !(1e-5..1e16).contains(&size) => format!("{value:e}"),
        _ => value.to_string(),
    }
}

/// Formats a number to four significant digits, which drops the rounding error of a subtraction.
pub fn format_rounded(value: f64) -> String {
    format_exact(format!("{value:.3e}").parse().unwrap_or(value))
}

/// Formats a change with its sign, to four significant digits.
pub fn format_signed(change: f64) -> String {
    let rounded = format_rounded(change);
    if change > 0.0 { format!("+{rounded}") } else { rounded }
}

/// Formats a number for a table: whole numbers in full, others to six significant digits in the shorter of both
/// notations.
pub fn format_significant(value: f64) -> String {
    match non_finite_name(value) {
        Some(name) => name.to_owned(),
        None if value.fract() == 0.0 && value.abs() < 1e15 => value.to_string(),
        None => format!("{:?}", format!("{value:.5e}").parse().unwrap_or(value)),
    }
}

/// Returns `PromotionJob` as `Promotion Job`.
pub fn split_words(kind: &str) -> String {
    let mut words = String::with_capacity(kind.len() + 1);
    for (at, letter) in kind.char_indices() {
        if at > 0 && letter.is_uppercase() {
            words.push(' ');
        }
        words.push(letter);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_as_long_as_they_need_to_be() {
        let exact = [0.3, 0.1 + 0.2, 1.0, -0.5, 1e300, 1e-9, 0.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY];
        let expected =
            ["0.3", "0.30000000000000004", "1", "-0.5", "1e300", "1e-9", "0", "NaN", "Infinity", "-Infinity"];
        assert_eq!(exact.map(format_exact), expected);
        assert_eq!([0.21 - 0.25, 0.25 - 0.21, 0.0, 12345.678].map(format_signed), ["-0.04", "+0.04", "0", "+12350"]);
        assert_eq!(format_rounded(0.07 * 100.0), "7");
    }

    #[test]
    fn a_number_in_a_table_is_short() {
        let values = [0.1 + 0.2, 3.0, 123_456_789.0, 1234.5678, 1e-10, 1e300, -0.25, f64::NAN, f64::NEG_INFINITY];
        let expected = ["0.3", "3", "123456789", "1234.57", "1e-10", "1e300", "-0.25", "NaN", "-Infinity"];
        assert_eq!(values.map(format_significant), expected);
    }

    #[test]
    fn an_age_is_shown_in_its_longest_unit() {
        let ages = [0, 59, 60, 3_599, 3_600, 86_399, 86_400, 40_000_000].map(format_age);
        assert_eq!(ages, ["0 s", "59 s", "1 min", "59 min", "1 h", "23 h", "1 d", "462 d"]);
    }

    #[test]
    fn a_time_is_shown_to_the_minute() {
        let times = [0.04, 4.25, 59.9, 60.0, 745.0, 3600.0, 3_905.0, 90_000.0].map(format_time);
        assert_eq!(times, ["0.040 s", "4.250 s", "59.900 s", "1 min", "12 min", "1 h", "1 h 5 min", "25 h"]);
    }

    #[test]
    fn a_missing_value_is_formatted_as_a_word() {
        assert_eq!([format_version(Some(3)), format_version(None::<u64>)], ["3", "none"]);
        assert_eq!([format_or_dash(Some("x")), format_or_dash(None::<u64>)], ["x", "-"]);
    }
}
