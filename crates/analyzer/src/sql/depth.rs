//! A limit of how deeply a query nests.

use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::tokenizer::{Token, Tokenizer};

use crate::error::{Error, ErrorKind};

/// Refuses a query that joins more than [`OPERATORS_MAX`] parts by operators. The parser limits brackets itself, but a chain such as
/// `a OR b OR c` becomes a tree as deep as the chain is long, and a planner that follows it to its end runs out of stack, which ends the
/// process.
///
/// # Errors
///
/// Fails if there are more, or if the query is longer than [`QUERY_MAX_BYTES`].
pub(super) fn check(query: &str) -> Result<(), Error> {
    let refused = |why: String| Err(Error::new(ErrorKind::Sql(why)));
    if query.len() > QUERY_MAX_BYTES {
        return refused(format!("it has {} bytes, {QUERY_MAX_BYTES} are allowed", query.len()));
    }
    // Whatever is no SQL, the parser says better.
    let Ok(tokens) = Tokenizer::new(&GenericDialect {}, query).tokenize() else {
        return Ok(());
    };
    let operators = tokens.iter().filter(|token| is_operator(token)).count();
    if operators > OPERATORS_MAX {
        return refused(format!(
            "it has {operators} operators, {OPERATORS_MAX} are allowed; write `x IN (…)` in place of many comparisons joined by OR"
        ));
    }
    Ok(())
}

/// Whether a token may join two parts of an expression, of a FROM or of a query.
fn is_operator(token: &Token) -> bool {
    match token {
        Token::Word(word) => matches!(
            word.keyword,
            Keyword::AND
                | Keyword::OR
                | Keyword::NOT
                | Keyword::IS
                | Keyword::JOIN
                | Keyword::UNION
                | Keyword::EXCEPT
                | Keyword::INTERSECT
                | Keyword::COLLATE
                | Keyword::AT
        ),
        Token::Whitespace(_)
        | Token::Number(..)
        | Token::SingleQuotedString(_)
        | Token::DoubleQuotedString(_)
        | Token::Comma
        | Token::LParen
        | Token::RParen
        | Token::Period
        | Token::SemiColon
        | Token::EOF => false,
        _ => true,
    }
}

/// Operators of a query: more than people write, and a quarter of what a stack of 8 MiB holds.
const OPERATORS_MAX: usize = 256;

/// Longest query in bytes: a list of some ten thousand ids fits.
const QUERY_MAX_BYTES: usize = 1 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    fn is_taken(query: &str) -> bool {
        check(query).is_ok()
    }

    #[test]
    fn chains_of_operators_are_limited_and_lists_are_not() {
        for (part, by) in [
            ("1", " + "),
            ("visitor = 'v'", " OR "),
            ("SELECT 1", " UNION "),
            ("'a'", " || "),
            ("events", " JOIN "),
        ] {
            let chain = |count: usize| format!("SELECT {}", vec![part; count].join(by));
            assert!(is_taken(&chain(100)), "{by}");
            assert!(!is_taken(&chain(1_000)), "{by}");
        }
        assert!(!is_taken(&format!("SELECT 1{}", "::int".repeat(1_000))));
        assert!(!is_taken(&format!("SELECT {} 1", "- ".repeat(1_000))));
        assert!(is_taken(&format!("SELECT 1 IN ({})", vec!["'v'"; 10_000].join(","))));
        assert!(!is_taken(&" ".repeat(QUERY_MAX_BYTES + 1)));
    }
}
