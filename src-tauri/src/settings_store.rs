//! The settings in the application's store: changed there, persisted by the studio.
//!
//! The store plugin is where the application holds its settings and hears of changes. It would also write them, plainly
//! over the old file; on a full disk that file would be lost. So it is never allowed to write: its serialiser refuses,
//! it is taken off the list of what is saved at exit, and every change goes to the studio's own file, which is replaced in one step.

use std::collections::HashMap;
use std::error::Error;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value;
use studio::Studio;
use studio::home::Home;
use tauri::{AppHandle, Listener, Manager, Wry};
use tauri_plugin_store::{Store, StoreBuilder};

use crate::contract::SettingsPatch;

struct SettingsStore(Arc<Store<Wry>>);

/// Fills the store with the settings in force and follows its changes.
pub(crate) fn hold(app: &AppHandle, studio: &Studio, home: &Home) -> Result<(), Box<dyn Error>> {
    let store = StoreBuilder::new(app, home.settings_path())
        .disable_auto_save()
        .serialize(never_write)
        .create_new()
        .build()?;
    // Off the plugin's list of what it saves at exit. Our handle still sets, gets and tells of changes.
    store.close_resource();
    for (name, value) in studio.view().settings.fields() {
        store.set(name, value);
    }
    let studio = studio.clone();
    app.listen_any("store://change", move |event| {
        if let Ok(Change {
            key,
            value: Some(value),
        }) = serde_json::from_str(event.payload())
        {
            studio.change_settings(|settings| {
                if let Err(error) = settings.set(&key, value) {
                    tracing::warn!(%error, "A setting was refused.");
                }
            });
        }
    });
    app.manage(SettingsStore(store));
    Ok(())
}

/// Changes what the patch names.
pub(crate) fn change(app: &AppHandle, patch: SettingsPatch) {
    let store = &app.state::<SettingsStore>().0;
    for (name, value) in
        crate::convert::setting_values(&app.state::<Studio>().view().settings, patch)
    {
        store.set(name, value);
    }
}

/// What the plugin says of a change.
#[derive(Deserialize)]
struct Change {
    key: String,
    value: Option<Value>,
}

fn never_write(_: &HashMap<String, Value>) -> Result<Vec<u8>, Box<dyn Error + Send + Sync>> {
    Err("settings are written by the studio alone".into())
}
