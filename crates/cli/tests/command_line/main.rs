//! `peal` as a person or a script uses it: the real program, against a real service on this machine.
//!
//! Nothing here reaches another machine, a person's settings or a keychain: every command runs in a [`place::Place`] of
//! its own.

#![expect(
    clippy::unwrap_used,
    reason = "what the tests share may fail a test as its own lines may"
)]

mod built_in;
mod cloud;
mod dictionaries;
mod ends;
mod faults;
mod files;
mod forms;
mod inspect;
mod judged;
mod key;
mod killed;
mod narrate;
mod place;
mod troubles;
mod usage;
mod voices;
