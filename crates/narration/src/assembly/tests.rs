use std::fs;
use std::path::Path;

use super::*;
use sound::{Loudness, TruePeak, Weighting, outline};

const RATE: u32 = 24_000;

/// A voiced sound with silence and a little noise around it.
fn recording(rate: u32, number: usize, before: f32, spoken: f32, after: f32) -> Recording {
    let mut state = number as u32 + 1;
    let samples = ((before + spoken + after) * rate as f32) as usize;
    let samples = (0..samples)
        .map(|n| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let time = n as f32 / rate as f32 - before;
            let noise = (state >> 16) as f32 / 8_192.0 - 4.0;
            let since = (time * 120.0).rem_euclid(1.0) / 120.0;
            let level = if (0.0..spoken).contains(&time) {
                6_000.0 + 500.0 * number as f32
            } else {
                0.0
            };
            let syllable = 0.6 + 0.4 * (time * 20.0).cos();
            (level * syllable * (-since * 250.0).exp() * (since * 3_500.0).sin() + noise) as i16
        })
        .collect();
    Recording {
        rate,
        samples,
        words: Vec::new(),
    }
}

fn clips(count: usize) -> Vec<Clip> {
    (0..count)
        .map(|number| Clip {
            text: format!("Sentence {number}."),
            pause_after: Duration::from_millis(200 + 150 * (number as u64 % 4)),
            chapter: number / 3,
            paragraph: number,
            begins: None,
        })
        .collect()
}

fn open(clip: usize) -> Result<Option<Recording>, OpenError> {
    let rate = [24_000, 44_100, 16_000][clip % 3];
    Ok((clip != 4).then(|| recording(rate, clip, 0.2 + 0.05 * clip as f32, 1.5, 0.4)))
}

/// Takes of which nothing was noted.
fn opened<'a>(open: &'a Open<'a>) -> Source<'a> {
    Source {
        open,
        noted: &|_| None,
    }
}

fn settings(finish: Finish) -> Settings {
    Settings {
        format: Format::Wav,
        chapters: vec!["One".to_owned(), String::new(), "Three".to_owned()],
        rate: RATE,
        depth: Depth::Bits16,
        finish,
        overwrite: false,
    }
}

fn one(folder: &Path, count: usize) -> [Part; 1] {
    [Part {
        path: folder.join("all.wav"),
        clips: 0..count,
        ..Part::default()
    }]
}

fn samples_in(path: &Path) -> Vec<i16> {
    let bytes = fs::read(path).unwrap();
    bytes[80..]
        .as_chunks::<2>()
        .0
        .iter()
        .map(|&pair| i16::from_le_bytes(pair))
        .collect()
}

fn go_on(_: Progress) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

#[test]
fn pauses_are_as_chosen_whatever_silence_the_takes_had() {
    let folder = tempfile::tempdir().unwrap();
    let clips = clips(7);
    let parts = one(folder.path(), 7);
    let made = assemble(
        &clips,
        opened(&open),
        &parts,
        &settings(Finish::AsSpoken),
        &mut go_on,
    )
    .unwrap();
    let found = outline(&samples_in(&parts[0].path), RATE).unwrap();
    let wanted: Vec<Duration> = [0, 1, 2, 3, 5]
        .map(|clip: usize| clips[clip].pause_after)
        .to_vec();
    assert_eq!(found.pauses.len(), wanted.len(), "{found:?}");
    for (pause, wanted) in found.pauses.iter().zip(wanted) {
        let length = time_of(pause.len() as u64, RATE);
        assert!(
            length.abs_diff(wanted) <= Duration::from_millis(20),
            "{length:?} for {wanted:?}"
        );
    }
    assert_eq!(
        made.heard
            .iter()
            .map(|heard| heard.clip)
            .collect::<Vec<_>>(),
        [0, 1, 2, 3, 5, 6]
    );
    for (pause, pair) in found.pauses.iter().zip(made.heard.windows(2)) {
        let said = samples_of(pair[0].speech.end, RATE) as usize;
        assert!(pause.start.abs_diff(said) < 480);
    }
}

#[test]
fn the_whole_is_as_loud_as_asked_and_nothing_passes_the_ceiling() {
    let folder = tempfile::tempdir().unwrap();
    let clips = clips(7);
    for (finish, target) in [(Finish::Podcast, -16.0), (Finish::Audiobook, -19.0)] {
        let settings = Settings {
            overwrite: true,
            ..settings(finish)
        };
        let parts = one(folder.path(), 7);
        let made = assemble(&clips, opened(&open), &parts, &settings, &mut go_on).unwrap();
        let samples: Vec<f32> = samples_in(&parts[0].path)
            .iter()
            .map(|&sample| f32::from(sample) / 32_768.0)
            .collect();
        let weighting = Weighting::new(RATE);
        let mut loudness = Loudness::new(RATE);
        loudness.add(0, &weighting.energies(&samples), weighting.hop());
        let loudness = loudness.integrated(samples.len() as u64).unwrap();
        assert!((loudness - target).abs() < 0.5, "{loudness} for {target}");
        assert!((made.measured.loudness.unwrap() - loudness).abs() < 0.2);
        let peak = sound::decibels(f64::from(TruePeak::new().peak(&samples, 0.0)));
        assert!(peak <= -1.0, "{peak}");
        assert!((made.measured.true_peak - peak).abs() < 0.1);
    }
}

#[test]
fn a_join_makes_no_click() {
    let folder = tempfile::tempdir().unwrap();
    let mut clips = clips(6);
    for clip in &mut clips {
        clip.pause_after = Duration::ZERO;
    }
    // Speech to the very edge, with an offset: the hardest there is.
    let open = |clip: usize| {
        let mut take = recording(RATE, clip, 0.0, 1.0, 0.0);
        for sample in &mut take.samples {
            *sample += 2_000;
        }
        Ok(Some(take))
    };
    let parts = one(folder.path(), 6);
    let made = assemble(
        &clips,
        opened(&open),
        &parts,
        &settings(Finish::AsSpoken),
        &mut go_on,
    )
    .unwrap();
    let samples = samples_in(&parts[0].path);
    let step_at = |at: usize| i32::from(samples[at]).abs_diff(i32::from(samples[at - 1]));
    let joins: Vec<usize> = made.heard[1..]
        .iter()
        .map(|heard| samples_of(heard.speech.start, RATE) as usize)
        .collect();
    let mut inside: Vec<u32> = (1..samples.len())
        .filter(|at| joins.iter().all(|join| join.abs_diff(*at) > 240))
        .map(step_at)
        .collect();
    inside.sort_unstable();
    let bar = inside[inside.len() * 999 / 1_000];
    for join in joins {
        for at in join - 120..join + 120 {
            assert!(step_at(at) <= bar, "a step of {} at {at}", step_at(at));
        }
    }
}

#[test]
fn chapters_become_files_and_nothing_is_replaced_unasked() {
    let folder = tempfile::tempdir().unwrap();
    let clips = clips(7);
    let parts: Vec<Part> = parts(&clips, Split::Chapter)
        .into_iter()
        .enumerate()
        .map(|(number, clips)| Part {
            path: folder.path().join(format!("{number}.wav")),
            clips,
            ..Part::default()
        })
        .collect();
    let settings = Settings {
        depth: Depth::Bits24,
        ..settings(Finish::Acx)
    };
    let made = assemble(&clips, opened(&open), &parts, &settings, &mut go_on).unwrap();
    assert_eq!(made.files.len(), 3);
    for file in &made.files {
        assert!(fs::metadata(&file.path).unwrap().len() > 80);
        assert!((-23.0..=-18.0).contains(&file.measured.rms), "{file:?}");
        assert!(file.measured.true_peak <= -3.0);
    }
    let again = assemble(&clips, opened(&open), &parts, &settings, &mut go_on);
    assert!(matches!(again, Err(AssemblyError::Exists(_))));
}

#[test]
fn progress_only_grows_and_ends_with_all() {
    let folder = tempfile::tempdir().unwrap();
    let clips = clips(7);
    for format in [Format::Wav, Format::Mp3, Format::Flac, Format::Opus] {
        let parts = [0..2, 2..7].map(|clips| Part {
            path: folder
                .path()
                .join(format!("{}.{}", clips.start, format.ending())),
            clips,
            ..Part::default()
        });
        let settings = Settings {
            format,
            ..settings(Finish::Podcast)
        };
        let mut shares = Vec::new();
        let mut note = |progress: Progress| {
            shares.push(progress.share());
            ControlFlow::Continue(())
        };
        assemble(&clips, opened(&open), &parts, &settings, &mut note).unwrap();
        assert!(shares.is_sorted(), "{format:?}: {shares:?}");
        assert_eq!(shares[0], 0.0);
        let last = shares[shares.len() - 1];
        assert!((last - 1.0).abs() < 1e-9, "{format:?}: {last}");
    }
}

#[test]
fn an_assembly_that_is_stopped_or_fails_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let clips = clips(7);
    let parts = one(folder.path(), 7);
    let moments: [fn(&Progress) -> bool; 4] = [
        |_| true,
        |progress| progress.surveyed == 4,
        |progress| progress.written == 3,
        |progress| progress.checked > 0.0,
    ];
    for (number, is_the_moment) in moments.into_iter().enumerate() {
        let mut stop = |progress: Progress| match is_the_moment(&progress) {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        };
        let settings = settings(Finish::Podcast);
        let stopped = assemble(&clips, opened(&open), &parts, &settings, &mut stop);
        assert!(matches!(stopped, Err(AssemblyError::Cancelled)), "{number}");
        assert!(fs::read_dir(folder.path()).unwrap().next().is_none());
    }
    let broken = |clip: usize| {
        if clip == 5 {
            Err("gone".into())
        } else {
            open(clip)
        }
    };
    let failed = assemble(
        &clips,
        opened(&broken),
        &parts,
        &settings(Finish::Podcast),
        &mut go_on,
    );
    assert!(matches!(failed, Err(AssemblyError::Take { clip: 5, .. })));
    let silent = |_: usize| Ok(None);
    let nothing = assemble(
        &clips,
        opened(&silent),
        &parts,
        &settings(Finish::Podcast),
        &mut go_on,
    );
    assert!(matches!(nothing, Err(AssemblyError::Nothing)));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn cues_stand_where_they_are_asked_to() {
    let folder = tempfile::tempdir().unwrap();
    let mut clips = clips(3);
    for (clip, at) in clips.iter_mut().zip([1_000, 5_000, 5_500]) {
        clip.begins = Some(Duration::from_millis(at));
    }
    let parts = one(folder.path(), 3);
    let made = assemble(
        &clips,
        opened(&open),
        &parts,
        &settings(Finish::Podcast),
        &mut go_on,
    )
    .unwrap();
    assert_eq!(made.heard[0].speech.start, Duration::from_secs(1));
    assert_eq!(made.heard[1].speech.start, Duration::from_secs(5));
    assert_eq!(made.heard[1].late, Duration::ZERO);
    assert!(
        made.heard[2].late > Duration::from_millis(800),
        "{:?}",
        made.heard[2]
    );
}

#[test]
fn chapters_of_one_file_begin_where_their_first_words_do() {
    let folder = tempfile::tempdir().unwrap();
    let clips = clips(7);
    for format in [Format::Mp3, Format::Flac, Format::Opus] {
        let settings = Settings {
            format,
            overwrite: true,
            ..settings(Finish::Podcast)
        };
        let parts = one(folder.path(), 7);
        let made = assemble(&clips, opened(&open), &parts, &settings, &mut go_on).unwrap();
        let starts: Vec<u128> = [3, 6]
            .map(|clip| made.heard.iter().find(|heard| heard.clip == clip).unwrap())
            .map(|heard| heard.speech.start.as_millis())
            .to_vec();
        let bytes = fs::read(&parts[0].path).unwrap();
        if format == Format::Mp3 {
            let tag = id3::Tag::read_from2(std::io::Cursor::new(bytes)).unwrap();
            let found: Vec<u128> = tag.chapters().map(|one| one.start_time.into()).collect();
            assert_eq!((found.len(), found[0]), (3, 0));
            for (found, start) in found[1..].iter().zip(&starts) {
                assert!(found.abs_diff(*start) <= 30, "{found} for {start}");
            }
        } else {
            let text = String::from_utf8_lossy(&bytes);
            assert!(text.contains("CHAPTER000NAME=One"), "{format:?}");
            assert!(text.contains("CHAPTER001NAME=2"), "{format:?}");
            assert!(text.contains("CHAPTER002NAME=Three"), "{format:?}");
        }
    }
}

#[test]
fn what_was_noted_of_takes_gives_the_same_file_and_spares_looking() {
    let folder = tempfile::tempdir().unwrap();
    let clips = clips(7);
    let opened_times = std::sync::atomic::AtomicUsize::new(0);
    let counting = |clip: usize| {
        opened_times.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        open(clip)
    };
    let noted = |clip: usize| {
        let recording = open(clip).unwrap()?;
        Some(Known {
            look: crate::take::Look::at(&recording.samples, recording.rate),
            rate: recording.rate,
            samples: recording.samples.len(),
            words: Vec::new(),
        })
    };
    let noting = Source {
        open: &counting,
        noted: &noted,
    };
    let made = |source, finish| {
        let settings = Settings {
            overwrite: true,
            ..settings(finish)
        };
        let parts = one(folder.path(), 7);
        let made = assemble(&clips, source, &parts, &settings, &mut go_on).unwrap();
        (made, fs::read(&parts[0].path).unwrap())
    };
    assert!(made(opened(&open), Finish::AsSpoken) == made(noting, Finish::AsSpoken));
    // One has nothing to say, so nothing is known of it.
    assert_eq!(opened_times.load(std::sync::atomic::Ordering::Relaxed), 7);
    assert!(made(opened(&open), Finish::Podcast) == made(noting, Finish::Podcast));
}

#[test]
fn subtitles_of_a_voice_that_tells_its_words_begin_with_them() {
    use crate::captions::{Source as Times, Spoken, cues};
    let folder = tempfile::tempdir().unwrap();
    let mut clips = clips(4);
    for clip in &mut clips {
        // More than two lines hold, so that cues begin within a sentence too.
        clip.text = ["extraordinarily"; 12].join(" ");
    }
    // Each word is a burst of its own, with silence after it.
    let open = |clip: usize| {
        let lead = 0.1 + 0.07 * clip as f32;
        let mut take = recording(RATE, clip, lead, 12.0 * 0.4, 0.3);
        for word in 0..12 {
            let start = f64::from(lead) + 0.4 * f64::from(word);
            let end = start + 0.25;
            let quiet = (end * f64::from(RATE)) as usize;
            take.samples[quiet..][..3_600].fill(0);
            take.words.push(TimedWord {
                word: "extraordinarily".to_owned(),
                start,
                end,
            });
        }
        Ok(Some(take))
    };
    let parts = one(folder.path(), 4);
    let settings = settings(Finish::Podcast);
    let made = assemble(&clips, opened(&open), &parts, &settings, &mut go_on).unwrap();
    let found = outline(&samples_in(&parts[0].path), RATE).unwrap();
    let mut onsets = vec![time_of(found.speech.start as u64, RATE)];
    let ends = found.pauses.iter().map(|pause| pause.end as u64);
    onsets.extend(ends.map(|end| time_of(end, RATE)));
    assert_eq!(onsets.len(), 4 * 12);
    let spoken: Vec<Spoken<'_>> = made
        .heard
        .iter()
        .map(|heard| Spoken {
            text: &clips[heard.clip].text,
            speech: heard.speech.clone(),
            pauses: &heard.pauses,
            words: &heard.words,
        })
        .collect();
    let cues = cues(&spoken, Duration::MAX);
    assert!(cues.len() > 4, "{}", cues.len());
    let words = cues.iter().flat_map(|cue| &cue.words);
    for ((_, heard), onset) in words.zip(&onsets) {
        let off = heard.start.abs_diff(*onset);
        assert!(off <= Duration::from_millis(40), "{heard:?} at {onset:?}");
    }
    for cue in &cues {
        assert_eq!(cue.source, Times::Voice);
        let off = cue.shown.start.abs_diff(cue.words[0].1.start);
        assert!(off <= Duration::from_millis(2), "{cue:?}");
    }
}
