//! Makes smaller what binds the page's code to the browser: the script that wasm-bindgen writes, and what the module
//! says of it.
//!
//! The two know each other by names of some forty characters, sixteen of them a hash, which no packing makes shorter:
//! here they get numbers. And a library has classes for other scripts to use, which this page has none of.

use std::collections::HashMap;
use std::fmt::Write as _;

use crate::Result;

/// How wasm-bindgen's script begins a class that other scripts may use.
const CLASS: &str = "export class ";

/// How it begins what the module imports of it, how it ends it, and how it calls the whole.
const IMPORTS: &str = "    const import0 = {\n        __proto__: null,";
const END_OF_IMPORTS: &str = "\n    };\n";
const ALL_IMPORTS: &str = ": import0,";

/// How each of them begins, before its name, and its code behind that.
const IMPORT: &str = "\n        __wb";
const CODE: &str = ": ";

/// What the script calls the module.
const MODULE: &str = "wasm.";

/// What the module calls its own script.
const OWN: &str = "0";

/// Script and module, with short names and without what nobody uses.
pub(crate) fn smaller(script: &str, module: &[u8]) -> Result<(String, Vec<u8>)> {
    let (mut script, classes) = without_classes(script)?;
    let mut config = walrus::ModuleConfig::new();
    config.generate_name_section(false).generate_producers_section(false);
    let mut module = config.parse(module)?;
    let is_of_one = |export: &walrus::Export| {
        let (own, free) =
            (|class: &str| format!("{class}_"), |class: &str| format!("__wbg_{class}_free"));
        let of =
            |class: &String| export.name.starts_with(&own(class)) || export.name == free(class);
        classes.iter().any(of)
    };
    let unused = module.exports.iter().filter(|export| is_of_one(export));
    for export in unused.map(walrus::Export::id).collect::<Vec<_>>() {
        module.exports.delete(export);
    }
    walrus::passes::gc::run(&mut module);

    let (start, imports, end) = parted(&script)?;
    let imports = by_name(imports)?;
    let own = own_name(end)?;
    let (mut listed, mut count) = (String::new(), 0);
    for import in module.imports.iter_mut().filter(|import| import.module == own) {
        let name = format!("{count:x}");
        let code = imports.get(import.name.trim_start_matches(IMPORT.trim()));
        let code = code.ok_or_else(|| format!("the script has no {}", import.name))?;
        // Writing to a string can't fail.
        let _ = write!(listed, "\n\"{name}\"{CODE}{code}");
        import.name = name;
        OWN.clone_into(&mut import.module);
        count += 1;
    }
    let end = end.replacen(&own, OWN, 1);
    script = format!("{start}{IMPORTS}{listed}{END_OF_IMPORTS}{end}");
    for name in used(&script) {
        if !module.exports.iter().any(|export| export.name == name) {
            return Err(format!("the script uses {name}, which the module doesn't export").into());
        }
    }
    Ok((script, module.emit_wasm()))
}

/// What the script uses of the module.
fn used(script: &str) -> impl Iterator<Item = &str> {
    script.split(MODULE).skip(1).filter_map(|rest| {
        let is_in_a_name = |letter: char| letter.is_alphanumeric() || letter == '_';
        rest.split(|letter| !is_in_a_name(letter)).next().filter(|name| !name.is_empty())
    })
}

/// The script without its classes, and what the module's functions for them are called at their start.
fn without_classes(script: &str) -> Result<(String, Vec<String>)> {
    let (mut kept, mut classes) = (String::new(), Vec::new());
    let mut rest = script;
    while let Some((before, class)) = rest.split_once(CLASS) {
        let name = class.split(' ').next().unwrap_or_default();
        let last = format!("\nif (Symbol.dispose) {name}.");
        let after = class.split_once(&last).and_then(|(_, after)| after.split_once('\n'));
        let (_, after) = after.ok_or_else(|| format!("class {name} has no end"))?;
        kept.push_str(before);
        rest = after;
        classes.push(name);
    }
    kept.push_str(rest);
    for class in &classes {
        // What has the module forget one that the browser has forgotten.
        let finalization = format!("const {class}Finalization = ");
        if let Some((before, after)) = kept.split_once(&finalization)
            && let Some((_, after)) = after.split_once(";\n")
        {
            kept = format!("{before}{after}");
        }
        if kept.contains(class) {
            return Err(format!("class {class} is used").into());
        }
    }
    Ok((kept, classes.into_iter().map(str::to_lowercase).collect()))
}

/// What is before the module's imports, they themselves, and what is behind them.
fn parted(script: &str) -> Result<(&str, &str, &str)> {
    let (start, rest) = script.split_once(IMPORTS).ok_or("the script imports nothing")?;
    let (imports, end) = rest.split_once(END_OF_IMPORTS).ok_or("the imports have no end")?;
    Ok((start, imports, end))
}

/// The code of each import, by what its name has behind [how it begins](IMPORT).
fn by_name(imports: &str) -> Result<HashMap<&str, &str>> {
    let each = imports.split(IMPORT).filter(|import| !import.is_empty());
    let parts = each.map(|import| {
        let parts = import.split_once(CODE);
        parts.ok_or_else(|| format!("an import has no name: {import}").into())
    });
    parts.collect()
}

/// What the script is called in the module.
fn own_name(script: &str) -> Result<String> {
    let (before, _) = script.split_once(ALL_IMPORTS).ok_or("the imports are not used")?;
    let name = before.rsplit('"').nth(1).ok_or("the imports have no name")?;
    Ok(name.to_owned())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use wasm_encoder::{
        CodeSection, EntityType, ExportKind, ExportSection, Function, FunctionSection,
        ImportSection, Module, TypeSection,
    };

    use super::*;

    const SCRIPT: &str = "import * as import1 from \"./other.js\"

export class Stream {
    free() {
        wasm.__wbg_stream_free(this.ptr, 0);
    }
}
if (Symbol.dispose) Stream.prototype[Symbol.dispose] = Stream.prototype.free;

const StreamFinalization = (typeof FinalizationRegistry === 'undefined')
    ? { register: () => {}, unregister: () => {} }
    : new FinalizationRegistry(ptr => wasm.__wbg_stream_free(ptr, 1));

function __wbg_get_imports() {
    const import0 = {
        __proto__: null,
        __wbg_focus_0123456789abcdef: function() { return handleError(function (arg0) {
            const options = {
            };
            getObject(arg0).focus(options);
        }, arguments); },
        __wbg_read_0123456789abcdef: function(arg0) {
            getObject(arg0).read();
        },
    };
    return {
        __proto__: null,
        \"./page_bg.js\": import0,
        \"./other.js\": import1,
    };
}
";

    /// A module that imports both and another script's, uses one of each, and has a function for the class that uses the
    /// other one.
    fn module() -> Vec<u8> {
        let (mut types, mut imports) = (TypeSection::new(), ImportSection::new());
        types.ty().function([], []);
        imports
            .import("./page_bg.js", "__wbg_focus_0123456789abcdef", EntityType::Function(0))
            .import("./page_bg.js", "__wbg_read_0123456789abcdef", EntityType::Function(0))
            .import("./other.js", "other", EntityType::Function(0));
        let (mut functions, mut exports, mut code) =
            (FunctionSection::new(), ExportSection::new(), CodeSection::new());
        for (name, called) in [
            ("main", [0, 2]),
            ("streams", [0, 0]),
            ("stream_pull", [1, 1]),
            ("__wbg_stream_free", [1, 1]),
        ] {
            exports.export(name, ExportKind::Func, 3 + functions.len());
            functions.function(0);
            let mut function = Function::new([]);
            function.instructions().call(called[0]).call(called[1]).end();
            code.function(&function);
        }
        let mut module = Module::new();
        module.section(&types).section(&imports).section(&functions).section(&exports);
        module.section(&code);
        module.finish()
    }

    #[test]
    fn script_and_module_know_each_other_by_short_names_and_what_nobody_uses_is_gone() {
        let (script, module) = smaller(SCRIPT, &module()).unwrap();
        assert!(script.contains(
            "null,\n\"0\": function() { return handleError(function (arg0) {\n            const options = {\n            };\n            getObject(arg0).focus(options);\n        }, arguments); },\n    };"
        ));
        assert!(script.contains("\"0\": import0,\n        \"./other.js\": import1,"));
        assert!(
            !script.contains("read")
                && !script.contains("Stream")
                && !script.contains("__wbg_focus")
        );
        wasmparser::validate(&module).unwrap();
        let module = walrus::Module::from_buffer(&module).unwrap();
        let imports =
            module.imports.iter().map(|import| (import.module.as_str(), import.name.as_str()));
        assert_eq!(imports.collect::<Vec<_>>(), [("0", "0"), ("./other.js", "other")]);
        let exports = module.exports.iter().map(|export| export.name.as_str());
        assert_eq!(exports.collect::<Vec<_>>(), ["main", "streams"]);
    }

    #[test]
    fn a_script_that_is_not_as_it_was_is_refused() {
        assert!(smaller(&SCRIPT.replace("focus_0", "blur_0"), &module()).is_err());
        assert!(smaller(&SCRIPT.replace("import0", "imports"), &module()).is_err());
        assert!(smaller(&SCRIPT.replace("Symbol.dispose", "dispose"), &module()).is_err());
    }

    #[test]
    fn what_is_used_is_not_taken_away() {
        let with = |use_of: &str| format!("{SCRIPT}function used() {{ {use_of} }}\n");
        assert!(smaller(&with("wasm.main();"), &module()).is_ok());
        assert!(smaller(&with("return new Stream();"), &module()).is_err());
        assert!(smaller(&with("wasm.stream_pull();"), &module()).is_err());
    }
}
