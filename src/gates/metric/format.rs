//! Formats numbers for people.

/// Formats a number exactly, so that two different numbers never look the same.
pub(super) fn format_exact(value: f64) -> String {
    match value.abs() {
        _ if value.is_nan() => "NaN".to_owned(),
        f64::INFINITY => if value > 0.0 { "Infinity" } else { "-Infinity" }.to_owned(),
        size if size != 0.0 && !(1e-5..1e16).contains(&size) => format!("{value:e}"),
        _ => value.to_string(),
    }
}

/// Formats a number with four digits, without the rounding errors of a subtraction.
pub(super) fn format_rounded(value: f64) -> String {
    format_exact(format!("{value:.3e}").parse().unwrap_or(value))
}

/// Formats a change with its sign.
pub(super) fn format_signed(change: f64) -> String {
    let text = format_rounded(change);
    if change > 0.0 { format!("+{text}") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_formatted_as_precisely_as_needed() {
        let exact = [0.3, 0.1 + 0.2, 1.0, -0.5, 1e300, 1e-9, 0.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY];
        let words = ["0.3", "0.30000000000000004", "1", "-0.5", "1e300", "1e-9", "0", "NaN", "Infinity", "-Infinity"];
        assert_eq!(exact.map(format_exact), words);
        assert_eq!([0.21 - 0.25, 0.25 - 0.21, 0.0, 12345.678].map(format_signed), ["-0.04", "+0.04", "0", "+12350"]);
        assert_eq!(format_rounded(0.07 * 100.0), "7");
    }
}
