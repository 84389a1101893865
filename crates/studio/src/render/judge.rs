//! Which takes sound wrong, by what is usual for their voice.
//!
//! What it is: the memory of [`narration::check`] over one render. The first takes come before it is known how the
//! voice speaks, so they are judged again once all are there.

use std::collections::{BTreeMap, HashMap};

use narration::check::{Measures, Norm};
use narration::synthesis::Utterance;

/// Judges the takes of one render.
#[derive(Default)]
pub(super) struct Judge {
    norms: HashMap<String, Norm>,
    /// Of takes that came in this run and were not yet judged for good.
    waiting: BTreeMap<usize, Measures>,
}

impl Judge {
    /// Whether a take that has just come is doubted. What is not is learnt from. One that was had for nothing was judged
    /// before, so it is not doubted.
    pub(super) fn hear(
        &mut self,
        piece: usize,
        utterance: &Utterance,
        measures: &Measures,
        bought: bool,
    ) -> bool {
        let norm = self.norms.entry(utterance.delivery.voice.to_string());
        let norm = norm.or_default();
        let doubted = bought && norm.doubt(measures, &utterance.text).is_some();
        if !doubted {
            norm.learn(measures.seconds, &utterance.text);
        }
        self.waiting.insert(piece, *measures);
        doubted
    }

    /// The pieces of this run that are doubted by all that is known now. Each is told once.
    pub(super) fn in_retrospect<'a>(
        &mut self,
        utterance_of: impl Fn(usize) -> &'a Utterance,
    ) -> Vec<usize> {
        let norms = &self.norms;
        let is_doubted = |(piece, measures): (usize, Measures)| {
            let utterance = utterance_of(piece);
            let norm = norms.get(&utterance.delivery.voice.to_string());
            let doubt = norm.and_then(|norm| norm.doubt(&measures, &utterance.text));
            doubt.map(|_| piece)
        };
        let waiting = std::mem::take(&mut self.waiting);
        waiting.into_iter().filter_map(is_doubted).collect()
    }
}
