//! The pictures of the docs, and pages for checks by other programs. Both are made only where they are asked for.

use std::fs;
use std::path::{Path, PathBuf};

use super::chromium::Chromium;
use super::scenes::{self, Scene};

/// The sizes of a window: a phone, a tablet and a desk.
const SIZES: [(&str, (u32, u32)); 3] = [("phone", (390, 844)), ("tablet", (820, 1100)), ("desk", (1200, 900))];

#[test]
fn pictures_are_drawn_anew_where_images_is_set() {
    if std::env::var_os("IMAGES").is_none() {
        return;
    }
    let chromium = Chromium::find().unwrap_or_else(|| panic!("chromium is missing"));
    let images = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/images");
    fs::create_dir_all(&images).unwrap();
    let scene = scenes::release();
    for (name, size) in SIZES {
        for (scheme, is_dark) in [("light", false), ("dark", true)] {
            chromium.draw(&scene.page(), size, is_dark, &images.join(format!("page-{name}-{scheme}.png")));
        }
    }
}

#[test]
fn pages_are_written_to_the_folder_that_pages_names() {
    let Some(folder) = std::env::var_os("PAGES").map(PathBuf::from) else { return };
    fs::create_dir_all(&folder).unwrap();
    for scene in Scene::all() {
        fs::copy(scene.page(), folder.join(format!("{}.html", scene.name))).unwrap();
    }
}
