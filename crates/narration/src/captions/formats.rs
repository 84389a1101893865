//! Subtitles as files have them.

use std::fmt::Write;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::Cue;

/// A kind of subtitle file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum CaptionFormat {
    /// SubRip.
    Srt,
    /// WebVTT (W3C); what would be markup there is escaped.
    Vtt,
    /// As players of lyrics have it: a time before each line, in hundredths.
    Lrc,
    /// Cues with the times of their words in seconds, and where these come from.
    Json,
}

impl CaptionFormat {
    /// The ending of the file's name.
    #[must_use]
    pub fn ending(self) -> &'static str {
        match self {
            Self::Srt => "srt",
            Self::Vtt => "vtt",
            Self::Lrc => "lrc",
            Self::Json => "json",
        }
    }

    /// The content of the file.
    #[must_use]
    pub fn text(self, cues: &[Cue]) -> String {
        match self {
            Self::Srt => srt(cues),
            Self::Vtt => vtt(cues),
            Self::Lrc => lrc(cues),
            Self::Json => json(cues),
        }
    }
}

/// Hours, minutes, seconds and milliseconds of a time.
fn clock(time: Duration) -> (u64, u64, u64, u32) {
    let seconds = time.as_secs();
    (
        seconds / 3_600,
        seconds / 60 % 60,
        seconds % 60,
        time.subsec_millis(),
    )
}

fn srt(cues: &[Cue]) -> String {
    let stamp = |time| {
        let (hours, minutes, seconds, millis) = clock(time);
        format!("{hours:02}:{minutes:02}:{seconds:02},{millis:03}")
    };
    let mut text = String::new();
    for (index, cue) in cues.iter().enumerate() {
        let (start, end) = (stamp(cue.shown.start), stamp(cue.shown.end));
        // Writing to a string cannot fail.
        let _ = write!(
            text,
            "{}\n{start} --> {end}\n{}\n\n",
            index + 1,
            cue.lines.join("\n")
        );
    }
    text
}

fn vtt(cues: &[Cue]) -> String {
    let stamp = |time| {
        let (hours, minutes, seconds, millis) = clock(time);
        format!("{hours:02}:{minutes:02}:{seconds:02}.{millis:03}")
    };
    let mut text = String::from("WEBVTT\n\n");
    for cue in cues {
        let words = cue
            .lines
            .join("\n")
            .replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('>', "&gt;");
        let _ = write!(
            text,
            "{} --> {}\n{words}\n\n",
            stamp(cue.shown.start),
            stamp(cue.shown.end)
        );
    }
    text
}

fn lrc(cues: &[Cue]) -> String {
    let mut text = String::new();
    for cue in cues {
        let start = cue.shown.start;
        let (minutes, seconds) = (start.as_secs() / 60, start.as_secs() % 60);
        let hundredths = start.subsec_millis() / 10;
        let _ = writeln!(
            text,
            "[{minutes:02}:{seconds:02}.{hundredths:02}]{}",
            cue.lines.join(" ")
        );
    }
    text
}

fn json(cues: &[Cue]) -> String {
    let seconds = |time: Duration| time.as_micros() as f64 / 1e6;
    let cues: Vec<_> = cues
        .iter()
        .map(|cue| {
            let words: Vec<_> = cue
                .words
                .iter()
                .map(|(word, heard)| {
                    json!({ "word": word, "start": seconds(heard.start), "end": seconds(heard.end) })
                })
                .collect();
            json!({
                "start": seconds(cue.shown.start),
                "end": seconds(cue.shown.end),
                "lines": cue.lines,
                "source": cue.source,
                "words": words,
            })
        })
        .collect();
    format!("{:#}\n", json!({ "cues": cues }))
}

#[cfg(test)]
mod tests {
    use super::super::{Spoken, cues};
    use super::*;

    #[test]
    fn each_format_is_as_players_read_it() {
        let at = Duration::from_millis;
        let cues = cues(
            &[Spoken {
                text: "Salt & <light>.",
                speech: at(3_723_004)..at(3_725_000),
                pauses: &[],
                words: &[],
            }],
            at(3_725_000),
        );
        assert_eq!(
            CaptionFormat::Srt.text(&cues),
            "1\n01:02:03,004 --> 01:02:05,000\nSalt & <light>.\n\n"
        );
        assert_eq!(
            CaptionFormat::Vtt.text(&cues),
            "WEBVTT\n\n01:02:03.004 --> 01:02:05.000\nSalt &amp; &lt;light&gt;.\n\n"
        );
        assert_eq!(
            CaptionFormat::Lrc.text(&cues),
            "[62:03.00]Salt & <light>.\n"
        );
        let json: serde_json::Value =
            serde_json::from_str(&CaptionFormat::Json.text(&cues)).unwrap();
        let cue = &json["cues"][0];
        assert_eq!(cue["source"], "proportional");
        assert_eq!(cue["start"], 3_723.004);
        assert_eq!(cue["words"].as_array().unwrap().len(), 3);
        assert_eq!(cue["words"][2]["end"], 3_725.0);
    }
}
