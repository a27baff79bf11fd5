//! Entity tags: the name of a body, by which a client asks whether it has changed.

use axum::http::{HeaderMap, HeaderValue, header};
use sha2::{Digest, Sha256};

/// The tag of a body: the first half of its SHA-256.
pub(super) fn of(body: &[u8]) -> HeaderValue {
    of_digest(&Sha256::digest(body))
}

/// The tag of a body by its SHA-256.
pub(super) fn of_digest(digest: &[u8]) -> HeaderValue {
    let hex: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    HeaderValue::from_str(&format!("\"{hex}\"")).unwrap_or_else(|_| HeaderValue::from_static("\"\""))
}

/// Whether a client has the body with this tag already.
pub(super) fn is_known(asked: &HeaderMap, tag: &HeaderValue) -> bool {
    let known = asked.get_all(header::IF_NONE_MATCH).iter();
    let mut known = known
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','));
    known.any(|one| one.trim().trim_start_matches("W/").as_bytes() == tag.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_may_name_several_tags_and_weak_ones() {
        let tag = of(b"body");
        let text = tag.to_str().unwrap();
        for (asked, expected) in [
            (text.to_owned(), true),
            (format!("\"other\", W/{text}"), true),
            ("\"other\"".to_owned(), false),
            (String::new(), false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::IF_NONE_MATCH, asked.parse().unwrap());
            assert_eq!(is_known(&headers, &tag), expected, "{asked}");
        }
        assert!(!is_known(&HeaderMap::new(), &tag));
    }
}
