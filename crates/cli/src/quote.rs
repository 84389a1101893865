//! `peal quote`: what a narration would cost and take, before anything is spent.

use serde_json::json;
use studio::import;
use studio::quote::Estimate;
use studio::render::order;
use tokio::task::spawn_blocking;

use crate::arguments::QuoteArguments;
use crate::delivery::{delivery, speakers};
use crate::speak::joined;
use crate::terminal::Terminal;
use crate::trouble::Trouble;
use crate::{open_studio, words};

/// Quotes.
pub(crate) async fn run(arguments: &QuoteArguments, terminal: &Terminal) -> Result<(), Trouble> {
    let studio = open_studio(terminal)?;
    let delivery = delivery(&studio, &arguments.voice, terminal).await?;
    let (path, estimating) = (arguments.file.clone(), studio.clone());
    let (voice, speakers) = (delivery.voice.to_string(), speakers(arguments.dialogue));
    let estimate = spawn_blocking(move || {
        let document = import::read(std::slice::from_ref(&path))?;
        let script = estimating.cut(&document, &delivery, speakers);
        let casting = estimating.cast(&script, delivery);
        estimating.estimate(&order(&document, &script, &casting))
    });
    let estimate: Estimate =
        joined(estimate.await)?.map_err(|failure| Trouble::about(failure, &arguments.file))?;
    if terminal.wants_json() {
        return terminal.object(&json!({
            "voice": voice,
            "sentences": estimate.segments,
            "characters": estimate.characters,
            "owned": estimate.owned,
            "toBuy": estimate.to_buy,
            "price": estimate.price,
            "priceAsOf": estimate.price_as_of,
            "seconds": estimate.seconds,
            "secondsToMake": estimate.seconds_to_make,
            "bytes": estimate.bytes,
            "bytesFree": estimate.bytes_free,
        }));
    }
    let megabytes = |bytes: u64| format!("{:.0} MB", bytes as f64 / 1e6);
    let free = estimate
        .bytes_free
        .map(|free| format!(" ({} free)", megabytes(free)));
    for line in [
        format!("Voice       {voice}"),
        format!("Sentences   {}", estimate.segments),
        format!("Characters  {}", estimate.characters),
        format!("Owned       {}", estimate.owned),
        format!("To buy      {}", estimate.to_buy),
        format!(
            "Price       {}{}",
            words::dollars(estimate.price),
            estimate
                .price_as_of
                .map_or_else(String::new, |month| format!(" (prices of {month})"))
        ),
        format!("Length      about {}", words::length(estimate.seconds)),
        format!(
            "To make     about {}",
            words::length(estimate.seconds_to_make)
        ),
        format!(
            "Disk        about {}{}",
            megabytes(estimate.bytes),
            free.unwrap_or_default()
        ),
    ] {
        terminal.result(&line)?;
    }
    Ok(())
}
