//! The studio itself: the parts put together, and the few rules between them.

mod documents;
mod library;
pub(crate) mod narrations;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use narration::document::{Document, MAX_BYTES};
use narration::script::{Script, ScriptOptions, script};
use narration::synthesis::{Delivery, Utterance, VoiceRef};
use narration::take::Takes;
use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::task::AbortHandle;
use waves::{Language, Model, Origin};

use crate::account::Account;
use crate::builtin::{Builtin, BuiltinVoice};
use crate::casting::Casting;
use crate::documents::Documents;
use crate::endpoint::Endpoint;
use crate::failure::{Failure, FailureKind};
use crate::home::Home;
use crate::import;
use crate::keychain::Keychain;
use crate::ledger::Ledger;
use crate::notices::Notices;
use crate::player::{Player, PlayerState};
use crate::queue::Queue;
use crate::quote::{self, Estimate};
use crate::render::{Library, Limits, Record, Refusal, Render};
use crate::save::{self, Order, SaveProgress};
use crate::settings::{Settings, SettingsFile};
use crate::speech::{Happening, Plan, SECONDS_PER_CHARACTER, Speech, Utf16Position};
use crate::synthesizer::Synthesizer;
use crate::track::Track;
use crate::view::{ImportState, PlaybackState, PlaybackView, Quote, SaveState, Source, View};
use crate::voices::{self, CloudVoices, Voices};

/// A dropped text of more characters than this becomes a document: about twenty minutes of speech, which one wants to find
/// one's way in.
const EDITABLE_CHARACTERS: usize = 20_000;

/// What the built-in voice says when somebody tries it.
const SAMPLE: &str = "Hello! This is how I sound. I work without a key and without the internet.";

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
        let synthesizer = Synthesizer::new(
            endpoint.clone(),
            account.clone(),
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

    // Import

    /// Begins to read what was dropped or chosen, to be spoken as it is; too long for that, it becomes a document.
    pub fn import(&self, paths: Vec<PathBuf>) {
        let file_name = paths
            .first()
            .map(|path| import::file_name(path))
            .unwrap_or_default();
        let id = {
            let mut state = self.state();
            state.drop_hover = false;
            state.imports += 1;
            state.import = ImportState::Reading {
                file_name: file_name.clone(),
            };
            state.imports
        };
        self.changed();
        let studio = self.clone();
        self.shared.runtime.spawn_blocking(move || {
            let outcome = match import::read(&paths) {
                Ok(document) if document.text.chars().count() > EDITABLE_CHARACTERS => None,
                Ok(document) => Some(ImportState::Ready {
                    id,
                    file_name,
                    document: Arc::new(document),
                }),
                Err(failure) => Some(ImportState::Failed {
                    id,
                    file_name,
                    failure,
                }),
            };
            let is_too_long = outcome.is_none();
            let mut state = studio.state();
            // A later drop counts.
            let is_wanted = state.imports == id;
            if is_wanted {
                state.import = outcome.unwrap_or_default();
            }
            drop(state);
            if is_wanted && is_too_long {
                studio.open_documents(paths);
            } else {
                studio.changed();
            }
        });
    }

    /// A file is held over the window, or no longer.
    pub fn set_drop_hover(&self, hover: bool) {
        if std::mem::replace(&mut self.state().drop_hover, hover) != hover {
            self.changed();
        }
    }

    /// The script of a document, with the pauses of the settings. In a dialogue, a paragraph that begins with a name and a
    /// colon is spoken by the voice of that name.
    pub fn cut(&self, document: &Document, language: Language, dialogue: bool) -> Script {
        let options = ScriptOptions {
            language: Some(language),
            pauses: self.settings().settings().pauses,
            dialogue,
            ..ScriptOptions::default()
        };
        script(document, &options)
    }

    /// The text of a source with its script, by the rules of `language`, or of the text's own if that is
    /// [`Language::Auto`]. Blocks for as long as cutting takes: up to a few seconds for the longest.
    ///
    /// # Errors
    /// [`FailureKind::TooLarge`] for more text than any file may have, [`FailureKind::Unreadable`] for a document that
    /// a later one has replaced.
    pub fn read_source(
        &self,
        source: Source,
        language: Language,
    ) -> Result<(Arc<str>, Arc<Script>), Failure> {
        match source {
            Source::Typed(text) if text.len() as u64 > MAX_BYTES => {
                Err(FailureKind::TooLarge.into())
            }
            Source::Typed(text) => {
                let script = Arc::new(self.cut(&Document::plain(&text), language, false));
                Ok((text.into(), script))
            }
            Source::Read(document) => {
                let script = Arc::new(self.cut(&document, language, false));
                Ok((document.text.as_str().into(), script))
            }
            Source::Opened(id) => {
                let page = self.page(id)?;
                Ok((Arc::clone(page.text()), Arc::clone(page.script())))
            }
        }
    }

    // Speaking

    /// What speaking or saving would take. Blocks as [`Studio::read_source`] does.
    ///
    /// # Errors
    /// As [`Studio::read_source`].
    pub fn quote(&self, source: Source, delivery: &Delivery) -> Result<Quote, Failure> {
        let (text, script) = self.read_source(source, delivery.language)?;
        let casting = self.cast(&script, delivery.clone());
        let (mut characters, mut owned, mut to_buy, mut speakable) = (0, 0, 0, false);
        let mut price = Some(0.0);
        for segment in &script.segments {
            let delivery = casting.delivery(segment);
            let words = segment.speech(&text);
            let count = words.chars().count();
            characters += count;
            speakable |= delivery.voice.is_paid() || builtin_voice::speakable(&words);
            if delivery.voice.is_paid() {
                let utterance = Utterance {
                    text: words,
                    delivery: delivery.clone(),
                };
                if self.shared.synthesizer.owns(&utterance) {
                    owned += count;
                } else {
                    to_buy += count;
                    let more = self.price(&utterance.delivery.voice, count);
                    price = price.zip(more).map(|(price, more)| price + more);
                }
            }
        }
        Ok(Quote {
            characters,
            speakable,
            sentences: script.segments.len(),
            owned,
            to_buy,
            price,
            seconds: characters as f64 * SECONDS_PER_CHARACTER / delivery.speed.factor(),
        })
    }

    /// Who speaks a script: the chosen voice, and those that the text names.
    pub fn cast(&self, script: &Script, delivery: Delivery) -> Casting {
        if script
            .segments
            .iter()
            .all(|segment| segment.voice.is_none())
        {
            return Casting::of_one(delivery);
        }
        Casting::of(script, delivery, &self.shared.voices.list().0)
    }

    fn price(&self, voice: &VoiceRef, characters: usize) -> Option<f64> {
        if characters == 0 {
            return Some(0.0);
        }
        self.shared.synthesizer.dollars(voice, characters)
    }

    /// Begins to speak from the sentence at UTF-16 offset `from`, up to what begins at `until` or after it. Gives the number of the speech. Blocks as
    /// [`Studio::read_source`] does.
    ///
    /// # Errors
    /// As [`Studio::read_source`], and [`FailureKind::NothingToSay`] when there are no words.
    pub fn speak(
        &self,
        source: Source,
        delivery: Delivery,
        from: Option<usize>,
        until: Option<usize>,
    ) -> Result<u32, Failure> {
        let (text, script) = self.read_source(source, delivery.language)?;
        if script.segments.is_empty() {
            return Err(FailureKind::NothingToSay.into());
        }
        let first = from.map_or(0, |from| segment_at(&text, &script, from));
        let end = until.map_or(script.segments.len(), |until| {
            first_from(&text, &script, until).max(first + 1)
        });
        let casting = self.cast(&script, delivery);
        let plan = Plan {
            text,
            script,
            casting,
            first,
            end,
        };
        Ok(self.begin_speech(plan, None))
    }

    fn begin_speech(&self, plan: Plan, preview: Option<VoiceRef>) -> u32 {
        let id = self.next_speech();
        let player = Arc::clone(&self.shared.player);
        let studio = self.clone();
        let _context = self.shared.runtime.enter();
        let mut speech = Speech::begin(
            id,
            plan,
            self.shared.synthesizer.clone(),
            move || player.playback().position_seconds,
            move |happening| studio.heard_of(id, happening),
        );
        speech.preview = preview;
        self.put_on(speech);
        id
    }

    fn next_speech(&self) -> u32 {
        let mut state = self.state();
        // What was spoken before is no longer wanted, so neither is its trouble.
        state.speech = None;
        state.speeches += 1;
        let id = state.speeches;
        drop(state);
        self.shared.notices.recovered();
        id
    }

    fn put_on(&self, speech: Speech) {
        self.shared.player.play(speech.track.clone());
        self.state().speech = Some(speech);
        self.changed();
    }

    fn heard_of(&self, speech: u32, happening: Happening) {
        if self.state().speeches != speech {
            return;
        }
        match happening {
            Happening::Retrying(mut failure, after) => {
                failure.retry_after = Some(after);
                self.shared.notices.add(failure, true);
            }
            Happening::Recovered => {
                self.shared.notices.recovered();
            }
            Happening::NotKept(failure) | Happening::Failed(failure) => {
                self.shared.notices.add(failure, false);
            }
        }
        self.changed();
    }

    /// Lets a voice be heard: the built-in one says a sentence, cloud ones have a recording that costs nothing.
    pub fn preview(&self, voice: VoiceRef) -> u32 {
        if let VoiceRef::Builtin(_) = voice {
            let delivery = Delivery {
                voice: voice.clone(),
                speed: waves::Speed::default(),
                language: Language::English,
                rate: waves::SampleRate::Hz24000,
                reading: narration::synthesis::Reading::default(),
            };
            let script = self.cut(&Document::plain(SAMPLE), Language::English, false);
            let plan = Plan {
                text: SAMPLE.into(),
                end: script.segments.len(),
                script: Arc::new(script),
                casting: Casting::of_one(delivery),
                first: 0,
            };
            return self.begin_speech(plan, Some(voice));
        }
        let id = self.next_speech();
        let studio = self.clone();
        self.shared.runtime.spawn(async move {
            let fetched = studio.fetch_preview(&voice).await;
            if studio.state().speeches != id {
                return;
            }
            match fetched {
                Ok(track) => studio.put_on(Speech::of_track(id, Some(voice), track)),
                Err(failure) => {
                    studio.shared.notices.add(failure, false);
                    studio.changed();
                }
            }
        });
        id
    }

    async fn fetch_preview(&self, voice: &VoiceRef) -> Result<Track, Failure> {
        let address = self
            .shared
            .voices
            .find(voice)
            .and_then(|voice| voice.preview)
            .ok_or(FailureKind::NoPreview)?;
        let bytes = self.shared.endpoint.client()?.preview(&address).await?;
        let (rate, samples) = voices::decode_preview(bytes)?;
        let track = Track::new(rate);
        track
            .append(&samples)
            .map_err(|error| Failure::new(FailureKind::Unexpected, error.to_string()))?;
        track.finish();
        Ok(track)
    }

    /// Falls silent and keeps the place.
    pub fn pause(&self) {
        self.shared.player.pause();
        self.changed();
    }

    /// Goes on.
    pub fn resume(&self) {
        self.shared.player.resume();
        self.changed();
    }

    /// Falls silent for good. A sentence that is being bought is received to its end and kept.
    pub fn stop(&self) {
        self.shared.player.stop();
        self.next_speech();
        self.changed();
    }

    /// Goes on at `seconds`, or as near as has arrived.
    pub fn seek(&self, seconds: f64) {
        self.shared.player.seek(seconds);
        self.changed();
    }

    /// What is heard now; marks and peaks from the given index on, if `speech` is the one that is heard.
    pub fn playback(&self, speech: u32, marks_from: usize, peaks_from: usize) -> PlaybackView {
        let heard = self.shared.player.playback();
        let state = self.state();
        let Some(current) = &state.speech else {
            let state = PlaybackState::Idle;
            let (marks, peaks) = ((0, Vec::new()), (0, Vec::new()));
            return PlaybackView {
                speech: 0,
                preview: None,
                state,
                position: 0.0,
                arrived: 0.0,
                complete: true,
                expected: 0.0,
                marks,
                peaks,
            };
        };
        let (marks_from, peaks_from) = if speech == current.id {
            (marks_from, peaks_from)
        } else {
            (0, 0)
        };
        // The last mark the caller has may have been unfinished: it is told again.
        let marks_from = marks_from.saturating_sub(1);
        PlaybackView {
            speech: current.id,
            preview: current.preview.as_ref().map(ToString::to_string),
            state: match heard.state {
                PlayerState::Idle | PlayerState::Waiting => PlaybackState::Waiting,
                PlayerState::Playing => PlaybackState::Playing,
                PlayerState::Paused => PlaybackState::Paused,
                PlayerState::Finished if current.failure().is_some() => PlaybackState::Failed,
                PlayerState::Finished => PlaybackState::Finished,
                PlayerState::NoDevice => PlaybackState::NoDevice,
            },
            position: heard.position_seconds,
            arrived: current.track.arrived_seconds(),
            complete: current.track.is_finished(),
            expected: current.expected_seconds(),
            marks: (marks_from, current.marks(marks_from)),
            peaks: (peaks_from, current.track.peaks(peaks_from)),
        }
    }

    /// Why speech number `speech` ended early; what arrived of it may still be heard.
    pub fn speech_failure(&self, speech: u32) -> Option<Failure> {
        let state = self.state();
        let current = state.speech.as_ref().filter(|current| current.id == speech);
        current.and_then(Speech::failure)
    }

    // Saving

    /// A place is about to be chosen. `false` if something is being saved already.
    pub fn begin_choosing(&self) -> bool {
        let mut state = self.state();
        if matches!(state.save, SaveState::Choosing | SaveState::Saving { .. }) {
            return false;
        }
        state.save = SaveState::Choosing;
        drop(state);
        self.changed();
        true
    }

    /// No place was chosen, or what is being saved is no longer wanted.
    pub fn cancel_save(&self) {
        let mut state = self.state();
        if let Some(saving) = state.saving.take() {
            saving.abort();
        }
        state.save = SaveState::Idle;
        drop(state);
        self.changed();
    }

    /// Begins to save into `path`.
    pub fn save(&self, source: Source, delivery: Delivery, path: PathBuf) {
        let progress = SaveProgress { done: 0, total: 0 };
        let id = {
            let mut state = self.state();
            state.saves += 1;
            state.save = SaveState::Saving {
                progress,
                path: path.clone(),
            };
            state.saves
        };
        self.changed();
        let studio = self.clone();
        let task = self.shared.runtime.spawn(async move {
            let outcome = studio.save_to(source, delivery, &path, id).await;
            let mut not_kept = None;
            let save = match outcome {
                Ok(saved) => {
                    not_kept = saved.not_kept;
                    SaveState::Saved {
                        id,
                        path,
                        seconds: saved.seconds,
                    }
                }
                Err(failure) => SaveState::Failed { id, failure },
            };
            let mut state = studio.state();
            state.save = save;
            state.saving = None;
            drop(state);
            studio.shared.notices.recovered();
            if let Some(failure) = not_kept {
                studio.shared.notices.add(failure, false);
            }
            studio.changed();
        });
        let mut state = self.state();
        if matches!(state.save, SaveState::Saving { .. }) {
            state.saving = Some(task.abort_handle());
        }
    }

    async fn save_to(
        &self,
        source: Source,
        delivery: Delivery,
        path: &Path,
        id: u32,
    ) -> Result<save::Saved, Failure> {
        let studio = self.clone();
        let language = delivery.language;
        let read = self
            .shared
            .runtime
            .spawn_blocking(move || studio.read_source(source, language));
        let (text, script) = read
            .await
            .map_err(|error| Failure::new(FailureKind::Unexpected, error.to_string()))??;
        let concurrency = usize::from(self.settings().settings().concurrency);
        let casting = self.cast(&script, delivery);
        let order = Order {
            text,
            script,
            casting,
            concurrency,
        };
        let progressed = |progress| {
            let mut state = self.state();
            if state.saves == id
                && let SaveState::Saving {
                    progress: shown, ..
                } = &mut state.save
            {
                *shown = progress;
            }
            drop(state);
            self.shared.notices.recovered();
            self.changed();
        };
        let studio = self.clone();
        let retrying = Arc::new(move |failure: &Failure| {
            studio.shared.notices.add(failure.clone(), true);
            studio.changed();
        });
        save::save(&self.shared.synthesizer, order, path, &progressed, retrying).await
    }

    /// What a narration would cost and take. Blocks while it asks the disk for every sentence.
    ///
    /// # Errors
    /// [`FailureKind::UnknownVoice`] for a voice that is none.
    pub fn estimate(&self, order: &narration::render::Order) -> Result<Estimate, Failure> {
        let settings = self.settings().settings().clone();
        quote::estimate(
            order,
            &self.shared.synthesizer,
            &settings,
            self.shared.synthesizer.takes().folder(),
        )
    }

    /// Lets so many requests be open at once until the settings change, whatever they say.
    pub fn allow_at_once(&self, requests: usize) {
        self.shared.queue.set_limit(requests);
    }

    /// All narrations.
    pub fn library(&self) -> &Library {
        &self.shared.library
    }

    /// Begins to make a narration, or goes on with it. One that this studio makes already is found again.
    ///
    /// # Errors
    /// As [`Render::begin`].
    pub fn render(&self, record: Record, limits: Limits) -> Result<Render, Refusal> {
        let mut renders = self
            .shared
            .renders
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(render) = renders.get(&record.id).filter(|render| render.is_alive()) {
            render.set_limits(limits);
            render.resume();
            return Ok(render.clone());
        }
        let id = record.id.clone();
        let _context = self.shared.runtime.enter();
        let render = Render::begin(self.shared.synthesizer.clone(), record, limits)?;
        renders.insert(id, render.clone());
        let (studio, rested) = (self.clone(), render.clone());
        self.shared.runtime.spawn(async move {
            rested.rested().await;
            let cleaning = tokio::task::spawn_blocking(move || studio.make_room());
            // What is too much now is removed after the next render.
            let _ = cleaning.await;
        });
        Ok(render)
    }

    /// The render of a narration, if this studio makes it or made it.
    pub fn find_render(&self, id: &str) -> Option<Render> {
        let renders = self
            .shared
            .renders
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        renders.get(id).cloned()
    }

    /// Removes takes beyond the room that the settings give them: those that cost nothing first, then those unused for
    /// longest; never what an unfinished narration needs. Looks at every file: for a background thread.
    pub fn make_room(&self) -> narration::take::Evicted {
        let gigabytes = self.settings().settings().takes_gigabytes;
        self.make_room_of((gigabytes * 1e9) as u64)
    }

    pub(crate) fn make_room_of(&self, budget: u64) -> narration::take::Evicted {
        let needed = self.shared.library.needed(self.shared.endpoint.origin());
        self.shared.synthesizer.takes().evict(budget, &needed)
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

    /// Where the last saved file is.
    pub fn saved_path(&self) -> Option<PathBuf> {
        match &self.state().save {
            SaveState::Saved { path, .. } => Some(path.clone()),
            _ => None,
        }
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
        self.shared.runtime.spawn(async move {
            let mut connected = false;
            loop {
                tokio::select! {
                    Ok(()) = builtin.changed() => {}
                    Ok(()) = player.changed() => studio.note_loudspeaker(),
                    Ok(()) = account.changed() => studio.note_key(&mut connected),
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
                // What went wrong stands in the list itself.
                let _ = studio.fetch_voices().await;
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

/// The segment at, or after, a UTF-16 offset; the last one when there is none after it.
fn segment_at(text: &str, script: &Script, offset: usize) -> usize {
    let mut position = Utf16Position::default();
    let found = script
        .segments
        .iter()
        .position(|segment| position.of(text, segment.range.end) > offset);
    found.unwrap_or(script.segments.len() - 1)
}

/// The first segment that begins at, or after, a UTF-16 offset.
fn first_from(text: &str, script: &Script, offset: usize) -> usize {
    let mut position = Utf16Position::default();
    let found = script
        .segments
        .iter()
        .position(|segment| position.of(text, segment.range.start) >= offset);
    found.unwrap_or(script.segments.len())
}
