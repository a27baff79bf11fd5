//! The glue: hand-written JavaScript between page and Wasm, in `glue.js`.
//!
//! wasm-bindgen defines the ABI of the only function and generates glue for it, most of which is for types that are not
//! used here. Our glue is a fifth of its size. It is correct as long as wasm-bindgen's glue contains the same
//! [`CALLS`], and it uses the export names that Binaryen assigns.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};
use serde::Deserialize;

/// The glue with wasm-bindgen's export names.
pub(crate) const GLUE: &str = include_str!("glue.js");

/// The calls of the module in wasm-bindgen's glue. [`GLUE`] makes the same calls.
const CALLS: [&str; 2] = [
    "wasm.take(val2, val3, ptr0, len0)",
    "wasm.__wbindgen_free(ret[0], ret[1] * 1, 1)",
];

/// Fails if wasm-bindgen's glue calls the module differently from ours.
pub(crate) fn check_calls(bindgen: &str) -> Result<()> {
    match CALLS.iter().find(|call| !bindgen.contains(**call)) {
        Some(call) => bail!(
            "wasm-bindgen's glue does not call `{call}`; \
             adapt crates/xtask/src/wasm/glue.js to what crates/web exports, then the calls in glue.rs"
        ),
        None => Ok(()),
    }
}

/// The names of the exports that the glue uses. Other exports would keep dead code in the module.
pub(crate) fn used_exports(glue: &str) -> Vec<&str> {
    uses(glue).map(|(_, name)| name).collect()
}

/// The new names of the module's exports, from the output of `wasm-opt --minify-imports-and-exports-and-modules`.
pub(crate) fn new_names(mapping: &str) -> Result<BTreeMap<String, String>> {
    #[derive(Deserialize)]
    struct Mapping {
        imports: Vec<(String, String, String)>,
        exports: Vec<(String, String)>,
    }
    let mapping: Mapping = serde_json::from_str(mapping).context("wasm-opt wrote new names in an unknown form")?;
    if let Some((_, name, _)) = mapping.imports.first() {
        bail!("the Wasm imports `{name}`, but glue.js gives it nothing; crates/web speaks in bytes only");
    }
    Ok(mapping.exports.into_iter().collect())
}

/// The glue with the exports' new names.
pub(crate) fn rename(glue: &str, names: &BTreeMap<String, String>) -> Result<String> {
    let mut renamed = String::with_capacity(glue.len());
    let mut rest = 0;
    for (at, name) in uses(glue) {
        let new = names
            .get(name)
            .with_context(|| format!("the glue uses `{name}`, which the Wasm lacks"))?;
        renamed.push_str(&glue[rest..at]);
        renamed.push_str(new);
        rest = at + name.len();
    }
    renamed.push_str(&glue[rest..]);
    Ok(renamed)
}

/// The positions and names of exports in the glue.
fn uses(glue: &str) -> impl Iterator<Item = (usize, &str)> {
    glue.match_indices(EXPORTS)
        .filter(|&(at, _)| !glue[..at].ends_with(|before: char| is_word(before) || before == '.'))
        .map(|(at, _)| (at + EXPORTS.len(), word(&glue[at + EXPORTS.len()..])))
        .filter(|(_, name)| !name.is_empty())
}

fn word(text: &str) -> &str {
    &text[..text.find(|c| !is_word(c)).unwrap_or(text.len())]
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == '$'
}

/// The prefix of the module's exports in the glue.
const EXPORTS: &str = "wasm.";

#[cfg(test)]
mod tests {
    use super::*;

    fn names(mapping: &str) -> BTreeMap<String, String> {
        new_names(mapping).unwrap()
    }

    #[test]
    fn exports_take_their_new_names() {
        let names = names(r#"{"imports": [], "exports": [["memory", "a"], ["t_new", "b"]]}"#);
        assert_eq!(
            rename("t(wasm.t_new, wasm.memory.buffer);", &names).unwrap(),
            "t(wasm.b, wasm.a.buffer);"
        );
    }

    #[test]
    fn a_use_without_an_export_is_an_error() {
        let error = rename("wasm.gone()", &names(r#"{"imports": [], "exports": []}"#)).unwrap_err();
        assert_eq!(error.to_string(), "the glue uses `gone`, which the Wasm lacks");
    }

    #[test]
    fn an_import_is_an_error() {
        let error = new_names(r#"{"imports": [["./x_bg.js", "log", "a"]], "exports": []}"#).unwrap_err();
        assert!(error.to_string().starts_with("the Wasm imports `log`"), "{error}");
    }

    #[test]
    fn only_uses_of_the_module_itself_are_found() {
        assert_eq!(
            used_exports("wasm.a(); my_wasm.b; x.wasm.c; (wasm.d$1) // `wasm.…`"),
            ["a", "d$1"]
        );
    }

    #[test]
    fn the_glue_uses_one_function_and_memory() {
        let mut used = used_exports(GLUE);
        used.sort_unstable();
        used.dedup();
        assert_eq!(used, ["__wbindgen_free", "__wbindgen_malloc", "memory", "take"]);
    }

    #[test]
    fn a_different_call_is_an_error() {
        assert!(check_calls(&CALLS.join(";\n")).is_ok());
        let error = check_calls(CALLS[0]).unwrap_err();
        assert!(error.to_string().contains(CALLS[1]), "{error}");
    }
}
