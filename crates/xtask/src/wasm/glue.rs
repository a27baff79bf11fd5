//! The names of imports and exports in wasm-bindgen's glue, which `wasm-opt` has shortened in the module.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};
use serde::Deserialize;

/// The new names of the module's imports and exports, as `wasm-opt --minify-imports-and-exports-and-modules` prints them.
#[derive(Debug, Deserialize)]
pub(crate) struct Names {
    /// Module, name and new name of each import.
    imports: Vec<(String, String, String)>,
    /// Name and new name of each export.
    exports: Vec<(String, String)>,
}

impl Names {
    pub(crate) fn parse(printed: &str) -> Result<Self> {
        serde_json::from_str(printed).context("wasm-opt printed the new names in an unknown form")
    }

    /// The glue of wasm-bindgen's target `bundler` with the exports' new names, followed by `imports`: the object with
    /// which the module is instantiated.
    ///
    /// # Errors
    ///
    /// Fails if the module imports a function that the glue does not have.
    pub(crate) fn put_into(&self, glue: &str) -> Result<String> {
        let exports: BTreeMap<&str, &str> = self.exports.iter().map(|(old, new)| (&**old, &**new)).collect();
        let mut text = String::with_capacity(glue.len());
        let mut rest = glue;
        while let Some(at) = rest.find(OWNER) {
            let (before, after) = rest.split_at(at + OWNER.len());
            let end = after.find(|c: char| !is_part_of_name(c)).unwrap_or(after.len());
            let (name, after) = after.split_at(end);
            // `wasm` may be the end of a longer name.
            let is_owner = !rest[..at].ends_with(is_part_of_name);
            text.push_str(before);
            text.push_str(exports.get(name).filter(|_| is_owner).unwrap_or(&name));
            rest = after;
        }
        text.push_str(rest);
        text.push_str(&format!("\nexport const imports = {{ {MODULE}: {{\n"));
        for (_, old, new) in &self.imports {
            let is_there = ["function ", "const "].iter().any(|kind| {
                let after = glue.split_once(&format!("export {kind}{old}"));
                after.is_some_and(|(_, after)| !after.starts_with(is_part_of_name))
            });
            if !is_there {
                bail!("the Wasm imports `{old}`, which wasm-bindgen's glue does not have");
            }
            text.push_str(&format!("  {new}: {old},\n"));
        }
        text.push_str("} };\n");
        Ok(text)
    }
}

fn is_part_of_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == '$'
}

/// The text before an export's name in the glue.
const OWNER: &str = "wasm.";
/// The new name of the only module from which functions are imported.
const MODULE: &str = "a";

#[cfg(test)]
mod tests {
    use super::*;

    const PRINTED: &str = r#"{"imports":[["./x_bg.js","__wbg_now_1","a"]],"exports":[["memory","b"],["start","c"]]}"#;

    #[test]
    fn exports_are_renamed_and_imports_are_listed() {
        let glue =
            "let wasm;\nexport function __wbg_now_1() {}\nwasm.start(wasm.memory.buffer, mywasm.start, wasm.started)";
        let text = Names::parse(PRINTED).unwrap().put_into(glue).unwrap();
        assert!(
            text.contains("wasm.c(wasm.b.buffer, mywasm.start, wasm.started)"),
            "{text}"
        );
        assert!(
            text.ends_with("export const imports = { a: {\n  a: __wbg_now_1,\n} };\n"),
            "{text}"
        );
    }

    #[test]
    fn an_import_that_the_glue_does_not_have_is_refused() {
        assert!(Names::parse(PRINTED).unwrap().put_into("wasm.start()").is_err());
    }
}
