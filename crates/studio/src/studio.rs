//! The studio itself: the parts put together, and the few rules between them.

pub(crate) mod dictionaries;
mod documents;
mod library;
mod making;
pub(crate) mod narrations;
pub(crate) mod reading;
mod saving;
mod speaking;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use narration::take::Takes;
use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::task::AbortHandle;
use waves::{Model, Origin};

use crate::account::Account;
use crate::builtin::{Builtin, BuiltinVoice};
use crate::dictionaries::Dictionaries;
use crate::documents::Documents;
use crate::endpoint::Endpoint;
use crate::failure::{Failure, FailureKind};
use crate::home::Home;
use crate::keychain::Keychain;
use crate::ledger::Ledger;
use crate::notices::Notices;
use crate::player::{Player, PlayerState};
use crate::queue::Queue;
use crate::render::{Library, Render};
use crate::settings::{Settings, SettingsFile};
use crate::speech::Speech;
use crate::synthesizer::Synthesizer;
use crate::view::{ImportState, SaveState, View};
use crate::voices::{self, CloudVoices, Voices};

/// The application. Clones are the same studio.
#[derive(Clone)]
pub struct Studio {
    shared: Arc<Shared>,
}

struct Shared {
    runtime: Handle,
    endpoint: Endpoint,
    account: Account,
    builtin: BuiltinVoice,
    synthesizer: Synthesizer,
    queue: Queue,
    player: Arc<Player>,
    settings: Mutex<SettingsFile>,
    voices: Voices,
    notices: Notices,
    library: Library,
    dictionaries: Dictionaries,
    /// What no cut of a document divides.
    whole: Mutex<Vec<String>>,
    documents: Documents,
    narrations: Mutex<Vec<narrations::NarrationView>>,
    renders: Mutex<HashMap<String, Render>>,
    state: Mutex<State>,
    revision: watch::Sender<u32>,
}

#[derive(Default)]
struct State {
    speech: Option<Speech>,
    speeches: u32,
    import: ImportState,
    imports: u32,
    save: SaveState,
    saves: u32,
    saving: Option<AbortHandle>,
    drop_hover: bool,
    drops_open: bool,
    voices_revision: u32,
}

impl Studio {
    /// Puts the parts together: reads the settings, asks nothing of the network and
    /// nothing of the keychain. `origin` is where the service is.
    pub fn open(home: &Home, origin: Origin, keychain: Keychain, runtime: Handle) -> Self {
        let studio = Self::open_for_one_task(home, origin, keychain, runtime);
        studio.watch_parts();
        studio.recall_documents();
        studio
    }

    /// As [`Studio::open`], for a program that does one thing and ends: a key that turns up brings no list of voices
    /// unasked, and the view does not follow the player.
    pub fn open_for_one_task(
        home: &Home,
        origin: Origin,
        keychain: Keychain,
        runtime: Handle,
    ) -> Self {
        let endpoint = Endpoint::at(origin);
        let loaded = SettingsFile::load(&home.settings_path());
        let settings = loaded.file.settings().clone();
        let (revision, _) = watch::channel(1);
        let account = Account::new(keychain, endpoint.clone(), runtime.clone());
        let builtin = BuiltinVoice::new();
        let queue = Queue::new(usize::from(settings.concurrency));
        let takes = Takes::in_folder(home.takes_path());
        let ledger = Ledger::at(home.ledger_path(), takes.clone());
        let dictionaries =
            Dictionaries::new(home.dictionaries_path(), account.clone(), endpoint.clone());
        let synthesizer = Synthesizer::new(
            endpoint.clone(),
            account.clone(),
            dictionaries.clone(),
            builtin.clone(),
            takes,
            ledger,
            queue.clone(),
        );
        let shared = Shared {
            runtime,
            endpoint,
            account,
            builtin,
            synthesizer,
            queue,
            player: Arc::new(Player::new()),
            settings: Mutex::new(loaded.file),
            voices: Voices::default(),
            notices: Notices::default(),
            library: Library::in_folder(home.library_path()),
            whole: Mutex::new(reading::words_of(&dictionaries.in_use())),
            dictionaries,
            documents: Documents::in_folder(home.documents_path()),
            narrations: Mutex::default(),
            renders: Mutex::default(),
            state: Mutex::default(),
            revision,
        };
        let studio = Self {
            shared: Arc::new(shared),
        };
        studio.apply(&settings);
        if let Some(notice) = loaded.notice {
            studio.shared.notices.add(
                Failure::new(FailureKind::SettingsSalvaged, format!("{notice:?}")),
                false,
            );
        }
        studio
    }

    /// How things stand.
    pub fn view(&self) -> View {
        // Read before the rest: a change in between then shows as a newer revision, never as a missed one.
        let revision = *self.shared.revision.borrow();
        let narration_folder = self.narration_folder();
        let state = self.state();
        View {
            revision,
            builtin: match self.shared.builtin.state() {
                Builtin::Unready => Ok(false),
                Builtin::Ready(_) => Ok(true),
                Builtin::Failed(reason) => Err(reason),
            },
            key: self.shared.account.status(),
            settings: self.settings().settings().clone(),
            import: state.import.clone(),
            documents: self.shared.documents.list(),
            opening: self.shared.documents.opening(),
            narrations: self.narrations(),
            narration_folder,
            save: state.save.clone(),
            notices: self.shared.notices.list(),
            drop_hover: state.drop_hover,
            voices_revision: state.voices_revision,
            dictionaries_revision: self.shared.dictionaries.revision(),
        }
    }

    /// How things stand, once they differ from revision `since`, or after `patience`.
    pub async fn view_after(&self, since: u32, patience: Duration) -> View {
        let mut revision = self.shared.revision.subscribe();
        // Whichever comes first, the view is true.
        let _ =
            tokio::time::timeout(patience, revision.wait_for(|revision| *revision != since)).await;
        self.view()
    }

    /// The key and what can be done with it.
    pub fn account(&self) -> &Account {
        &self.shared.account
    }

    /// Speaks utterances; for those who need no player.
    pub fn synthesizer(&self) -> &Synthesizer {
        &self.shared.synthesizer
    }

    /// The built-in voice.
    pub fn builtin(&self) -> &BuiltinVoice {
        &self.shared.builtin
    }

    /// Cloud voices and where their list stands.
    pub fn voices(&self) -> (Vec<waves::Voice>, CloudVoices) {
        self.shared.voices.list()
    }

    /// Fetches the list of cloud voices, with the key that is there.
    ///
    /// # Errors
    /// Why the list is the one that ships with Peal.
    pub async fn fetch_voices(&self) -> Result<(), Failure> {
        let key = self.shared.account.key().await?;
        self.shared.voices.begin_loading();
        self.voices_changed();
        let fetched = voices::fetch(&self.shared.endpoint, &key).await;
        match &fetched {
            Ok(_) => self.shared.account.note_success(&key),
            Err(error) => self.shared.account.note_failure(&key, error.kind()),
        }
        let fetched = fetched.map_err(Failure::from);
        let outcome = fetched.as_ref().map(|_| ()).map_err(Clone::clone);
        self.shared.voices.settle(fetched);
        self.voices_changed();
        outcome
    }

    /// A cloud voice by its bare id; see [`Voices::find_by_id`].
    pub fn find_voice(&self, id: &str, model: Option<Model>) -> Option<waves::Voice> {
        self.shared.voices.find_by_id(id, model)
    }

    // Settings

    /// Changes settings and brings them to the disk. The change is in force even if that fails; then a notice says so.
    pub fn change_settings(&self, change: impl FnOnce(&mut Settings)) {
        let (settings, saved) = {
            let mut file = self.settings();
            let saved = file.update(change);
            (file.settings().clone(), saved)
        };
        self.apply(&settings);
        match saved {
            Ok(()) => {
                self.shared.notices.no_longer(FailureKind::SettingsNotSaved);
            }
            Err(error) => self.shared.notices.add(
                Failure::new(FailureKind::SettingsNotSaved, error.to_string()),
                false,
            ),
        }
        self.changed();
    }

    fn apply(&self, settings: &Settings) {
        self.shared.player.set_volume(settings.volume);
        self.shared.player.set_output(settings.output.clone());
        self.shared
            .queue
            .set_limit(usize::from(settings.concurrency));
        self.shared.synthesizer.set_transport(settings.transport);
        self.shared.synthesizer.set_prices(settings);
    }

    /// Begins nothing more, and waits for what was asked of the service, since it is paid for: as long as sound arrives,
    /// and no longer than `patience`.
    pub async fn settle(&self, patience: Duration) {
        let renders: Vec<Render> = {
            let renders = self.shared.renders.lock();
            let renders = renders.unwrap_or_else(PoisonError::into_inner);
            renders.values().cloned().collect()
        };
        renders.iter().for_each(Render::pause);
        self.shared.synthesizer.settle(patience).await;
        let ledger = self.shared.synthesizer.ledger().clone();
        // The takes are there; the account may take its time, but not for ever.
        let _ = tokio::task::spawn_blocking(move || ledger.flush(Duration::from_secs(2))).await;
    }

    /// Leaves nothing half-made behind: stops the sound, waits for what is paid for to reach the disk, and a moment for
    /// a file in the making to be removed.
    pub fn close(&self) {
        /// A person waits for the window to be gone, yet would not want to pay twice.
        const FOR_WHAT_IS_PAID: Duration = Duration::from_secs(8);
        self.shared.player.stop();
        // Speech that is no longer heard asks for nothing new.
        self.state().speech = None;
        let saving = self.state().saving.take();
        if let Some(saving) = saving {
            saving.abort();
            let deadline = std::time::Instant::now() + Duration::from_secs(2);
            while !saving.is_finished() && std::time::Instant::now() < deadline {
                std::thread::sleep(Duration::from_millis(5));
            }
        }
        // Called outside of the runtime, as the window ends.
        let (done, ended) = std::sync::mpsc::channel();
        let studio = self.clone();
        self.shared.runtime.spawn(async move {
            studio.settle(FOR_WHAT_IS_PAID).await;
            let _ = done.send(());
        });
        let _ = ended.recv_timeout(FOR_WHAT_IS_PAID + Duration::from_secs(3));
    }

    // Notices

    /// Adds one.
    pub fn tell(&self, failure: Failure) {
        self.shared.notices.add(failure, false);
        self.changed();
    }

    /// Takes one away that a person has read.
    pub fn dismiss_notice(&self, id: u32) {
        self.shared.notices.dismiss(id);
        self.changed();
    }

    // Inside

    /// Follows the parts that change by themselves.
    fn watch_parts(&self) {
        let studio = self.clone();
        let mut builtin = self.shared.builtin.changes();
        let mut player = self.shared.player.changed();
        let mut account = self.shared.account.changes();
        let mut dictionaries = self.shared.dictionaries.changes();
        self.shared.runtime.spawn(async move {
            let mut connected = false;
            loop {
                tokio::select! {
                    Ok(()) = builtin.changed() => {}
                    Ok(()) = player.changed() => studio.note_loudspeaker(),
                    Ok(()) = account.changed() => studio.note_key(&mut connected),
                    Ok(()) = dictionaries.changed() => studio.note_dictionaries(),
                    else => return,
                }
                studio.changed();
            }
        });
    }

    fn note_loudspeaker(&self) {
        if self.shared.player.playback().state == PlayerState::NoDevice {
            self.shared
                .notices
                .add(FailureKind::NoLoudspeaker.into(), false);
        } else {
            self.shared.notices.no_longer(FailureKind::NoLoudspeaker);
        }
    }

    /// A key that has come brings its voices; one that has gone takes them away.
    fn note_key(&self, connected: &mut bool) {
        let present = self.shared.account.status().present;
        if std::mem::replace(connected, present) == present {
            return;
        }
        if present {
            let studio = self.clone();
            self.shared.runtime.spawn(async move {
                // What went wrong stands in the lists themselves.
                let _ = studio.fetch_voices().await;
                let _ = studio.shared.dictionaries.fetch().await;
            });
        } else {
            self.shared.voices.forget();
            self.voices_changed();
        }
    }

    fn voices_changed(&self) {
        self.state().voices_revision += 1;
        self.changed();
    }

    fn changed(&self) {
        self.shared
            .revision
            .send_modify(|revision| *revision = revision.wrapping_add(1));
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.shared
            .state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn settings(&self) -> MutexGuard<'_, SettingsFile> {
        self.shared
            .settings
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}
