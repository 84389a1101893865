//! The gain at which a narration is as loud as asked although limiting takes some of that away again: found by trying it on
//! some of the takes, evenly chosen.

use sound::gain_of;

use super::in_order::in_order;
use super::measure::Survey;
use super::shape::{Shaper, may_pass};
use super::timeline::Place;
use super::{AssemblyError, Open, Settings};

/// So many takes say enough: what one voice loses differs little from sentence to sentence.
const ENOUGH: usize = 64;
/// So near is near enough, in decibels.
const NEAR: f64 = 0.05;
const ATTEMPTS: usize = 5;
/// Beyond this, what is asked for cannot be had without harm: in decibels more than without limiting.
const MOST: f64 = 6.0;

/// Raises the gain until what is left after limiting is as loud as what was asked for.
///
/// # Errors
/// When a take cannot be opened.
pub(super) fn settle(
    open: &Open<'_>,
    survey: &mut Survey,
    settings: &Settings,
) -> Result<(), AssemblyError> {
    if !settings.finish.has_target() {
        return Ok(());
    }
    let wanted = survey.gain;
    for _ in 0..ATTEMPTS {
        let missing = wanted - (survey.gain + level_left(open, survey, settings)?);
        if missing.abs() < NEAR {
            break;
        }
        survey.gain = (survey.gain + missing).clamp(wanted, wanted + MOST);
    }
    Ok(())
}

/// What limiting makes of the level of the whole at the present gain, in decibels: at most 0.
fn level_left(open: &Open<'_>, survey: &Survey, settings: &Settings) -> Result<f64, AssemblyError> {
    let shaper = Shaper::new(open, survey, settings);
    let ceiling = shaper.ceiling(0.0);
    let gain = gain_of(survey.gain) as f32;
    let energy_of = |place: &Place| {
        survey.seen[place.clip]
            .as_ref()
            .map_or(0.0, |seen| seen.energy)
    };
    let peak_of = |place: &Place| {
        survey.seen[place.clip]
            .as_ref()
            .map_or(0.0, |seen| seen.peak)
    };
    let places = || survey.timelines.iter().flat_map(|line| &line.places);
    let all: f64 = places().map(energy_of).sum();
    let limited: Vec<&Place> = places()
        .filter(|place| may_pass(peak_of(place) * gain, ceiling))
        .collect();
    let chosen: Vec<&Place> = limited
        .iter()
        .step_by(limited.len().div_ceil(ENOUGH).max(1))
        .copied()
        .collect();
    let mut lost = 0.0;
    in_order(
        0..chosen.len(),
        |index| shaper.shape(chosen[index], survey.gain, ceiling),
        |index, shaped| {
            let shaped = shaped.map_err(|source| AssemblyError::Take {
                clip: chosen[index].clip,
                source,
            })?;
            lost += shaped.lost;
            Ok::<(), AssemblyError>(())
        },
    )?;
    let tried: f64 = chosen.iter().copied().map(energy_of).sum();
    let could_be: f64 = limited.iter().copied().map(energy_of).sum();
    let share = lost / tried.max(1e-30) * could_be / all.max(1e-30);
    Ok(10.0 * (1.0 - share).max(1e-3).log10())
}
