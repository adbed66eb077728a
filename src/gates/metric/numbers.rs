//! Numbers as people read them.

/// Shows a number exactly, so that two that differ never look the same.
pub(super) fn shown(value: f64) -> String {
    match value.abs() {
        _ if value.is_nan() => "NaN".to_owned(),
        f64::INFINITY => if value > 0.0 { "Infinity" } else { "-Infinity" }.to_owned(),
        size if size != 0.0 && !(1e-5..1e16).contains(&size) => format!("{value:e}"),
        _ => value.to_string(),
    }
}

/// Shows a number to four digits, without the dust that subtracting leaves.
pub(super) fn rounded(value: f64) -> String {
    shown(format!("{value:.3e}").parse().unwrap_or(value))
}

/// Shows a change with its sign.
pub(super) fn signed(change: f64) -> String {
    let shown = rounded(change);
    if change > 0.0 { format!("+{shown}") } else { shown }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_shown_as_exactly_as_they_need() {
        let exact = [0.3, 0.1 + 0.2, 1.0, -0.5, 1e300, 1e-9, 0.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY];
        let words = ["0.3", "0.30000000000000004", "1", "-0.5", "1e300", "1e-9", "0", "NaN", "Infinity", "-Infinity"];
        assert_eq!(exact.map(shown), words);
        assert_eq!([0.21 - 0.25, 0.25 - 0.21, 0.0, 12345.678].map(signed), ["-0.04", "+0.04", "0", "+12350"]);
        assert_eq!(rounded(0.07 * 100.0), "7");
    }
}
