//! A set of secrets, and the single pass over a text that hides them.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;

use super::encodings::{FIRST_BYTES, push_ends};

/// What replaces a secret wherever it would be shown.
pub const REDACTED: &str = "***";

/// The shortest text that may be a secret although nothing says so, such as an argument of a program, in bytes.
pub const MIN_SUSPECT_LENGTH: usize = 8;

/// The shortest secret that is hidden wherever it stands, in characters.
const MIN_LENGTH: usize = 4;
/// The shortest part of a Base64 text that is searched for, in characters.
const MIN_BASE64_LENGTH: usize = 5;
/// The shortest line of a multi-line secret that is a secret by itself, in characters.
const MIN_LINE_LENGTH: usize = 8;
/// Words that are never secrets, because hiding them would break documents.
const COMMON_WORDS: [&str; 4] = ["true", "false", "null", "none"];

/// Which secrets are searched for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// For a text of this program: secrets of at least four characters.
    Sentence,
    /// For a text from outside: also shorter secrets, where they stand alone as a value.
    Value,
    /// For a text that must stay as it is unless it certainly contains a secret: secrets that are too long to be a word.
    Config,
}

/// Secrets that are hidden in texts, in every encoding in which they may appear.
#[derive(Default)]
pub struct Secrets {
    known: HashSet<String>,
    entries: Vec<Entry>,
    /// The entries by their first byte; empty while there are no entries.
    firsts: Vec<Vec<usize>>,
    /// The entries by their first two bytes.
    pairs: HashMap<[u8; 2], Vec<usize>>,
    /// One bit for each of these pairs. At nearly every position of a text, it rules out all entries at once.
    pair_bits: Vec<u64>,
}

/// A text that is searched for.
struct Entry {
    letters: Vec<char>,
    is_base64: bool,
    /// Whether it is hidden only where it stands alone as a value.
    is_short: bool,
}

impl Secrets {
    /// Collects secrets into a set.
    pub fn new(secrets: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        let mut set = Self::default();
        secrets.into_iter().for_each(|secret| set.insert(secret.as_ref()));
        set
    }

    /// Adds a secret. Each long line of a multi-line secret is added, too.
    pub fn insert(&mut self, secret: &str) {
        let secret = secret.trim();
        let is_ignored = secret.is_empty() || COMMON_WORDS.contains(&secret) || secret.chars().all(|c| c == '*');
        if is_ignored || !self.known.insert(secret.to_owned()) {
            return;
        }
        self.add(secret, false);
        if secret.chars().count() < MIN_LENGTH {
            return;
        }
        self.insert_base64(secret);
        let lines = secret.lines().map(str::trim).filter(|line| *line != secret && !line.starts_with("-----"));
        lines.filter(|line| line.chars().count() >= MIN_LINE_LENGTH).for_each(|line| self.insert(line));
    }

    /// Adds a password, also in the forms in which HTTP and SMTP send it with its user name.
    pub fn insert_login(&mut self, username: &str, password: &str) {
        self.insert(password);
        for pair in [format!("{username}:{password}"), format!("\0{username}\0{password}")] {
            if !password.is_empty() && self.known.insert(pair.clone()) {
                self.add(&STANDARD_NO_PAD.encode(pair), true);
            }
        }
    }

    /// Adds the Base64 of a text, alone and as a part of a longer text. Three bytes become four letters, so the text may
    /// begin at three positions of a group. Letters that also depend on the bytes around the text are left out.
    fn insert_base64(&mut self, text: &str) {
        let whole = STANDARD_NO_PAD.encode(text);
        for shift in 0..3 {
            let coded = STANDARD_NO_PAD.encode([vec![0; shift], text.as_bytes().to_vec()].concat());
            let (first, last) = ((shift * 8).div_ceil(6), (shift + text.len()) * 8 / 6);
            let part = &coded[first..last];
            if part.len() >= MIN_BASE64_LENGTH && part != whole {
                self.add(part, true);
            }
        }
        self.add(&whole, true);
    }

    fn add(&mut self, text: &str, is_base64: bool) {
        let index = self.entries.len();
        self.firsts.resize(256, vec![]);
        self.pair_bits.resize(1024, 0);
        let bytes = text.as_bytes();
        let other = match bytes[0] {
            b'+' if is_base64 => Some(b'-'),
            b'/' if is_base64 => Some(b'_'),
            _ => None,
        };
        for first in [Some(bytes[0]), other].into_iter().flatten() {
            self.firsts[usize::from(first)].push(index);
            if let Some(second) = bytes.get(1) {
                let pair = [first, *second];
                self.pairs.entry(pair).or_default().push(index);
                let bit = u16::from_be_bytes(pair);
                self.pair_bits[usize::from(bit >> 6)] |= 1 << (bit & 63);
            }
        }
        let letters: Vec<char> = text.chars().collect();
        let is_short = letters.len() < MIN_LENGTH;
        self.entries.push(Entry { letters, is_base64, is_short });
    }

    /// Returns whether the whole value is one of these secrets.
    pub fn contains(&self, value: &str) -> bool {
        self.known.contains(value)
    }

    /// Hides the secrets in a text, in one pass.
    pub fn hide<'t>(&self, text: &'t str, scope: Scope) -> Cow<'t, str> {
        if self.entries.is_empty() {
            return Cow::Borrowed(text);
        }
        let bytes = text.as_bytes();
        let mut hidden = String::new();
        // The end of what is copied, and the secret that was found last.
        let (mut copied, mut found) = (0, None::<(usize, usize)>);
        let mut buffers = (vec![], vec![]);
        for at in 0..bytes.len() {
            let Some(end) = self.longest_at(text, at, scope, &mut buffers) else { continue };
            match &mut found {
                // Overlapping secrets are hidden as one, because the rest of the second would give a part of it away.
                Some((_, last)) if at < *last => *last = end.max(*last),
                _ => {
                    if let Some((start, last)) = found.replace((at, end)) {
                        hidden.push_str(&text[copied..start]);
                        hidden.push_str(REDACTED);
                        copied = last;
                    }
                }
            }
        }
        let Some((start, last)) = found else { return Cow::Borrowed(text) };
        hidden.push_str(&text[copied..start]);
        hidden.push_str(REDACTED);
        hidden.push_str(&text[last..]);
        Cow::Owned(hidden)
    }

    /// Returns the end of the longest secret that begins at a position.
    fn longest_at(&self, text: &str, at: usize, scope: Scope, buffers: &mut (Vec<usize>, Vec<usize>)) -> Option<usize> {
        let bytes = text.as_bytes();
        let (first, second) = (bytes[at], bytes.get(at + 1));
        let firsts = &self.firsts[usize::from(first)];
        if firsts.is_empty() && !FIRST_BYTES.contains(&first) || !text.is_char_boundary(at) {
            return None;
        }
        let mut longest = |indices: &mut dyn Iterator<Item = usize>| {
            indices.filter_map(|index| self.entries[index].end(text, at, scope, buffers)).max()
        };
        if FIRST_BYTES.contains(&first) {
            return longest(&mut (0..self.entries.len()));
        }
        match second {
            // The second letter may be encoded, be on the next line, or not exist.
            Some(b'%' | b'\\' | b'&' | b'+' | b'\'' | b'"' | b'-' | b'_' | b'\r' | b'\n') | None => {
                longest(&mut firsts.iter().copied())
            }
            Some(second) => {
                let single = firsts.iter().filter(|index| self.entries[**index].letters.len() == 1);
                longest(&mut self.beginning_with([first, *second]).iter().chain(single).copied())
            }
        }
    }

    fn beginning_with(&self, pair: [u8; 2]) -> &[usize] {
        let bit = u16::from_be_bytes(pair);
        match self.pair_bits[usize::from(bit >> 6)] & (1 << (bit & 63)) {
            0 => &[],
            _ => self.pairs.get(&pair).map_or(&[], Vec::as_slice),
        }
    }
}

impl Entry {
    /// Returns where this text ends if it begins at a position, whatever the encoding of each letter.
    fn end(&self, text: &str, at: usize, scope: Scope, buffers: &mut (Vec<usize>, Vec<usize>)) -> Option<usize> {
        if scope == Scope::Config && self.letters.len() < MIN_LINE_LENGTH {
            return None;
        }
        if self.is_short && (scope == Scope::Sentence || !opens_a_value(&text[..at])) {
            return None;
        }
        let (ends, next) = buffers;
        ends.clear();
        ends.push(at);
        for letter in &self.letters {
            next.clear();
            for end in ends.iter() {
                push_ends(*letter, text, *end, self.is_base64, next);
            }
            next.sort_unstable();
            next.dedup();
            std::mem::swap(ends, next);
            if ends.is_empty() {
                return None;
            }
        }
        let end = *ends.last()?;
        if self.is_short {
            return closes_a_value(text, at, end).then_some(end);
        }
        Some(if self.is_base64 { end + padding(&text[end..]) } else { end })
    }
}

/// Returns the length of the Base64 padding at the start of a text.
fn padding(text: &str) -> usize {
    let rest = text.trim_start_matches('=');
    let rest = rest.strip_prefix("%3D").or_else(|| rest.strip_prefix("%3d")).unwrap_or(rest);
    text.len() - rest.len()
}

/// Returns whether a value may begin after a text: at its start, or after `=`, `:`, `;` or a quote.
fn opens_a_value(before: &str) -> bool {
    let before = before.trim_end_matches(' ');
    before.is_empty() || before.ends_with(['=', ':', '"', '\'', '`', ';'])
}

/// Returns whether a value that began at one position ends at another.
fn closes_a_value(text: &str, at: usize, end: usize) -> bool {
    let rest = &text[end..];
    if text[..at].trim().is_empty() {
        return rest.trim().is_empty();
    }
    rest.is_empty() || rest.starts_with(|c: char| c.is_whitespace() || "\"'`,;&@)}]\\".contains(c))
}

#[cfg(test)]
mod tests;
