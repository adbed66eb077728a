//! Text from outside that is shown on one line.

use crate::foreign_text::escaped;

/// Escapes what could break or forge a line, and nothing else. A text from outside is a
/// [`ForeignText`](crate::foreign_text::ForeignText) instead, which hides secrets as well.
///
/// ```
/// assert_eq!(runner::printable::on_one_line("bikes\nINFO promoted"), "bikes\\nINFO promoted");
/// ```
pub fn on_one_line(text: &str) -> String {
    escaped(text).into_owned()
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
