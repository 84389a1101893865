//! Sentences → segments: short ones together, long ones in pieces, and pauses between all of them.

use std::ops::Range;
use std::time::Duration;

use crate::document::{Block, BlockKind, Document};

use super::cut::{self, trimmed};
use super::markup::{self, Direction, DirectionKind};
use super::sentences::sentences;
use super::{
    COMFORTABLE_CHARACTERS, SHORT_CHARACTERS, Script, ScriptOptions, Segment, Sentence, dialogue,
};

/// Takes a document apart, block by block.
pub(super) struct Cutting<'a> {
    document: &'a Document,
    options: &'a ScriptOptions,
    rules: cut::Rules<'a>,
    directions: Vec<Direction>,
    /// The first direction that is not behind the current block.
    next_direction: usize,
    /// Whose voice speaks until another is named; `None` is the usual one.
    voice: Option<String>,
    script: Script,
    /// For each segment: what comes between it and the next, as far as blocks between them say.
    breaks: Vec<Break>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Break {
    #[default]
    None,
    Line,
    Scene,
}

/// A stretch that is spoken in one breath, before short ones are joined.
struct Breath {
    range: Range<usize>,
    sentence: usize,
    voice: Option<String>,
    /// It begins its sentence, and ends it.
    is_whole: bool,
}

impl<'a> Cutting<'a> {
    pub(super) fn new(
        document: &'a Document,
        options: &'a ScriptOptions,
        language: waves::Language,
    ) -> Self {
        Self {
            document,
            options,
            rules: cut::Rules {
                language,
                whole: &options.whole,
            },
            directions: markup::directions(&document.text),
            next_direction: 0,
            voice: None,
            script: Script::default(),
            breaks: Vec::new(),
        }
    }

    pub(super) fn run(mut self) -> Script {
        let document = self.document;
        for (chapter, of_chapter) in document.chapters.iter().enumerate() {
            for index in of_chapter.blocks.clone() {
                if let Some(block) = document.blocks.get(index) {
                    self.block(chapter, index, block);
                }
            }
        }
        self.usual_pauses();
        self.asked_pauses();
        self.script
    }

    fn block(&mut self, chapter: usize, index: usize, block: &Block) {
        if block.kind == BlockKind::SceneBreak {
            self.mark_break(Break::Scene);
            return;
        }
        let stretch = &self.document.text[block.range.clone()];
        let directions = self.directions_within(&block.range);
        let mut masked = markup::masked(
            stretch,
            block.range.start,
            &self.directions[directions.clone()],
        );
        let mut voice = self.voice.clone();
        if self.options.dialogue
            && let Some((name, sign)) = dialogue::speaker(&masked)
        {
            voice = Some(name.to_owned());
            let blank = " ".repeat(sign.len());
            let offset = block.range.start;
            self.script.speakers.push(Direction {
                range: offset + sign.start..offset + sign.end,
                kind: DirectionKind::Voice(voice.clone()),
            });
            masked.replace_range(sign, &blank);
        }
        if !masked.contains(char::is_alphanumeric) {
            self.stand_alone(directions);
            return;
        }
        let lines = lines(stretch, block.kind == BlockKind::Verse);
        let mut ahead = directions;
        for line in lines {
            let mut breaths = Vec::new();
            for sentence in sentences(&masked[line.clone()], self.rules.language) {
                let sentence = line.start + sentence.start..line.start + sentence.end;
                if trimmed(&masked, sentence.clone()).is_none() {
                    continue;
                }
                self.script.sentences.push(Sentence {
                    range: block.range.start + sentence.start..block.range.start + sentence.end,
                    chapter,
                    block: index,
                });
                self.breathe(
                    &masked,
                    sentence,
                    block.range.start,
                    &mut ahead,
                    &mut voice,
                    &mut breaths,
                );
            }
            self.join(&masked, breaths, (chapter, index), block.range.start);
            self.mark_break(Break::Line);
        }
    }

    /// The directions that touch a stretch of the text. Stretches are asked for in order.
    fn directions_within(&mut self, range: &Range<usize>) -> Range<usize> {
        while let Some(direction) = self.directions.get(self.next_direction) {
            if direction.range.end > range.start {
                break;
            }
            self.next_direction += 1;
        }
        let count = self.directions[self.next_direction..]
            .iter()
            .take_while(|direction| direction.range.start < range.end)
            .count();
        self.next_direction..self.next_direction + count
    }

    /// A paragraph of nothing but directions holds for what follows.
    fn stand_alone(&mut self, directions: Range<usize>) {
        for direction in &self.directions[directions] {
            if let DirectionKind::Voice(name) = &direction.kind {
                self.voice.clone_from(name);
            }
        }
    }

    /// A sentence in the stretches between pauses and changes of voice, each cut if it is too long.
    fn breathe(
        &self,
        masked: &str,
        sentence: Range<usize>,
        offset: usize,
        directions: &mut Range<usize>,
        voice: &mut Option<String>,
        into: &mut Vec<Breath>,
    ) {
        let number = self.script.sentences.len() - 1;
        let first = into.len();
        let mut start = sentence.start;
        let mut speak = |range: Range<usize>, voice: &Option<String>| {
            for piece in cut::pieces(masked, range, self.rules) {
                into.push(Breath {
                    range: piece,
                    sentence: number,
                    voice: voice.clone(),
                    is_whole: false,
                });
            }
        };
        while let Some(direction) = self.directions[directions.clone()].first() {
            let at = direction.range.start.saturating_sub(offset);
            if at >= sentence.end {
                break;
            }
            directions.start += 1;
            match &direction.kind {
                // What stands before the sentence was met with the one before, except for the voice of the first.
                DirectionKind::Voice(name) => {
                    if at > start {
                        speak(start..at, voice);
                        start = at;
                    }
                    voice.clone_from(name);
                }
                DirectionKind::Pause(_) if at > start => {
                    speak(start..at, voice);
                    start = at;
                }
                _ => {}
            }
        }
        speak(start..sentence.end, voice);
        if let [only] = &mut into[first..] {
            only.is_whole = true;
        }
    }

    /// Very short sentences are spoken with their neighbour: alone they sound clipped and cost a request each.
    fn join(&mut self, masked: &str, breaths: Vec<Breath>, place: (usize, usize), offset: usize) {
        let mut open: Option<(Breath, Range<usize>)> = None;
        for breath in breaths {
            let sentence = breath.sentence..breath.sentence + 1;
            open = match open.take() {
                Some((former, sentences)) if self.belong(masked, offset, &former, &breath) => {
                    let range = former.range.start..breath.range.end;
                    Some((Breath { range, ..former }, sentences.start..sentence.end))
                }
                former => {
                    if let Some((former, sentences)) = former {
                        self.push(former, sentences, place, offset);
                    }
                    Some((breath, sentence))
                }
            };
        }
        if let Some((former, sentences)) = open {
            self.push(former, sentences, place, offset);
        }
    }

    fn belong(&self, masked: &str, offset: usize, former: &Breath, breath: &Breath) -> bool {
        let joined = former.range.start..breath.range.end;
        let width =
            |range: &Range<usize>| width(&masked[range.clone()], COMFORTABLE_CHARACTERS + 1);
        former.is_whole
            && breath.is_whole
            && former.voice == breath.voice
            && (width(&former.range) < SHORT_CHARACTERS || width(&breath.range) < SHORT_CHARACTERS)
            && width(&joined) <= COMFORTABLE_CHARACTERS
            && !self.has_pause(offset + former.range.end..offset + breath.range.start)
    }

    fn has_pause(&self, between: Range<usize>) -> bool {
        let first = self
            .directions
            .partition_point(|direction| direction.range.end <= between.start);
        self.directions[first..]
            .iter()
            .take_while(|direction| direction.range.start < between.end)
            .any(|direction| matches!(direction.kind, DirectionKind::Pause(_)))
    }

    fn push(
        &mut self,
        breath: Breath,
        sentences: Range<usize>,
        (chapter, block): (usize, usize),
        offset: usize,
    ) {
        self.script.segments.push(Segment {
            range: offset + breath.range.start..offset + breath.range.end,
            chapter,
            block,
            sentences,
            pause_after: Duration::ZERO,
            voice: breath.voice,
        });
        self.breaks.push(Break::None);
    }

    fn mark_break(&mut self, mark: Break) {
        if let Some(last) = self.breaks.last_mut()
            && *last != Break::Scene
        {
            *last = mark;
        }
    }

    fn usual_pauses(&mut self) {
        let count = self.script.segments.len();
        for index in 0..count {
            let segment = &self.script.segments[index];
            let next = self.script.segments.get(index + 1);
            let pause = self
                .pause_between(segment, next, self.breaks[index])
                .length();
            self.script.segments[index].pause_after = pause;
        }
    }

    fn pause_between(
        &self,
        segment: &Segment,
        next: Option<&Segment>,
        mark: Break,
    ) -> super::Pause {
        let pauses = &self.options.pauses;
        let Some(next) = next else {
            return pauses.chapter;
        };
        if next.chapter != segment.chapter {
            return pauses.chapter;
        }
        if mark == Break::Scene {
            return pauses.scene;
        }
        if next.block == segment.block {
            let is_within = mark == Break::None && next.sentences.start < segment.sentences.end;
            return if is_within {
                pauses.clause
            } else {
                pauses.sentence
            };
        }
        let kind = |segment: &Segment| {
            self.document
                .blocks
                .get(segment.block)
                .map(|block| block.kind)
        };
        match (kind(segment), kind(next)) {
            (Some(BlockKind::Heading(_)), _) | (_, Some(BlockKind::Heading(_))) => pauses.heading,
            (Some(BlockKind::TableRow), Some(BlockKind::TableRow))
            | (Some(BlockKind::Cue { .. }), Some(BlockKind::Cue { .. })) => pauses.sentence,
            _ => pauses.paragraph,
        }
    }

    /// What a writer asked for takes the place of what is usual; several pauses in a row add up.
    fn asked_pauses(&mut self) {
        let mut segment = 0;
        let mut asked: Option<usize> = None;
        for direction in &self.directions {
            let DirectionKind::Pause(length) = direction.kind else {
                continue;
            };
            let segments = &mut self.script.segments;
            while segments
                .get(segment)
                .is_some_and(|segment| segment.range.end <= direction.range.start)
            {
                segment += 1;
            }
            let Some(former) = segment.checked_sub(1) else {
                self.script.pause_before += length;
                continue;
            };
            let pause = &mut segments[former].pause_after;
            *pause = if asked == Some(former) {
                *pause + length
            } else {
                length
            };
            asked = Some(former);
        }
    }
}

/// The lines of a text whose line ends count, else all of it as one; as bytes.
fn lines(text: &str, counts: bool) -> Vec<Range<usize>> {
    let mut lines = Vec::new();
    let mut at = 0;
    for line in text.split_inclusive(|sign| counts && sign == '\n') {
        lines.push(at..at + line.len());
        at += line.len();
    }
    lines
}

/// How long a text is to a reader, in characters of which Chinese, Japanese and Korean ones count twice; counting stops
/// at `enough`.
fn width(text: &str, enough: usize) -> usize {
    let mut width = 0;
    for character in text.chars() {
        if width >= enough {
            break;
        }
        width += if matches!(character, '\u{1100}'..='\u{115f}' | '\u{2e80}'..='\u{a4cf}' | '\u{ac00}'..='\u{d7a3}' | '\u{f900}'..='\u{faff}' | '\u{ff00}'..='\u{ff60}')
        {
            2
        } else {
            1
        };
    }
    width
}
