//! Takes the page's module apart: what the first screen needs, what a conversation needs, which is loaded while somebody
//! reads it, and what is loaded when somebody opens it (`entry/` says where the cuts are).
//!
//! Trunk has made one module of it all, with names that it put into index.html. In the place of that come several, the
//! script that loads all but the first, and names with a hash of what is in them now.

use std::path::{Path, PathBuf};
use std::{fs, mem};

use wasm_bindgen_cli_support::Bindgen;
use wasm_split_cli_support::SplitWasm;

use crate::names::{File, HASH_DIGITS, INDEX, hash};
use crate::smaller::smaller;
use crate::{Result, glue, lines, merge};

/// How the page's module is called.
const PAGE: &str = "duologue";

/// How the script is called that loads the other parts.
const LOADER: &str = "parts";

/// The part that a conversation needs, as `entry/` calls it.
const CONVERSATION: &str = "page";

/// How the splitter calls what it cuts off: this, and the part's own name.
const CUT_OFF: &str = "split_";

/// How it calls what several parts have in common: this, and a number.
const COMMON: &str = "chunk_";

/// Where wasm-bindgen puts the scripts that stand in the code.
const SNIPPETS: &str = "snippets";

/// How the splitter's script has a part compiled: while it comes, which browsers do where the host says what it is.
const STREAMED: &str = "WebAssembly.instantiateStreaming(src, imports)";

/// In the place of that.
const INSTANTIATED: &str = "instantiated(await src, imports)";

/// How the splitter's script ends what says how a part is loaded.
const LOADED: &str = ", []);\n";

/// Some hosts know no type for modules. The page's first part is compiled there too, by what wasm-bindgen writes.
const ON_ANY_HOST: &str = "
async function instantiated(response, imports) {
    if (response.headers.get('content-type') === 'application/wasm') {
        return WebAssembly.instantiateStreaming(response, imports);
    }
    return WebAssembly.instantiate(await response.arrayBuffer(), imports);
}
";

/// Puts parts in the place of the one module in `folder`. `linked`: that module as the linker has left it, which
/// noted in it what refers to what. `keeps_names`: those of functions, for whoever reads what a panic leaves.
pub(crate) fn page(folder: &Path, linked: &Path, keeps_names: bool) -> Result {
    let trunks = hash_of_the_page(folder)?;
    let before = padded(&trunks);
    let (script, loader) = (format!("{PAGE}-{before}"), format!("{LOADER}-{before}.js"));
    let work = linked.with_extension("parts");
    if work.exists() {
        fs::remove_dir_all(&work)?;
    }
    let parts = cut(linked, &work, &script, &loader)?;

    let mut loading = String::from_utf8(read(&work.join(&loader))?)?;
    if !loading.contains(STREAMED) {
        return Err(format!("the splitter's script doesn't say {STREAMED}").into());
    }
    loading = loading.replace(STREAMED, INSTANTIATED) + ON_ANY_HOST;
    let mut files = bound(&work, &script, keeps_names)?;
    files.extend(the_others(parts, &before, keeps_names, &mut loading)?);
    files.push((loader.clone().into(), loading.into_bytes()));
    if !keeps_names {
        for (path, content) in &mut files {
            *content = lines::trimmed(path, mem::take(content))?;
        }
    }

    // Names that change with what is in any of them: no part is ever loaded beside one of another build.
    let after = hash(&files);
    for end in [".js", "_bg.wasm"] {
        fs::remove_file(folder.join(format!("{PAGE}-{trunks}{end}")))?;
    }
    let is_script = |path: &Path| path.extension().is_some_and(|ending| ending == "js");
    let scripts = files.iter().filter(|(path, _)| is_script(path));
    let scripts: String =
        scripts.map(|(_, content)| String::from_utf8_lossy(content).into_owned()).collect();
    for (path, content) in files {
        let path = folder.join(path.to_string_lossy().replace(&before, &after));
        fs::create_dir_all(path.parent().unwrap_or(folder))?;
        fs::write(path, replaced(content, before.as_bytes(), after.as_bytes())?)?;
    }
    let index = String::from_utf8(read(&folder.join(INDEX))?)?.replace(&trunks, &after);
    let index = without_unused(folder, &scripts, index)?;
    let loader = loader.replace(&before, &after);
    // Beside the page's other scripts: else it would be asked for when they have come.
    let ahead = format!(
        "<link rel=\"modulepreload\" href=\"./{loader}\" crossorigin=\"anonymous\"></head>"
    );
    fs::write(folder.join(INDEX), index.replacen("</head>", &ahead, 1))?;
    Ok(())
}

/// Takes away the snippets that none of the `scripts` imports, and the links to them: wasm-bindgen writes the same one more
/// than once, and every visitor would ask for each.
fn without_unused(folder: &Path, scripts: &str, mut index: String) -> Result<String> {
    for path in duologue_packing::files(&folder.join(SNIPPETS))? {
        let name = path.strip_prefix(folder)?.to_string_lossy().into_owned();
        if scripts.contains(&name) {
            continue;
        }
        fs::remove_file(&path)?;
        if let Some((before, after)) = index.split_once(&name) {
            let (Some((before, _)), Some((_, after))) =
                (before.rsplit_once('<'), after.split_once('>'))
            else {
                return Err(format!("{INDEX} names {name}, and in no link").into());
            };
            index = format!("{before}{after}");
        }
    }
    Ok(index)
}

/// All parts but the first, those [together](merge) that a conversation needs, and `loading` by the names that they have
/// here, with this hash.
fn the_others(
    parts: SplitWasm,
    hash: &str,
    keeps_names: bool,
    loading: &mut String,
) -> Result<Vec<File>> {
    let needed = parts.prefetch_map.get(CONVERSATION).cloned().unwrap_or_default();
    let mut all = Vec::new();
    for path in parts.split_modules {
        let stem = path.file_stem().and_then(|stem| stem.to_str());
        let stem = stem.ok_or_else(|| format!("{} has no name in UTF-8", path.display()))?;
        all.push((stem.to_owned(), read(&path)?));
    }
    let is_the_page = |stem: &str| stem.strip_prefix(CUT_OFF) == Some(CONVERSATION);
    let page = all.iter().find(|(stem, _)| is_the_page(stem)).map(|(_, code)| code.clone());
    let page = page.ok_or("the splitter has made no part for a conversation")?;
    let mut together = vec![page.clone()];
    let mut files = Vec::new();
    for (stem, code) in all.iter().filter(|(stem, _)| !is_the_page(stem)) {
        let is_needed = needed.contains(stem);
        // Put together they would lose their functions' names.
        if is_needed && !keeps_names && merge::are_alike(&page, code)? {
            *loading = loaded_with_another(loading, stem)?;
            together.push(code.clone());
        } else {
            let code = if keeps_names { code.clone() } else { smaller(code)? };
            files.push((renamed(stem, is_needed, hash, loading)?, code));
        }
    }
    let page = if together.len() == 1 { page } else { merge::merged(&together)? };
    let page = if keeps_names { page } else { smaller(&page)? };
    let name = renamed(&format!("{CUT_OFF}{CONVERSATION}"), true, hash, loading)?;
    files.push((name, page));
    Ok(files)
}

/// What the splitter's part of this name is called here, and in the script that loads it.
fn renamed(stem: &str, is_needed: bool, hash: &str, loading: &mut String) -> Result<PathBuf> {
    let name = named(stem, is_needed).ok_or_else(|| format!("the splitter calls a part {stem}"))?;
    let name = format!("{name}-{hash}.wasm");
    *loading = loading.replace(&format!("./{stem}.wasm"), &format!("./{name}"));
    Ok(name.into())
}

/// What Trunk has put into the names of the page's script and module.
fn hash_of_the_page(folder: &Path) -> Result<String> {
    let (start, end) = (format!("{PAGE}-"), "_bg.wasm");
    for file in fs::read_dir(folder)? {
        let name = name_of(&file?.path())?;
        if let Some(hash) = name.strip_prefix(&start).and_then(|name| name.strip_suffix(end)) {
            return Ok(hash.to_owned());
        }
    }
    Err(format!("no {start}…{end} in {}", folder.display()).into())
}

/// The splitter's script without what loads this part, since that is in another one which is there before.
fn loaded_with_another(script: &str, part: &str) -> Result<String> {
    let start = script.find(&format!("const __{part} = "));
    let (before, rest) = start
        .map(|start| script.split_at(start))
        .ok_or_else(|| format!("the splitter's script doesn't say how {part} is loaded"))?;
    let end = rest.find(LOADED).ok_or_else(|| format!("{LOADED:?} ends nothing in it"))?;
    let after = &rest[end + LOADED.len()..];
    Ok(format!("{before}const __{part} = () => {{}};\n{after}"))
}

/// What a part is called, so that its name says when it is loaded: `page`, and numbered after it what that needs and
/// shares, where they are not [together](merge); what is opened by its own name.
fn named(stem: &str, is_needed: bool) -> Option<String> {
    match (stem.strip_prefix(CUT_OFF), stem.strip_prefix(COMMON)) {
        (Some(name), _) => Some(name.to_owned()),
        (None, Some(number)) if is_needed => Some(format!("{CONVERSATION}-{number}")),
        (None, Some(number)) => Some(format!("common-{number}")),
        (None, None) => None,
    }
}

/// Cuts the module at the places that its functions mark.
fn cut(linked: &Path, work: &Path, script: &str, loader: &str) -> Result<SplitWasm> {
    let module = read(linked)?;
    let (main, script) = (work.join(PAGE).with_extension("wasm"), format!("./{script}.js"));
    let loader = format!("./{loader}");
    let mut options = wasm_split_cli_support::Options::new(&module);
    options.output_dir = work;
    options.main_out_path = &main;
    options.main_module = &script;
    options.link_name = &loader;
    Ok(wasm_split_cli_support::transform(options)?)
}

/// What wasm-bindgen makes of the first part: module, script, snippets.
fn bound(work: &Path, script: &str, keeps_names: bool) -> Result<Vec<File>> {
    let folder = work.join("bound");
    let mut bindgen = Bindgen::new();
    bindgen
        .input_path(work.join(PAGE).with_extension("wasm"))
        .out_name(script)
        .web(true)?
        .typescript(false)
        // Its table of functions, which the other parts share.
        .keep_lld_exports(true)
        .remove_name_section(!keeps_names)
        .remove_producers_section(true)
        .generate(&folder)?;
    if !keeps_names {
        let (script, module) = (format!("{script}.js"), format!("{script}_bg.wasm"));
        let (script, module) = (folder.join(script), folder.join(module));
        let text = String::from_utf8(read(&script)?)?;
        let (text, code) = glue::smaller(&text, &read(&module)?)?;
        fs::write(script, text)?;
        fs::write(module, smaller(&code)?)?;
    }
    let mut files = Vec::new();
    for path in duologue_packing::files(&folder)? {
        files.push((path.strip_prefix(&folder)?.to_owned(), read(&path)?));
    }
    Ok(files)
}

/// Trunk's hash, as long as ours: its numbers have no zeros before them.
fn padded(hash: &str) -> String {
    format!("{hash:0>HASH_DIGITS$}")
}

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).map_err(|error| format!("can't read {}: {error}", path.display()).into())
}

fn name_of(path: &Path) -> Result<String> {
    let name = path.file_name().and_then(|name| name.to_str());
    Ok(name.ok_or_else(|| format!("{} has no name in UTF-8", path.display()))?.to_owned())
}

/// `content` with one text in the place of another that is as long: so a module's own numbers stay right.
fn replaced(mut content: Vec<u8>, before: &[u8], after: &[u8]) -> Result<Vec<u8>> {
    if before.len() != after.len() {
        return Err("a hash is longer than another one".into());
    }
    let mut from = 0;
    while let Some(rest) = content.get_mut(from..from + before.len()) {
        if rest == before {
            rest.copy_from_slice(after);
        }
        from += 1;
    }
    Ok(content)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_replaced_wherever_it_is_and_by_one_as_long() {
        let text = b"a-0123.js imports b-0123.js".to_vec();
        let other = replaced(text.clone(), b"0123", b"4567").unwrap();
        assert_eq!(other, b"a-4567.js imports b-4567.js");
        assert!(replaced(text, b"0123", b"456").is_err());
    }

    #[test]
    fn a_hash_of_trunks_that_begins_with_zeros_is_as_long_as_others() {
        let after = hash(&[("a.js".into(), b"content".to_vec())]);
        assert_eq!(after.len(), HASH_DIGITS);
        for trunks in ["86eb05bf47936fb2", "6eb05bf47936fb2", "b2"] {
            let before = padded(trunks);
            let content = format!("import './parts-{before}.js'").into_bytes();
            let content = replaced(content, before.as_bytes(), after.as_bytes()).unwrap();
            assert_eq!(content, format!("import './parts-{after}.js'").into_bytes());
        }
    }

    #[test]
    fn a_name_says_when_a_part_is_loaded() {
        assert_eq!(named("split_page", true).as_deref(), Some("page"));
        assert_eq!(named("split_tools", false).as_deref(), Some("tools"));
        assert_eq!(named("chunk_2", true).as_deref(), Some("page-2"));
        assert_eq!(named("chunk_3", false).as_deref(), Some("common-3"));
        assert_eq!(named("other", true), None);
    }

    #[test]
    fn what_is_in_another_part_is_not_loaded() {
        let script = "const __chunk_1 = makeLoad(() => {\n  const src = 1;\n}\n, []);\n/* page */\nconst __chunk_2 = makeLoad(() => {}\n, []);\nmore";
        let without = loaded_with_another(script, "chunk_1").unwrap();
        assert_eq!(
            without,
            "const __chunk_1 = () => {};\n/* page */\nconst __chunk_2 = makeLoad(() => {}\n, []);\nmore"
        );
        assert!(loaded_with_another(script, "chunk_3").is_err());
    }
}
