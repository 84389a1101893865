//! SubRip and WebVTT → cues with their times (WebVTT: W3C Candidate Recommendation, sections 4 and 6; SubRip has no
//! standard).

use std::time::Duration;

use super::draft::Draft;
use super::model::BlockKind;
use super::report::{ImportOptions, RemarkKind};
use super::{ImportError, encoding};

/// # Errors
/// [`ImportError::NotText`] for bytes that are no text, [`ImportError::Damaged`] for a text without a single cue.
pub(super) fn read(
    bytes: &[u8],
    options: &ImportOptions,
    draft: &mut Draft,
) -> Result<(), ImportError> {
    let text = encoding::text_of(bytes, options, &mut draft.report)?;
    let lines: Vec<&str> = text.lines().collect();
    let mut at = 0;
    let mut has_cues = false;
    while at < lines.len() {
        let Some((start, end)) = times(lines[at]) else {
            at += 1;
            continue;
        };
        at += 1;
        has_cues = true;
        let mut words = String::new();
        while at < lines.len() && !lines[at].trim().is_empty() {
            // Some files leave out the blank line: a number and then times begin the next cue.
            let begins_next =
                lines.get(at + 1).is_some_and(|next| times(next).is_some()) && is_number(lines[at]);
            if begins_next || times(lines[at]).is_some() {
                break;
            }
            let line = without_marks(lines[at], options, draft);
            let line = line.trim();
            if !line.is_empty() {
                if !words.is_empty() {
                    words.push(if line.starts_with(['-', '–', '—']) {
                        '\n'
                    } else {
                        ' '
                    });
                }
                words.push_str(line);
            }
            at += 1;
        }
        draft.push(
            BlockKind::Cue {
                start,
                end: end.max(start),
            },
            &words,
        );
    }
    if !has_cues && !text.trim().is_empty() && !text.trim_start().starts_with("WEBVTT") {
        return Err(ImportError::Damaged);
    }
    Ok(())
}

fn is_number(line: &str) -> bool {
    let line = line.trim();
    !line.is_empty() && line.bytes().all(|byte| byte.is_ascii_digit())
}

/// `00:01:02,500 --> 00:01:04,000`, with anything behind it.
fn times(line: &str) -> Option<(Duration, Duration)> {
    let (start, rest) = line.split_once("-->")?;
    let end = rest.split_whitespace().next()?;
    Some((time(start.trim())?, time(end)?))
}

/// `[hours:]minutes:seconds[,.]milliseconds`.
fn time(words: &str) -> Option<Duration> {
    let (clock, fraction) = words.split_once([',', '.']).unwrap_or((words, "0"));
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

/// A line without `<i>`, `<v Name>`, `{\an8}` and the like.
fn without_marks(line: &str, options: &ImportOptions, draft: &mut Draft) -> String {
    if options.keeps(RemarkKind::CueMarksDropped) {
        return line.to_owned();
    }
    let mut words = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(at) = rest.find(['<', '{', '&']) {
        words.push_str(&rest[..at]);
        let mark = &rest[at..];
        let end = match mark.as_bytes()[0] {
            b'<' => mark
                .find('>')
                .filter(|_| mark[1..].starts_with(|c: char| c.is_ascii_alphanumeric() || c == '/')),
            b'{' => mark.find('}').filter(|_| mark[1..].starts_with('\\')),
            _ => None,
        };
        if let Some(end) = end {
            let at = draft.position();
            draft
                .report
                .count(RemarkKind::CueMarksDropped, at, &mark[..=end]);
            rest = &mark[end + 1..];
            continue;
        }
        const ENTITIES: [(&str, &str); 7] = [
            ("&amp;", "&"),
            ("&lt;", "<"),
            ("&gt;", ">"),
            ("&nbsp;", " "),
            ("&lrm;", ""),
            ("&rlm;", ""),
            ("&quot;", "\""),
        ];
        let entity = ENTITIES.iter().find(|(name, _)| mark.starts_with(name));
        match entity {
            Some((name, meaning)) => {
                words.push_str(meaning);
                rest = &mark[name.len()..];
            }
            None => {
                words.push_str(&mark[..1]);
                rest = &mark[1..];
            }
        }
    }
    words.push_str(rest);
    words.replace("\\N", " ")
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
}
