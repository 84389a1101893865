//! The three keychains behind one small face: load, store, forget. Every call may block; see `worker`.
//!
//! `keyring` supplies the entries and the stores. Its own global store is passed by: it remembers a failure for the
//! life of the process, and a keychain that starts later, or again, would never be found. So each call opens the store
//! anew (tens of milliseconds, a few times in the life of a program).

use std::collections::HashMap;

use keyring::{Entry, Error};
use keyring_core::api::CredentialStoreApi;
use waves::ApiKey;
use zeroize::Zeroize;

use super::KeychainError;

/// The key in the entry `service`/`account`.
pub(super) fn load(service: &str, account: &str) -> Result<Option<ApiKey>, KeychainError> {
    let secret = match open(service, account)?.get_password() {
        // Another program stored one too; both belong to this origin.
        Err(Error::Ambiguous(entries)) => entries
            .first()
            .map_or(Err(Error::NoEntry), keyring_core::Entry::get_password),
        answer => answer,
    };
    match secret {
        // The text is wiped, whether it is a key or not.
        Ok(secret) => ApiKey::try_from(secret)
            .map(Some)
            .map_err(|_| KeychainError::NotAKey),
        Err(Error::NoEntry) => Ok(None),
        Err(error) => Err(classify(error)),
    }
}

/// Puts `key` into the entry `service`/`account`, in place of whatever is there, and reads it back.
pub(super) fn store(service: &str, account: &str, key: &ApiKey) -> Result<(), KeychainError> {
    let entry = open(service, account)?;
    let mut outcome = entry.set_password(key.expose());
    if let Err(Error::Ambiguous(entries)) = outcome {
        delete_all(&entries)?;
        outcome = entry.set_password(key.expose());
    }
    if outcome.as_ref().is_err_and(has_nowhere_to_store) {
        create_collection()?;
        outcome = entry.set_password(key.expose());
    }
    outcome.map_err(classify)?;
    match load(service, account)? {
        Some(stored) if stored.expose() == key.expose() => Ok(()),
        _ => Err(KeychainError::Other(
            "it did not give back what was stored".to_owned(),
        )),
    }
}

/// Removes the entry `service`/`account`; says whether there was one.
pub(super) fn forget(service: &str, account: &str) -> Result<bool, KeychainError> {
    match open(service, account)?.delete_credential() {
        Ok(()) => Ok(true),
        Err(Error::NoEntry) => Ok(false),
        Err(Error::Ambiguous(entries)) => delete_all(&entries).map(|()| true),
        Err(error) => Err(classify(error)),
    }
}

fn delete_all(entries: &[keyring_core::Entry]) -> Result<(), KeychainError> {
    entries
        .iter()
        .try_for_each(|entry| match entry.delete_credential() {
            Err(Error::NoEntry) => Ok(()),
            outcome => outcome.map_err(classify),
        })
}

fn open(service: &str, account: &str) -> Result<Entry, KeychainError> {
    let build = || -> keyring::Result<Entry> {
        let label = format!("{service}: {account}");
        let store = system_store()?;
        let inner = store.build(service, account, Some(&modifiers(&label)))?;
        Ok(Entry { inner })
    };
    build().map_err(|error| match classify(error) {
        KeychainError::Other(words) => {
            tracing::debug!(%words, "no keychain could be opened");
            KeychainError::Missing
        }
        known => known,
    })
}

#[cfg(all(unix, not(target_os = "macos")))]
use secret_service_of_the_desktop::{
    classify_cause, create_collection, has_nowhere_to_store, modifiers, system_store,
};

/// Linux and its relatives: whatever program provides the Secret Service, over D-Bus. The key crosses the bus
/// encrypted, with a key that both sides agree on anew for each connection.
#[cfg(all(unix, not(target_os = "macos")))]
mod secret_service_of_the_desktop {
    use std::sync::Arc;

    use secret_service::EncryptionType;
    use secret_service::Error as Cause;
    use secret_service::blocking::SecretService;
    use zbus_secret_service_keyring_store::Store;

    use super::{Error, HashMap, KeychainError};

    pub(super) fn system_store() -> keyring::Result<Arc<Store>> {
        Store::new()
    }

    /// The label is what a person sees in the desktop's password program.
    pub(super) fn modifiers(label: &str) -> HashMap<&str, &str> {
        HashMap::from([("label", label)])
    }

    /// A desktop that was never unlocked by a login has no default collection yet.
    pub(super) fn has_nowhere_to_store(error: &Error) -> bool {
        matches!(error, Error::NoStorageAccess(cause)
            if matches!(cause.downcast_ref(), Some(Cause::NoResult)))
    }

    /// Lets the desktop ask for the new collection's password, under the name that its own programs give it.
    pub(super) fn create_collection() -> Result<(), KeychainError> {
        SecretService::connect(EncryptionType::Dh)
            .and_then(|service| {
                service
                    .create_collection("Default keyring", "default")
                    .map(drop)
            })
            .map_err(|error| {
                tracing::debug!(%error, "no collection could be created");
                KeychainError::Missing
            })
    }

    pub(super) fn classify_cause(
        cause: &(dyn std::error::Error + Send + Sync + 'static),
    ) -> Option<KeychainError> {
        match cause.downcast_ref()? {
            Cause::Locked | Cause::Prompt | Cause::PromptDisconnected => {
                Some(KeychainError::Locked)
            }
            Cause::NoResult | Cause::Unavailable => Some(KeychainError::Missing),
            Cause::Zbus(error) => of_bus(error),
            Cause::ZbusFdo(error) => of_standard(error),
            _ => None,
        }
    }

    fn of_bus(error: &zbus::Error) -> Option<KeychainError> {
        match error {
            zbus::Error::MethodError(name, ..) => of_name(name.as_str()),
            zbus::Error::FDO(error) => of_standard(error),
            zbus::Error::InputOutput(error) | zbus::Error::Connection(error, _)
                if error.kind() == std::io::ErrorKind::PermissionDenied =>
            {
                Some(KeychainError::Denied)
            }
            zbus::Error::Address(_)
            | zbus::Error::InputOutput(_)
            | zbus::Error::Connection(..)
            | zbus::Error::Handshake(_) => Some(KeychainError::Missing),
            _ => None,
        }
    }

    fn of_standard(error: &zbus::fdo::Error) -> Option<KeychainError> {
        match error {
            zbus::fdo::Error::ZBus(error) => of_bus(error),
            error => of_name(zbus::DBusError::name(error).as_str()),
        }
    }

    fn of_name(name: &str) -> Option<KeychainError> {
        const STANDARD: &str = "org.freedesktop.DBus.Error.";
        if name == "org.freedesktop.Secret.Error.IsLocked" {
            return Some(KeychainError::Locked);
        }
        match name.strip_prefix(STANDARD)? {
            "AccessDenied" | "AuthFailed" => Some(KeychainError::Denied),
            "NoReply" | "Timeout" | "TimedOut" => Some(KeychainError::TimedOut),
            "ServiceUnknown" | "NameHasNoOwner" | "NoServer" | "Disconnected" => {
                Some(KeychainError::Missing)
            }
            name if name.starts_with("Spawn.") => Some(KeychainError::Missing),
            _ => None,
        }
    }
}

#[cfg(not(all(unix, not(target_os = "macos"))))]
fn has_nowhere_to_store(_error: &Error) -> bool {
    false
}

#[cfg(not(all(unix, not(target_os = "macos"))))]
fn create_collection() -> Result<(), KeychainError> {
    Err(KeychainError::Missing)
}

/// The person's login keychain.
#[cfg(target_os = "macos")]
fn system_store() -> keyring::Result<std::sync::Arc<apple_native_keyring_store::keychain::Store>> {
    apple_native_keyring_store::keychain::Store::new()
}

#[cfg(target_os = "macos")]
fn modifiers(_label: &str) -> HashMap<&str, &str> {
    HashMap::new()
}

#[cfg(target_os = "macos")]
fn classify_cause(
    cause: &(dyn std::error::Error + Send + Sync + 'static),
) -> Option<KeychainError> {
    // Names of Security/SecBase.h.
    match cause
        .downcast_ref::<security_framework::base::Error>()?
        .code()
    {
        // errSecInteractionNotAllowed: locked, and no prompt may be shown.
        -25308 => Some(KeychainError::Locked),
        // errSecAuthFailed, errSecUserCanceled, errSecNoAccessForItem, errSecInvalidOwnerEdit, errSecReadOnly, wrPermErr
        -25293 | -128 | -25243 | -25244 | -25292 | -61 => Some(KeychainError::Denied),
        // errSecNotAvailable, errSecNoSuchKeychain, errSecInvalidKeychain, errSecNoDefaultKeychain
        -25291 | -25294 | -25295 | -25307 => Some(KeychainError::Missing),
        _ => None,
    }
}

#[cfg(windows)]
fn system_store() -> keyring::Result<std::sync::Arc<windows_native_keyring_store::Store>> {
    windows_native_keyring_store::Store::new()
}

/// `Local`: by default a credential follows its owner to every machine of a domain.
#[cfg(windows)]
fn modifiers(_label: &str) -> HashMap<&str, &str> {
    HashMap::from([("persistence", "Local")])
}

#[cfg(windows)]
fn classify_cause(
    _cause: &(dyn std::error::Error + Send + Sync + 'static),
) -> Option<KeychainError> {
    // Without a logon session (a service account) there is no credential store; other failures have no kind of theirs.
    None
}

fn classify(error: Error) -> KeychainError {
    match error {
        Error::NoStorageAccess(cause) => {
            classify_cause(cause.as_ref()).unwrap_or(if cfg!(windows) {
                KeychainError::Missing
            } else {
                KeychainError::Denied
            })
        }
        Error::PlatformFailure(cause) => classify_cause(cause.as_ref())
            .unwrap_or_else(|| KeychainError::Other(cause.to_string())),
        Error::NoDefaultStore => KeychainError::Missing,
        // These carry what was found, which may be a mistyped key.
        Error::BadEncoding(mut bytes) | Error::BadDataFormat(mut bytes, _) => {
            bytes.zeroize();
            KeychainError::NotAKey
        }
        other => KeychainError::Other(other.to_string()),
    }
}
