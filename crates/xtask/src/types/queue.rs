//! The messages of the queue, which bootstrap and Wasm share.

use std::fmt::Write as _;

use wayside_tracker::queue::{Message, Question};

/// `js/tracker/src/generated/queue.ts`.
pub(crate) fn render() -> String {
    let mut ts = String::from("// Written by `cargo xtask types` from `crates/tracker/src/queue.rs`. Do not edit.\n");
    ts.push_str("\n/** The kind of a message; the comments name the arguments after kind and time. */\nexport const enum Message {\n");
    for message in Message::ALL {
        if !message.arguments().is_empty() {
            _ = writeln!(ts, "  /** {}. */", capitalised(message.arguments()));
        }
        _ = writeln!(ts, "  {},", message.name());
    }
    ts.push_str("}\n\n/** A question that a page can ask. */\nexport const enum Question {\n");
    for question in Question::ALL {
        _ = writeln!(ts, "  {},", question.name());
    }
    ts.push_str("}\n");
    ts
}

fn capitalised(text: &str) -> String {
    let (first, rest) = text.split_at(1);
    first.to_ascii_uppercase() + rest
}
