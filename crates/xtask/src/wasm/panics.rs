//! Panics without messages: in the page, a panic is a trap, which the loader handles.
//!
//! The stable standard library formats a message for each panic. Nobody would read it, and it is a twentieth of the
//! module. So the functions in which panics end become traps, and `wasm-opt` removes what only they needed.

use std::collections::BTreeSet;

use anyhow::{Result, bail};
use walrus::ir::{Visitor, dfs_in_order};
use walrus::{FunctionId, Module};

/// Makes each function in which a panic ends, and everything that only formats messages, a trap.
///
/// # Errors
///
/// Fails if the module formats text elsewhere: that would trap, too.
pub(super) fn make_traps(module: &mut Module) -> Result<()> {
    let names = |wanted: fn(&str) -> bool| -> BTreeSet<FunctionId> {
        let is_wanted = |name: &String| wanted(&without_hashes(name));
        let functions = module.funcs.iter();
        functions
            .filter(|function| function.name.as_ref().is_some_and(is_wanted))
            .map(|function| function.id())
            .collect()
    };
    let (ends, formatting) = (names(ends_a_panic), names(formats));
    for (id, function) in module.funcs.iter_local() {
        if ends.contains(&id) || formatting.contains(&id) {
            continue;
        }
        let mut calls = Calls::default();
        dfs_in_order(&mut calls, function, function.entry_block());
        if let Some(called) = calls.0.intersection(&formatting).next() {
            bail!(
                "{} formats text by {}: the page's build has no formatting, use `wayside_model::text`",
                name(module, id),
                name(module, *called)
            );
        }
    }
    for id in ends.union(&formatting) {
        if let walrus::FunctionKind::Local(function) = &mut module.funcs.get_mut(*id).kind {
            let mut body = function.builder_mut().func_body();
            body.instrs_mut().clear();
            body.unreachable();
        }
    }
    Ok(())
}

/// Whether a function never returns because it panics, or belongs to the panic itself.
fn ends_a_panic(name: &str) -> bool {
    const STARTS: [&str; 5] = [
        "core::panicking::",
        "core::cell::panic_",
        "core::cell::lazy::panic_",
        "std::panicking::",
        "std::thread::local::panic_",
    ];
    const ENDS: [&str; 6] = [
        "::unwrap_failed",
        "::expect_failed",
        "::assert_failed",
        "raw_vec::handle_error",
        "raw_vec::capacity_overflow",
        "wasm_bindgen::throw_str",
    ];
    STARTS.iter().any(|start| name.starts_with(start))
        || ENDS.iter().any(|end| name.ends_with(end))
        || name.contains("PanicPayload>::")
        || name.contains("__rust_end_short_backtrace")
}

fn formats(name: &str) -> bool {
    name.starts_with("core::fmt::")
        || name.starts_with("alloc::fmt::")
        || [" core::fmt::", "<core::fmt::"].iter().any(|part| name.contains(part))
}

/// The name without the hashes of crates (`core[c5930c85a12de822]::fmt`) and of functions (`::h0123456789abcdef`).
fn without_hashes(name: &str) -> String {
    let mut text = String::with_capacity(name.len());
    let mut depth = 0_u32;
    for (at, c) in name.char_indices() {
        let is_hash = name[at..].starts_with('[') && name[at + 1..].starts_with(|c: char| c.is_ascii_hexdigit());
        match c {
            '[' if is_hash => depth += 1,
            ']' if depth > 0 => depth -= 1,
            _ if depth == 0 => text.push(c),
            _ => {}
        }
    }
    match text.rsplit_once("::h") {
        Some((start, hash)) if hash.len() == 16 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()) => {
            start.to_owned()
        }
        _ => text,
    }
}

fn name(module: &Module, id: FunctionId) -> String {
    module.funcs.get(id).name.clone().unwrap_or_else(|| format!("{id:?}"))
}

/// The functions that a function calls.
#[derive(Default)]
struct Calls(BTreeSet<FunctionId>);

impl<'instr> Visitor<'instr> for Calls {
    fn visit_function_id(&mut self, function: &FunctionId) {
        self.0.insert(*function);
    }
}

#[cfg(test)]
mod tests {
    use walrus::FunctionBuilder;
    use walrus::ir::Value;

    use super::*;

    /// A function that returns 1 after it has called another, if it calls one.
    fn function(module: &mut Module, name: &str, called: Option<FunctionId>) -> FunctionId {
        let mut builder = FunctionBuilder::new(&mut module.types, &[], &[walrus::ValType::I32]);
        builder.name(name.to_owned());
        let mut body = builder.func_body();
        if let Some(called) = called {
            body.call(called).drop();
        }
        body.const_(Value::I32(1));
        builder.finish(vec![], &mut module.funcs)
    }

    fn length(module: &Module, id: FunctionId) -> usize {
        let function = module.funcs.get(id).kind.unwrap_local();
        function.block(function.entry_block()).instrs.len()
    }

    #[test]
    fn panics_and_their_formatting_become_traps_and_nothing_else_does() {
        let mut module = Module::default();
        let write = function(&mut module, "core[c5930c85a12de822]::fmt::write", None);
        let panic = function(&mut module, "core[c5930c85a12de822]::panicking::panic_fmt", Some(write));
        let ours = function(
            &mut module,
            "wayside_model::journey::Journey::step::h0d446d730bfb62f4",
            Some(panic),
        );
        make_traps(&mut module).unwrap();
        assert_eq!([write, panic, ours].map(|id| length(&module, id)), [1, 1, 3]);
    }

    #[test]
    fn code_that_formats_text_is_refused() {
        let mut module = Module::default();
        let write = function(&mut module, "<u32 as core[c5930c85a12de822]::fmt::Display>::fmt", None);
        function(&mut module, "wayside_web::post::post", Some(write));
        let error = make_traps(&mut module).unwrap_err().to_string();
        assert!(error.contains("wayside_web::post::post formats text"), "{error}");
    }

    #[test]
    fn hashes_are_no_part_of_a_name() {
        assert_eq!(without_hashes("core[c5930c85a12de822]::fmt::write"), "core::fmt::write");
        assert_eq!(without_hashes("a::b::h0123456789abcdef"), "a::b");
        assert_eq!(without_hashes("<[u8]>::trim::hello"), "<[u8]>::trim::hello");
    }
}
