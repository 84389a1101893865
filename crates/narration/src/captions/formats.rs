//! Subtitles as files have them.

use std::io::{self, Write};
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
}

/// Writes a subtitle file, cue by cue.
pub struct CaptionWriter<W> {
    format: CaptionFormat,
    out: W,
    written: usize,
}

impl<W: Write> CaptionWriter<W> {
    /// # Errors
    /// What writing gives, here and below.
    pub fn new(format: CaptionFormat, mut out: W) -> io::Result<Self> {
        out.write_all(match format {
            CaptionFormat::Srt | CaptionFormat::Lrc => b"".as_slice(),
            CaptionFormat::Vtt => b"WEBVTT\n\n",
            CaptionFormat::Json => b"{\n  \"cues\": [",
        })?;
        Ok(Self {
            format,
            out,
            written: 0,
        })
    }

    /// Appends a cue.
    ///
    /// # Errors
    /// What writing gives.
    pub fn write(&mut self, cue: &Cue) -> io::Result<()> {
        let number = self.written + 1;
        match self.format {
            CaptionFormat::Srt => srt(&mut self.out, number, cue)?,
            CaptionFormat::Vtt => vtt(&mut self.out, cue)?,
            CaptionFormat::Lrc => lrc(&mut self.out, cue)?,
            CaptionFormat::Json => {
                let before = if self.written == 0 { "" } else { "," };
                write!(self.out, "{before}\n    {}", json(cue))?;
            }
        }
        self.written = number;
        Ok(())
    }

    /// Ends the file.
    ///
    /// # Errors
    /// What writing gives.
    pub fn finish(mut self) -> io::Result<W> {
        if self.format == CaptionFormat::Json {
            self.out.write_all(b"\n  ]\n}\n")?;
        }
        self.out.flush()?;
        Ok(self.out)
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

fn srt(out: &mut impl Write, number: usize, cue: &Cue) -> io::Result<()> {
    let stamp = |time| {
        let (hours, minutes, seconds, millis) = clock(time);
        format!("{hours:02}:{minutes:02}:{seconds:02},{millis:03}")
    };
    let (start, end) = (stamp(cue.shown.start), stamp(cue.shown.end));
    let lines = cue.lines.join("\n");
    write!(out, "{number}\n{start} --> {end}\n{lines}\n\n")
}

fn vtt(out: &mut impl Write, cue: &Cue) -> io::Result<()> {
    let stamp = |time| {
        let (hours, minutes, seconds, millis) = clock(time);
        format!("{hours:02}:{minutes:02}:{seconds:02}.{millis:03}")
    };
    let words = cue
        .lines
        .join("\n")
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;");
    let (start, end) = (stamp(cue.shown.start), stamp(cue.shown.end));
    write!(out, "{start} --> {end}\n{words}\n\n")
}

fn lrc(out: &mut impl Write, cue: &Cue) -> io::Result<()> {
    let start = cue.shown.start;
    let (minutes, seconds) = (start.as_secs() / 60, start.as_secs() % 60);
    let hundredths = start.subsec_millis() / 10;
    let line = cue.lines.join(" ");
    writeln!(out, "[{minutes:02}:{seconds:02}.{hundredths:02}]{line}")
}

fn json(cue: &Cue) -> serde_json::Value {
    let seconds = |time: Duration| time.as_micros() as f64 / 1e6;
    let words = cue.words.iter();
    let words: Vec<_> = words
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
}

#[cfg(test)]
mod tests {
    use super::super::{Spoken, cues};
    use super::*;

    fn text(format: CaptionFormat, cues: &[Cue]) -> String {
        let mut writer = CaptionWriter::new(format, Vec::new()).unwrap();
        for cue in cues {
            writer.write(cue).unwrap();
        }
        String::from_utf8(writer.finish().unwrap()).unwrap()
    }

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
            text(CaptionFormat::Srt, &cues),
            "1\n01:02:03,004 --> 01:02:05,000\nSalt & <light>.\n\n"
        );
        assert_eq!(
            text(CaptionFormat::Vtt, &cues),
            "WEBVTT\n\n01:02:03.004 --> 01:02:05.000\nSalt &amp; &lt;light&gt;.\n\n"
        );
        assert_eq!(
            text(CaptionFormat::Lrc, &cues),
            "[62:03.00]Salt & <light>.\n"
        );
        let json: serde_json::Value =
            serde_json::from_str(&text(CaptionFormat::Json, &cues)).unwrap();
        let cue = &json["cues"][0];
        assert_eq!(cue["source"], "proportional");
        assert_eq!(cue["start"], 3_723.004);
        assert_eq!(cue["words"].as_array().unwrap().len(), 3);
        assert_eq!(cue["words"][2]["end"], 3_725.0);
        for count in [0, 2] {
            let several = text(CaptionFormat::Json, &vec![cues[0].clone(); count]);
            let several: serde_json::Value = serde_json::from_str(&several).unwrap();
            assert_eq!(several["cues"].as_array().unwrap().len(), count);
        }
    }
}
