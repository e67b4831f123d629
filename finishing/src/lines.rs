//! Takes out of scripts and styles what is for those who read them in the project: comments, and space at the start of
//! lines. By lines, and not as a minifier does it: once packed it is nearly as small, and can still be read.

use std::fs;
use std::path::Path;

use crate::{Result, names};

/// What a file is written in, which says how its comments begin.
#[derive(Clone, Copy, PartialEq)]
enum Language {
    Script,
    Style,
}

impl Language {
    fn of(path: &Path) -> Option<Self> {
        match path.extension()?.to_str()? {
            "js" => Some(Self::Script),
            "css" => Some(Self::Style),
            _ => None,
        }
    }
}

/// Does so with all files below `folder`.
pub(crate) fn trim_all(folder: &Path) -> Result {
    for path in duologue_packing::files(folder)? {
        let content = fs::read(&path)?;
        let trimmed = trimmed(&path, content.clone())?;
        if trimmed != content {
            names::replace(folder, &path, trimmed)?;
        }
    }
    Ok(())
}

/// What is left of a file that is called so. Of anything but a script or a style: all.
pub(crate) fn trimmed(path: &Path, content: Vec<u8>) -> Result<Vec<u8>> {
    let Some(language) = Language::of(path) else { return Ok(content) };
    let text = String::from_utf8(content).map_err(Into::into);
    let trimmed = text.and_then(|text| without_comments(&text, language));
    Ok(trimmed.map_err(|error| format!("{}: {error}", path.display()))?.into_bytes())
}

/// A comment stands in lines of its own here, and no text goes over several lines.
fn without_comments(text: &str, language: Language) -> Result<String> {
    let mut kept = String::with_capacity(text.len());
    let mut is_in_comment = false;
    for line in text.lines().map(str::trim) {
        let begun = line.strip_prefix("/*").filter(|_| !is_in_comment);
        is_in_comment |= begun.is_some();
        if is_in_comment {
            match begun.unwrap_or(line).split_once("*/") {
                None => {}
                Some((_, "")) => is_in_comment = false,
                Some(_) => return Err(format!("{line}: there is more behind a comment").into()),
            }
        } else if !is_for_readers(line, language) {
            if line.matches('`').count() % 2 == 1 || line.ends_with('\\') {
                return Err(format!("{line}: a text that goes over several lines").into());
            }
            kept.push_str(line);
            kept.push('\n');
        }
    }
    if is_in_comment { Err("a comment has no end".into()) } else { Ok(kept) }
}

fn is_for_readers(line: &str, language: Language) -> bool {
    line.is_empty() || language == Language::Script && line.starts_with("//")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_space_are_gone_and_nothing_else_is() {
        let script = "// Why.\n/**\n * @param a {string}\n */\nfunction f(a) {\n    // How.\n    return a + \"//\" + `/* ${a} */`;\n}\n";
        let kept = without_comments(script, Language::Script).unwrap();
        assert_eq!(kept, "function f(a) {\nreturn a + \"//\" + `/* ${a} */`;\n}\n");
        let style =
            "/* ── Part ── */\n\na {\n  color: red;\n}\n/* Two\n   lines. */\nb { top: 0 }\n";
        let kept = without_comments(style, Language::Style).unwrap();
        assert_eq!(kept, "a {\ncolor: red;\n}\nb { top: 0 }\n");
    }

    #[test]
    fn what_lines_cannot_tell_is_refused() {
        for text in [
            "/* no end",
            "/*/",
            "/* a */ a { top: 0 }",
            "const text = `one\n  two`;",
            "const text = \"one\\\n  two\";",
        ] {
            assert!(without_comments(text, Language::Script).is_err(), "{text}");
        }
    }

    #[test]
    fn other_files_stay_as_they_are() {
        let content = b"// not a comment".to_vec();
        assert_eq!(trimmed(Path::new("a.html"), content.clone()).unwrap(), content);
        assert_eq!(trimmed(Path::new("a.js"), content).unwrap(), b"");
    }
}
