//! Which clips go into which file.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::Clip;

/// How many files a narration becomes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Split {
    /// One.
    #[default]
    None,
    /// One for each chapter.
    Chapter,
    /// One for each paragraph.
    Paragraph,
}

/// Cuts the clips into the runs that go into one file each.
#[must_use]
pub fn parts(clips: &[Clip], split: Split) -> Vec<Range<usize>> {
    let mut parts: Vec<Range<usize>> = Vec::new();
    for (at, clip) in clips.iter().enumerate() {
        let goes_on = at > 0 && {
            let before = &clips[at - 1];
            match split {
                Split::None => true,
                Split::Chapter => before.chapter == clip.chapter,
                Split::Paragraph => {
                    (before.chapter, before.paragraph) == (clip.chapter, clip.paragraph)
                }
            }
        };
        match parts.last_mut() {
            Some(last) if goes_on => last.end = at + 1,
            _ => parts.push(at..at + 1),
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn files_begin_where_chapters_or_paragraphs_do() {
        let clips: Vec<Clip> = [(0, 0), (0, 0), (0, 1), (1, 1), (1, 2)]
            .map(|(chapter, paragraph)| Clip {
                text: String::new(),
                pause_after: Duration::ZERO,
                chapter,
                paragraph,
                begins: None,
            })
            .to_vec();
        assert_eq!(parts(&clips, Split::None).first(), Some(&(0..5)));
        assert_eq!(parts(&clips, Split::Chapter), [0..3, 3..5]);
        assert_eq!(parts(&clips, Split::Paragraph), [0..2, 2..3, 3..4, 4..5]);
        assert!(parts(&[], Split::Chapter).is_empty());
    }
}
