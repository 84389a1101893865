//! SubRip and WebVTT → cues with their times (WebVTT: W3C Candidate Recommendation, sections 4 and 6; SubRip has no
//! standard).

mod marks;

use std::ops::Range;
use std::time::Duration;

use super::draft::Draft;
use super::model::BlockKind;
use super::report::{ImportOptions, RemarkKind, Report};
use super::{ImportError, encoding};

/// Cues follow one another where there is no more between them.
const NEXT: Duration = Duration::from_millis(100);

/// A file with fewer cues that begin with words of the cue before shows its lines once.
const FEWEST_ROLLING: usize = 2;

/// # Errors
/// [`ImportError::NotText`] for bytes that are no text, [`ImportError::Damaged`] for a text without a single cue.
pub(super) fn read(
    bytes: &[u8],
    options: &ImportOptions,
    draft: &mut Draft,
) -> Result<(), ImportError> {
    let text = encoding::text_of(bytes, options, &mut draft.report)?;
    let is_web = text.trim_start().starts_with("WEBVTT");
    let mut cues = cues(&text, is_web, &mut draft.report);
    if cues.is_empty() && !text.trim().is_empty() && !is_web {
        return Err(ImportError::Damaged);
    }
    cues.sort_by_key(|cue| cue.start);
    let is_rolling = !options.keeps(RemarkKind::CueMarksDropped) && is_rolling(&text, &cues);
    let mut former = Shown::default();
    // What is said last, until it is known how long it stays.
    let mut open: Option<(Duration, Duration, String)> = None;
    for cue in &cues {
        let at = draft.position();
        let report = &mut draft.report;
        let shown = Shown::of(cue, &text, &mut |words| {
            if options.keeps(RemarkKind::CueMarksDropped) {
                return words.to_owned();
            }
            marks::without(words, &mut |kind, example| report.count(kind, at, example))
        });
        let known = if is_rolling {
            former.goes_on_in(&shown)
        } else {
            0
        };
        if known > 0 {
            draft
                .report
                .count(RemarkKind::CueMarksDropped, at, &shown.lines[0]);
        }
        let words = joined(&shown.lines[known..]);
        match &mut open {
            Some((_, end, _)) if words.is_empty() && known > 0 => *end = shown.end.max(*end),
            _ if words.is_empty() => {}
            _ => push(open.replace((shown.start, shown.end, words)), draft),
        }
        former = shown;
    }
    push(open, draft);
    Ok(())
}

/// The times of a cue, unless they cannot be read, and its lines.
type OpenCue = (Option<(Duration, Duration)>, Range<usize>);

fn push(cue: Option<(Duration, Duration, String)>, draft: &mut Draft) {
    if let Some((start, end, words)) = cue {
        draft.push(BlockKind::Cue { start, end }, &words);
    }
}

/// Where the words of a cue are in the file.
#[derive(Debug)]
struct Cue {
    start: Duration,
    end: Duration,
    words: Range<usize>,
}

/// All cues of a file, in its order. What belongs to none is told.
fn cues(text: &str, is_web: bool, report: &mut Report) -> Vec<Cue> {
    let mut cues = Vec::new();
    // Of the cue that is being read; without times, of lines that are in none.
    let mut open: Option<OpenCue> = None;
    let mut close = |open: Option<OpenCue>| match open {
        Some((Some((start, end)), words)) => cues.push(Cue {
            start,
            end: end.max(start),
            words,
        }),
        Some((None, words)) if text[words.clone()].contains(char::is_alphabetic) => {
            report.note(RemarkKind::PartsMissing, 0, &text[words]);
        }
        _ => {}
    };
    // The head of a WebVTT file, its notes and its styles.
    let mut is_aside = is_web;
    let mut former: Option<Range<usize>> = None;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let here = at..at + line.len();
        at = here.end;
        let line = line.trim_end_matches('\n');
        let times = times(line);
        // What cannot be read as times ends the cue all the same.
        let is_broken = times.is_none()
            && !is_aside
            && line.contains("-->")
            && (is_web || line.trim_start().starts_with(|c: char| c.is_ascii_digit()));
        if times.is_some() || is_broken {
            // The line above names the cue.
            if let (Some((times, words)), Some(former)) = (&mut open, former.take())
                && (is_number(&text[former.clone()]) || is_web && times.is_none())
            {
                words.end = former.start.max(words.start);
            }
            close(open.take());
            is_aside = false;
            open = Some((times, if is_broken { here } else { at..at }));
            continue;
        }
        // An empty line ends a cue of WebVTT; in SubRip only the next times do.
        if is_web && line.is_empty() {
            close(open.take());
            is_aside = false;
            former = None;
        } else if line.trim().is_empty() {
            former = None;
        } else if !is_aside {
            match &mut open {
                Some((_, words)) => words.end = at,
                None if is_web && is_note(line) => is_aside = true,
                None => open = Some((None, here.clone())),
            }
            former = Some(here);
        }
    }
    close(open);
    cues
}

fn is_note(line: &str) -> bool {
    ["NOTE", "STYLE", "REGION"].iter().any(|kind| {
        line.strip_prefix(kind)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t']))
    })
}

fn is_number(line: &str) -> bool {
    let line = line.trim();
    !line.is_empty() && line.bytes().all(|byte| byte.is_ascii_digit())
}

/// The lines of a cue, as they are seen.
#[derive(Debug, Default)]
struct Shown {
    start: Duration,
    end: Duration,
    lines: Vec<String>,
}

impl Shown {
    fn of(cue: &Cue, text: &str, clean: &mut dyn FnMut(&str) -> String) -> Self {
        let lines = text[cue.words.clone()].lines().map(|line| {
            let line = clean(line.trim());
            line.trim().to_owned()
        });
        Self {
            start: cue.start,
            end: cue.end,
            lines: lines.filter(|line| !line.is_empty()).collect(),
        }
    }

    /// With how many lines that are still there the next cue begins.
    fn goes_on_in(&self, next: &Self) -> usize {
        if next.start > self.end + NEXT {
            return 0;
        }
        let most = self.lines.len().min(next.lines.len());
        (1..=most)
            .rev()
            .find(|known| self.lines.ends_with(&next.lines[..*known]))
            .unwrap_or(0)
    }
}

/// Whether lines stay while the next one comes, as in captions that were made while somebody spoke. Somebody may also say
/// a thing twice, so it takes a file that is full of it.
fn is_rolling(text: &str, cues: &[Cue]) -> bool {
    let mut former = Shown::default();
    let mut rolling = 0;
    for cue in cues {
        let shown = Shown::of(cue, text, &mut |words| {
            marks::without(words, &mut |_, _| {})
        });
        rolling += usize::from(former.goes_on_in(&shown) > 0);
        former = shown;
    }
    rolling >= FEWEST_ROLLING && rolling * 3 >= cues.len()
}

/// Lines as one sentence goes on in them; each speaker has a line.
fn joined(lines: &[String]) -> String {
    let mut words = String::new();
    for line in lines {
        if !words.is_empty() {
            words.push(if line.starts_with(['-', '–', '—']) {
                '\n'
            } else {
                ' '
            });
        }
        words.push_str(line);
    }
    words
}

/// `00:01:02,500 --> 00:01:04,000`, with anything behind it.
fn times(line: &str) -> Option<(Duration, Duration)> {
    let (start, rest) = line.split_once("-->")?;
    let end = rest.split_whitespace().next()?;
    Some((time(start.trim())?, time(end)?))
}

/// `[hours:]minutes:seconds[,.]milliseconds`; some programs write a colon before the milliseconds.
fn time(words: &str) -> Option<Duration> {
    let is_last_colon = words.bytes().filter(|byte| *byte == b':').count() == 3;
    let (clock, fraction) = if is_last_colon {
        words.rsplit_once(':')?
    } else {
        words.split_once([',', '.']).unwrap_or((words, "0"))
    };
    let mut seconds: u64 = 0;
    let mut parts = 0;
    for part in clock.split(':') {
        let number: u32 = part.trim().parse().ok()?;
        seconds = seconds.checked_mul(60)?.checked_add(number.into())?;
        parts += 1;
    }
    let digits: String = fraction
        .chars()
        .take_while(char::is_ascii_digit)
        .take(3)
        .collect();
    let milliseconds = format!("{digits:0<3}").parse().ok()?;
    (2..=3)
        .contains(&parts)
        .then(|| Duration::from_secs(seconds) + Duration::from_millis(milliseconds))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{assert_sound, read};
    use super::*;

    fn cue(start: u64, end: u64) -> BlockKind {
        BlockKind::Cue {
            start: Duration::from_millis(start),
            end: Duration::from_millis(end),
        }
    }

    #[test]
    fn subrip_gives_cues_with_times_and_without_marks() {
        let source = "1\r\n00:00:01,000 --> 00:00:02,500 X1:1\r\n{\\an8}<i>Who is</i>\r\nthere?\r\n\r\n2\r\n01:00:03,5 --> 01:00:04,000\r\n- Me.\r\n- Who?\r\n3\r\n01:00:05,000 --> 01:00:06,000\r\n<font color=\"red\">a < b</font>\r\n";
        let document = read("film.srt", source.as_bytes());
        assert_eq!(document.text, "Who is there?\n\n- Me.\n- Who?\n\na < b");
        let kinds: Vec<_> = document.blocks.iter().map(|block| block.kind).collect();
        assert_eq!(
            kinds,
            [
                cue(1000, 2500),
                cue(3_603_500, 3_604_000),
                cue(3_605_000, 3_606_000)
            ]
        );
        assert_sound(&document);
    }

    #[test]
    fn webvtt_leaves_out_notes_styles_and_names() {
        let source = "WEBVTT - Title\n\nSTYLE\n::cue { color: red }\n\nNOTE not\nspoken\n\nintro\n00:01.000 --> 00:02.000 align:start\n<v.loud Ann>Tom &amp; I <c.x>went</c> <00:01.500>home.\n";
        let document = read("film.vtt", source.as_bytes());
        assert_eq!(document.text, "Tom & I went home.");
        assert_eq!(document.blocks[0].kind, cue(1000, 2000));
    }

    fn texts(name: &str, source: &str) -> Vec<String> {
        let document = read(name, source.as_bytes());
        assert_sound(&document);
        document.text.split("\n\n").map(str::to_owned).collect()
    }

    fn told(name: &str, source: &str) -> Vec<(RemarkKind, String, usize)> {
        let report = read(name, source.as_bytes()).report;
        report
            .into_iter()
            .filter(|remark| remark.kind != RemarkKind::LanguageGuessed)
            .map(|remark| (remark.kind, remark.example, remark.count))
            .collect()
    }

    #[test]
    fn an_empty_line_in_a_subrip_cue_does_not_end_it_and_a_number_at_its_end_is_said() {
        let source = "1\n00:00:01,000 --> 00:00:02,000\nThe lamp\n\nwent out.\n\n2\n00:00:03,000 --> 00:00:04,000\nHe counted to\n42\n\n\n3\n00:00:05,000 --> 00:00:06,000\nDone.\n";
        assert_eq!(
            texts("a.srt", source),
            ["The lamp went out.", "He counted to 42", "Done."]
        );
        assert_eq!(told("a.srt", source), []);
    }

    #[test]
    fn times_with_a_colon_before_the_milliseconds_are_times_and_what_has_none_is_told() {
        let source = "Made by somebody\n\n1\n00:00:07:250 --> 00:00:08:000\nOne.\n\n2\n00:00 -->\nLost.\n\n3\n00:00:09,000 --> 00:00:10,000\nTwo --> three.";
        let document = read("a.srt", source.as_bytes());
        assert_eq!(document.text, "One.\n\nTwo --> three.");
        assert_eq!(document.blocks[0].kind, cue(7250, 8000));
        assert_eq!(
            told("a.srt", source),
            [
                (RemarkKind::PartsMissing, "Made by somebody".to_owned(), 1),
                (RemarkKind::PartsMissing, "00:00 --> Lost.".to_owned(), 1),
            ]
        );
        let source = "WEBVTT\n\nbroken --> times\nLost.\n\nname\n00:01.000 --> 00:02.000\nSaid.\n\nafter it\n";
        assert_eq!(texts("a.vtt", source), ["Said."]);
        assert_eq!(
            told("a.vtt", source),
            [
                (
                    RemarkKind::PartsMissing,
                    "broken --> times Lost.".to_owned(),
                    1
                ),
                (RemarkKind::PartsMissing, "after it".to_owned(), 1),
            ]
        );
    }

    #[test]
    fn cues_are_said_in_the_order_of_their_times() {
        let source = "2\n00:00:03,000 --> 00:00:04,000\nLater.\n\n1\n00:00:01,000 --> 00:00:05,000\nEarlier.\n";
        assert_eq!(texts("a.srt", source), ["Earlier.", "Later."]);
    }

    #[test]
    fn captions_that_roll_are_said_once() {
        let source = "WEBVTT\nKind: captions\n\n00:00.000 --> 00:02.000 align:start\n \nthe boat<00:00.500><c> came</c>\n\n00:02.000 --> 00:02.010\nthe boat came\n \n\n00:02.010 --> 00:04.000\nthe boat came\nat<00:03.000><c> night</c>\n\n00:04.000 --> 00:04.010\nat night\n \n";
        let document = read("a.vtt", source.as_bytes());
        assert_eq!(document.text, "the boat came\n\nat night");
        let kinds: Vec<_> = document.blocks.iter().map(|block| block.kind).collect();
        assert_eq!(kinds, [cue(0, 2010), cue(2010, 4010)]);
        let options = ImportOptions {
            keep: [RemarkKind::CueMarksDropped].into(),
            ..ImportOptions::default()
        };
        let kept = crate::document::import("a.vtt", source.as_bytes(), &options).unwrap();
        assert_eq!(kept.text.matches("the boat came").count(), 2);
        // Whoever says a thing twice is heard twice.
        let source = "1\n00:00:01,000 --> 00:00:02,000\nNo!\n\n2\n00:00:02,000 --> 00:00:03,000\nNo!\n\n3\n00:00:03,000 --> 00:00:04,000\nYes.\n";
        assert_eq!(texts("a.srt", source), ["No!", "No!", "Yes."]);
    }

    #[test]
    fn sounds_and_signs_are_left_out_and_told_and_reading_aids_are_too() {
        let source = "1\n00:00:01,000 --> 00:00:02,000\n[door slams]\n\n2\n00:00:03,000 --> 00:00:04,000\n♪ It rains ♪\n\n3\n00:00:05,000 --> 00:00:06,000\n>> Who (SIGHS) is<br>there? [pause 1s] &#39;Me&#x27;\n\n4\n00:00:07,000 --> 00:00:08,000\n<ruby>漢<rt>kan</rt></ruby> (at last)\n";
        assert_eq!(
            texts("a.srt", source),
            ["It rains", "Who is there? [pause 1s] 'Me'", "漢 (at last)"]
        );
        assert_eq!(
            told("a.srt", source),
            [
                (RemarkKind::CueMarksDropped, "[door slams]".to_owned(), 9),
                (RemarkKind::ReadingAidsDropped, "kan".to_owned(), 1),
            ]
        );
    }
}
