//! `peal key`: what may be known of the key, and its way into the keychain and out of it.

use std::io::{self, IsTerminal};

use serde_json::json;
use studio::account::KeyOutcome;
use studio::failure::{Failure, FailureKind};
use studio::keychain::{KeyCheck, KeyStore};
use studio::zeroize::Zeroizing;

use crate::arguments::KeyAction;
use crate::terminal::{Terminal, hidden_line, standard_input};
use crate::trouble::{Stop, Trouble};
use crate::{open_studio, words};

/// Far longer than any key.
const LONGEST_INPUT: u64 = 10_000;

pub(crate) async fn run(action: &KeyAction, terminal: &Terminal) -> Result<(), Trouble> {
    match action {
        KeyAction::Status { check, .. } => status(*check, terminal).await,
        KeyAction::Set { refused } if refused.is_empty() => set(terminal).await,
        KeyAction::Set { .. } => Err(Trouble::usage(words::KEY_IS_NO_ARGUMENT)),
        KeyAction::Forget => forget(terminal).await,
    }
}

async fn status(check: bool, terminal: &Terminal) -> Result<(), Trouble> {
    let studio = open_studio(terminal)?;
    let account = studio.account();
    account.look_for_key_once().await;
    if check && account.status().present {
        account.check().await;
    }
    let status = account.status();
    if terminal.wants_json() {
        terminal.object(&json!({
            "present": status.present,
            "store": status.store,
            "keychain": status.keychain,
            "check": status.check,
        }))?;
    } else {
        terminal.result(&words::key_source(status.store))?;
        terminal.result(words::keychain_state(status.keychain))?;
        if let Some(answer) = words::key_check(status.check) {
            terminal.result(answer)?;
        }
    }
    // What it says is the result, said already; what is left is the exit code.
    match status.check {
        _ if !status.present => Err(Trouble::Said(FailureKind::NoKey)),
        KeyCheck::Refused => Err(Trouble::Said(FailureKind::Unauthorized)),
        KeyCheck::NoAccess => Err(Trouble::Said(FailureKind::Forbidden)),
        KeyCheck::Unreachable => Err(Trouble::Said(FailureKind::Offline)),
        KeyCheck::Unknown | KeyCheck::Checking | KeyCheck::Accepted => Ok(()),
    }
}

async fn set(terminal: &Terminal) -> Result<(), Trouble> {
    let studio = open_studio(terminal)?;
    let account = studio.account();
    let text = offered_key().await?;
    let outcome = account.offer_and_wait(&text).await;
    drop(text);
    match outcome {
        KeyOutcome::Accepted => {}
        KeyOutcome::NoAccess => terminal.remark(words::KEY_KEPT_NO_ACCESS),
        KeyOutcome::Unreachable | KeyOutcome::Checking => {
            terminal.remark(words::KEY_KEPT_UNCHECKED);
        }
        KeyOutcome::NoKey => return Err(Trouble::KeyNotKept(words::NOT_A_KEY.to_owned())),
        KeyOutcome::Refused => return Err(FailureKind::Unauthorized.into()),
        KeyOutcome::ChooseSession => {
            return Err(Trouble::KeyNotKept(words::key_not_kept(
                account.status().keychain,
            )));
        }
    }
    terminal.result(words::KEY_KEPT)?;
    if account.status().store == Some(KeyStore::Environment) {
        terminal.remark(words::ENVIRONMENT_FIRST);
    }
    Ok(())
}

/// What was given on standard input, or typed.
async fn offered_key() -> Result<Zeroizing<String>, Trouble> {
    let read = if io::stdin().is_terminal() {
        hidden_line(words::KEY_PROMPT)
            .await
            .map(Option::unwrap_or_default)
    } else {
        standard_input(LONGEST_INPUT).await.map(|bytes| {
            let text = std::str::from_utf8(&bytes).unwrap_or_default();
            Zeroizing::new(text.to_owned())
        })
    };
    read.map_err(|error| match error.kind() {
        io::ErrorKind::Interrupted => Trouble::Stopped(Stop::Interrupted),
        _ => Failure::new(FailureKind::Unreadable, error.to_string()).into(),
    })
}

async fn forget(terminal: &Terminal) -> Result<(), Trouble> {
    let studio = open_studio(terminal)?;
    let account = studio.account();
    let is_environment = account.status().store == Some(KeyStore::Environment);
    let had = account.forget().await?;
    // With a key in the environment it is not known whether the keychain had one as well; it has none now.
    terminal.result(if had {
        words::KEY_FORGOTTEN
    } else {
        words::NO_KEY_TO_FORGET
    })?;
    if is_environment {
        terminal.remark(words::ENVIRONMENT_STAYS);
    }
    Ok(())
}
