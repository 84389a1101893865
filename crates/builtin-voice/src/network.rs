//! The acoustic network: phonemes in, the spectra of each 12.5 ms of speech out.

use std::sync::{Arc, LazyLock};

use rten::{Model, ModelOptions, NodeId, RunOptions, ThreadPool, op_registry};
use rten_tensor::NdTensor;
use rten_tensor::prelude::*;

use crate::Error;

static MODEL: &[u8] = include_bytes!("../assets/hibari.onnx");

/// The voice's alphabet: each phoneme with the number the network knows it by.
const PHONEME_IDS: &[(char, i32)] = include!(concat!(env!("OUT_DIR"), "/phoneme_ids.rs"));

/// The most phonemes given to the network at once. Its memory grows with their square.
pub(crate) const MAX_PHONEMES: usize = 400;

/// Frequency bins of a frame.
pub(crate) const BINS: usize = 601;

/// What the network says about each frame. The five spectra are `[1, BINS, frames]`, levels as natural logarithms.
pub(crate) struct Spectra {
    /// Level of the harmonics of the voice.
    pub(crate) harmonic_level: NdTensor<f32, 3>,
    /// Their phase, before `π·tanh`.
    pub(crate) harmonic_phase: NdTensor<f32, 3>,
    /// Level of the noise (breath, fricatives).
    pub(crate) noise_level: NdTensor<f32, 3>,
    /// Level of what is neither (bursts of plosives).
    pub(crate) free_level: NdTensor<f32, 3>,
    /// Its phase in radians.
    pub(crate) free_phase: NdTensor<f32, 3>,
    /// Pitch in Hz, `[1, frames]`; near 0 where there is no voice.
    pub(crate) pitch: NdTensor<f32, 2>,
    /// When each phoneme ends, in the network's own steps, which are longer than a frame. The first is the silence before the speech, the last that after it.
    pub(crate) ends: Vec<usize>,
}

impl Spectra {
    /// All frames belong to a phoneme, so the last one ends where they do.
    pub(crate) fn frames_per_step(&self) -> f32 {
        let steps = self.ends.last().copied().unwrap_or(0).max(1);
        self.pitch.size(1) as f32 / steps as f32
    }
}

pub(crate) struct AcousticNetwork {
    model: Model,
    inputs: [NodeId; 2],
    outputs: [NodeId; OUTPUTS.len()],
}

const OUTPUTS: [&str; 7] = ["lh", "theta", "ln", "lr", "phi", "f0", ENDS];

/// Inside the network: the sums of the durations, by which it stretches phonemes to frames.
const ENDS: &str = "/CumSum_output_0";

impl AcousticNetwork {
    pub(crate) fn load() -> Result<AcousticNetwork, Error> {
        let model = load_model(MODEL)?;
        let inputs = [model.node_id("ids")?, model.node_id("speed")?];
        let mut outputs = [inputs[0]; OUTPUTS.len()];
        for (id, name) in outputs.iter_mut().zip(OUTPUTS) {
            *id = model.node_id(name)?;
        }
        Ok(AcousticNetwork {
            model,
            inputs,
            outputs,
        })
    }

    /// The spectra of one utterance; `None` if the phonemes have no sound. `speed` divides all durations.
    pub(crate) fn spectra(&self, phonemes: &str, speed: f32) -> Result<Option<Spectra>, Error> {
        if !is_audible(phonemes) {
            return Ok(None);
        }
        let sounds = phonemes.chars().filter_map(phoneme_id).take(MAX_PHONEMES);
        let ids: Vec<i32> = std::iter::once(0)
            .chain(sounds)
            .chain(std::iter::once(0))
            .collect();
        let inputs = vec![
            (
                self.inputs[0],
                NdTensor::from_data([1, ids.len()], ids).into(),
            ),
            (self.inputs[1], NdTensor::from_data([1], vec![speed]).into()),
        ];
        let outputs = self
            .model
            .run_n(inputs, self.outputs, Some(single_thread()))?;
        let [
            harmonic_level,
            harmonic_phase,
            noise_level,
            free_level,
            free_phase,
            pitch,
            ends,
        ] = outputs;
        let spectrum = |value: rten::Value, name| -> Result<NdTensor<f32, 3>, Error> {
            value
                .try_into()
                .map_err(|_| Error::UnexpectedOutput { name })
        };
        Ok(Some(Spectra {
            harmonic_level: spectrum(harmonic_level, "lh")?,
            harmonic_phase: spectrum(harmonic_phase, "theta")?,
            noise_level: spectrum(noise_level, "ln")?,
            free_level: spectrum(free_level, "lr")?,
            free_phase: spectrum(free_phase, "phi")?,
            pitch: pitch
                .try_into()
                .map_err(|_| Error::UnexpectedOutput { name: "f0" })?,
            ends: whole_numbers(ends).ok_or(Error::UnexpectedOutput { name: "durations" })?,
        }))
    }
}

/// The elements of a tensor of whole numbers, whichever type holds them.
fn whole_numbers(value: rten::Value) -> Option<Vec<usize>> {
    match value {
        rten::Value::Int32Tensor(numbers) => numbers
            .iter()
            .map(|number| usize::try_from(*number).ok())
            .collect(),
        rten::Value::FloatTensor(numbers) => Some(
            numbers
                .iter()
                .map(|number| number.round() as usize)
                .collect(),
        ),
        _ => None,
    }
}

/// Whether any of the phonemes is more than a pause or a mark.
fn is_audible(phonemes: &str) -> bool {
    phonemes
        .chars()
        .any(|phoneme| phoneme.is_alphabetic() && phoneme_id(phoneme).is_some())
}

/// Whether the network is given this phoneme; it does not know the others.
pub(crate) fn is_given(phoneme: char) -> bool {
    phoneme_id(phoneme).is_some()
}

fn phoneme_id(phoneme: char) -> Option<i32> {
    let at = PHONEME_IDS
        .binary_search_by_key(&phoneme, |(known, _)| *known)
        .ok()?;
    Some(PHONEME_IDS[at].1)
}

/// Reads a network of the voice. Only the operators that the two networks are made of are built in: all others together
/// would be a tenth of the program.
pub(crate) fn load_model(onnx: &'static [u8]) -> Result<Model, Error> {
    let operators = op_registry!(
        Add,
        ArgMax,
        Cast,
        Clip,
        Concat,
        Conv,
        CumSum,
        Div,
        DynamicQuantizeLinear,
        Erf,
        Exp,
        Gather,
        GreaterOrEqual,
        LayerNormalization,
        Log,
        MatMul,
        MatMulInteger,
        Mul,
        Pow,
        Range,
        ReduceSum,
        Relu,
        Reshape,
        Round,
        Shape,
        Slice,
        Softmax,
        Split,
        Sub,
        Tile,
        Transpose,
        Unsqueeze
    );
    Ok(ModelOptions::with_ops(operators).load_static_slice(onnx)?)
}

/// Options to run a network on one thread: a second one makes it no faster, and would take the core from the player.
pub(crate) fn single_thread() -> RunOptions {
    static POOL: LazyLock<Arc<ThreadPool>> =
        LazyLock::new(|| Arc::new(ThreadPool::with_num_threads(1)));
    RunOptions::default().with_thread_pool(Some(POOL.clone()))
}
