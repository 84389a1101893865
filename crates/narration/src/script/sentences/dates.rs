//! Years with what counts them: whether a sentence ends behind them, where a capital follows that may be a name.

use waves::Language;

/// A sentence that has said no more than this, in words, has only said when.
const SHORTEST: usize = 7;

/// Whether a word, behind the one before it, counts years or centuries: `a. C.`, `av. J.-C.`, `г.` Without its last stop.
pub(super) fn counts_years(language: Language, former: &str, word: &str) -> bool {
    match language {
        Language::Spanish | Language::Italian | Language::Portuguese => {
            matches!(word, "a.C" | "d.C")
                || matches!(former, "a." | "d.") && matches!(word, "C" | "n.e" | "n")
        }
        Language::French => matches!(word, "J.-C" | "J.C") && matches!(former, "av." | "ap."),
        Language::German => matches!(word, "v.Chr" | "n.Chr") || word == "Chr",
        Language::Russian => matches!(word, "г" | "гг" | "в" | "вв" | "н.э"),
        Language::Polish => matches!(word, "r" | "w" | "n.e" | "p.n.e"),
        _ => false,
    }
}

/// Whether all that a sentence has said is when: “En el año 44 a. C. César …”.
pub(super) fn opens(sentence: &str) -> bool {
    const LEADS: [&str; 38] = [
        "en",
        "in",
        "im",
        "am",
        "um",
        "nel",
        "nell'anno",
        "nell’anno",
        "au",
        "aux",
        "vers",
        "dans",
        "no",
        "em",
        "desde",
        "hacia",
        "hasta",
        "a",
        "dès",
        "depuis",
        "après",
        "avant",
        "dopo",
        "dal",
        "fino",
        "seit",
        "nach",
        "vor",
        "bis",
        "в",
        "к",
        "до",
        "с",
        "w",
        "od",
        "do",
        "po",
        "przed",
    ];
    let mut words = sentence.split_whitespace();
    let first = words.next().unwrap_or_default().to_lowercase();
    let is_number = first.starts_with(|digit: char| digit.is_ascii_digit());
    (is_number || LEADS.contains(&first.as_str())) && words.take(SHORTEST).count() < SHORTEST
}
