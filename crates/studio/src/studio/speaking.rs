//! Speech that is heard: its price before, its beginning, and what is heard now.

use std::sync::Arc;

use narration::document::Document;
use narration::script::Script;
use narration::synthesis::{Delivery, Utterance, VoiceRef};
use waves::Language;

use super::Studio;
use super::reading::Speakers;
use crate::casting::Casting;
use crate::failure::{Failure, FailureKind};
use crate::player::PlayerState;
use crate::speech::{Happening, Plan, SECONDS_PER_CHARACTER, Speech, Utf16Position};
use crate::track::Track;
use crate::view::{PlaybackState, PlaybackView, Quote, Source};
use crate::voices;

/// What the built-in voice says when somebody tries it.
const SAMPLE: &str = "Hello! This is how I sound. I work without a key and without the internet.";

impl Studio {
    /// What speaking or saving would take. Blocks as [`Studio::read_source`] does.
    ///
    /// # Errors
    /// As [`Studio::read_source`].
    pub fn quote(&self, source: Source, delivery: &Delivery) -> Result<Quote, Failure> {
        let (text, script) = self.read_source(source, delivery)?;
        let casting = self.cast(&script, delivery.clone());
        let (mut characters, mut owned, mut to_buy, mut speakable) = (0, 0, 0, false);
        let mut price = Some(0.0);
        for segment in &script.segments {
            let delivery = casting.delivery(segment);
            let words = segment.speech(&text);
            let count = words.chars().count();
            characters += count;
            speakable |= delivery.voice.is_paid() || builtin_voice::speakable(&words);
            if delivery.voice.is_paid() {
                let utterance = Utterance {
                    text: words,
                    delivery: delivery.clone(),
                };
                if self.shared.synthesizer.owns(&utterance) {
                    owned += count;
                } else {
                    to_buy += count;
                    let more = self.price(&utterance.delivery.voice, count);
                    price = price.zip(more).map(|(price, more)| price + more);
                }
            }
        }
        Ok(Quote {
            characters,
            speakable,
            sentences: script.segments.len(),
            owned,
            to_buy,
            price,
            seconds: characters as f64 * SECONDS_PER_CHARACTER / delivery.speed.factor(),
        })
    }

    /// Who speaks a script: the chosen voice, and those that the text names.
    pub fn cast(&self, script: &Script, delivery: Delivery) -> Casting {
        if script
            .segments
            .iter()
            .all(|segment| segment.voice.is_none())
        {
            return Casting::of_one(delivery);
        }
        Casting::of(script, delivery, &self.shared.voices.list().0)
    }

    pub(super) fn price(&self, voice: &VoiceRef, characters: usize) -> Option<f64> {
        if characters == 0 {
            return Some(0.0);
        }
        self.shared.synthesizer.dollars(voice, characters)
    }

    /// Begins to speak from the sentence at UTF-16 offset `from`, up to what begins at `until` or after it. Gives the number of the speech. Blocks as
    /// [`Studio::read_source`] does.
    ///
    /// # Errors
    /// As [`Studio::read_source`], and [`FailureKind::NothingToSay`] when there are no words.
    pub fn speak(
        &self,
        source: Source,
        delivery: Delivery,
        from: Option<usize>,
        until: Option<usize>,
    ) -> Result<u32, Failure> {
        let (text, script) = self.read_source(source, &delivery)?;
        if script.segments.is_empty() {
            return Err(FailureKind::NothingToSay.into());
        }
        let first = from.map_or(0, |from| segment_at(&text, &script, from));
        let end = until.map_or(script.segments.len(), |until| {
            first_from(&text, &script, until).max(first + 1)
        });
        let casting = self.cast(&script, delivery);
        let plan = Plan {
            text,
            script,
            casting,
            first,
            end,
        };
        Ok(self.begin_speech(plan, None))
    }

    pub(super) fn begin_speech(&self, plan: Plan, preview: Option<VoiceRef>) -> u32 {
        let id = self.next_speech();
        let player = Arc::clone(&self.shared.player);
        let studio = self.clone();
        let _context = self.shared.runtime.enter();
        let mut speech = Speech::begin(
            id,
            plan,
            self.shared.synthesizer.clone(),
            move || player.playback().position_seconds,
            move |happening| studio.heard_of(id, happening),
        );
        speech.preview = preview;
        self.put_on(speech);
        id
    }

    fn next_speech(&self) -> u32 {
        let mut state = self.state();
        // What was spoken before is no longer wanted, so neither is its trouble.
        state.speech = None;
        state.speeches += 1;
        let id = state.speeches;
        drop(state);
        self.shared.notices.recovered();
        id
    }

    fn put_on(&self, speech: Speech) {
        self.shared.player.play(speech.track.clone());
        self.state().speech = Some(speech);
        self.changed();
    }

    fn heard_of(&self, speech: u32, happening: Happening) {
        if self.state().speeches != speech {
            return;
        }
        match happening {
            Happening::Retrying(mut failure, after) => {
                failure.retry_after = Some(after);
                self.shared.notices.add(failure, true);
            }
            Happening::Recovered => {
                self.shared.notices.recovered();
            }
            Happening::NotKept(failure) | Happening::Failed(failure) => {
                self.shared.notices.add(failure, false);
            }
        }
        self.changed();
    }

    /// Lets a voice be heard: the built-in one says a sentence, cloud ones have a recording that costs nothing.
    pub fn preview(&self, voice: VoiceRef) -> u32 {
        if let VoiceRef::Builtin(_) = voice {
            let delivery = Delivery {
                voice: voice.clone(),
                speed: waves::Speed::default(),
                language: Language::English,
                rate: waves::SampleRate::Hz24000,
                reading: narration::synthesis::Reading::default(),
            };
            let script = self.cut(&Document::plain(SAMPLE), &delivery, Speakers::One);
            let plan = Plan {
                text: SAMPLE.into(),
                end: script.segments.len(),
                script: Arc::new(script),
                casting: Casting::of_one(delivery),
                first: 0,
            };
            return self.begin_speech(plan, Some(voice));
        }
        let id = self.next_speech();
        let studio = self.clone();
        self.shared.runtime.spawn(async move {
            let fetched = studio.fetch_preview(&voice).await;
            if studio.state().speeches != id {
                return;
            }
            match fetched {
                Ok(track) => studio.put_on(Speech::of_track(id, Some(voice), track)),
                Err(failure) => {
                    studio.shared.notices.add(failure, false);
                    studio.changed();
                }
            }
        });
        id
    }

    async fn fetch_preview(&self, voice: &VoiceRef) -> Result<Track, Failure> {
        let address = self
            .shared
            .voices
            .find(voice)
            .and_then(|voice| voice.preview)
            .ok_or(FailureKind::NoPreview)?;
        let bytes = self.shared.endpoint.client()?.preview(&address).await?;
        let (rate, samples) = voices::decode_preview(bytes)?;
        let track = Track::new(rate);
        track
            .append(&samples)
            .map_err(|error| Failure::new(FailureKind::Unexpected, error.to_string()))?;
        track.finish();
        Ok(track)
    }

    /// Falls silent and keeps the place.
    pub fn pause(&self) {
        self.shared.player.pause();
        self.changed();
    }

    /// Goes on.
    pub fn resume(&self) {
        self.shared.player.resume();
        self.changed();
    }

    /// Falls silent for good. A sentence that is being bought is received to its end and kept.
    pub fn stop(&self) {
        self.shared.player.stop();
        self.next_speech();
        self.changed();
    }

    /// Goes on at `seconds`, or as near as has arrived.
    pub fn seek(&self, seconds: f64) {
        self.shared.player.seek(seconds);
        self.changed();
    }

    /// What is heard now; marks and peaks from the given index on, if `speech` is the one that is heard.
    pub fn playback(&self, speech: u32, marks_from: usize, peaks_from: usize) -> PlaybackView {
        let heard = self.shared.player.playback();
        let state = self.state();
        let Some(current) = &state.speech else {
            let state = PlaybackState::Idle;
            let (marks, peaks) = ((0, Vec::new()), (0, Vec::new()));
            return PlaybackView {
                speech: 0,
                preview: None,
                state,
                position: 0.0,
                arrived: 0.0,
                complete: true,
                expected: 0.0,
                marks,
                peaks,
            };
        };
        let (marks_from, peaks_from) = if speech == current.id {
            (marks_from, peaks_from)
        } else {
            (0, 0)
        };
        // The last mark the caller has may have been unfinished: it is told again.
        let marks_from = marks_from.saturating_sub(1);
        PlaybackView {
            speech: current.id,
            preview: current.preview.as_ref().map(ToString::to_string),
            state: match heard.state {
                PlayerState::Idle | PlayerState::Waiting => PlaybackState::Waiting,
                PlayerState::Playing => PlaybackState::Playing,
                PlayerState::Paused => PlaybackState::Paused,
                PlayerState::Finished if current.failure().is_some() => PlaybackState::Failed,
                PlayerState::Finished => PlaybackState::Finished,
                PlayerState::NoDevice => PlaybackState::NoDevice,
            },
            position: heard.position_seconds,
            arrived: current.track.arrived_seconds(),
            complete: current.track.is_finished(),
            expected: current.expected_seconds(),
            marks: (marks_from, current.marks(marks_from)),
            peaks: (peaks_from, current.track.peaks(peaks_from)),
        }
    }

    /// Why speech number `speech` ended early; what arrived of it may still be heard.
    pub fn speech_failure(&self, speech: u32) -> Option<Failure> {
        let state = self.state();
        let current = state.speech.as_ref().filter(|current| current.id == speech);
        current.and_then(Speech::failure)
    }
}

/// The segment at, or after, a UTF-16 offset; the last one when there is none after it.
fn segment_at(text: &str, script: &Script, offset: usize) -> usize {
    let mut position = Utf16Position::default();
    let found = script
        .segments
        .iter()
        .position(|segment| position.of(text, segment.range.end) > offset);
    found.unwrap_or(script.segments.len() - 1)
}

/// The first segment that begins at, or after, a UTF-16 offset.
fn first_from(text: &str, script: &Script, offset: usize) -> usize {
    let mut position = Utf16Position::default();
    let found = script
        .segments
        .iter()
        .position(|segment| position.of(text, segment.range.start) >= offset);
    found.unwrap_or(script.segments.len())
}
