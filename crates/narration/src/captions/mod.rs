//! Spoken sentences → subtitles, pure; [`CaptionFormat`] says in which formats they are written.
//!
//! Times come from the voice's own words where it gives them; else the words are spread between the silences that were
//! measured in the take, at the punctuation nearest to each; else over the length of the take. Every cue says which.
//!
//! A cue has at most two lines of 42 columns (a wide character takes two), stays as long as reading it takes at 20
//! characters a second where the next one leaves the room, and never overlaps another.

mod formats;

use std::ops::Range;
use std::time::Duration;

use serde::Serialize;
use unicode_segmentation::UnicodeSegmentation;

use crate::take::TimedWord;

pub use formats::{CaptionFormat, CaptionWriter};

/// Columns of a line.
pub const COLUMNS: usize = 42;
/// Characters a second that can be read.
const READABLE: f64 = 20.0;
/// A cue is shown so long at least, if the next one leaves the room.
const SHORTEST: Duration = Duration::from_secs(1);
/// A cue spans so much speech at most, unless a single word is longer.
const LONGEST: Duration = Duration::from_secs(7);
/// Two cues are so far apart, where speech leaves the room: the eye must see the change.
const GAP: Duration = Duration::from_millis(80);
/// The least there is: formats count in milliseconds.
const TICK: Duration = Duration::from_millis(1);
/// A silence belongs to a punctuation mark that is expected so near, as a share of the whole sentence.
const NEAR: f64 = 0.2;

/// Where the times of a cue come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Source {
    /// The voice said when its words are heard.
    Voice,
    /// Between silences that were measured.
    Aligned,
    /// Shared out over the length of the speech.
    Proportional,
}

/// A sentence and when it is heard.
#[derive(Clone, Debug, PartialEq)]
pub struct Spoken<'a> {
    /// Its words.
    pub text: &'a str,
    /// From its first sound to its last.
    pub speech: Range<Duration>,
    /// Where it is quiet in between, in order.
    pub pauses: &'a [Range<Duration>],
    /// When each word is heard, if the voice says so.
    pub words: &'a [TimedWord],
}

/// What is shown at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cue {
    /// When.
    pub shown: Range<Duration>,
    /// One or two.
    pub lines: Vec<String>,
    /// Its words and when each is heard; of a script without spaces, its characters.
    pub words: Vec<(String, Range<Duration>)>,
    /// Where the times come from.
    pub source: Source,
}

/// A stretch of text that is never divided between lines.
#[derive(Clone, Debug)]
struct Word {
    text: String,
    /// Whether white space stands before it.
    spaced: bool,
    heard: Range<Duration>,
}

/// Makes subtitles of sentences in the order in which they are heard, in a file that ends at `end`, and gives them to `take`
/// one after the other: a book has a hundred thousand.
///
/// # Errors
/// The first that `take` gives.
pub fn each_cue<'a, E>(
    sentences: impl Iterator<Item = Spoken<'a>>,
    end: Duration,
    mut take: impl FnMut(&Cue) -> Result<(), E>,
) -> Result<(), E> {
    let mut earliest = Duration::ZERO;
    // It stays as long as the next one lets it.
    let mut waiting: Option<Cue> = None;
    for sentence in sentences {
        let (words, source) = timed(&sentence);
        let mut rest = words.as_slice();
        while !rest.is_empty() {
            let (now, later) = rest.split_at(fitting(rest));
            rest = later;
            // Times follow each other.
            let start = whole_ticks(now[0].heard.start).max(earliest);
            earliest = start + TICK * 2;
            let over = whole_ticks(now[now.len() - 1].heard.end).max(start + TICK);
            let words = now.iter();
            let cue = Cue {
                shown: start..over,
                lines: lines(now),
                words: words
                    .map(|word| (word.text.clone(), word.heard.clone()))
                    .collect(),
                source,
            };
            if let Some(mut last) = waiting.replace(cue) {
                last.shown.end = shown_until(&last, Some(start), end);
                take(&last)?;
            }
        }
    }
    if let Some(mut last) = waiting {
        last.shown.end = shown_until(&last, None, end);
        take(&last)?;
    }
    Ok(())
}

/// As long as it takes to read, if the next cue and the end of the file leave the room.
fn shown_until(cue: &Cue, next: Option<Duration>, end: Duration) -> Duration {
    let start = cue.shown.start;
    let lines = cue.lines.iter();
    let characters: usize = lines.map(|line| line.graphemes(true).count()).sum();
    let reading = Duration::from_secs_f64(characters as f64 / READABLE).max(SHORTEST);
    let wanted = cue.shown.end.max(whole_ticks(start + reading));
    // Nothing is shown when the file is over.
    let wanted = wanted.min(whole_ticks(end).max(start + TICK));
    next.map_or(wanted, |next| {
        // Where speech goes on without a gap, half of it is left to the gap at most.
        let gap = GAP.min((next - start) / 2);
        wanted.min(whole_ticks(next - gap)).max(start + TICK)
    })
}

fn whole_ticks(time: Duration) -> Duration {
    Duration::from_millis(u64::try_from(time.as_millis()).unwrap_or(u64::MAX))
}

/// The words of a sentence with their times.
fn timed(sentence: &Spoken<'_>) -> (Vec<Word>, Source) {
    let parts: Vec<&str> = sentence.text.split_whitespace().collect();
    let (times, source) = match own_times(sentence, &parts) {
        Some(times) => (times, Source::Voice),
        None => shared_times(sentence, &parts),
    };
    let mut words = Vec::new();
    for (part, heard) in parts.iter().zip(times) {
        // A script without spaces, or a word that no line can hold, is divided between characters.
        let pieces = pieces(part);
        let whole: usize = pieces
            .iter()
            .map(|piece| columns(piece))
            .sum::<usize>()
            .max(1);
        let length = heard.end.saturating_sub(heard.start);
        let mut before = 0;
        for (index, piece) in pieces.into_iter().enumerate() {
            let at = |columns: usize| heard.start + length.mul_f64(columns as f64 / whole as f64);
            let after = before + columns(&piece);
            words.push(Word {
                heard: at(before)..at(after),
                spaced: index == 0,
                text: piece,
            });
            before = after;
        }
    }
    (words, source)
}

/// The voice's own times, if its words are those of the text. A mark that stands alone, such as a dash, is no word to
/// every voice; one that the voice did not tell of takes no time.
fn own_times(sentence: &Spoken<'_>, parts: &[&str]) -> Option<Vec<Range<Duration>>> {
    let letters = |text: &str| -> String { text.chars().filter(|c| c.is_alphanumeric()).collect() };
    let is_sorted = sentence
        .words
        .is_sorted_by(|a, b| a.start <= b.start && a.end <= b.end);
    if !is_sorted || sentence.words.is_empty() {
        return None;
    }
    let time = |seconds| Duration::try_from_secs_f64(seconds).unwrap_or_default();
    let mut words = sentence.words.iter().peekable();
    let mut times: Vec<Range<Duration>> = Vec::with_capacity(parts.len());
    for part in parts {
        let wanted = letters(part);
        match words.next_if(|word| letters(&word.word) == wanted) {
            Some(word) => times.push(time(word.start)..time(word.end.max(word.start))),
            None if wanted.is_empty() => {
                let end = times.last().map_or(sentence.speech.start, |last| last.end);
                times.push(end..end);
            }
            None => return None,
        }
    }
    words.next().is_none().then_some(times)
}

/// Times by the length of the words, held fast at silences where there is punctuation near them.
fn shared_times(sentence: &Spoken<'_>, parts: &[&str]) -> (Vec<Range<Duration>>, Source) {
    let mut edges = vec![0_usize];
    for part in parts {
        edges.push(edges[edges.len() - 1] + columns(part) + 1);
    }
    let whole = edges[edges.len() - 1].max(1) as f64;
    let length = sentence.speech.end.saturating_sub(sentence.speech.start);
    let silent: Duration = sentence
        .pauses
        .iter()
        .map(|p| p.end.saturating_sub(p.start))
        .sum();
    let spoken = length.saturating_sub(silent).max(TICK).as_secs_f64();
    // Each silence goes to the nearest mark that is still free, counted in speech alone.
    let mut held: Vec<(usize, Range<Duration>)> = Vec::new();
    let mut quiet = Duration::ZERO;
    for pause in sentence.pauses {
        let said = pause
            .start
            .saturating_sub(sentence.speech.start + quiet)
            .as_secs_f64()
            / spoken;
        quiet += pause.end.saturating_sub(pause.start);
        let free = held.last().map_or(1, |last| last.0 + 1);
        let distance = |edge: usize| (edges[edge] as f64 / whole - said).abs();
        let nearest = (free..parts.len())
            .filter(|&edge| ends_clause(parts[edge - 1]))
            .min_by(|&a, &b| distance(a).total_cmp(&distance(b)));
        if let Some(edge) = nearest.filter(|&edge| distance(edge) <= NEAR) {
            held.push((edge, pause.clone()));
        }
    }
    let source = if held.is_empty() {
        Source::Proportional
    } else {
        Source::Aligned
    };
    let mut times = Vec::with_capacity(parts.len());
    let (mut first, mut from) = (0, sentence.speech.start);
    held.push((parts.len(), sentence.speech.end..sentence.speech.end));
    for (edge, pause) in held {
        let stretch = pause.start.saturating_sub(from);
        let span = (edges[edge] - edges[first]).max(1) as f64;
        let base = edges[first];
        let at = |index: usize| from + stretch.mul_f64((edges[index] - base) as f64 / span);
        times.extend((first..edge).map(|index| at(index)..at(index + 1)));
        (first, from) = (edge, pause.end);
    }
    (times, source)
}

fn ends_clause(word: &str) -> bool {
    word.trim_end_matches(['"', '\'', '”', '’', '»', ')', '」', '』'])
        .ends_with([
            '.', ',', ';', ':', '!', '?', '…', '—', '–', '。', '、', '，', '！', '？', '；', '：',
            '।', '॥', '،', '؛', '؟', '۔',
        ])
}

/// Cuts what has no spaces: at every wide character, and anywhere in a word that is longer than a line.
fn pieces(word: &str) -> Vec<String> {
    let is_long = columns(word) > COLUMNS;
    let mut pieces: Vec<String> = Vec::new();
    let mut open = 0;
    for grapheme in word.graphemes(true) {
        // Punctuation and small marks stay with what they follow.
        let divides = (is_long || columns(grapheme) > 1) && !ends_clause(grapheme);
        let width = columns(grapheme);
        let fresh =
            pieces.is_empty() || open + width > COLUMNS || (divides && columns(grapheme) > 1);
        match pieces.last_mut() {
            Some(last) if !fresh => last.push_str(grapheme),
            _ => {
                pieces.push(grapheme.to_owned());
                open = 0;
            }
        }
        open += width;
    }
    pieces
}

/// Columns that a text takes: two for a character of full width.
fn columns(text: &str) -> usize {
    text.graphemes(true)
        .map(|grapheme| {
            let wide = grapheme.chars().any(|c| {
                matches!(u32::from(c), 0x1100..=0x115f | 0x2e80..=0xa4cf | 0xac00..=0xd7a3 | 0xf900..=0xfaff
                    | 0xfe30..=0xfe6f | 0xff00..=0xff60 | 0xffe0..=0xffe6 | 0x1f300..=0x1faff | 0x20000..=0x3fffd)
            });
            if wide { 2 } else { 1 }
        })
        .sum()
}

fn joined(words: &[Word]) -> String {
    let mut text = String::new();
    for word in words {
        if word.spaced && !text.is_empty() {
            text.push(' ');
        }
        text.push_str(&word.text);
    }
    text
}

/// Where the second line begins: balanced, and after a clause if one ends near the middle. `None` when nothing fits.
fn second_line(words: &[Word]) -> Option<usize> {
    (1..words.len())
        .filter_map(|at| {
            let (first, second) = (
                columns(&joined(&words[..at])),
                columns(&joined(&words[at..])),
            );
            let bonus = if ends_clause(&words[at - 1].text) {
                12
            } else {
                0
            };
            (first <= COLUMNS && second <= COLUMNS)
                .then(|| (at, (first.abs_diff(second) + 12).saturating_sub(bonus)))
        })
        .min_by_key(|&(_, cost)| cost)
        .map(|(at, _)| at)
}

/// How many of the words go into the next cue; at least one.
fn fitting(words: &[Word]) -> usize {
    let mut most = 1;
    while most < words.len() {
        let more = &words[..=most];
        let spans = more[most].heard.end.saturating_sub(more[0].heard.start);
        let fits = columns(&joined(more)) <= COLUMNS || second_line(more).is_some();
        if !fits || spans > LONGEST {
            break;
        }
        most += 1;
    }
    if most == words.len() {
        return most;
    }
    // A clause that ends in the second half is a better end than the last word that fits.
    (most / 2 + 1..=most)
        .rev()
        .find(|&at| ends_clause(&words[at - 1].text))
        .unwrap_or(most)
}

fn lines(words: &[Word]) -> Vec<String> {
    let whole = joined(words);
    match second_line(words) {
        Some(at) if columns(&whole) > COLUMNS => vec![joined(&words[..at]), joined(&words[at..])],
        _ => vec![whole],
    }
}

/// All cues at once.
#[cfg(test)]
pub(crate) fn cues(sentences: &[Spoken<'_>], end: Duration) -> Vec<Cue> {
    let mut cues = Vec::new();
    let made = each_cue(sentences.iter().cloned(), end, |cue| {
        cues.push(cue.clone());
        Ok::<(), ()>(())
    });
    made.unwrap();
    cues
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn millis(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    fn spoken<'a>(text: &'a str, from: u64, to: u64, pauses: &'a [Range<Duration>]) -> Spoken<'a> {
        Spoken {
            text,
            speech: millis(from)..millis(to),
            pauses,
            words: &[],
        }
    }

    #[test]
    fn a_silence_holds_the_comma_where_it_was_heard() {
        let pauses = [millis(2_000)..millis(2_500)];
        let text = "The keeper climbed the hundred and eleven steps that evening, as he had done for thirty years without complaint.";
        let cues = cues(&[spoken(text, 0, 5_000, &pauses)], millis(5_000));
        assert_eq!(cues[0].source, Source::Aligned);
        assert!(
            cues.iter().any(|cue| cue.shown.start == millis(2_500)),
            "{cues:?}"
        );
    }

    #[test]
    fn a_mark_of_which_the_voice_knows_nothing_takes_no_time() {
        let word = |word: &str, start: f64, end: f64| TimedWord {
            word: word.to_owned(),
            start,
            end,
        };
        let words = [word("Fog,", 0.1, 0.6), word("then", 1.0, 1.3)];
        let mut sentence = spoken("Fog, — then", 0, 1_500, &[]);
        sentence.words = &words;
        let told = cues(&[sentence.clone()], millis(1_500));
        assert_eq!(told[0].source, Source::Voice);
        assert_eq!(told[0].words[1].1, millis(600)..millis(600));
        assert_eq!(told[0].words[2].1, millis(1_000)..millis(1_300));
        let others = [word("Fog,", 0.1, 0.6), word("now", 1.0, 1.3)];
        sentence.words = &others;
        assert_ne!(cues(&[sentence], millis(1_500))[0].source, Source::Voice);
    }

    #[test]
    fn a_text_without_spaces_is_divided_between_characters() {
        let text = "雨".repeat(60);
        let cues = cues(&[spoken(&text, 0, 20_000, &[])], millis(20_000));
        assert!(
            cues.iter()
                .flat_map(|cue| &cue.lines)
                .all(|line| columns(line) <= COLUMNS)
        );
        assert_eq!(
            cues.iter()
                .flat_map(|cue| cue.lines.concat().chars().collect::<Vec<_>>())
                .count(),
            60
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]
        #[test]
        fn cues_keep_every_word_fit_their_lines_and_never_overlap(
            sentences in prop::collection::vec(("[a-zé,. 雨שׁ?]{1,160}", 0_u64..400, 1_u64..9_000), 1..8),
        ) {
            let mut at = 0;
            let sentences: Vec<Spoken<'_>> = sentences.iter().map(|(text, gap, length)| {
                let from = at + gap;
                at = from + length;
                spoken(text, from, at, &[])
            }).collect();
            let cues = cues(&sentences, millis(at));
            let squeeze = |text: String| text.split_whitespace().collect::<String>();
            let said: String = sentences.iter().map(|sentence| sentence.text).collect();
            let shown: String = cues.iter().flat_map(|cue| cue.lines.clone()).collect();
            prop_assert_eq!(squeeze(said), squeeze(shown));
            let mut over = Duration::ZERO;
            for cue in &cues {
                prop_assert!(cue.shown.start >= over && cue.shown.start < cue.shown.end, "{:?}", cue);
                prop_assert!((1..=2).contains(&cue.lines.len()));
                prop_assert!(cue.lines.iter().all(|line| !line.is_empty() && columns(line) <= COLUMNS));
                over = cue.shown.end;
            }
            // What is so short that nothing can be shown in it takes a moment all the same.
            prop_assert!(over <= millis(at) || cues.iter().any(|cue| cue.shown.end - cue.shown.start <= TICK * 2));
        }
    }
}
