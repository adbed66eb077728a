//! Lines of a config as they may be shown: keys, structure and words of the schema, and no other value but the one that
//! is wrong.

use std::collections::BTreeSet;

use super::document::Document;
use super::fields::Field;
use super::position::{Positions, Spot};
use super::problem::ShownLine;
use super::sensitive::is_secretish;
use super::tree::KeyPath;
use crate::secret::REDACTED;

/// How many characters before and behind a spot are kept.
const AROUND: usize = 200;

/// How much of the line of a spot may be shown.
pub(super) struct Shown<'s> {
    /// Where keys and values are.
    pub(super) positions: &'s Positions,
    /// The top of a config: a value that is a fixed word of its field is shown.
    pub(super) top: Field<'s>,
    /// The words of the schema: all that is shown of a text that cannot be read, where a key may as well be a value.
    pub(super) vocabulary: &'s BTreeSet<String>,
    /// The value that is wrong, where it is no secret.
    pub(super) value: Option<Spot>,
}

impl Shown<'_> {
    /// Returns whether a value is a fixed word of its field, which tells which job this is and no more.
    fn is_word(&self, path: &KeyPath, line: &str, value: Spot) -> bool {
        let written: String = line.chars().skip(value.column).take(value.length).collect();
        let text = written.trim().trim_matches(['"', '\'']);
        match path.last() {
            // Above it, a key may be mistyped.
            Some("KIND") => self.vocabulary.contains(text) && !path.keys().iter().any(|key| is_secretish(key)),
            _ => self.top.is_word(path.keys(), text),
        }
    }
}

/// Shows the line of a spot, with every value masked that is no word of the schema, and the spot underlined.
pub(super) fn shown_line(document: &Document, spot: Spot, shown: &Shown<'_>) -> Option<ShownLine> {
    let line = document.text.lines().nth(spot.line.checked_sub(1)?)?;
    let from = spot.column.saturating_sub(AROUND);
    let letters: Vec<char> =
        line.chars().skip(from).take(spot.column - from + spot.length.min(AROUND) + AROUND).collect();
    let mut masks: Vec<bool> = letters.iter().map(|letter| !is_structure(*letter)).collect();
    if shown.positions.is_complete() {
        let mut mark = |spot: Spot, is_masked: bool| {
            let (start, end) = (spot.column.saturating_sub(from), (spot.column + spot.length).saturating_sub(from));
            // A reader may count the blanks behind a text to it.
            let blanks =
                letters[..end.min(letters.len())].iter().rev().take_while(|letter| letter.is_whitespace()).count();
            let end = end.saturating_sub(blanks);
            masks.iter_mut().take(end).skip(start).for_each(|mask| *mask = is_masked);
        };
        for (spots, path) in shown.positions.on_line(spot.line, from..from + letters.len()) {
            if spots.is_scalar && spots.value.line == spot.line {
                mark(spots.value, !shown.is_word(&path, line, spots.value));
            }
            // What stands below a secret is secret, and so are the keys there.
            if let Some(key) = spots.key.filter(|key| key.line == spot.line) {
                let above = path.keys().split_last().map_or(&[][..], |(_, above)| above);
                mark(key, above.iter().any(|key| is_secretish(key)));
            }
        }
        if let Some(value) = shown.value.filter(|value| value.line == spot.line) {
            mark(value, false);
        }
    } else {
        show_words(&letters, shown.vocabulary, &mut masks);
    }
    let line = rendered(&letters, &masks, Spot { column: spot.column - from, ..spot }, from > 0);
    Some(ShownLine { column: spot.column, ..line })
}

/// Returns whether a letter is part of the structure of a text, where no value is.
fn is_structure(letter: char) -> bool {
    letter.is_whitespace() || letter.is_control() || "{}[](),:;=-?|>\"'&*!#.".contains(letter)
}

/// Shows the words of a line that the schema knows.
fn show_words(letters: &[char], vocabulary: &BTreeSet<String>, masks: &mut [bool]) {
    let is_part = |letter: &char| letter.is_alphanumeric() || matches!(letter, '_' | '$');
    let mut start = 0;
    while start < letters.len() {
        let length = letters[start..].iter().take_while(|letter| is_part(letter)).count();
        let word: String = letters[start..start + length].iter().collect();
        if length > 0 && vocabulary.contains(&word) {
            masks[start..start + length].fill(false);
        }
        start += length.max(1);
    }
}

/// Writes a line, each stretch of masked letters as one mask, and finds what to underline in it.
fn rendered(letters: &[char], masks: &[bool], spot: Spot, is_cut: bool) -> ShownLine {
    let mut text = if is_cut { "…".to_owned() } else { String::new() };
    let mut caret = (None, None);
    let last = (spot.column + spot.length.max(1)).min(letters.len());
    let is_blank = |at: &usize| letters[*at].is_whitespace() && *at > spot.column;
    let last = (0..last).rev().find(|at| !is_blank(at)).unwrap_or_default();
    let mut at = 0;
    while at < letters.len() {
        let length = if masks[at] { masked_length(&letters[at..], &masks[at..]) } else { 1 };
        let start = text.len();
        match masks[at] {
            true => text.push_str(REDACTED),
            false if letters[at].is_control() => text.push(' '),
            false => text.push(letters[at]),
        }
        let covered = at..at + length;
        if covered.contains(&spot.column) {
            caret.0 = Some(start);
        }
        if covered.contains(&last) {
            caret.1 = Some(text.len());
        }
        at += length;
    }
    let end = text.len();
    let start = caret.0.unwrap_or(end);
    ShownLine { number: spot.line, column: spot.column, caret: (start, caret.1.unwrap_or(end).max(start)), text }
}

/// Returns how long a masked stretch is. Blanks between masked words belong to it: they would tell how many there are.
fn masked_length(letters: &[char], masks: &[bool]) -> usize {
    let both = letters.iter().zip(masks).take_while(|(letter, mask)| **mask || **letter == ' ');
    both.enumerate().filter(|(_, (_, mask))| **mask).last().map_or(1, |(last, _)| last + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::document::Format;
    use crate::config::{json_positions, toml};

    fn shown(format: Format, text: &str) -> String {
        let line = text.lines().count();
        line_of(format, text, Spot { line, column: 0, length: 1 }, None).text
    }

    fn line_of(format: Format, text: &str, spot: Spot, value: Option<Spot>) -> ShownLine {
        let document = Document { name: "a".into(), text: text.to_owned(), format };
        let positions = match format {
            Format::Yaml => Positions::of_yaml(text),
            Format::Json => json_positions::positions(text),
            Format::Toml => toml::positions(text),
        };
        let schema = crate::config::schema();
        let top = Field::top(&schema);
        let vocabulary = top.vocabulary();
        shown_line(&document, spot, &Shown { positions: &positions, top, vocabulary: &vocabulary, value }).unwrap()
    }

    #[test]
    fn keys_and_structure_are_shown_and_values_are_not() {
        let yaml = |text: &str| shown(Format::Yaml, text);
        assert_eq!(
            yaml("mlflow: { tracking_ur: \"http://me:hunter2@x\", b: [1, ~] } # no"),
            "mlflow: { tracking_ur: ***, b: [***, ***] } # ***"
        );
        assert_eq!(yaml("command: [curl, --token, hunter2, -d, 'a, b: c']"), "command: [***, ***, ***, ***, ***]");
        assert_eq!(yaml("- ulr: https://hooks/hunter2 and more"), "- ulr: ***");
        assert_eq!(yaml("headers: {X-Token: hunter2}"), "headers: {***: ***}");
        assert_eq!(shown(Format::Toml, "[a.b]\nuri = 'hunter2' # hunter2"), "uri = *** # ***");
        assert_eq!(
            shown(Format::Json, "{\"uri\": \"hunter2\", \"b\": [true, 12]}"),
            "{\"uri\": ***, \"b\": [***, ***]}"
        );
    }

    #[test]
    fn words_of_the_schema_are_shown_where_they_belong() {
        let yaml = |text: &str| shown(Format::Yaml, text);
        assert_eq!(yaml("job: { KIND: PromotionJob, versoin: 3 }"), "job: { KIND: PromotionJob, versoin: *** }");
        assert_eq!(
            yaml("jbos: [{KIND: \"RollbackJob\", record: false, alias: PromotionJob, message: 'true'}]"),
            "jbos: [{KIND: \"RollbackJob\", record: ***, alias: ***, message: ***}]"
        );
        assert_eq!(
            yaml("services: {logger: {level: warn, colorize: true, sink: stdout}, mlflow: {tracking_token: true}}"),
            "services: {logger: {level: warn, colorize: true, sink: ***}, mlflow: {tracking_token: ***}}"
        );
        assert_eq!(yaml("job: {KIND: hunter2, tags: {KIND: hunter3}}"), "job: {KIND: ***, tags: {KIND: ***}}");
        assert_eq!(yaml("token: {KIND: PromotionJob}"), "token: {***: ***}");
        assert_eq!(shown(Format::Toml, "[[jobs]]\nKIND = 'PromotionJob'"), "KIND = 'PromotionJob'");
        assert_eq!(shown(Format::Json, "{\"job\": {\"record\": false}}"), "{\"job\": {\"record\": false}}");
    }

    #[test]
    fn the_value_that_is_wrong_is_shown_and_underlined() {
        let value = Spot { line: 1, column: 8, length: 3 };
        let line = line_of(
            Format::Yaml,
            "a: {b: soo, c: hunter2}",
            Spot { column: 7, ..value },
            Some(Spot { column: 7, ..value }),
        );
        assert_eq!((line.text.as_str(), &line.text[line.caret.0..line.caret.1]), ("a: {b: soo, c: ***}", "soo"));
        let hidden = line_of(Format::Yaml, "a: {b: soo, c: hunter2}", Spot { column: 15, length: 7, line: 1 }, None);
        assert_eq!(
            (hidden.text.as_str(), &hidden.text[hidden.caret.0..hidden.caret.1]),
            ("a: {b: ***, c: ***}", "***")
        );
    }

    #[test]
    fn of_a_text_that_cannot_be_read_only_words_of_the_schema_are_shown() {
        assert_eq!(shown(Format::Yaml, "alias: [hunter2, hunter3: }"), "alias: [***, ***: }");
        assert_eq!(shown(Format::Toml, "alias = \"hunter2\ntracking_token = hunter 2"), "tracking_token = ***");
        assert_eq!(shown(Format::Json, "{\"alias\": \"hunter2"), "{\"alias\": \"***");
    }

    #[test]
    fn no_way_to_write_a_secret_shows_it() {
        let yaml = [
            "tracking_password: hunter2",
            "mlflow: {tracking_username: me, tracking_token: \"hunter2\", x: 1}",
            "'my token': hunter2",
            "uri: http://me:hunter2@host/",
            "tracking_password:\n  hunter2",
            "tracking_password: |\n  x\n  hunter2",
            "tracking_password: |\n  a: hunter2",
            "tracking_password: \"x\n  y\n  hunter2\"",
            "a: &hunter2 b",
            "a: \"x\n  hunter2: b\"",
        ];
        for text in yaml {
            assert!(!shown(Format::Yaml, text).contains("hunter2"), "{text}");
        }
        let toml = [
            "m = {a = 1, token = 'hunter2'}",
            "token = \"\"\"\nabc==\nhunter2\"\"\"",
            "services.mlflow.\"tracking_token\" = 'hunter2'",
            "webhook.x = 'hunter2'",
        ];
        for text in toml {
            assert!(!shown(Format::Toml, text).contains("hunter2"), "{text}");
        }
    }

    #[test]
    fn a_long_line_is_cut_around_the_spot() {
        let text = format!("{}: b", "a".repeat(1000));
        let line = line_of(Format::Yaml, &text, Spot { line: 1, column: 1002, length: 1 }, None);
        assert!(line.text.starts_with('…') && line.text.ends_with("a: ***"), "{}", line.text);
        assert!(line.text.chars().count() < 2 * AROUND + 10);
        assert_eq!(&line.text[line.caret.0..line.caret.1], "***");
    }
}
