//! Misspelt kinds: names of the site's own that are nearly those of kinds.

use crate::kind::Kind;

impl Kind {
    /// The kind that a name of the site's own is probably a misspelling of: the same but for case and separators, and for one
    /// letter in five, two at most.
    ///
    /// ```
    /// use wayside_model::Kind;
    ///
    /// assert_eq!(Kind::misspelt("addToCart"), Some(Kind::AddToCart));
    /// assert_eq!(Kind::misspelt("add_to_crat"), Some(Kind::AddToCart));
    /// assert_eq!(Kind::misspelt("add_to_cart"), None);
    /// ```
    pub fn misspelt(name: &str) -> Option<Self> {
        if Self::from_name(name).is_some() {
            return None;
        }
        for slips in 0..=2 {
            for kind in Self::ALL {
                let known = kind.name();
                if slips * 5 <= known.len().max(name.len())
                    && *kind != Self::Custom
                    && same_but(slips, name.as_bytes(), known.as_bytes())
                {
                    return Some(*kind);
                }
            }
        }
        None
    }
}

/// Whether `a` and `b` are the same but for case, separators of words, and at most so many slips: a letter that is missing, too
/// many or another, or two that are swapped.
fn same_but(slips: usize, a: &[u8], b: &[u8]) -> bool {
    let (Some((x, after_a)), Some((y, after_b))) = (a.split_first(), b.split_first()) else {
        return a.len() + b.len() <= slips;
    };
    let same = |one: &u8, other: &u8| plain(*one) == plain(*other);
    if same(x, y) && same_but(slips, after_a, after_b) {
        return true;
    }
    let Some(left) = slips.checked_sub(1) else { return false };
    let is_slip = |a, b| same_but(left, a, b);
    is_slip(after_a, after_b)
        || is_slip(after_a, b)
        || is_slip(a, after_b)
        || matches!((after_a, after_b), ([w, a @ ..], [z, b @ ..]) if same(w, y) && same(x, z) && is_slip(a, b))
}

fn plain(byte: u8) -> u8 {
    match byte {
        b'-' | b'.' | b' ' => b'_',
        other => other.to_ascii_lowercase(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn misspelt_kinds_are_distinguished_from_own_names() {
        for (name, kind) in [
            ("add_to_crat", Some("add_to_cart")),
            ("Add-To-Cart", Some("add_to_cart")),
            ("addToCart", Some("add_to_cart")),
            ("page_views", Some("page_view")),
            ("ad_to_kart", Some("add_to_cart")),
            ("a_to_kart", None),
            ("view_time_item", None),
            ("compare_items", None),
            ("size_guide_opened", None),
            ("gift_wrapped", None),
            ("Käufe", None),
            ("", None),
        ] {
            assert_eq!(Kind::misspelt(name).map(Kind::name), kind, "{name}");
        }
    }

    #[test]
    fn no_kind_is_a_misspelling_of_another() {
        for kind in Kind::ALL {
            assert_eq!(Kind::misspelt(kind.name()), None);
        }
    }
}
