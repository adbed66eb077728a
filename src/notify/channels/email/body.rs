//! The body of an email, as plain text and as HTML.

use std::fmt::Write as _;
use std::sync::LazyLock;

use minijinja::{Environment, UndefinedBehavior, context};

use crate::notify::sanitize::strip_invisible;
use crate::notify::{Message, Tone};

/// The ending of the name makes minijinja escape all values as HTML.
const NAME: &str = "message.html";

static HTML: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    // A test renders it.
    let _ = environment.add_template(NAME, include_str!("message.html"));
    environment
});

/// Returns a message as plain text.
pub(super) fn plain(message: &Message) -> String {
    let mut text = format!("{}\n\n{}\n", message.title, message.text);
    if !message.details.is_empty() {
        text.push('\n');
    }
    for (label, value) in &message.details {
        let _ = writeln!(text, "{label}: {}", value.replace('\n', "\n  "));
    }
    if let Some(url) = &message.url {
        let _ = writeln!(text, "\n{url}");
    }
    strip_invisible(&text)
}

/// Renders a message as HTML, which loads nothing from elsewhere.
///
/// # Errors
/// When the template is wrong, which a test rules out.
pub(super) fn html(message: &Message) -> Result<String, minijinja::Error> {
    let color = match message.tone {
        Tone::Good => "#1a7f37",
        Tone::Neutral => "#57606a",
        Tone::Bad => "#cf222e",
    };
    let details: Vec<(&str, String)> =
        message.details.iter().map(|(label, text)| (*label, strip_invisible(text))).collect();
    HTML.get_template(NAME)?.render(context! {
        color,
        title => strip_invisible(&message.title),
        text => strip_invisible(&message.text),
        details,
        url => message.url.as_deref().map(strip_invisible),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notify::test_fixtures;

    #[test]
    fn the_html_shows_the_message_and_its_details() {
        insta::assert_snapshot!(html(&test_fixtures::blocked()).unwrap());
    }

    #[test]
    fn nothing_in_a_text_is_markup() {
        let mut message = test_fixtures::promoted();
        message.text = "<b onclick=\"x\">R&D's\nend\u{1b}".to_owned();
        message.details = vec![("By", "<i>".to_owned())];
        message.url = Some("https://h/\"><script>".to_owned());
        let html = html(&message).unwrap();
        assert!(html.contains("<p>&lt;b onclick=&quot;x&quot;&gt;R&amp;D&#x27;s<br>\nend</p>"), "{html}");
        assert!(html.contains("<td>&lt;i&gt;</td>"), "{html}");
        assert!(html.contains("\">https:&#x2f;&#x2f;h&#x2f;&quot;&gt;&lt;script&gt;</a>"), "{html}");
        assert!(!html.contains("<script"), "{html}");
    }
}
