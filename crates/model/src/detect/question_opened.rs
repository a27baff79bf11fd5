//! `question_opened`: an answer to a frequent question was opened.

use super::Interest;
use crate::signal::SignalKind;

/// Fires once per session for each page and element, so it needs no thresholds. The words are path segments for
/// frequent questions in English, German, French and Spanish.
pub(super) const INTEREST: Interest = Interest {
    kind: SignalKind::QuestionOpened,
    words: "faq faqs help questions hilfe fragen aide ayuda preguntas",
    ways: "question",
};

#[cfg(test)]
mod tests {
    use crate::detect::testing::check_script;
    use crate::signal::SignalKind;

    const KIND: SignalKind = SignalKind::QuestionOpened;

    #[test]
    fn each_page_and_element_fires_once() {
        check_script(
            KIND,
            "0 click element=summary#returns method=question, 5 click element=summary#returns method=question, \
             9 page_view url=https://s.example/help/FAQ.html",
            "0 element=summary#returns moment=know, 9 url=https://s.example/help/FAQ.html moment=know",
        );
    }

    #[test]
    fn false_alarms_do_not_fire() {
        // A menu or filter that opens, products with such a name.
        check_script(KIND, "0 click element=menu, 1 click element=a method=outbound", "");
        check_script(KIND, "0 page_view url=/p/help-me-card, 1 page_view url=/", "");
    }
}
