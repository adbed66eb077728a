//! The page of `--report html=PATH` in a real browser: what it shows, and what it must never do.

mod chromium;
mod images;
mod scenes;

use std::fs;

use chromium::Chromium;
use scenes::Scene;
use serde_json::Value;

/// Returns the JSON document that a page embeds.
fn embedded(page: &str) -> Value {
    let (_, rest) = page.split_once("<script type=\"application/json\" id=\"result\">").unwrap();
    serde_json::from_str(rest.split_once("</script>").unwrap().0).unwrap()
}

#[test]
fn every_page_loads_without_an_error_and_requests_nothing() {
    let Some(chromium) = Chromium::find() else { return };
    for scene in Scene::all() {
        let visit = chromium.visit(&scene.page());
        assert!(visit.console.is_empty(), "{}: {:?}", scene.name, visit.console);
        assert!(visit.requests.is_empty(), "{}: {:?}", scene.name, visit.requests);
        assert!(!visit.dom.contains("a part of this page is missing"), "{}: {}", scene.name, visit.dom);
        assert!(visit.dom.contains("<main>") && visit.dom.contains("</footer>"), "{}: {}", scene.name, visit.dom);
    }
}

#[test]
fn hostile_names_and_messages_are_text() {
    let Some(chromium) = Chromium::find() else { return };
    let scene = scenes::hostile();
    let visit = chromium.visit(&scene.page());
    assert!(visit.console.is_empty() && visit.requests.is_empty(), "{:?} {:?}", visit.console, visit.requests);
    for markup in ["<img", "<svg onload", "<b>bold", "<iframe", "onerror=\""] {
        assert!(!visit.dom.contains(markup), "{markup}: {}", visit.dom);
    }
    // One for the document, and none that runs.
    assert_eq!(visit.dom.matches("<script").count(), 1, "{}", visit.dom);
    assert!(!visit.dom.contains('\u{202e}') && visit.dom.contains("\\u{202e}"), "{}", visit.dom);
    let page = fs::read_to_string(scene.page()).unwrap();
    assert_eq!(embedded(&page)["jobs"][0]["outcome"]["name"], scenes::HOSTILE_NAME);
}

#[test]
fn the_embedded_document_is_that_of_the_json_report() {
    let scene = scenes::batch();
    let page = fs::read_to_string(scene.page()).unwrap();
    let report = fs::read_to_string(scene.page().with_file_name("release.json")).unwrap();
    assert_eq!(embedded(&page), serde_json::from_str::<Value>(&report).unwrap());
}

#[test]
fn a_plan_is_shown_with_the_command_that_applies_it() {
    let scene = scenes::plan();
    let page = fs::read_to_string(scene.page()).unwrap();
    assert!(page.contains("<code>runner plan.yaml</code>"), "{page}");
    assert!(page.contains("expect: 2&#10;") && page.contains("href=\"data:application/yaml;charset=utf-8,"), "{page}");
}

#[test]
fn a_thousand_jobs_with_three_gates_each_take_less_than_3_megabytes() {
    let scene = scenes::thousand();
    let page = fs::read_to_string(scene.page()).unwrap();
    let document = page.split_once("id=\"result\">").unwrap().1.len();
    assert!(page.len() < 3_000_000, "{} bytes, of which the document takes {document}", page.len());
    assert_eq!(page.matches("<li class=\"job ").count(), 1_000);
}
