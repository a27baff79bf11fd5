//! The JavaScript between page and Wasm: wasm-bindgen's, with shorter names and a smaller loader.
//!
//! wasm-bindgen's names (`__wbg_addEventListener_84ae3eac6e15480a`) stand in both files and end in hashes that do not
//! compress. Binaryen gives one-letter names and says which; the glue follows.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, bail};
use serde::Deserialize;

/// The new names of everything that crosses between glue and Wasm.
#[derive(Debug)]
pub(crate) struct Names {
    /// The one module that all imports come from, old and new name.
    module: (String, String),
    imports: BTreeMap<String, String>,
    exports: BTreeMap<String, String>,
}

impl Names {
    /// Reads what `wasm-opt --minify-imports-and-exports-and-modules` writes.
    pub(crate) fn parse(mapping: &str) -> Result<Self> {
        #[derive(Deserialize)]
        struct Mapping {
            imports: Vec<(String, String, String)>,
            exports: Vec<(String, String)>,
        }
        let mapping: Mapping = serde_json::from_str(mapping).context("wasm-opt wrote new names in an unknown form")?;
        let (module, ..) = mapping
            .imports
            .first()
            .context("the Wasm imports nothing; is crates/web empty?")?;
        if let Some((other, name, _)) = mapping.imports.iter().find(|(other, ..)| other != module) {
            bail!("the Wasm imports `{name}` from `{other}`; everything has to come from `{module}`");
        }
        Ok(Self {
            module: (module.clone(), "a".to_owned()),
            imports: mapping
                .imports
                .iter()
                .map(|(_, old, new)| (old.clone(), new.clone()))
                .collect(),
            exports: mapping.exports.into_iter().collect(),
        })
    }
}

/// Names of the module's exports that the glue uses; the others keep dead code alive.
pub(crate) fn used_exports(glue: &str) -> Vec<&str> {
    glue.match_indices(EXPORTS)
        .filter(|&(at, _)| begins_word(glue, at))
        .map(|(at, _)| word(&glue[at + EXPORTS.len()..]))
        .collect()
}

/// The glue without wasm-bindgen's last line, which exports its two loaders.
pub(crate) fn without_loaders(glue: &str) -> Result<String> {
    const LAST: &str = "export { initSync, __wbg_init as default };";
    if !glue.contains(LAST) {
        bail!("wasm-bindgen's glue no longer ends with `{LAST}`; adapt crates/xtask/src/wasm/glue.rs");
    }
    Ok(glue.replace(LAST, ""))
}

/// The glue without lines of comments: docs from Rust, which may mention anything.
pub(crate) fn without_comments(glue: &str) -> String {
    glue.lines()
        .filter(|line| {
            !["//", "/**", "*"]
                .iter()
                .any(|mark| line.trim_start().starts_with(mark))
        })
        .fold(String::with_capacity(glue.len()), |kept, line| kept + line + "\n")
}

/// The glue with `shorter`'s functions in place of its own of the same names, and without help for browsers that lack
/// `FinalizationRegistry`, which are older than reference types.
pub(crate) fn shorten(glue: &str, shorter: &str) -> Result<String> {
    let names: Vec<&str> = shorter
        .lines()
        .filter_map(|line| line.strip_prefix("function "))
        .map(word)
        .collect();
    let mut kept = String::with_capacity(glue.len() + shorter.len());
    let mut skipping = false;
    let mut replaced = BTreeSet::new();
    for line in glue.lines() {
        if let Some(name) = line
            .strip_prefix("function ")
            .map(word)
            .filter(|name| names.contains(name))
        {
            replaced.insert(name);
            skipping = true;
        }
        let is_fallback = line.trim_start().starts_with("? { register: () => {}");
        if !skipping && !is_fallback {
            let line = line.replace("(typeof FinalizationRegistry === 'undefined')", "");
            kept.push_str(&line.replace(": new FinalizationRegistry(", "new FinalizationRegistry("));
            kept.push('\n');
        }
        skipping &= line != "}";
    }
    if let Some(missing) = names.iter().find(|name| !replaced.contains(*name)) {
        bail!("wasm-bindgen's glue has no function `{missing}`; adapt crates/xtask/src/wasm/shorter.js");
    }
    Ok(kept + shorter)
}

/// Names that the glue exports, but for the loaders.
pub(crate) fn exported_names(glue: &str) -> Vec<&str> {
    glue.lines()
        .filter_map(|line| {
            line.strip_prefix("export class ")
                .or_else(|| line.strip_prefix("export function "))
        })
        .map(word)
        .collect()
}

/// The glue with every import and export under its new name.
pub(crate) fn rename(glue: &str, names: &Names) -> Result<String> {
    let mut renamed = String::with_capacity(glue.len());
    for line in glue.lines() {
        let line = rename_import(line, names);
        renamed.push_str(&rename_exports(&line, names)?);
        renamed.push('\n');
    }
    let defined: BTreeSet<&str> = renamed.lines().filter_map(defined_import).collect();
    if let Some((old, _)) = names.imports.iter().find(|(_, new)| !defined.contains(new.as_str())) {
        bail!("the Wasm imports `{old}`, but the glue has no line `{old}: function(`");
    }
    Ok(renamed)
}

/// `        __wbg_call_40b0: function(` is the line that defines an import, `"./wayside_bg.js": import0` their module.
fn rename_import(line: &str, names: &Names) -> String {
    let body = line.trim_start();
    let indent = &line[..line.len() - body.len()];
    if let Some((name, new)) = defined_import(line).and_then(|name| names.imports.get_key_value(name)) {
        return format!("{indent}{new}{}", &body[name.len()..]);
    }
    line.replace(&format!("\"{}\":", names.module.0), &format!("\"{}\":", names.module.1))
}

/// `wasm.tracker_new` is the use of an export.
fn rename_exports(line: &str, names: &Names) -> Result<String> {
    let mut rest = line;
    let mut renamed = String::new();
    while let Some(at) = rest
        .match_indices(EXPORTS)
        .map(|(at, _)| at)
        .find(|&at| begins_word(rest, at))
    {
        let (before, after) = rest.split_at(at + EXPORTS.len());
        let name = word(after);
        let new = names
            .exports
            .get(name)
            .with_context(|| format!("the glue uses `{name}`, which the Wasm lacks"))?;
        renamed.push_str(before);
        renamed.push_str(new);
        rest = &after[name.len()..];
    }
    renamed.push_str(rest);
    Ok(renamed)
}

fn defined_import(line: &str) -> Option<&str> {
    let body = line.trim_start();
    let name = word(body);
    body[name.len()..].starts_with(": function(").then_some(name)
}

fn begins_word(text: &str, at: usize) -> bool {
    !text[..at].ends_with(|before: char| is_word(before) || before == '.')
}

fn word(text: &str) -> &str {
    &text[..text.find(|c| !is_word(c)).unwrap_or(text.len())]
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == '$'
}

/// How the glue reaches the module's exports.
const EXPORTS: &str = "wasm.";

#[cfg(test)]
mod tests {
    use super::*;

    const MAPPING: &str =
        r#"{"imports": [["./x_bg.js", "__wbg_log_1f", "$"]], "exports": [["memory", "a"], ["t_new", "b"]]}"#;

    #[test]
    fn imports_and_exports_take_their_new_names() {
        let glue = concat!(
            "        __wbg_log_1f: function(arg0) { t(wasm.t_new, wasm.memory.buffer) },\n",
            "        \"./x_bg.js\": import0,\n"
        );
        let names = Names::parse(MAPPING).unwrap();
        let expected = "        $: function(arg0) { t(wasm.b, wasm.a.buffer) },\n        \"a\": import0,\n";
        assert_eq!(rename(glue, &names).unwrap(), expected);
    }

    #[test]
    fn a_use_without_an_export_is_an_error() {
        let names = Names::parse(MAPPING).unwrap();
        let error = rename("        __wbg_log_1f: function(a) { wasm.gone() },", &names).unwrap_err();
        assert_eq!(error.to_string(), "the glue uses `gone`, which the Wasm lacks");
    }

    #[test]
    fn an_import_without_a_definition_is_an_error() {
        let names = Names::parse(MAPPING).unwrap();
        assert!(rename("wasm.t_new()", &names).is_err());
    }

    #[test]
    fn only_the_module_itself_is_looked_into() {
        assert_eq!(used_exports("wasm.a(); my_wasm.b; x.wasm.c; (wasm.d$1)"), ["a", "d$1"]);
    }

    #[test]
    fn shorter_functions_take_the_place_of_others() {
        let glue = "function a(x) {\n    if (x) {\n    }\n}\nfunction b() {\n}\nconst R = (typeof FinalizationRegistry === 'undefined')\n    \
            ? { register: () => {}, unregister: () => {} }\n    : new FinalizationRegistry(b);\n";
        let shorter = "function a(x) {\n    x();\n}\n";
        let expected =
            "function b() {\n}\nconst R = \n    new FinalizationRegistry(b);\nfunction a(x) {\n    x();\n}\n";
        assert_eq!(shorten(glue, shorter).unwrap(), expected);
        assert!(shorten("function b() {\n}\n", shorter).is_err());
    }

    #[test]
    fn comments_are_left_out() {
        assert_eq!(
            without_comments("/**\n * see wasm.ts\n */\nwasm.a();\n  // wasm.b\n"),
            "wasm.a();\n"
        );
    }

    #[test]
    fn loaders_are_not_exported() {
        let glue = "export class Tracker {\nexport function version(a) {\nexport { initSync, __wbg_init as default };";
        assert_eq!(exported_names(glue), ["Tracker", "version"]);
    }
}
