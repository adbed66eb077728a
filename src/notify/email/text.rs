//! The words of a letter, as text and as HTML.

use std::fmt::Write as _;

use crate::notify::text::visible;
use crate::notify::{Notice, Tone};

/// Writes a notice as plain text.
pub(super) fn plain(notice: &Notice) -> String {
    let mut text = format!("{}\n\n{}\n", notice.title, notice.message);
    if !notice.details.is_empty() {
        text.push('\n');
    }
    for (label, value) in &notice.details {
        let _ = writeln!(text, "{label}: {}", value.replace('\n', "\n  "));
    }
    if let Some(url) = &notice.url {
        let _ = writeln!(text, "\n{url}");
    }
    visible(&text)
}

/// Writes a notice as HTML. Nothing in it is loaded from elsewhere.
pub(super) fn html(notice: &Notice) -> String {
    let color = match notice.tone {
        Tone::Good => "#1a7f37",
        Tone::Neutral => "#57606a",
        Tone::Bad => "#cf222e",
    };
    let (title, message) = (escaped(&notice.title), escaped(&notice.message));
    let mut html = format!(
        "<!DOCTYPE html>\n<html><body style=\"font-family: sans-serif\">\n\
         <h2 style=\"color: {color}\">{title}</h2>\n<p>{message}</p>\n<table>\n"
    );
    for (label, value) in &notice.details {
        let _ = writeln!(
            html,
            "<tr><th align=\"left\" valign=\"top\">{}</th><td>{}</td></tr>",
            escaped(label),
            escaped(value)
        );
    }
    html.push_str("</table>\n");
    if let Some(url) = &notice.url {
        let url = escaped(url);
        let _ = writeln!(html, "<p><a href=\"{url}\">{url}</a></p>");
    }
    html + "</body></html>\n"
}

/// Makes a text fit to stand in an element or a quoted attribute.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in visible(text).chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            '\n' => escaped.push_str("<br>\n"),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_text_is_markup() {
        assert_eq!(
            escaped("<b onclick=\"x\">R&D's\nend\u{1b}"),
            "&lt;b onclick=&quot;x&quot;&gt;R&amp;D&#39;s<br>\nend"
        );
    }
}
