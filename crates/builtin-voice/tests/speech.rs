//! What comes out of the voice: the right length, level and shape, the same twice, in order, and never a panic.
#![expect(clippy::unwrap_used, reason = "a failure in a test may panic")]

use std::ops::Range;
use std::sync::OnceLock;
use std::time::Instant;

use builtin_voice::{Options, Passage, SAMPLE_RATE, Timbre, Voice, presets, speakable};
use proptest::prelude::*;

fn voice() -> &'static Voice {
    static VOICE: OnceLock<Voice> = OnceLock::new();
    VOICE.get_or_init(|| Voice::load().unwrap())
}

fn speak(text: &str, options: &Options) -> Vec<Passage> {
    voice()
        .speak(text, options)
        .collect::<Result<_, _>>()
        .unwrap()
}

fn samples(text: &str, options: &Options) -> Vec<f32> {
    speak(text, options)
        .into_iter()
        .flat_map(|passage| passage.samples)
        .collect()
}

fn decibels(level: f32) -> f32 {
    20.0 * level.log10()
}

fn rms(samples: &[f32]) -> f32 {
    (samples.iter().map(|sample| sample * sample).sum::<f32>() / samples.len() as f32).sqrt()
}

fn peak(samples: &[f32]) -> f32 {
    samples
        .iter()
        .fold(0.0, |peak, sample| peak.max(sample.abs()))
}

/// RMS of each 20 ms: the loudness contour, which noise and rounding hardly change.
fn contour(samples: &[f32]) -> Vec<f32> {
    samples.chunks_exact(480).map(rms).collect()
}

/// The best correlation of two contours within 100 ms of shift.
fn likeness(one: &[f32], other: &[f32]) -> f32 {
    let centred = |values: &[f32]| -> Vec<f32> {
        let mean = values.iter().sum::<f32>() / values.len() as f32;
        values.iter().map(|value| value - mean).collect()
    };
    let correlation = |one: &[f32], other: &[f32]| {
        let length = one.len().min(other.len());
        let (one, other) = (centred(&one[..length]), centred(&other[..length]));
        let product: f32 = one.iter().zip(&other).map(|(a, b)| a * b).sum();
        let power = |values: &[f32]| values.iter().map(|value| value * value).sum::<f32>();
        product / (power(&one) * power(&other)).sqrt().max(1e-9)
    };
    let shifts = (0..6).flat_map(|shift| [(shift, 0), (0, shift)]);
    shifts
        .map(|(a, b)| correlation(&one[a..], &other[b..]))
        .fold(-1.0, f32::max)
}

fn frozen(name: &str) -> Vec<f32> {
    let path = format!("{}/tests/golden/{name}.wav", env!("CARGO_MANIFEST_DIR"));
    let mut wav = hound::WavReader::open(path).unwrap();
    wav.samples::<i16>()
        .map(|sample| f32::from(sample.unwrap()) / 32768.0)
        .collect()
}

/// Without the quiet edges, as long as they are.
fn spoken(samples: &[f32]) -> &[f32] {
    let threshold = peak(samples) * 0.02;
    let first = samples
        .iter()
        .position(|sample| sample.abs() > threshold)
        .unwrap();
    let last = samples
        .iter()
        .rposition(|sample| sample.abs() > threshold)
        .unwrap();
    &samples[first..=last]
}

#[test]
fn speech_has_the_length_and_contour_of_the_reference() {
    for (name, text) in [
        ("hello", "Hello there."),
        ("weather", "The weather is nice today."),
        ("question", "Really?"),
    ] {
        let reference = frozen(name);
        let ours = samples(text, &Options::default());
        let (reference, ours) = (spoken(&reference), spoken(&ours));
        let ratio = ours.len() as f32 / reference.len() as f32;
        assert!(
            (0.93..1.07).contains(&ratio),
            "{name}: {ratio} times as long"
        );
        let likeness = likeness(&contour(reference), &contour(ours));
        assert!(likeness > 0.9, "{name}: likeness {likeness}");
    }
}

#[test]
fn speech_is_at_an_even_level_with_headroom() {
    let text = "The old lighthouse keeper climbed the stairs every evening. Why would anybody throw it away?";
    for preset in presets() {
        let options = Options {
            timbre: preset.timbre,
            ..Options::default()
        };
        for passage in speak(text, &options) {
            let level = decibels(rms(spoken(&passage.samples)));
            assert!(
                (-23.5..=-18.0).contains(&level),
                "{}: {level} dBFS",
                preset.id
            );
            let peak = decibels(peak(&passage.samples));
            assert!(peak <= -1.0, "{}: {peak} dBFS", preset.id);
        }
    }
}

#[test]
fn a_passage_begins_and_ends_without_a_click() {
    for passage in speak("Stop! Pat, cut it. Fish", &Options::default()) {
        let edge = SAMPLE_RATE as usize / 1000;
        let (first, last) = (
            &passage.samples[..edge],
            &passage.samples[passage.samples.len() - edge..],
        );
        assert!(peak(first) < 0.004 && peak(last) < 0.004);
        let seconds = passage.samples.len() as f32 / SAMPLE_RATE as f32;
        assert!((0.2..3.0).contains(&seconds), "{seconds} s");
    }
}

#[test]
fn the_same_seed_gives_the_same_samples_and_another_seed_others() {
    let options = Options::default();
    let text = "She sells sea shells.";
    assert_eq!(samples(text, &options), samples(text, &options));
    assert_ne!(
        samples(text, &options),
        samples(
            text,
            &Options {
                seed: 1,
                ..options.clone()
            }
        )
    );
    let alone = std::thread::spawn(move || samples(text, &Options::default()))
        .join()
        .unwrap();
    assert_eq!(
        alone,
        samples(text, &options),
        "another thread makes no difference"
    );
}

#[test]
fn speed_changes_the_length_and_is_clamped() {
    let length = |speed| {
        samples(
            "We will sail around the island on Thursday.",
            &Options {
                speed,
                ..Options::default()
            },
        )
        .len() as f32
    };
    let usual = length(1.0);
    for speed in [0.5, 0.7, 1.2, 1.6, 2.0] {
        let ratio = usual / length(speed);
        assert!(
            (ratio / speed - 1.0).abs() < 0.15,
            "speed {speed}: {ratio} times as fast"
        );
    }
    assert_eq!(length(0.0), length(0.5));
    assert_eq!(length(f32::INFINITY), length(2.0));
    assert_eq!(length(f32::NAN), usual);
}

#[test]
fn timbres_differ_in_pitch_and_not_in_length() {
    // The strongest repetition between 60 and 420 Hz is the pitch.
    let pitch = |timbre| {
        let samples = samples(
            "Aha. Oh no, aw, ah, oh.",
            &Options {
                timbre,
                ..Options::default()
            },
        );
        let mut pitches: Vec<f32> = samples
            .chunks_exact(1200)
            .filter(|frame| rms(frame) > 0.08)
            .map(|frame| {
                let repeats = |lag: usize| -> f32 {
                    frame
                        .iter()
                        .zip(&frame[lag..])
                        .map(|(a, b)| a * b)
                        .sum::<f32>()
                        / (frame.len() - lag) as f32
                };
                let best = (57..400)
                    .max_by(|a, b| repeats(*a).total_cmp(&repeats(*b)))
                    .unwrap();
                SAMPLE_RATE as f32 / best as f32
            })
            .collect();
        pitches.sort_by(f32::total_cmp);
        pitches[pitches.len() / 2]
    };
    let (deep, low, natural, bright) = (
        pitch(Timbre::Deep),
        pitch(Timbre::Low),
        pitch(Timbre::Natural),
        pitch(Timbre::Bright),
    );
    assert!(
        deep < low && low < natural && natural < bright,
        "{deep} {low} {natural} {bright}"
    );
}

#[test]
fn passages_name_the_text_they_speak_in_order() {
    let text = "First one.  “Second!” he said… 😀 Third?\n\n中文。\n\nLast";
    let spoken: Vec<&str> = speak(text, &Options::default())
        .iter()
        .map(|passage| &text[passage.text.clone()])
        .collect();
    assert_eq!(
        spoken,
        ["First one.", "“Second!” he said…", "😀 Third?", "Last"]
    );
}

#[test]
fn a_pause_follows_only_where_more_is_spoken() {
    let length = |text: &str| speak(text, &Options::default())[0].samples.len();
    assert_eq!(length("Hello there."), length("Hello there. ***\n\n😀"));
    let sentence = length("Hello there. Go on.") - length("Hello there.");
    let paragraph = length("Hello there.\n\nGo on.") - length("Hello there.");
    assert!(sentence > 4800 && paragraph > 2 * sentence);
}

#[test]
fn text_without_anything_to_speak_gives_no_passage() {
    for text in [
        "",
        " \n\t ",
        "😀 🎉",
        "你好。",
        "…—!?",
        "\0\u{1}\u{feff}",
        "---",
        "***",
        "\u{301}\u{302}",
        "|",
        "™ ® •",
        "こんにちは",
    ] {
        assert!(!speakable(text), "{text:?}");
        assert!(speak(text, &Options::default()).is_empty(), "{text:?}");
    }
    for text in [
        "a", "7", "½", "%", "&", "é", "Ж", "😀 ok", "§", "→", "ﬁ", "𝓗", "Ⅷ", "ａ", "@", "+",
    ] {
        assert!(speakable(text), "{text:?}");
        assert_eq!(speak(text, &Options::default()).len(), 1, "{text:?}");
    }
}

#[test]
fn a_long_sentence_is_spoken_in_pieces_of_bounded_length() {
    let text = "and the river went on past the mill, under the bridge, ".repeat(40);
    let passages: Vec<Passage> = voice()
        .speak(&text, &Options::default())
        .take(4)
        .collect::<Result<_, _>>()
        .unwrap();
    assert_eq!(passages.len(), 4);
    for pair in passages.windows(2) {
        assert!(pair[0].text.end <= pair[1].text.start);
        assert!(text[pair[0].text.clone()].ends_with(','), "cut at a clause");
    }
    assert!(
        passages
            .iter()
            .all(|passage| passage.samples.len() < 45 * SAMPLE_RATE as usize)
    );
}

#[test]
fn monstrous_texts_start_speaking_at_once() {
    let monsters = [
        "a".repeat(1_000_000),
        "9".repeat(100_000),
        "1,".repeat(100_000),
        "a\0b ".repeat(50_000),
        format!("e{}", "\u{301}".repeat(300_000)),
        "A.".repeat(100_000),
        "'".repeat(100_000) + "a",
        "($".repeat(50_000) + "1",
        "[a](".repeat(50_000),
        "-".repeat(100_000) + "1",
        " \n".repeat(300_000) + "end",
        "x…".repeat(50_000),
        "12:30".repeat(20_000),
        "😀a".repeat(50_000),
    ];
    for text in &monsters {
        let start = Instant::now();
        let first = voice().speak(text, &Options::default()).next();
        let passage = first.expect("something is spoken").unwrap();
        let (seconds, beginning): (f32, String) = (
            start.elapsed().as_secs_f32(),
            text.chars().take(8).collect(),
        );
        assert!(
            passage.samples.len() < 90 * SAMPLE_RATE as usize,
            "{beginning:?}"
        );
        // Generous, for a busy machine: an algorithm that is quadratic in the text takes minutes here.
        assert!(seconds < 20.0, "{beginning:?} took {seconds} s");
    }
}

#[test]
fn a_voice_is_shared_between_threads_and_presets_have_ids_of_their_own() {
    fn shared<T: Send + Sync>(_: &T) {}
    fn sent<T: Send>(_: &T) {}
    shared(voice());
    sent(&voice().speak("a", &Options::default()));
    let mut ids: Vec<&str> = presets().iter().map(|preset| preset.id).collect();
    assert_eq!(ids[0], "builtin/hibari");
    assert!(ids.iter().all(|id| id.starts_with("builtin/")));
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), presets().len());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_panics_the_pronunciation(text in "(\\PC|[a-zA-Z0-9 .,'’$£€%:/#+-]|\\n|\\PC{1,3}[0-9]{1,4}){0,60}") {
        voice().phonemes(&text).unwrap();
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_spoken_in_order_or_not_at_all(text in "([a-zA-Z]{1,8}[ .,!?]|\\PC|[0-9]{1,5}| |\\n){0,16}") {
        let passages = speak(&text, &Options::default());
        prop_assert!(speakable(&text) || passages.is_empty());
        if text.contains(|symbol: char| symbol.is_ascii_alphanumeric()) {
            prop_assert!(!passages.is_empty());
        }
        let mut end = 0;
        for passage in &passages {
            prop_assert!(passage.text.start >= end && passage.text.end > passage.text.start);
            prop_assert!(!speakable(&text[end..passage.text.start]), "nothing speakable is left out");
            end = passage.text.end;
            prop_assert!(passage.samples.iter().all(|sample| sample.is_finite() && sample.abs() <= 0.892));
        }
        prop_assert!(!speakable(&text[end..]), "nothing speakable is left out at the end");
    }
}

#[test]
fn every_word_is_timed_and_pauses_lie_between_the_words_beside_them() {
    let text =
        "It cost $12,500 on March 3rd, 2024 — truly, Dr. Smith's half-price offer; nobody paid.";
    for options in [
        Options::default(),
        Options {
            speed: 1.7,
            ..Options::default()
        },
        Options {
            speed: 0.7,
            timbre: Timbre::Low,
            ..Options::default()
        },
    ] {
        for passage in speak(text, &options) {
            let words: Vec<&str> = passage
                .words
                .iter()
                .map(|word| &text[word.text.clone()])
                .collect();
            let written: Vec<&str> = text[passage.text.clone()]
                .split_whitespace()
                .filter(|word| *word != "—")
                .collect();
            assert_eq!(words, written);
            let length = passage.samples.len() as f32 / SAMPLE_RATE as f32;
            for word in &passage.words {
                let Range { start, end } = word.seconds;
                assert!(start < end && end <= length, "{word:?} of {length}");
            }
            assert!(
                passage
                    .words
                    .windows(2)
                    .all(|pair| pair[0].seconds.end <= pair[1].seconds.start)
            );
            let first = passage.words[0].seconds.start;
            assert!(
                first < 0.15,
                "the first begins with it: {first}, {:?}",
                passage.words
            );
            let last = passage.words.last().unwrap().seconds.end;
            assert!(
                length - last < 0.45,
                "the last ends with it: {last} of {length}"
            );
        }
    }
}

#[test]
fn a_word_before_a_comma_ends_where_the_pause_begins_within_a_frame_or_two() {
    let text = "Nobody, however, paid.";
    let passage = speak(text, &Options::default()).remove(0);
    // Where the sound falls to silence for more than 60 ms, and where it comes back.
    let quiet: Vec<bool> = passage
        .samples
        .chunks(120)
        .map(|block| rms(block) < 0.004)
        .collect();
    let mut pauses = Vec::new();
    let mut start = None;
    for (index, silent) in quiet.iter().enumerate() {
        match (silent, start) {
            (true, None) => start = Some(index),
            (false, Some(from)) => {
                if index - from > 12 && from > 10 {
                    pauses.push((from as f32 * 0.005, index as f32 * 0.005));
                }
                start = None;
            }
            _ => {}
        }
    }

    assert!(!pauses.is_empty(), "there is a pause to compare with");
    for (from, to) in pauses {
        let near = |time: f32| {
            passage.words.iter().any(|word| {
                (word.seconds.end - time).abs() < 0.06 || (word.seconds.start - time).abs() < 0.06
            })
        };
        assert!(near(from) && near(to), "{from} {to} {:?}", passage.words);
    }
}
