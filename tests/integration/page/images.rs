//! The pictures of the docs, and pages for checks by other programs. Both are made only where they are asked for.

use std::fs;
use std::path::{Path, PathBuf};

use regex::{Captures, Regex};

use super::chromium::Chromium;
use super::scenes::{self, Scene};

/// The sizes of a window: a phone, a tablet and a desk.
const SIZES: [(&str, (u32, u32)); 3] = [("phone", (390, 844)), ("tablet", (820, 1100)), ("desk", (1200, 900))];

/// The size of the picture of a terminal.
const TERMINAL: (u32, u32) = (940, 590);

#[test]
fn pictures_are_drawn_anew_where_images_is_set() {
    if std::env::var_os("IMAGES").is_none() {
        return;
    }
    let chromium = Chromium::find().unwrap_or_else(|| panic!("chromium is missing"));
    let images = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/images");
    fs::create_dir_all(&images).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let terminal = folder.path().join("terminal.html");
    fs::write(&terminal, terminal_page(&scenes::terminal())).unwrap();
    chromium.draw(&terminal, TERMINAL, true, &images.join("terminal.png"));
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

/// Makes a page that looks like a terminal with a text in it, in the colours that the text asks for.
fn terminal_page(text: &str) -> String {
    let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('\r', "");
    let color = Regex::new("\u{1b}\\[([0-9;]*)m([^\u{1b}]*)").unwrap();
    let colored = color.replace_all(&escaped, |found: &Captures<'_>| {
        let classes: String = found[1].split(';').map(|code| format!("c{code} ")).collect();
        format!("<span class=\"{classes}\">{}</span>", &found[2])
    });
    let commands = Regex::new("(?m)^\\$ .*$").unwrap().replace_all(&colored, "<b>$0</b>");
    format!(
        "<!doctype html><meta charset=utf-8><style>{TERMINAL_STYLE}</style><div><i></i><i></i><i></i></div><pre>{commands}</pre>"
    )
}

const TERMINAL_STYLE: &str = "\
html { background: #16181d; color: #d6d9e0; } body { margin: 0; padding: 14px 20px; }
i { display: inline-block; width: 11px; height: 11px; border-radius: 50%; background: #3a3f4b; margin-right: 7px; }
pre { font: 13px/1.5 'DejaVu Sans Mono', monospace; margin: 10px 0 0; }
b { color: #fff; } .c2 { color: #868d9b; } .c31 { color: #f0716b; } .c32 { color: #7fc77f; } .c33 { color: #e0b35a; }
.c1 { font-weight: bold; } .c34 { color: #7aa8e8; } .c36 { color: #6cc3c9; }";
