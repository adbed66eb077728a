//! Pages for a browser, which websites and gateways send.

use super::transport_error::quote;

/// The longest title that is quoted, in characters.
const LONGEST_TITLE: usize = 100;

/// The characters that a title writes in another way.
const ENTITIES: [(&str, &str); 7] = [
    ("&lt;", "<"),
    ("&gt;", ">"),
    ("&quot;", "\""),
    ("&#39;", "'"),
    ("&#x27;", "'"),
    ("&nbsp;", " "),
    // Last, because what it yields is no entity.
    ("&amp;", "&"),
];

/// Returns whether a body is a page for a browser.
pub(crate) fn is_html(body: &str) -> bool {
    body.trim_start().starts_with('<')
}

/// Describes a page by its title.
pub(crate) fn describe_page(body: &str) -> String {
    page_title(body).map_or_else(|| "a page for a browser".to_owned(), |title| format!("a page titled {title:?}"))
}

/// Returns the title of a page on one line, shortened and escaped; none if the body is no page, or has no title.
pub(crate) fn page_title(body: &str) -> Option<String> {
    if !is_html(body) {
        return None;
    }
    // In ASCII alone, so that both texts have the same offsets.
    let lower = body.to_ascii_lowercase();
    let tag = lower.find("<title")?;
    let start = tag + lower[tag..].find('>')? + 1;
    let end = start + lower[start..].find("</title")?;
    let mut title = body[start..end].split_whitespace().collect::<Vec<_>>().join(" ");
    for (entity, character) in ENTITIES {
        title = title.replace(entity, character);
    }
    let title: String = title.trim().chars().filter(|c| !c.is_control()).collect();
    let cut: String = title.chars().take(LONGEST_TITLE).collect();
    let cut = if cut == title { cut } else { cut + "…" };
    (!cut.is_empty()).then(|| quote(&cut))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_described_by_its_title() {
        for (body, expected) in [
            ("<!doctype html><html><head><title>Welcome to nginx!</title>", "a page titled \"Welcome to nginx!\""),
            ("\n<HTML><TITLE lang=en>\n 502\n Bad   Gateway </TITLE>", "a page titled \"502 Bad Gateway\""),
            ("<html><title>Caf\u{e9} &amp; &lt;b&gt;</title>", "a page titled \"Caf\u{e9} & <b>\""),
            ("<html><title>a\u{1b}[31mb</title>", "a page titled \"a[31mb\""),
            ("<html><title></title>", "a page for a browser"),
            ("<html><title>never ends", "a page for a browser"),
            ("<title", "a page for a browser"),
            ("<html>", "a page for a browser"),
        ] {
            assert_eq!(describe_page(body), expected, "{body}");
        }
        let long = describe_page(&format!("<title>{}</title>", "x".repeat(1000)));
        assert!(long.len() < 130 && long.ends_with("x…\""), "{long}");
        assert_eq!(page_title("{\"title\": \"<title>x</title>\"}"), None);
    }
}
