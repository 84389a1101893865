//! What the name of a chapter looks like in the languages that the service speaks.

use super::ends_sentence;

/// Words that begin the name of a chapter or a part, in the languages that the service speaks.
const CHAPTER_WORDS: [&str; 58] = [
    "chapter",
    "part",
    "book",
    "prologue",
    "epilogue",
    "preface",
    "foreword",
    "introduction",
    "afterword",
    "appendix",
    "kapitel",
    "teil",
    "buch",
    "prolog",
    "epilog",
    "vorwort",
    "nachwort",
    "einleitung",
    "chapitre",
    "partie",
    "livre",
    "prologue",
    "épilogue",
    "préface",
    "avant-propos",
    "capítulo",
    "parte",
    "libro",
    "prólogo",
    "epílogo",
    "prefacio",
    "capitolo",
    "prologo",
    "epilogo",
    "prefazione",
    "hoofdstuk",
    "deel",
    "kapitola",
    "rozdział",
    "część",
    "luku",
    "osa",
    "del",
    "bölüm",
    "kısım",
    "bab",
    "chương",
    "phần",
    "глава",
    "часть",
    "книга",
    "пролог",
    "эпилог",
    "κεφάλαιο",
    "μέρος",
    "अध्याय",
    "অধ্যায়",
    "الفصل",
];

/// “Chapter 4”, “IV.”, “12”, “第三章”: a name of a chapter by itself or with its title.
pub(in crate::document) fn is_chapter_name(line: &str) -> bool {
    let mut words = line.split_whitespace();
    let Some(first) = words.next() else {
        return false;
    };
    let folded = first.trim_end_matches([':', '.', ',']).to_lowercase();
    if CHAPTER_WORDS.contains(&folded.as_str()) {
        let Some(number) = words.next() else {
            return true;
        };
        let number = number.trim_matches(['.', ':', '—', '–', '-', ',', '(', ')']);
        return number.is_empty()
            || is_number(number)
            || (is_number_word(number) && !ends_sentence(line));
    }
    // “Erstes Kapitel”, “2. Teil”, “Première partie”
    if let Some(noun) = words.clone().next() {
        let ordinal = folded.as_str();
        let noun = noun.trim_end_matches([':', '.', ',']).to_lowercase();
        let is_ordinal = is_decimal(ordinal) || ordinal != "the" && is_number_word(ordinal);
        if is_ordinal && CHAPTER_WORDS.contains(&noun.as_str()) && !ends_sentence(line) {
            return true;
        }
    }
    if is_cjk_chapter(first) {
        return true;
    }
    let number = first.trim_end_matches(['.', ':']);
    words.next().is_none() && (is_roman(number) || number.len() <= 3 && is_decimal(number))
}

fn is_number(word: &str) -> bool {
    is_decimal(word) || is_roman(&word.to_uppercase())
}

fn is_decimal(word: &str) -> bool {
    !word.is_empty() && word.chars().all(char::is_numeric)
}

fn is_roman(word: &str) -> bool {
    (1..=9).contains(&word.len())
        && word
            .chars()
            .all(|c| matches!(c, 'I' | 'V' | 'X' | 'L' | 'C'))
}

/// Whether a word counts: those of the languages whose books count chapters in words, and any with the Arabic article.
fn is_number_word(word: &str) -> bool {
    const WORDS: &str = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen \
        seventeen eighteen nineteen twenty thirty forty fifty first second third fourth fifth sixth seventh eighth ninth \
        tenth eleventh twelfth last the \
        eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf erster zweiter dritter vierter fünfter erste zweite \
        dritte vierte fünfte erstes zweites drittes viertes fünftes sechstes siebtes siebentes achtes neuntes zehntes \
        elftes zwölftes letztes \
        un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze premier première deuxième \
        second seconde troisième quatrième cinquième sixième septième huitième neuvième dixième dernier dernière \
        uno dos tres cuatro cinco seis siete ocho nueve diez once doce primero primera segundo segunda tercero tercera \
        cuarto cuarta quinto quinta sexto sexta séptimo octavo noveno décimo \
        due tre quattro cinque sei sette otto nove dieci undici dodici primo prima secondo seconda terzo terza quarta \
        sesto sesta settimo ottavo nono decimo \
        um dois três quatro primeiro primeira terceiro terceira \
        een twee drie vijf zes zeven negen tien eerste tweede derde vierde vijfde \
        первая вторая третья четвертая четвёртая пятая шестая седьмая восьмая девятая десятая одиннадцатая двенадцатая \
        первый второй третий \
        pierwszy drugi trzeci czwarty piąty pierwsza druga trzecia \
        ett två tre fyra fem sex sju åtta nio tio första andra tredje \
        पहला दूसरा तीसरा चौथा पाँचवाँ एक दो तीन चार पाँच";
    let word = word.to_lowercase();
    let tens = word.split('-').next().unwrap_or_default();
    WORDS
        .split_whitespace()
        .any(|known| known == word || known == tens)
        || word.starts_with("ال") && word.chars().count() > 3
}

/// `第` or `제` + a number + `章`, `回`, `话`, …
fn is_cjk_chapter(word: &str) -> bool {
    let Some(rest) = word.strip_prefix('第').or_else(|| word.strip_prefix('제')) else {
        return false;
    };
    let number = rest.chars().take_while(|c| {
        "零〇一二三四五六七八九十百千两0123456789０１２３４５６７８９".contains(*c)
    });
    let number = number.count();
    number > 0
        && rest
            .chars()
            .nth(number)
            .is_some_and(|c| "章回话話节節部卷編编幕集장부편화권절".contains(c))
}
