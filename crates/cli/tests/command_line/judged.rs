//! Finished files as a program of others finds them: ffmpeg, which shares no line with Peal, decodes and measures them.
#![cfg(unix)]

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::place::Place;

const BOOK: &str = "# The Keeper\n\nHe climbed the hundred and eleven steps, as he had done every evening for thirty \
years, and lit the lamp. Nobody saw him do it, and nobody would have thanked him.\n\n## Fog\n\nThe first night was quiet; \
the second was not. What he heard could have been a horn, or a whale, or the wind in the iron stairs.\n\n## Light\n\n\
Morning came, as it always does.\n";

/// One red point in PNG.
const PICTURE: &[u8] = &[
    137, 80, 78, 71, 13, 10, 26, 10, 0, 0, 0, 13, 73, 72, 68, 82, 0, 0, 0, 1, 0, 0, 0, 1, 8, 2, 0,
    0, 0, 144, 119, 83, 222, 0, 0, 0, 12, 73, 68, 65, 84, 120, 218, 99, 248, 207, 192, 0, 0, 3, 1,
    1, 0, 247, 3, 65, 67, 0, 0, 0, 0, 73, 69, 78, 68, 174, 66, 96, 130,
];

fn narrate(place: &Place, more: &[&str]) -> Value {
    place.write("book.md", BOOK.as_bytes());
    place.write("cover.png", PICTURE);
    let arguments = [&["narrate", "book.md", "-o", "out", "--json"][..], more].concat();
    let outcome = place.peal(&arguments).outcome();
    assert_eq!(outcome.code(), Some(0), "{}", outcome.messages());
    outcome.json()["narrations"][0]["files"][0].clone()
}

/// What a program prints on both outputs. One that finds fault with what it reads fails the test.
fn run(program: &str, arguments: &[&str], file: &str) -> (Vec<u8>, String) {
    let place = arguments.iter().position(|argument| *argument == "FILE");
    let (before, after) = arguments.split_at(place.unwrap());
    let output = Command::new(program)
        .args(before)
        .arg(file)
        .args(&after[1..])
        .output()
        .expect("`cargo xtask setup` installs it");
    let messages = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{file}: {messages}");
    (output.stdout, messages)
}

fn probe(file: &str) -> Value {
    let wanted = ["-show_format", "-show_streams", "-show_chapters"];
    let arguments = [&["-v", "error", "-of", "json"][..], &wanted, &["FILE"]].concat();
    let (found, complaints) = run("ffprobe", &arguments, file);
    assert_eq!(complaints, "", "{file}");
    serde_json::from_slice(&found).unwrap()
}

/// Loudness in LUFS and true peak in dBTP.
fn meter(file: &str) -> (f64, f64) {
    let filter = "ebur128=peak=true:framelog=verbose";
    let arguments = ["-hide_banner", "-nostats", "-i", "FILE", "-af", filter];
    let (_, said) = run(
        "ffmpeg",
        &[&arguments[..], &["-f", "null", "-"]].concat(),
        file,
    );
    let value = |name: &str| -> f64 {
        let line = said
            .lines()
            .rev()
            .find(|line| line.trim().starts_with(name));
        let number = line.and_then(|line| line.split_whitespace().nth(1));
        number.and_then(|number| number.parse().ok()).expect(name)
    };
    (value("I:"), value("Peak:"))
}

fn path_of(file: &Value) -> String {
    file["path"].as_str().unwrap().to_owned()
}

#[test]
fn every_format_is_as_loud_as_its_preset_by_the_meter_of_others() {
    let place = Place::new();
    let formats: [&[&str]; 5] = [
        &["--format", "wav"],
        &["--format", "wav", "--bits", "24"],
        &["--format", "mp3"],
        &["--format", "flac"],
        &["--format", "opus"],
    ];
    for (preset, wanted) in [("podcast", -16.0), ("audiobook", -19.0)] {
        for format in formats {
            let form = [format, &["--loudness", preset]].concat();
            let file = narrate(&place, &form);
            let (loudness, peak) = meter(&path_of(&file));
            assert!(
                (loudness - wanted).abs() <= 0.5,
                "{loudness} LUFS as {form:?}"
            );
            assert!(peak <= -1.0, "{peak} dBTP as {form:?}");
            let told = file["loudness"].as_f64().unwrap();
            // What is left out to save room is a little of the loudness too, and raises peaks, for which there is room.
            assert!((told - loudness).abs() <= 0.3, "{told}, heard {loudness}");
            assert!(file["truePeak"].as_f64().unwrap() >= peak - 0.6);
        }
    }
}

#[test]
fn a_voice_with_high_peaks_and_a_single_word_are_as_loud_as_others() {
    let place = Place::new();
    place.write("long.md", BOOK.repeat(4).as_bytes());
    place.write("word.md", b"Hello.");
    for (preset, wanted) in [("podcast", -16.0), ("audiobook", -19.0)] {
        for (text, format) in [
            ("long.md", "wav"),
            ("long.md", "opus"),
            ("long.md", "mp3"),
            ("word.md", "wav"),
        ] {
            let wish = format!(
                "narrate {text} -o {preset}-{format} --json --voice builtin/hibari-deep --loudness {preset} --format {format}"
            );
            let arguments: Vec<&str> = wish.split(' ').collect();
            let outcome = place.peal(&arguments).outcome();
            assert_eq!(outcome.code(), Some(0), "{}", outcome.messages());
            let file = outcome.json()["narrations"][0]["files"][0].clone();
            let (loudness, peak) = meter(&path_of(&file));
            assert!((loudness - wanted).abs() <= 0.5, "{loudness} LUFS: {wish}");
            assert!(peak <= -1.0, "{peak} dBTP: {wish}");
            let told = file["truePeak"].as_f64().unwrap();
            assert!(
                (told - peak).abs() <= 0.3,
                "{told} dBTP told, {peak} found: {wish}"
            );
        }
    }
}

/// What ACX asks for ("ACX audio submission requirements", acx.com): −23 to −18 dB RMS, peaks of −3 dB at most, noise of
/// −60 dB at most where nobody speaks, 0.5 to 1 s of it before the first word and 1 to 5 s after the last; MP3 with a
/// constant 192 kbit/s or more, 44.1 kHz, one chapter in each file.
#[test]
fn every_file_for_acx_is_what_acx_asks_for_by_the_meters_of_others() {
    let place = Place::new();
    place.write("book.md", BOOK.as_bytes());
    let wish = "narrate book.md -o out --json --loudness acx --split chapter --format";
    for format in ["mp3", "flac", "wav"] {
        let arguments: Vec<&str> = wish.split(' ').chain([format]).collect();
        let outcome = place.peal(&arguments).outcome();
        assert_eq!(outcome.code(), Some(0), "{}", outcome.messages());
        let told = outcome.json();
        let files = told["narrations"][0]["files"].as_array().unwrap();
        assert_eq!(files.len(), 3);
        for file in files {
            let path = path_of(file);
            let levels = levels(&path, &[]);
            let (rms, peak) = (levels("RMS level dB"), levels("Peak level dB"));
            assert!((-23.0..=-18.0).contains(&rms), "{rms} dB RMS in {path}");
            assert!(peak <= -3.0, "{peak} dB in {path}");
            let (head, tail) = silent_ends(&path);
            assert!((0.5..=1.0).contains(&head), "{head} s before {path}");
            assert!((1.0..=5.0).contains(&tail), "{tail} s after {path}");
            let room = ["-t", "0.5"];
            let noise = self::levels(&path, &room)("RMS level dB");
            assert!(noise <= -60.0, "{noise} dB before {path}");
            let sound = &probe(&path)["streams"][0];
            assert_eq!(sound["sample_rate"], "44100");
            if format == "mp3" {
                assert_eq!(sound["bit_rate"], "192000");
            }
        }
    }
}

/// What ffmpeg measures of a file, or of a part of it, by name.
fn levels(file: &str, part: &[&str]) -> impl Fn(&str) -> f64 {
    let filter = "astats=measure_perchannel=none";
    let all = [
        &["-hide_banner", "-nostats"][..],
        part,
        &["-i", "FILE", "-af", filter, "-f", "null", "-"],
    ];
    let (_, said) = run("ffmpeg", &all.concat(), file);
    move |name| {
        let line = said.lines().find(|line| line.contains(name));
        let number = line.and_then(|line| line.rsplit(' ').next()).unwrap();
        match number {
            "-inf" => f64::NEG_INFINITY,
            number => number.parse().unwrap(),
        }
    }
}

/// How long nothing above −60 dB is heard at the beginning and at the end, in seconds.
fn silent_ends(file: &str) -> (f64, f64) {
    let filter = "silencedetect=noise=-60dB:duration=0.3";
    let arguments = ["-hide_banner", "-nostats", "-i", "FILE", "-af", filter];
    let (_, said) = run(
        "ffmpeg",
        &[&arguments[..], &["-f", "null", "-"]].concat(),
        file,
    );
    let lengths: Vec<f64> = said
        .lines()
        .filter_map(|line| line.split("silence_duration: ").nth(1))
        .map(|number| number.trim().parse().unwrap())
        .collect();
    (lengths[0], lengths[lengths.len() - 1])
}

#[test]
fn every_format_decodes_whole_and_shows_title_chapters_and_cover() {
    let place = Place::new();
    for format in ["wav", "mp3", "flac", "opus"] {
        let file = narrate(&place, &["--format", format, "--cover", "cover.png"]);
        let path = path_of(&file);
        let found = probe(&path);
        let streams = found["streams"].as_array().unwrap();
        let sound = streams
            .iter()
            .find(|one| one["codec_type"] == "audio")
            .unwrap();
        let decode = ["-v", "error", "-xerror", "-i", "FILE", "-map", "0:a"];
        let raw = ["-ac", "1", "-ar", "48000", "-f", "s16le", "-"];
        let (samples, complaints) = run("ffmpeg", &[&decode[..], &raw].concat(), &path);
        assert_eq!(complaints, "", "{format}");
        let seconds = samples.len() as f64 / 96_000.0;
        let told = file["seconds"].as_f64().unwrap();
        assert!(
            (seconds - told).abs() < 0.08,
            "{format}: {seconds}, {told} told"
        );
        if format == "wav" {
            continue;
        }
        // Ogg has them with the stream, the others with the file.
        let tag = |name: &str| {
            let of = |tags: &Value| {
                let fields = tags.as_object()?.iter();
                let mut named = fields.filter(|(field, _)| field.eq_ignore_ascii_case(name));
                named.next().map(|(_, value)| value.clone())
            };
            of(&found["format"]["tags"]).or_else(|| of(&sound["tags"]))
        };
        assert_eq!(tag("title"), Some("The Keeper".into()), "{format}: {found}");
        let chapters = found["chapters"].as_array().unwrap();
        let titles: Vec<_> = chapters.iter().map(|one| &one["tags"]["title"]).collect();
        assert_eq!(titles, ["The Keeper", "Fog", "Light"], "{format}");
        let starts: Vec<f64> = chapters
            .iter()
            .map(|one| one["start_time"].as_str().unwrap().parse().unwrap())
            .collect();
        assert!(starts[0] < 0.05 && starts.is_sorted(), "{starts:?}");
        assert!(starts[2] > 5.0 && starts[2] < told, "{starts:?}");
        let is_cover = |one: &&Value| one["disposition"]["attached_pic"] == 1;
        let cover = streams.iter().find(is_cover).expect(format);
        assert_eq!((&cover["width"], &cover["height"]), (&1.into(), &1.into()));
    }
}

#[test]
fn subtitles_are_read_by_others_as_they_were_meant() {
    let place = Place::new();
    let file = narrate(&place, &["--captions", "json,srt,vtt,lrc"]);
    let named = |ending: &str| -> String {
        let all = file["captions"].as_array().unwrap().iter();
        let mut found = all.filter_map(Value::as_str);
        let is_it = |path: &&str| Path::new(path).extension().unwrap() == ending;
        found.find(is_it).unwrap().to_owned()
    };
    let ours: Value = serde_json::from_slice(&std::fs::read(named("json")).unwrap()).unwrap();
    let ours = ours["cues"].as_array().unwrap();
    assert!(ours.len() > 4, "{ours:?}");
    for ending in ["srt", "vtt"] {
        let path = named(ending);
        let arguments = ["-v", "warning", "-of", "json", "-show_packets", "FILE"];
        let (found, complaints) = run("ffprobe", &arguments, &path);
        assert_eq!(complaints, "", "{ending}");
        let found: Value = serde_json::from_slice(&found).unwrap();
        let packets = found["packets"].as_array().unwrap();
        assert_eq!(packets.len(), ours.len(), "{ending}");
        for (packet, cue) in packets.iter().zip(ours) {
            let time = |field: &str| -> f64 { packet[field].as_str().unwrap().parse().unwrap() };
            let (start, length) = (time("pts_time"), time("duration_time"));
            let (begins, ends) = (cue["start"].as_f64().unwrap(), cue["end"].as_f64().unwrap());
            assert!((start - begins).abs() < 0.002, "{packet} for {cue}");
            assert!((start + length - ends).abs() < 0.002, "{packet} for {cue}");
        }
    }
    // Written anew by another program, the words are the same.
    let words = |text: &[u8]| -> Vec<String> {
        let text = String::from_utf8_lossy(text).into_owned();
        let is_said = |line: &&str| {
            !line.contains("-->") && line.parse::<u32>().is_err() && !line.starts_with('[')
        };
        let said: Vec<&str> = text.lines().filter(is_said).collect();
        said.join(" ")
            .split_whitespace()
            .map(str::to_owned)
            .collect()
    };
    let own = words(&std::fs::read(named("srt")).unwrap());
    assert!(own.len() > 50, "{own:?}");
    for ending in ["srt", "vtt", "lrc"] {
        let arguments = ["-v", "warning", "-i", "FILE", "-f", "srt", "-"];
        let (anew, _) = run("ffmpeg", &arguments, &named(ending));
        assert_eq!(words(&anew), own, "{ending}");
    }
}
