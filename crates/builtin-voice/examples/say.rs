//! Speaks a text into a WAV file: `say TEXT OUT.wav [SPEED] [natural|deep|low|bright]`.

use std::error::Error;

use builtin_voice::{Options, SAMPLE_RATE, Voice, presets};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [text, path, rest @ ..] = arguments.as_slice() else {
        return Err("usage: say TEXT OUT.wav [SPEED] [natural|deep|low|bright]".into());
    };
    let mut options = Options::default();
    if let Some(speed) = rest.first() {
        options.speed = speed.parse()?;
    }
    if let Some(timbre) = rest.get(1) {
        let named = |preset: &&builtin_voice::Preset| {
            format!("{:?}", preset.timbre).eq_ignore_ascii_case(timbre)
        };
        options.timbre = presets().iter().find(named).ok_or("no such timbre")?.timbre;
    }
    let voice = Voice::load()?;
    let format = hound::WavSpec {
        channels: 1,
        sample_rate: SAMPLE_RATE,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut wav = hound::WavWriter::create(path, format)?;
    for passage in voice.speak(text, &options) {
        let passage = passage?;
        eprintln!(
            "{:6.2} s  {}",
            passage.samples.len() as f64 / f64::from(SAMPLE_RATE),
            &text[passage.text.clone()]
        );
        for sample in passage.samples {
            wav.write_sample((sample * f32::from(i16::MAX)).round() as i16)?;
        }
    }
    wav.finalize()?;
    Ok(())
}
