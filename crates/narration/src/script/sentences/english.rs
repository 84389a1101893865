//! What only English needs: times of day, and speakers named after what they said.

use super::token::{last_word, word_before_last};

/// Words that come between a time of day and the rest of its sentence.
const AFTER_TIME: [&str; 30] = [
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
    "ET",
    "EST",
    "EDT",
    "PT",
    "PST",
    "PDT",
    "CET",
    "CEST",
    "GMT",
    "UTC",
    "BST",
];

/// Whether a sentence ends after `… 6 p.m.`, given the sentence so far and a capital word after it.
///
/// “At 5 a.m. Mr. Smith went” has said nothing yet; “He left the bank at 6 P.M. Mr. Smith then” has.
pub(super) fn ends_with_time(sentence: &str, next: &str) -> bool {
    if AFTER_TIME.contains(&next) {
        return false;
    }
    const OPENS: [&str; 15] = [
        "in", "at", "by", "around", "about", "before", "after", "on", "until", "till", "from",
        "since", "nearly", "just", "between",
    ];
    let mut words = sentence.split_whitespace();
    let first = words.next().unwrap_or_default().to_lowercase();
    let rest = words.take(8).count();
    let opens =
        OPENS.contains(&first.as_str()) || first.starts_with(|digit: char| digit.is_ascii_digit());
    !(opens && rest < 6)
}

/// Whether a word is a time of day, without its last stop.
pub(super) fn is_time(word: &str) -> bool {
    matches!(
        word.to_ascii_lowercase().as_str(),
        "a.m" | "p.m" | "am" | "pm"
    )
}

/// Whether a stop after a degree ends the sentence: “She earned her Ph.D. Tom was proud”, unlike “a Ph.D. Student”.
pub(super) fn ends_with_degree(degree: &str, former: &str, next: &str) -> bool {
    const DEGREES: [&str; 16] = [
        "ph.d", "phd", "m.d", "ll.b", "ll.m", "ll.d", "j.d", "b.a", "m.a", "b.s", "m.s", "b.sc",
        "m.sc", "m.b.a", "ed.d", "d.phil",
    ];
    const OWNERS: [&str; 13] = [
        "a", "an", "the", "my", "your", "his", "her", "its", "our", "their", "one", "another", "no",
    ];
    const STUDIES: [&str; 14] = [
        "student",
        "students",
        "candidate",
        "candidates",
        "degree",
        "degrees",
        "program",
        "programme",
        "programs",
        "thesis",
        "dissertation",
        "course",
        "holder",
        "committee",
    ];
    DEGREES.contains(&degree.to_lowercase().as_str())
        && OWNERS.contains(&former.to_lowercase().as_str())
        && !STUDIES.contains(&next.to_lowercase().as_str())
}

/// Whether a word counts years, without its last stop: “In 44 B.C. Caesar fell”, “founded in 753 B.C. Augustus was”.
pub(super) fn is_era(word: &str) -> bool {
    matches!(word, "B.C" | "A.D" | "C.E" | "B.C.E" | "BC" | "AD")
}

/// Whether what follows a quotation names its speaker: “Tom asked”, “Mrs. Brown cried”.
pub(super) fn names_speaker(after: &str) -> bool {
    const VERBS: [&str; 52] = [
        "said",
        "asked",
        "cried",
        "replied",
        "answered",
        "shouted",
        "whispered",
        "exclaimed",
        "called",
        "demanded",
        "inquired",
        "enquired",
        "screamed",
        "yelled",
        "murmured",
        "muttered",
        "added",
        "continued",
        "began",
        "gasped",
        "laughed",
        "sighed",
        "snapped",
        "growled",
        "groaned",
        "insisted",
        "repeated",
        "remarked",
        "retorted",
        "returned",
        "says",
        "asks",
        "cries",
        "replies",
        "answers",
        "shouts",
        "whispers",
        "roared",
        "sobbed",
        "begged",
        "stammered",
        "hissed",
        "barked",
        "chuckled",
        "breathed",
        "wondered",
        "interrupted",
        "protested",
        "pleaded",
        "observed",
        "urged",
        "wailed",
    ];
    const NO_NAMES: [&str; 14] = [
        "he", "she", "it", "they", "we", "you", "this", "that", "the", "a", "an", "his", "her",
        "nobody",
    ];
    for (index, word) in after.split_whitespace().take(4).enumerate() {
        let bare = word.trim_matches(|sign: char| !sign.is_alphanumeric());
        if index == 0 && NO_NAMES.contains(&bare.to_lowercase().as_str()) {
            return false;
        }
        if index > 0 && VERBS.contains(&bare) {
            return true;
        }
        // A name may be “Mr. Brown”; any other mark ends the search.
        if !bare.starts_with(char::is_uppercase) || word.ends_with([',', '!', '?', ';', ':']) {
            return false;
        }
    }
    false
}

/// Whether `I` before a stop is an initial: “Albert I. Jones”, unlike “you and I.”
pub(super) fn is_initial_i(before: &str) -> bool {
    let word = last_word(before);
    word_before_last(before, word).starts_with(char::is_uppercase)
}
