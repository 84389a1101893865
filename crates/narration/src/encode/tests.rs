use std::io::Cursor;

use id3::TagLike;

use super::*;

const FORMATS: [Format; 4] = [Format::Wav, Format::Mp3, Format::Flac, Format::Opus];

/// One grey point.
const PICTURE: &[u8] = &[
    137, 80, 78, 71, 13, 10, 26, 10, 0, 0, 0, 13, 73, 72, 68, 82, 0, 0, 0, 1, 0, 0, 0, 1, 8, 0, 0,
    0, 0, 58, 126, 155, 85, 0, 0, 0, 10, 73, 68, 65, 84, 120, 218, 99, 104, 0, 0, 0, 130, 0, 129,
    218, 69, 8, 59, 0, 0, 0, 0, 73, 69, 78, 68, 174, 66, 96, 130,
];

/// A voice that swells, and what is between words.
fn sound(rate: u32, seconds: f32) -> Vec<f32> {
    (0..(seconds * rate as f32) as usize)
        .map(|n| {
            let time = n as f32 / rate as f32;
            let swell = (time * 9.0).sin().max(0.0);
            let tone = |hertz: f32| (time * hertz * std::f32::consts::TAU).sin();
            0.3 * swell * (tone(140.0) + 0.5 * tone(700.0) + 0.2 * tone(1_900.0))
        })
        .collect()
}

fn form(format: Format, rate: u32, total: usize) -> Form {
    Form {
        format,
        rate,
        depth: Depth::Bits16,
        total: total as u64,
        constant: false,
    }
}

fn tags() -> Tags {
    let mark = |title: &str, from: u64, to: u64| Mark {
        title: title.to_owned(),
        time: Duration::from_millis(from)..Duration::from_millis(to),
    };
    Tags {
        title: "The Keeper".to_owned(),
        album: "The Keeper".to_owned(),
        author: Some("A. Writer".to_owned()),
        track: Some((2, 7)),
        chapters: vec![mark("Fog – Nebel", 0, 1_500), mark("Light", 1_500, 3_000)],
        cover: Cover::new(PICTURE.to_vec()),
    }
}

fn encoded(form: Form, samples: &[f32]) -> (Vec<u8>, Written) {
    let mut out = Cursor::new(Vec::new());
    let mut encoder = Encoder::new(&mut out, form, &tags()).unwrap();
    for block in samples.chunks(777) {
        encoder.write(&form.pack(block.to_vec())).unwrap();
    }
    let written = encoder.finish().unwrap();
    (out.into_inner(), written)
}

#[test]
fn every_format_comes_back_as_it_went_in() {
    for format in FORMATS {
        for rate in [8_000, 24_000, 44_100] {
            let rate = format.rate_for(rate);
            // Lengths that are no whole number of frames, and one that is shorter than any.
            for seconds in [3.0, 1.2347, 0.01] {
                let samples = sound(rate, seconds);
                let form = form(format, rate, samples.len());
                let (bytes, written) = encoded(form, &samples);
                let found = written.compare(Cursor::new(bytes), form).unwrap();
                assert_eq!(found.fault, None, "{format:?} {rate} {seconds}");
            }
        }
    }
}

#[test]
fn a_file_that_is_cut_off_or_changed_is_found_out() {
    for format in FORMATS {
        let rate = format.rate_for(24_000);
        let samples = sound(rate, 3.0);
        let form = form(format, rate, samples.len());
        let (bytes, written) = encoded(form, &samples);
        let half = bytes[..bytes.len() / 2].to_vec();
        let found = written.compare(Cursor::new(half), form);
        assert!(
            !found.is_ok_and(|found| found.fault.is_none()),
            "{format:?} cut"
        );
        let (mut bytes, written) = encoded(form, &samples);
        let middle = bytes.len() / 2;
        bytes[middle..middle + 2_000].fill(0);
        let found = written.compare(Cursor::new(bytes), form);
        assert!(
            !found.is_ok_and(|found| found.fault.is_none()),
            "{format:?} changed"
        );
    }
}

#[test]
fn an_mp3_file_tells_its_title_its_chapters_and_its_cover() {
    let samples = sound(24_000, 3.0);
    let (bytes, _) = encoded(form(Format::Mp3, 24_000, samples.len()), &samples);
    let tag = id3::Tag::read_from2(Cursor::new(bytes)).unwrap();
    let names: Vec<_> = tag
        .chapters()
        .map(|chapter| {
            (
                chapter.start_time,
                chapter.end_time,
                chapter.frames[0].to_string(),
            )
        })
        .collect();
    assert_eq!(names.len(), 2);
    assert_eq!((names[1].0, names[1].1), (1_500, 3_000));
    assert!(names[0].2.contains("Fog – Nebel"), "{names:?}");
    assert_eq!(tag.tables_of_contents().next().unwrap().elements.len(), 2);
    assert!(tag.get("APIC").is_some());
    assert_eq!(
        (tag.title(), tag.artist(), tag.track()),
        (Some("The Keeper"), Some("A. Writer"), Some(2))
    );
}

#[test]
fn comments_give_chapters_as_players_read_them() {
    let fields = comments(&tags());
    let value = |name: &str| {
        let found = fields.iter().find(|(field, _)| field == name);
        found.map(|(_, value)| value.as_str())
    };
    assert_eq!(value("CHAPTER001"), Some("00:00:01.500"));
    assert_eq!(value("CHAPTER001NAME"), Some("Light"));
    assert_eq!(value("TRACKNUMBER"), Some("2"));
}

#[test]
fn only_a_picture_is_a_cover() {
    assert!(Cover::new(PICTURE.to_vec()).is_some());
    assert!(Cover::new(PICTURE[..12].to_vec()).is_none());
    assert!(Cover::new(b"GIF89a".to_vec()).is_none());
}

/// A disk that is full after some bytes.
struct Full {
    file: Cursor<Vec<u8>>,
    room: u64,
}

impl Write for Full {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.file.position() + bytes.len() as u64 > self.room {
            return Err(io::ErrorKind::StorageFull.into());
        }
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Seek for Full {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.file.seek(to)
    }
}

#[test]
fn a_full_disk_is_told_as_one_in_every_format() {
    for format in [Format::Wav, Format::Mp3, Format::Flac, Format::Opus] {
        for room in [0, 20_000] {
            let form = Form {
                format,
                rate: 24_000,
                depth: Depth::Bits16,
                total: 24_000 * 20,
                constant: false,
            };
            let noise = |n: u32| (n.wrapping_mul(2_654_435_761) >> 8) as f32 / 16_777_216.0 - 0.5;
            let write = || -> io::Result<()> {
                let file = Cursor::new(Vec::new());
                let mut encoder = Encoder::new(Full { file, room }, form, &Tags::default())?;
                for second in 0..20 {
                    let samples = (0..24_000).map(|n| noise(n + second * 24_000)).collect();
                    encoder.write(&form.pack(samples))?;
                }
                encoder.finish().map(drop)
            };
            let error = write().expect_err("there is no room");
            assert_eq!(error.kind(), io::ErrorKind::StorageFull, "{format:?}");
        }
    }
}
