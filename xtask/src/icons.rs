//! `cargo xtask icons`: the pictures that systems show of an installed page, drawn from icon.svg by Chromium, which
//! draws for the tests as well. They are committed: not every build needs a browser.

use std::fs;
use std::process::{Command, Stdio};

use crate::browser;
use crate::run::{Failure, Result, Tried as _, run, step};
use crate::workspace::Workspace;

/// A picture to be drawn.
struct Icon {
    name: &'static str,
    pixels: u32,
    /// How much of its width the drawing takes, in hundredths.
    part: u32,
    /// Whether there is paper behind the drawing.
    has_paper: bool,
}

const ICONS: [Icon; 4] = [
    Icon { name: "192", pixels: 192, part: 100, has_paper: false },
    Icon { name: "512", pixels: 512, part: 100, has_paper: false },
    // A system cuts it to a shape of its own; what is within two fifths of the width from the middle always stays.
    Icon { name: "maskable-512", pixels: 512, part: 60, has_paper: true },
    // What is transparent is black on an iPhone, and corners are rounded there.
    Icon { name: "apple-180", pixels: 180, part: 76, has_paper: true },
];

/// Draws all of them into icons/.
pub(crate) fn icons(workspace: &Workspace) -> Result {
    let browser = browser::ensure()?;
    let drawing = fs::read_to_string(workspace.root().join("icon.svg"))
        .tried(|| String::from("read icon.svg"))?;
    let folder = workspace.root().join("icons");
    let scratch = workspace.target().join("icons");
    for folder in [&folder, &scratch] {
        fs::create_dir_all(folder).tried(|| format!("make {}", folder.display()))?;
    }
    for icon in &ICONS {
        step(&format!("chromium: icons/{}.png", icon.name));
        let svg = scratch.join(format!("{}.svg", icon.name));
        fs::write(&svg, placed(&drawing, icon)?).tried(|| format!("write {}", svg.display()))?;
        let mut chromium = Command::new(&browser.chromium);
        chromium
            .args(["--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"])
            .arg("--default-background-color=00000000")
            .arg(format!("--window-size={0},{0}", icon.pixels))
            .arg(format!("--user-data-dir={}", scratch.join("profile").display()))
            .arg(format!("--screenshot={}", folder.join(format!("{}.png", icon.name)).display()))
            .arg(format!("file://{}", svg.display()))
            .stderr(Stdio::null());
        run(&mut chromium)?;
    }
    Ok(())
}

/// The drawing in the middle of a square that is 100 wide.
fn placed(drawing: &str, icon: &Icon) -> Result<String> {
    const ROOT: &str = "<svg ";
    if !drawing.starts_with(ROOT) {
        return Err(Failure::new("icon.svg doesn't start with its <svg>"));
    }
    let (part, begin) = (icon.part, (100 - icon.part) / 2);
    let place = format!("{ROOT}x=\"{begin}\" y=\"{begin}\" width=\"{part}\" height=\"{part}\" ");
    let paper = if icon.has_paper { r##"<path d="M0 0h100v100H0z" fill="#fff"/>"## } else { "" };
    let inner = drawing.replacen(ROOT, &place, 1);
    Ok(format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100">{paper}{inner}</svg>"#
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_drawing_is_in_the_middle() {
        let icon = Icon { name: "x", pixels: 1, part: 60, has_paper: true };
        let svg = placed("<svg viewBox=\"0 0 64 64\"/>", &icon).unwrap();
        assert!(
            svg.contains(
                "<svg x=\"20\" y=\"20\" width=\"60\" height=\"60\" viewBox=\"0 0 64 64\"/>"
            ),
            "{svg}"
        );
        assert!(svg.contains("#fff"), "{svg}");
        assert!(placed("<?xml?>", &icon).is_err());
    }
}
