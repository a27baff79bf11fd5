//! The listing of the module's largest functions and their origins.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use rustc_demangle::demangle;
use wasmparser::{KnownCustom, Name, NameSectionReader, Parser, Payload};

/// A function's name and the length of its code.
#[derive(Debug, PartialEq, Eq)]
struct Function {
    name: String,
    length: usize,
}

/// Lists the code's origins, then the longest functions, in bytes of code before compression.
pub(super) fn listing(module: &[u8], longest: usize) -> Result<String> {
    let mut functions = functions(module).context("cannot read the module that wasm-opt wrote")?;
    functions.sort_by(|a, b| b.length.cmp(&a.length).then_with(|| a.name.cmp(&b.name)));
    let mut origins: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for function in &functions {
        let (length, count) = origins.entry(origin(&function.name)).or_default();
        *length += function.length;
        *count += 1;
    }
    let all: usize = functions.iter().map(|function| function.length).sum();
    let mut origins: Vec<_> = origins.into_iter().collect();
    origins.sort_by(|(_, a), (_, b)| b.cmp(a));

    let mut text = format!("{all} bytes of code in {} functions\n\n", functions.len());
    text.push_str(" bytes  share  functions  from\n");
    for (origin, (length, count)) in origins {
        let permille = length * 1000 / all.max(1);
        text.push_str(&format!(
            "{length:>6} {:>3}.{} % {count:>10}  {origin}\n",
            permille / 10,
            permille % 10
        ));
    }
    text.push_str("\n bytes  function\n");
    for function in functions.iter().take(longest) {
        text.push_str(&format!("{:>6}  {}\n", function.length, function.name));
    }
    Ok(text)
}

fn functions(module: &[u8]) -> Result<Vec<Function>> {
    let mut lengths = Vec::new();
    let mut names = BTreeMap::new();
    let mut imported = 0;
    for payload in Parser::new(0).parse_all(module) {
        match payload? {
            Payload::ImportSection(imports) => imported = imports.count(),
            Payload::CodeSectionEntry(body) => lengths.push(body.range().len()),
            Payload::CustomSection(section) => {
                if let KnownCustom::Name(section) = section.as_known() {
                    names = function_names(section)?;
                }
            }
            _ => {}
        }
    }
    let name = |index| match names.get(&index) {
        Some(name) => format!("{:#}", demangle(name)),
        None => format!("function {index}"),
    };
    Ok((imported..)
        .zip(lengths)
        .map(|(index, length)| Function {
            name: name(index),
            length,
        })
        .collect())
}

fn function_names(section: NameSectionReader<'_>) -> Result<BTreeMap<u32, &str>> {
    let mut names = BTreeMap::new();
    for part in section {
        if let Name::Function(map) = part? {
            for naming in map {
                let naming = naming?;
                names.insert(naming.index, naming.name);
            }
        }
    }
    Ok(names)
}

/// Crate and module of a function: `wayside_model::detect` of `<wayside_model::detect::swing::Swing>::meet`.
fn origin(name: &str) -> &str {
    let start = name.find(|c: char| c.is_alphanumeric()).unwrap_or(0);
    let path = &name[start..];
    let is_in_path = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
    let path = &path[..path.find(|c| !is_in_path(c)).unwrap_or(path.len())];
    let is_type = |part: &str| part.starts_with(char::is_uppercase);
    let mut parts = path.match_indices("::").map(|(at, _)| at);
    match (parts.next(), parts.next()) {
        (Some(first), Some(second)) if !is_type(&path[first + 2..]) => &path[..second],
        (Some(first), _) => &path[..first],
        _ => path,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_comes_from_its_crate_and_module() {
        assert_eq!(
            origin("<wayside_model::detect::swing::Swing>::meet"),
            "wayside_model::detect"
        );
        assert_eq!(origin("wayside_web::take"), "wayside_web");
        assert_eq!(origin("<wayside_web::Done as Effect>::send"), "wayside_web");
        assert_eq!(origin("memcpy"), "memcpy");
    }

    #[test]
    fn functions_have_their_names_and_lengths() {
        // (module (func $one) (func $two (drop (i32.const 7))))
        let module = b"\0asm\x01\0\0\0\x01\x04\x01\x60\0\0\x03\x03\x02\0\0\x0a\x0a\x02\x02\0\x0b\x05\0\x41\x07\x1a\x0b\0\x12\x04name\x01\x0b\x02\0\x03one\x01\x03two";
        let function = |name: &str, length| Function {
            name: name.into(),
            length,
        };
        assert_eq!(functions(module).unwrap(), [function("one", 2), function("two", 5)]);
    }
}
