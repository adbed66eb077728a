//! What no screen may do, and the screens that still do it.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::Path;

use regex::Regex;

use super::index::Kept;
use crate::documents::assert_up_to_date;

/// The words for the levels of log lines.
const LEVELS: [&str; 3] = ["INFO", "WARN", "ERROR"];

/// How many words in the same order make a sentence.
const SENTENCE: usize = 6;

/// Where the screens are listed that break a rule, one rule and screen a line. The list only gets shorter: a flaw that
/// is new fails the test, and `just update` removes those that are gone.
const FLAWS: &str = "tests/integration/screens/known_flaws.txt";

#[test]
fn no_screen_breaks_a_rule_but_those_that_are_known_to() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(FLAWS);
    let known = fs::read_to_string(path).unwrap();
    let found: BTreeMap<String, String> = Kept::all()
        .iter()
        .flat_map(|kept| {
            flaws(&kept.screen).map(|(rule, part)| (format!("{rule} {}__{}", kept.group, kept.name), part))
        })
        .collect();
    let new: Vec<_> = found.iter().filter(|(flaw, _)| !known.lines().any(|line| line == *flaw)).collect();
    assert!(new.is_empty(), "screens that break a rule, and the part that does:\n{new:#?}");
    assert_up_to_date(FLAWS, &found.keys().map(|flaw| format!("{flaw}\n")).collect::<String>());
}

/// Returns the rules that a screen breaks, each with the part that does.
fn flaws(screen: &str) -> impl Iterator<Item = (&'static str, String)> {
    let pattern = |pattern: &str| Regex::new(pattern).unwrap().find(screen).map(|found| found.as_str().to_owned());
    let found = [
        ("microseconds", pattern(r"\d\d:\d\d:\d\d\.\d{4,}")),
        ("same-word-twice", pattern(r"(?i)error: error|\bpassed +PASSED|failed: failed")),
        ("structure-of-the-log", pattern(r"\w+\{name=[^}]*\}")),
        ("sentence-twice", repeated_sentence(screen)),
    ];
    found.into_iter().filter_map(|(rule, part)| Some((rule, part?)))
}

/// Returns the longest run of words, at least a sentence, that stands twice on a screen, each within a paragraph.
fn repeated_sentence(screen: &str) -> Option<String> {
    let words = words(screen);
    let (mut first, mut longest, mut at) = (HashMap::new(), 0..0, 0);
    while at + SENTENCE <= words.len() {
        let start = *first.entry(&words[at..at + SENTENCE]).or_insert(at);
        let is_second = start + SENTENCE <= at;
        let mut length = if is_second { SENTENCE } else { 0 };
        while is_second && start + length < at && words.get(at + length) == words.get(start + length) {
            length += 1;
        }
        if length > longest.len() {
            longest = at..at + length;
        }
        at += length.max(1);
    }
    (!longest.is_empty()).then(|| words[longest].join(" "))
}

/// Returns the words of a screen without numbers, times and levels. A line that is not indented begins a new paragraph,
/// as does a command; between two paragraphs stands a word that stands nowhere else.
fn words(screen: &str) -> Vec<String> {
    let mut words = vec![];
    for (number, line) in screen.lines().enumerate() {
        if !line.starts_with("   ") || line.trim().is_empty() {
            words.push(format!("<{number}>"));
        }
        if line.starts_with("$ ") {
            continue;
        }
        // Two log lines about different versions, attempts or times are not one sentence twice: a number ends a run.
        let is_log = line.starts_with(|first: char| first.is_ascii_digit());
        let own = line.split_whitespace().map(|word| word.trim_matches(|edge: char| !edge.is_alphanumeric()));
        for (place, word) in own.enumerate() {
            if word.starts_with(char::is_alphabetic) && !LEVELS.contains(&word) {
                words.push(word.to_owned());
            } else if is_log && word.starts_with(|first: char| first.is_ascii_digit()) {
                words.push(format!("<{number}.{place}>"));
            }
        }
    }
    words
}

#[test]
fn a_sentence_that_stands_twice_is_found_whole_and_over_line_ends() {
    let screen = "it failed: the model bikes has no version that is ready\nin short\n    the model bikes has no\n    version that is ready now\n";
    assert_eq!(repeated_sentence(screen).as_deref(), Some("the model bikes has no version that is ready"));
    assert_eq!(repeated_sentence("one two three four five\none two three four five\n"), None);
    assert_eq!(repeated_sentence("a b c d e f a b c d e f\n").as_deref(), Some("a b c d e f"));
}
