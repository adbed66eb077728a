//! Text from outside that is shown on one line.

/// Escapes what could break or forge a line, and nothing else.
///
/// ```
/// assert_eq!(runner::printable::on_one_line("bikes\nINFO promoted"), "bikes\\nINFO promoted");
/// ```
pub fn on_one_line(text: &str) -> String {
    if !text.contains(char::is_control) {
        return text.to_owned();
    }
    let mut line = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() { line.extend(c.escape_default()) } else { line.push(c) }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_could_break_a_line_is_escaped() {
        assert_eq!(on_one_line("it's \"Fahrräder\" 日本\\"), "it's \"Fahrräder\" 日本\\");
        assert_eq!(on_one_line("bikes\nother\u{1b}[2J"), "bikes\\nother\\u{1b}[2J");
    }
}
