//! Pronounces words that no dictionary has, with a small character network. Its answer is one symbol a slot, where
//! repeats and blanks fold away.

use rten::{Model, NodeId};
use rten_tensor::NdTensor;
use rten_tensor::prelude::*;

use crate::Error;
use crate::network::{load_model, single_thread};

const SPELLING: &[char] = include!(concat!(env!("OUT_DIR"), "/spelling.rs"));
const SOUNDS: &[char] = include!(concat!(env!("OUT_DIR"), "/sounds.rs"));
const LONGEST_WORD: usize = include!(concat!(env!("OUT_DIR"), "/longest_word.rs"));

static MODEL: &[u8] = include_bytes!("../../assets/oov.onnx");

pub(super) struct UnknownWords {
    model: Model,
    input: NodeId,
    output: NodeId,
}

/// Whether the network has a notion of how this letter sounds.
pub(crate) fn is_readable(letter: char) -> bool {
    letter != '_' && SPELLING.binary_search(&letter).is_ok()
}

impl UnknownWords {
    pub(super) fn load() -> Result<UnknownWords, Error> {
        let model = load_model(MODEL)?;
        let (input, output) = (model.node_id("chars")?, model.node_id("ids")?);
        Ok(UnknownWords {
            model,
            input,
            output,
        })
    }

    /// The sound of a word; empty if none of its letters is known. Letters past the twenty-fourth are not heard.
    pub(super) fn pronounce(&self, word: &str) -> Result<String, Error> {
        let letters: Vec<i32> = word
            .chars()
            .filter_map(|letter| SPELLING.binary_search(&letter).ok())
            .filter_map(|index| i32::try_from(index + 1).ok())
            .take(LONGEST_WORD)
            .collect();
        if letters.is_empty() {
            return Ok(String::new());
        }
        let input = NdTensor::from_data([1, letters.len()], letters);
        let [output] = self.model.run_n(
            vec![(self.input, input.into())],
            [self.output],
            Some(single_thread()),
        )?;
        let slots: NdTensor<i32, 2> = output
            .try_into()
            .map_err(|_| Error::UnexpectedOutput { name: "ids" })?;
        let (mut sounds, mut previous) = (String::new(), 0);
        for &slot in slots.iter() {
            if slot != previous && slot > 0 {
                sounds.extend(
                    usize::try_from(slot - 1)
                        .ok()
                        .and_then(|index| SOUNDS.get(index)),
                );
            }
            previous = slot;
        }
        Ok(sounds)
    }
}
