//! `peal ledger`: what was bought, when, and for how much.

use serde_json::{Value, json};
use studio::ledger::Entry;
use tokio::task::spawn_blocking;

use crate::arguments::LedgerArguments;
use crate::speak::joined;
use crate::terminal::Terminal;
use crate::trouble::Trouble;
use crate::{open_studio, words};

pub(crate) async fn run(arguments: &LedgerArguments, terminal: &Terminal) -> Result<(), Trouble> {
    let ledger = open_studio(terminal)?.synthesizer().ledger().clone();
    let (narration, last) = (arguments.narration.clone(), arguments.last);
    let reading = ledger.clone();
    let read = spawn_blocking(move || {
        let ledger = reading;
        let totals = ledger.totals(narration.as_deref())?;
        Ok((totals, ledger.entries(narration.as_deref(), last)?))
    });
    let (totals, entries) =
        joined(read.await)?.map_err(|failure: studio::failure::Failure| failure)?;
    if let Some(aside) = ledger.set_aside() {
        terminal.remark(&words::ledger_rebuilt(&aside));
    }
    if terminal.wants_json() {
        let requests: Vec<Value> = entries.iter().map(object).collect();
        return terminal.object(&json!({
            "bought": totals.bought,
            "characters": totals.characters,
            "price": totals.price as f64 / 1e6,
            "unpricedCharacters": totals.unpriced,
            "reusedCharacters": totals.reused,
            "unanswered": totals.asked,
            "failed": totals.failed,
            "requests": requests,
        }));
    }
    for entry in entries.iter().rev() {
        let price = words::dollars(entry.price.map(|price| price as f64 / 1e6));
        terminal.result(&format!(
            "{}  {:6}  {:5}  {price}  {}  {}",
            words::moment(entry.at),
            entry.outcome.name(),
            entry.characters,
            entry.voice,
            entry.request_id.as_deref().unwrap_or("-"),
        ))?;
    }
    let price = words::dollars(Some(totals.price as f64 / 1e6));
    let price = match totals.unpriced {
        0 => price,
        all if all == totals.characters => "a price that is not known".to_owned(),
        some => format!("{price} and, for {some} of them, a price that is not known"),
    };
    terminal.result(&format!(
        "{} requests bought {} characters for {price}; {} characters were had again for nothing; {} failed, {} without an answer.",
        totals.bought,
        totals.characters,
        totals.reused,
        totals.failed,
        totals.asked,
    ))
}

fn object(entry: &Entry) -> Value {
    json!({
        "at": entry.at,
        "outcome": entry.outcome.name(),
        "characters": entry.characters,
        "price": entry.price.map(|price| price as f64 / 1e6),
        "voice": entry.voice,
        "requestId": entry.request_id,
        "narration": entry.render,
        "take": entry.fingerprint,
    })
}
