//! The encodings in which a character of a secret may appear.

/// The bytes that an encoded character may begin with, other than the character itself.
pub(super) const FIRST_BYTES: [u8; 4] = [b'%', b'\\', b'&', b'+'];

/// Adds to `ends` every position where an encoding of `c` that begins at `at` may end.
///
/// The encodings are percent-encoding (of any set of characters, with digits of any case, also applied twice), the
/// backslash escapes of JSON, YAML, Rust, Python and Markdown (also applied twice), the entities of HTML and XML (also
/// applied twice), and doubled or escaped quotes of YAML, SQL, CSV and shells.
pub(super) fn push_ends(c: char, text: &str, at: usize, is_base64: bool, ends: &mut Vec<usize>) {
    let Some(rest) = text.get(at..) else { return };
    if rest.starts_with(c) {
        ends.push(at + c.len_utf8());
    }
    match rest.as_bytes().first() {
        Some(b'%') if c == '%' => ends.extend(percent_of_percent(rest).map(|length| at + length)),
        Some(b'%') => ends.extend(percent(c, rest).map(|length| at + length)),
        Some(b'\\') => backslash(c, rest, |length| ends.push(at + length)),
        Some(b'&') => entity(c, rest, |length| ends.push(at + length)),
        Some(b'+') if c == ' ' => ends.push(at + 1),
        Some(b'-') if is_base64 && c == '+' => ends.push(at + 1),
        Some(b'_') if is_base64 && c == '/' => ends.push(at + 1),
        Some(b'\'') if c == '\'' => {
            let quotes = ["''", r"'\''", r#"'"'"'"#];
            ends.extend(quotes.iter().filter(|form| rest.starts_with(**form)).map(|form| at + form.len()));
        }
        Some(b'"') if c == '"' && rest.starts_with("\"\"") => ends.push(at + 2),
        // A document may indent the lines of a text, in addition to the text's own indentation.
        Some(b'\r' | b'\n') if c == '\n' => {
            let line = rest.trim_start_matches('\r').trim_start_matches('\n');
            let start = at + rest.len() - line.len();
            let blanks = line.len() - line.trim_start_matches([' ', '\t']).len();
            ends.extend(start..=start + blanks);
        }
        Some(b'\r' | b'\n') if is_base64 => {
            // Mail and PEM wrap Base64.
            let wrapped = rest.trim_start_matches(['\r', '\n']);
            if wrapped.starts_with(c) {
                ends.push(at + rest.len() - wrapped.len() + c.len_utf8());
            }
        }
        _ => {}
    }
}

/// Returns the lengths of a `%` at the start of a text, encoded once, twice and so on.
fn percent_of_percent(text: &str) -> impl Iterator<Item = usize> {
    let times = text.as_bytes()[1..].chunks_exact(2).take_while(|digits| digits == b"25").count();
    (1..=times).map(|times| 1 + 2 * times)
}

/// Returns the length of a percent-encoded `c`, other than `%`, at the start of a text.
fn percent(c: char, text: &str) -> Option<usize> {
    let mut letter = [0; 4];
    let mut rest = text;
    for byte in c.encode_utf8(&mut letter).bytes() {
        rest = rest.strip_prefix('%')?;
        // The `%` may be encoded itself, any number of times. A `25` that no digits follow is a literal `%`.
        while let Some(again) = rest.strip_prefix("25").filter(|again| starts_with_hex(again)) {
            rest = again;
        }
        let digits = rest.get(..2)?;
        let found = u8::from_str_radix(digits, 16).ok().filter(|_| starts_with_hex(digits))?;
        if found != byte {
            return None;
        }
        rest = &rest[2..];
    }
    Some(text.len() - rest.len())
}

fn starts_with_hex(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() >= 2 && bytes[..2].iter().all(u8::is_ascii_hexdigit)
}

/// Passes to `add` the lengths of `c` after backslashes at the start of a text.
fn backslash(c: char, text: &str, mut add: impl FnMut(usize)) {
    let slashes = text.len() - text.trim_start_matches('\\').len();
    if c == '\\' {
        // Escaped once, twice or three times.
        (1..=3).map(|times| 1 << times).filter(|length| *length <= slashes).for_each(&mut add);
    }
    let rest = &text[slashes..];
    if !c.is_alphanumeric() && rest.starts_with(c) {
        add(slashes + c.len_utf8());
    }
    let named = match c {
        '\n' => Some('n'),
        '\r' => Some('r'),
        '\t' => Some('t'),
        '\u{8}' => Some('b'),
        '\u{c}' => Some('f'),
        '\u{1b}' => Some('e'),
        '\0' => Some('0'),
        _ => None,
    };
    if named.is_some_and(|letter| rest.starts_with(letter)) {
        add(slashes + 1);
    }
    if let Some(length) = code_point(c, rest) {
        add(slashes + length);
    }
}

/// Returns the length of the numeric escape of `c` at the start of a text that follows a backslash.
fn code_point(c: char, text: &str) -> Option<usize> {
    let number = u32::from(c);
    let is = |digits: &str, number: u32| {
        digits.bytes().all(|digit| digit.is_ascii_hexdigit()) && u32::from_str_radix(digits, 16) == Ok(number)
    };
    if let Some(braced) = text.strip_prefix("u{") {
        let (digits, _) = braced.split_once('}')?;
        return (digits.len() <= 6 && is(digits, number)).then_some(digits.len() + 3);
    }
    for (letter, width) in [('x', 2), ('u', 4), ('U', 8)] {
        let Some(digits) = text.strip_prefix(letter).and_then(|rest| rest.get(..width)) else { continue };
        if is(digits, number) {
            return Some(width + 1);
        }
    }
    let mut units = [0; 2];
    let [high, low] = c.encode_utf16(&mut units) else { return None };
    let first = text.strip_prefix('u')?;
    let second = first.get(4..)?.trim_start_matches('\\').strip_prefix('u')?;
    let pair = is(first.get(..4)?, u32::from(*high)) && is(second.get(..4)?, u32::from(*low));
    pair.then(|| text.len() - second.len() + 4)
}

/// Passes to `add` the lengths of `c` as an HTML or XML entity at the start of a text.
fn entity(c: char, text: &str, mut add: impl FnMut(usize)) {
    let mut rest = &text[1..];
    // The `&` may be escaped itself, any number of times.
    loop {
        if let Some(length) = named_entity(c, rest).or_else(|| numeric_entity(c, rest)) {
            add(text.len() - rest.len() + length);
        }
        let Some(again) = rest.strip_prefix("amp;") else { return };
        rest = again;
    }
}

fn named_entity(c: char, text: &str) -> Option<usize> {
    let name = match c {
        '&' => "amp;",
        '<' => "lt;",
        '>' => "gt;",
        '"' => "quot;",
        '\'' => "apos;",
        _ => return None,
    };
    text.starts_with(name).then_some(name.len())
}

fn numeric_entity(c: char, text: &str) -> Option<usize> {
    let digits = text.strip_prefix('#')?;
    let (digits, radix) = digits.strip_prefix(['x', 'X']).map_or((digits, 10), |digits| (digits, 16));
    let end = digits.find(|digit: char| !digit.is_digit(radix))?;
    let is_it = digits[end..].starts_with(';') && u32::from_str_radix(&digits[..end], radix) == Ok(u32::from(c));
    is_it.then(|| text.len() - digits.len() + end + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ends(c: char, text: &str) -> Vec<usize> {
        let mut ends = vec![];
        push_ends(c, text, 0, false, &mut ends);
        ends
    }

    #[test]
    fn every_encoding_of_a_character_is_recognised() {
        let forms = [
            ('/', vec!["/", "%2F", "%2f", "%252F", "%25252f", "\\/", "\\u002f", "\\u{2f}", "\\x2F", "&#47;", "&#x2F;"]),
            ('\'', vec!["'", "''", "%27", "\\'", "\\\\'", "&#39;", "&#039;", "&#x27;", "&apos;", "&amp;#39;", r"'\''"]),
            ('"', vec!["\"", "\\\"", "\\\\\\\"", "&quot;", "&amp;quot;", "\"\""]),
            ('&', vec!["&", "&amp;", "&amp;amp;", "%26", "\\u0026"]),
            ('%', vec!["%", "%25", "%2525"]),
            (' ', vec![" ", "+", "%20"]),
            ('\\', vec!["\\", "\\\\", "\\\\\\\\", "%5C"]),
            ('\n', vec!["\n", "\\n", "\\\\n", "%0A", "&#10;"]),
            ('é', vec!["é", "%C3%A9", "%c3%a9", "%25C3%25A9", "\\u00e9", "\\xe9", "&#233;"]),
            ('🚲', vec!["🚲", "%F0%9F%9A%B2", "\\ud83d\\udeb2", "\\U0001F6B2", "\\u{1f6b2}"]),
            ('a', vec!["a", "%61", "\\u0061"]),
            ('_', vec!["_", "\\_"]),
        ];
        for (c, written) in forms {
            for form in written {
                assert!(ends(c, form).contains(&form.len()), "{c:?} {form}: {:?}", ends(c, form));
                assert!(ends(c, &format!("{form}x")).contains(&form.len()), "{c:?} {form}x");
            }
        }
    }

    #[test]
    fn the_encoding_of_another_character_is_not_recognised() {
        for (c, text) in
            [('/', "%2"), ('/', "%2G"), ('/', "\\u002"), ('a', "\\a"), ('a', "&#98;"), ('é', "%C3"), ('/', "%é")]
        {
            assert_eq!(ends(c, text), [] as [usize; 0], "{c} {text}");
        }
    }
}
