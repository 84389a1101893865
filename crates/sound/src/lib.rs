//! Arithmetic on samples: where speech lies in a recording, how loud it is, other rates, peaks kept below a ceiling.
//!
//! What it is: pure functions of mono samples, compiled with optimisation even in debug builds, since they touch every
//! sample of a book. What it is not: it knows no files, no formats, no voices and no documents.
//!
//! Samples are `i16` as voices give them, or `f32` with full scale at ±1. Levels are in decibels relative to full scale
//! (dBFS) or, where they are weighted for the ear, in LUFS.

mod level;
mod limit;
mod outline;
mod resample;
mod true_peak;

pub use level::{Loudness, Weighting, decibels, gain_of, squares};
pub use limit::limit;
pub use outline::{Outline, outline};
pub use resample::Resampler;
pub use true_peak::TruePeak;
