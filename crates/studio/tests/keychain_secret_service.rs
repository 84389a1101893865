//! The keychain against a real `gnome-keyring-daemon`, seen from outside with `secret-tool`.
#![cfg(target_os = "linux")]
#![expect(
    clippy::unwrap_used,
    reason = "a test may end where something cannot be had"
)]

mod keychain_desktop;

use std::fs;
use std::time::{Duration, Instant};

use keychain_desktop::{
    PATIENCE, contains, contains_key, files_below, in_own_session, looked_up, new_key, now, origin,
    put_from_outside, wait_until,
};
use studio::home::Home;
use studio::keychain::{
    AT_START, KeyCheck, KeyRing, KeyStatus, KeyStore, Keychain, KeychainError, KeychainState,
};
use studio::settings::SettingsFile;

const SERVICE: &str = "Peal (test)";
const OURS: &str = "https://api.smallest.ai";
const OTHER: &str = "http://127.0.0.1:8080";

fn keychain() -> Keychain {
    Keychain::named(SERVICE)
}

fn stored(keychain: &Keychain, at: &str) -> Result<Option<String>, KeychainError> {
    let key = now(keychain.load(&origin(at), PATIENCE))?;
    Ok(key.map(|key| key.expose().to_owned()))
}

#[test]
fn a_stored_key_is_seen_from_outside_and_replaced_by_the_next() {
    in_own_session(
        "a_stored_key_is_seen_from_outside_and_replaced_by_the_next",
        |desktop| {
            desktop.start();
            let keychain = keychain();
            assert_eq!(stored(&keychain, OURS), Ok(None));
            for key in [new_key(), new_key()] {
                now(keychain.store(&origin(OURS), &key, PATIENCE)).unwrap();
                let key = Some(key.expose().to_owned());
                assert_eq!(looked_up(SERVICE, &origin(OURS)), key);
                assert_eq!(stored(&keychain, OURS), Ok(key));
            }
        },
    );
}

#[test]
fn a_key_stored_by_another_program_is_read() {
    in_own_session("a_key_stored_by_another_program_is_read", |desktop| {
        desktop.start();
        let key = new_key();
        put_from_outside(SERVICE, &origin(OURS), key.expose());
        assert_eq!(stored(&keychain(), OURS), Ok(Some(key.expose().to_owned())));
    });
}

#[test]
fn two_entries_of_one_origin_become_one() {
    in_own_session("two_entries_of_one_origin_become_one", |desktop| {
        desktop.start();
        let keychain = keychain();
        let [ours, theirs, next] = [new_key(), new_key(), new_key()];
        now(keychain.store(&origin(OURS), &ours, PATIENCE)).unwrap();
        // The other program adds an attribute of its own, so this is a second entry.
        put_from_outside(SERVICE, &origin(OURS), theirs.expose());
        let found = stored(&keychain, OURS).unwrap().unwrap();
        assert!([ours.expose(), theirs.expose()].contains(&found.as_str()));
        now(keychain.store(&origin(OURS), &next, PATIENCE)).unwrap();
        assert_eq!(stored(&keychain, OURS), Ok(Some(next.expose().to_owned())));
        assert_eq!(now(keychain.forget(&origin(OURS), PATIENCE)), Ok(true));
        assert_eq!(looked_up(SERVICE, &origin(OURS)), None);
    });
}

#[test]
fn each_origin_has_its_own_key() {
    in_own_session("each_origin_has_its_own_key", |desktop| {
        desktop.start();
        let keychain = keychain();
        let [ours, others] = [new_key(), new_key()];
        now(keychain.store(&origin(OURS), &ours, PATIENCE)).unwrap();
        assert_eq!(stored(&keychain, OTHER), Ok(None));
        now(keychain.store(&origin(OTHER), &others, PATIENCE)).unwrap();
        assert_eq!(stored(&keychain, OURS), Ok(Some(ours.expose().to_owned())));
        assert_eq!(now(keychain.forget(&origin(OURS), PATIENCE)), Ok(true));
        assert_eq!(
            stored(&keychain, OTHER),
            Ok(Some(others.expose().to_owned()))
        );
        // Nor does a build for development see the key of a release.
        assert_eq!(stored(&Keychain::named("Peal (another)"), OTHER), Ok(None));
    });
}

#[test]
fn a_forgotten_key_is_gone_and_forgetting_twice_is_no_error() {
    in_own_session(
        "a_forgotten_key_is_gone_and_forgetting_twice_is_no_error",
        |desktop| {
            desktop.start();
            let keychain = keychain();
            now(keychain.store(&origin(OURS), &new_key(), PATIENCE)).unwrap();
            assert_eq!(now(keychain.forget(&origin(OURS), PATIENCE)), Ok(true));
            assert_eq!(looked_up(SERVICE, &origin(OURS)), None);
            assert_eq!(now(keychain.forget(&origin(OURS), PATIENCE)), Ok(false));
            assert_eq!(stored(&keychain, OURS), Ok(None));
        },
    );
}

#[test]
fn an_entry_that_is_no_key_is_reported_and_can_be_replaced() {
    in_own_session(
        "an_entry_that_is_no_key_is_reported_and_can_be_replaced",
        |desktop| {
            desktop.start();
            let keychain = keychain();
            put_from_outside(SERVICE, &origin(OURS), "my cat's name");
            assert_eq!(stored(&keychain, OURS), Err(KeychainError::NotAKey));
            let key = new_key();
            now(keychain.store(&origin(OURS), &key, PATIENCE)).unwrap();
            assert_eq!(stored(&keychain, OURS), Ok(Some(key.expose().to_owned())));
        },
    );
}

#[test]
fn a_locked_keychain_is_locked_within_the_deadline() {
    in_own_session(
        "a_locked_keychain_is_locked_within_the_deadline",
        |desktop| {
            desktop.start();
            let keychain = keychain();
            now(keychain.store(&origin(OURS), &new_key(), PATIENCE)).unwrap();
            desktop.lock();
            let since = Instant::now();
            let load = now(keychain.load(&origin(OURS), AT_START)).map(|_| ());
            assert!(since.elapsed() < AT_START);
            assert_eq!(load, Err(KeychainError::Locked));
            let store = now(keychain.store(&origin(OTHER), &new_key(), AT_START));
            assert_eq!(store, Err(KeychainError::Locked));
            let forget = now(keychain.forget(&origin(OURS), AT_START));
            assert_eq!(forget, Err(KeychainError::Locked));
            assert!(!keychain.is_waiting());
        },
    );
}

#[test]
fn a_keychain_that_comes_later_or_comes_back_works_without_a_restart() {
    in_own_session(
        "a_keychain_that_comes_later_or_comes_back_works_without_a_restart",
        |desktop| {
            let keychain = keychain();
            let ring = KeyRing::new(keychain.clone(), origin(OURS), None);
            let key = new_key();

            // No bus at all.
            assert_eq!(stored(&keychain, OURS), Err(KeychainError::Missing));
            assert_eq!(
                now(ring.keep(key.clone(), PATIENCE)),
                Err(KeychainError::Missing)
            );
            assert_eq!(ring.status().keychain, KeychainState::Missing);

            // A bus without a Secret Service.
            desktop.start_bus();
            assert_eq!(stored(&keychain, OURS), Err(KeychainError::Missing));

            desktop.start_keyring();
            now(ring.keep(key.clone(), PATIENCE)).unwrap();
            assert_eq!(ring.status().keychain, KeychainState::Ready);
            assert_eq!(
                looked_up(SERVICE, &origin(OURS)),
                Some(key.expose().to_owned())
            );

            desktop.end_keyring();
            assert_eq!(stored(&keychain, OURS), Err(KeychainError::Missing));
            desktop.start_keyring();
            assert_eq!(stored(&keychain, OURS), Ok(Some(key.expose().to_owned())));
        },
    );
}

#[test]
fn a_desktop_without_a_collection_has_no_keychain_to_store_in() {
    in_own_session(
        "a_desktop_without_a_collection_has_no_keychain_to_store_in",
        |desktop| {
            desktop.start_bus();
            desktop.start_keyring_without_collection();
            let keychain = keychain();
            assert_eq!(stored(&keychain, OURS), Ok(None));
            // A collection could be created, but there is nobody to ask for its password.
            let store = now(keychain.store(&origin(OURS), &new_key(), PATIENCE));
            assert_eq!(store, Err(KeychainError::Missing));
        },
    );
}

#[test]
fn an_unanswered_prompt_holds_up_nobody() {
    in_own_session("an_unanswered_prompt_holds_up_nobody", |desktop| {
        desktop.start();
        let keychain = keychain();
        now(keychain.store(&origin(OURS), &new_key(), PATIENCE)).unwrap();
        desktop.lock();
        let nobody = desktop.show_prompts_to_nobody();
        let ring = KeyRing::new(keychain.clone(), origin(OURS), None);

        let short = Duration::from_millis(300);
        let read = now(ring.key(short)).map(|_| ());
        assert_eq!(read, Err(KeychainError::TimedOut));
        assert_eq!(ring.status().keychain, KeychainState::Waiting);
        assert!(keychain.is_waiting());

        // Everyone else is told at once, whatever their patience.
        let since = Instant::now();
        let store = now(keychain.store(&origin(OTHER), &new_key(), PATIENCE));
        assert_eq!(store, Err(KeychainError::Waiting));
        assert!(since.elapsed() < PATIENCE / 10);
        // A key for this session needs no keychain.
        ring.keep_for_this_session(new_key());
        assert_eq!(ring.status().store, Some(KeyStore::Session));

        // The prompt goes away; the late answer is heard without asking again.
        drop(nobody);
        wait_until("the late answer is heard", || {
            ring.status().keychain == KeychainState::Locked
        });
        wait_until("the keychain is free again", || !keychain.is_waiting());
        let load = now(keychain.load(&origin(OURS), PATIENCE)).map(|_| ());
        assert_eq!(load, Err(KeychainError::Locked));
    });
}

#[test]
fn a_key_that_is_kept_late_is_kept_if_it_is_still_wanted() {
    in_own_session(
        "a_key_that_is_kept_late_is_kept_if_it_is_still_wanted",
        |desktop| {
            desktop.start();
            let ring = KeyRing::new(keychain(), origin(OURS), None);
            let key = new_key();
            desktop.pause_keyring();
            let keep = now(ring.keep(key.clone(), Duration::from_millis(300)));
            assert_eq!(keep, Err(KeychainError::TimedOut));
            assert_eq!(ring.status().keychain, KeychainState::Waiting);
            assert!(!ring.status().present);
            desktop.resume_keyring();
            wait_until("the key is kept", || {
                ring.status().store == Some(KeyStore::Keychain)
            });
            assert_eq!(ring.status().keychain, KeychainState::Ready);
            assert_eq!(
                looked_up(SERVICE, &origin(OURS)),
                Some(key.expose().to_owned())
            );
        },
    );
}

#[test]
fn what_nobody_waits_for_any_more_does_not_stay_stored() {
    in_own_session(
        "what_nobody_waits_for_any_more_does_not_stay_stored",
        |desktop| {
            desktop.start();
            let keychain = keychain();
            let short = Duration::from_millis(300);
            let is_free = || !keychain.is_waiting();

            desktop.pause_keyring();
            let store = now(keychain.store(&origin(OTHER), &new_key(), short));
            assert_eq!(store, Err(KeychainError::TimedOut));
            desktop.resume_keyring();
            wait_until("the call has ended", is_free);
            assert_eq!(looked_up(SERVICE, &origin(OTHER)), None);

            // The person changes their mind while the keychain is being waited for.
            let ring = KeyRing::new(keychain.clone(), origin(OURS), None);
            desktop.pause_keyring();
            let keep = now(ring.keep(new_key(), short));
            assert_eq!(keep, Err(KeychainError::TimedOut));
            ring.keep_for_this_session(new_key());
            desktop.resume_keyring();
            wait_until("the call has ended", is_free);
            assert_eq!(looked_up(SERVICE, &origin(OURS)), None);
            assert_eq!(ring.status().store, Some(KeyStore::Session));
        },
    );
}

#[test]
fn the_program_ends_while_a_prompt_is_unanswered() {
    in_own_session("the_program_ends_while_a_prompt_is_unanswered", |desktop| {
        desktop.start();
        let keychain = keychain();
        now(keychain.store(&origin(OURS), &new_key(), PATIENCE)).unwrap();
        desktop.lock();
        let nobody = desktop.show_prompts_to_nobody();
        let load = now(keychain.load(&origin(OURS), Duration::from_millis(100))).map(|_| ());
        assert_eq!(load, Err(KeychainError::TimedOut));
        // The prompt outlives the program: only the end of the process takes it away.
        std::mem::forget(nobody);
    });
}

#[test]
fn the_key_never_crosses_the_bus_in_clear() {
    in_own_session("the_key_never_crosses_the_bus_in_clear", |desktop| {
        desktop.start();
        let file = desktop.folder().join("bus.pcap");
        let _recording = desktop.record_bus(&file);
        let recorded = || fs::read(&file).unwrap();
        // A key said in clear is found: what is not found later was not said.
        let said = new_key();
        wait_until("the recording has begun", || {
            desktop.say_in_clear(said.expose());
            contains_key(&recorded(), &said)
        });

        let keychain = keychain();
        let key = new_key();
        now(keychain.store(&origin(OURS), &key, PATIENCE)).unwrap();
        assert_eq!(stored(&keychain, OURS), Ok(Some(key.expose().to_owned())));
        now(keychain.store(&origin(OURS), &key, PATIENCE)).unwrap();
        now(keychain.forget(&origin(OURS), PATIENCE)).unwrap();

        desktop.say_in_clear("the end");
        wait_until("all is recorded", || contains(&recorded(), b"the end"));
        let recorded = recorded();
        assert!(
            contains(&recorded, OURS.as_bytes()),
            "the calls are in the recording"
        );
        assert!(contains(&recorded, b"dh-ietf1024-sha256-aes128-cbc-pkcs7"));
        assert!(!contains_key(&recorded, &key));
    });
}

#[test]
fn the_key_is_in_no_file() {
    in_own_session("the_key_is_in_no_file", |desktop| {
        desktop.start();
        let home = Home::at(&desktop.folder().join("peal")).unwrap();
        home.create().unwrap();
        let key = new_key();
        let ring = KeyRing::new(keychain(), origin(OURS), None);
        now(ring.keep(key.clone(), PATIENCE)).unwrap();
        ring.keep_for_this_session(key.clone());
        let mut settings = SettingsFile::load(&home.settings_path()).file;
        settings.update(|settings| settings.speed = 1.5).unwrap();
        settings.update(|settings| settings.speed = 1.0).unwrap();

        let with_key = |folder| {
            files_below(folder)
                .into_iter()
                .filter(|file| contains_key(&fs::read(file).unwrap_or_default(), &key))
                .count()
        };
        assert!(
            files_below(desktop.folder()).len() >= 3,
            "there are files to look at"
        );
        assert_eq!(with_key(desktop.folder()), 0);
        // A search that finds nothing must be able to find something.
        fs::write(home.folder().join("control"), key.expose()).unwrap();
        assert_eq!(with_key(desktop.folder()), 1);
    });
}

#[test]
fn the_environment_comes_first_then_the_session_then_the_keychain() {
    in_own_session(
        "the_environment_comes_first_then_the_session_then_the_keychain",
        |desktop| {
            desktop.start();
            let [environment, session, kept] = [new_key(), new_key(), new_key()];
            let used = |ring: &KeyRing| {
                let key = now(ring.key(PATIENCE)).unwrap();
                key.map(|key| key.expose().to_owned())
            };
            let ring = KeyRing::new(keychain(), origin(OURS), None);
            let nothing = KeyStatus {
                present: false,
                store: None,
                check: KeyCheck::Unknown,
                keychain: KeychainState::Unknown,
            };
            assert_eq!(
                ring.status(),
                nothing,
                "the keychain is not asked before it is needed"
            );
            assert_eq!(used(&ring), None);
            assert_eq!(ring.status().keychain, KeychainState::Ready);

            now(ring.keep(kept.clone(), PATIENCE)).unwrap();
            ring.note_check(&kept, KeyCheck::Accepted);
            ring.note_check(&session, KeyCheck::Refused);
            let status = ring.status();
            assert_eq!(
                (status.store, status.check),
                (Some(KeyStore::Keychain), KeyCheck::Accepted)
            );
            assert_eq!(
                serde_json::to_value(status).unwrap(),
                serde_json::json!({"present": true, "store": "keychain", "check": "accepted", "keychain": "ready"})
            );

            ring.keep_for_this_session(session.clone());
            assert_eq!(used(&ring).as_deref(), Some(session.expose()));
            assert_eq!(
                ring.status().check,
                KeyCheck::Unknown,
                "another key, not checked yet"
            );
            assert!(!format!("{ring:?}").contains(session.expose()));

            let with_variable = KeyRing::new(keychain(), origin(OURS), Some(environment.clone()));
            assert_eq!(used(&with_variable).as_deref(), Some(environment.expose()));
            assert_eq!(
                with_variable.status().keychain,
                KeychainState::Unknown,
                "not asked"
            );

            // The next start knows neither of the two.
            let next_start = KeyRing::new(keychain(), origin(OURS), None);
            assert_eq!(used(&next_start).as_deref(), Some(kept.expose()));
            let elsewhere = KeyRing::new(keychain(), origin(OTHER), None);
            assert_eq!(used(&elsewhere), None);

            assert_eq!(now(ring.forget(PATIENCE)), Ok(true));
            assert_eq!(used(&ring), None);
            assert_eq!(looked_up(SERVICE, &origin(OURS)), None);
            assert_eq!(now(with_variable.forget(PATIENCE)), Ok(false));
            assert_eq!(with_variable.status().store, Some(KeyStore::Environment));
        },
    );
}
