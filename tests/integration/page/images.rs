//! The pictures of the docs.

use std::fs;
use std::path::Path;

use super::chromium::Chromium;
use super::scenes;

/// The sizes of a window: a phone, a tablet and a desk.
const SIZES: [(&str, (u32, u32)); 3] = [("phone", (390, 844)), ("tablet", (820, 1100)), ("desk", (1200, 900))];

/// Draws the pictures anew where `IMAGES` is set.
#[test]
fn pictures_of_the_docs_are_drawn_where_asked() {
    let Some(wanted) = std::env::var_os("IMAGES") else { return };
    let chromium = Chromium::find().unwrap_or_else(|| panic!("chromium is missing"));
    let images = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/images");
    fs::create_dir_all(&images).unwrap();
    let scene = scenes::promoted();
    for (name, size) in SIZES {
        for (scheme, is_dark) in [("light", false), ("dark", true)] {
            chromium.draw(&scene.page(), size, is_dark, &images.join(format!("page-{name}-{scheme}.png")));
        }
    }
    if wanted == "all" {
        for scene in scenes::Scene::all() {
            let folder = Path::new("/tmp/page-images");
            fs::create_dir_all(folder).unwrap();
            fs::copy(scene.page(), folder.join(format!("{}.html", scene.name))).unwrap();
        }
    }
}
