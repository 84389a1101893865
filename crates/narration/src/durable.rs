//! Writing files so that a crash, a full disk or a power cut leaves the old content or the new one, never a mixture.
//!
//! Everything is written to a temporary file in the target's own folder, flushed to the disk, moved over the target
//! in one step, and then the folder itself is flushed. Until the move the target is untouched; whatever goes wrong
//! before it, the temporary file is removed.
//!
//! A temporary file is locked for as long as its process lives; that is how one that a killed process left behind is
//! told from one that is being written. Not here: locking of targets. Two writers of one target do not tear it, but the
//! last one wins.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, SyncSender};
use std::thread::JoinHandle;
use std::time::Duration;

use tempfile::{Builder, NamedTempFile};

const TEMPORARY_PREFIX: &str = ".peal-";
const TEMPORARY_SUFFIX: &str = ".part";

/// A write that did not happen: the target still has its old content, or still does not exist.
#[derive(Debug, thiserror::Error)]
#[error("{} could not be written: {source}", path.display())]
pub struct WriteError {
    /// The file that should have been written.
    pub path: PathBuf,
    /// What stands in the way, for branching.
    pub kind: WriteErrorKind,
    /// The system's own words, for a log.
    pub source: io::Error,
}

/// Why a file could not be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WriteErrorKind {
    /// The disk, or this user's share of it, is full.
    Full,
    /// The file is larger than the file system or a limit allows (4 GiB on FAT32).
    TooLarge,
    /// No permission, or a read-only disk.
    Denied,
    /// The folder is not there, or is no folder.
    MissingFolder,
    /// A folder of that name is in the way.
    IsFolder,
    /// A file of that name is there, which was not to be replaced.
    Taken,
    /// Anything else: a failing disk, a vanished network share.
    Other,
}

impl WriteErrorKind {
    /// Classifies the error of a write, a flush or a move.
    #[must_use]
    pub fn of(error: &io::Error) -> Self {
        match error.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Self::Full,
            ErrorKind::FileTooLarge => Self::TooLarge,
            ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => Self::Denied,
            ErrorKind::NotFound | ErrorKind::NotADirectory => Self::MissingFolder,
            ErrorKind::IsADirectory | ErrorKind::DirectoryNotEmpty => Self::IsFolder,
            _ => Self::Other,
        }
    }
}

impl WriteError {
    /// Names the file whose writing failed with `source`; for errors of [`NewFile`]'s `Write` and `Seek`.
    #[must_use]
    pub fn new(path: &Path, source: io::Error) -> Self {
        Self {
            path: path.to_owned(),
            kind: WriteErrorKind::of(&source),
            source,
        }
    }
}

/// Replaces the content of `path` with `bytes`, readable by this user alone (mode 0600 on Unix).
///
/// When this returns `Ok`, the bytes have reached the disk.
///
/// # Errors
/// The target is untouched and nothing is left behind.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> Result<(), WriteError> {
    let mut file = NewFile::create_private(path)?;
    file.write_all(bytes)
        .map_err(|source| WriteError::new(path, source))?;
    file.commit()
}

/// A file in the making. It appears under its name on [`commit`](Self::commit); dropped before, it never existed.
///
/// Writes are not buffered: wrap `&mut NewFile` in a `BufWriter` for small ones.
#[derive(Debug)]
pub struct NewFile {
    temporary: NamedTempFile,
    target: PathBuf,
}

impl NewFile {
    /// Begins a file for others to read too: a new one gets the user's usual permissions, a replaced one keeps its own.
    ///
    /// # Errors
    /// When the folder is missing, full or not writable. The target is untouched.
    pub fn create(target: &Path) -> Result<Self, WriteError> {
        let mut builder = Builder::new();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            // The system takes the umask off this, as for any other new file.
            builder.permissions(fs::Permissions::from_mode(0o666));
        }
        let new = Self::begin(&mut builder, target)?;
        if let Ok(old) = fs::metadata(&new.target) {
            // A refusal (another owner's file system, say) is no reason not to save.
            let _ = new.temporary.as_file().set_permissions(old.permissions());
        }
        Ok(new)
    }

    /// Begins a file for this user alone (mode 0600 on Unix).
    ///
    /// # Errors
    /// As [`create`](Self::create).
    pub fn create_private(target: &Path) -> Result<Self, WriteError> {
        Self::begin(&mut Builder::new(), target)
    }

    fn begin(builder: &mut Builder<'static, 'static>, target: &Path) -> Result<Self, WriteError> {
        let target = behind_links(target);
        match fs::metadata(&target) {
            Ok(there) if there.is_dir() => {
                return Err(WriteError::new(&target, ErrorKind::IsADirectory.into()));
            }
            // A device, a pipe or a socket would be replaced by a file, and whoever listens there would wait for ever.
            Ok(there) if !there.is_file() => {
                return Err(WriteError::new(&target, ErrorKind::InvalidInput.into()));
            }
            _ => {}
        }
        let temporary = builder
            .prefix(TEMPORARY_PREFIX)
            .suffix(TEMPORARY_SUFFIX)
            .tempfile_in(folder_of(&target))
            .map_err(|source| WriteError::new(&target, source))?;
        // Where files cannot be locked, what is left behind is swept by its age alone.
        let _ = temporary.as_file().try_lock();
        Ok(Self { temporary, target })
    }

    /// Sets room for `bytes` aside on the disk, so that what is written next cannot fail for want of it.
    ///
    /// # Errors
    /// When the disk is full, or a limit forbids a file of that size. Where room cannot be set aside, nothing happens.
    pub fn reserve(&self, bytes: u64) -> Result<(), WriteError> {
        match fs4::FileExt::allocate(self.temporary.as_file(), bytes) {
            Err(error)
                if matches!(
                    WriteErrorKind::of(&error),
                    WriteErrorKind::Full | WriteErrorKind::TooLarge
                ) =>
            {
                Err(WriteError::new(&self.target, error))
            }
            _ => Ok(()),
        }
    }

    /// Cuts the file off after `bytes`: room that was set aside and not needed.
    ///
    /// # Errors
    /// What the system gives.
    pub fn cut(&mut self, bytes: u64) -> io::Result<()> {
        self.temporary.as_file().set_len(bytes)
    }

    /// The name under which the file will appear.
    #[must_use]
    pub fn target(&self) -> &Path {
        &self.target
    }

    /// Opens what was written so far once more, to read it back.
    ///
    /// # Errors
    /// When the system has no more files to give, or something removed the file.
    pub fn reopen(&self) -> io::Result<File> {
        self.temporary.reopen()
    }

    /// Brings the content to the disk and then, in one step, under its name.
    ///
    /// # Errors
    /// When the disk refuses the flush or the move: the target is untouched. The one exception is a folder that
    /// cannot be flushed after the move: the new content is in place, but a power cut could still undo it.
    pub fn commit(self) -> Result<(), WriteError> {
        self.place(|temporary, target| temporary.persist(target))
    }

    /// The same, but a file that has come to be there meanwhile stays as it is.
    ///
    /// # Errors
    /// As [`commit`](Self::commit), and [`WriteErrorKind::Taken`].
    pub fn commit_new(self) -> Result<(), WriteError> {
        let placed = self.place(|temporary, target| temporary.persist_noclobber(target));
        placed.map_err(|error| match error.source.kind() {
            ErrorKind::AlreadyExists => WriteError {
                kind: WriteErrorKind::Taken,
                ..error
            },
            _ => error,
        })
    }

    fn place(
        self,
        put: impl FnOnce(NamedTempFile, &Path) -> Result<File, tempfile::PersistError>,
    ) -> Result<(), WriteError> {
        let Self { temporary, target } = self;
        let fail = |source| WriteError::new(&target, source);
        temporary.as_file().sync_all().map_err(fail)?;
        put(temporary, &target).map_err(|error| fail(error.error))?;
        flush_folder(folder_of(&target)).map_err(fail)
    }
}

/// Brings a long file to the disk while it is still being written, so that little is left to wait for at its end.
#[derive(Debug)]
pub struct EarlyFlush {
    wake: Option<(SyncSender<()>, JoinHandle<()>)>,
    waiting: u64,
}

impl EarlyFlush {
    /// So many bytes make a flush worth its while.
    const STEP: u64 = 1 << 25;

    /// For this file. Where its flushing cannot go on beside its writing, nothing happens.
    #[must_use]
    pub fn of(file: &NewFile) -> Self {
        let (wake, woken) = mpsc::sync_channel(1);
        // Opened anew: an error is told to each opening once, and the last flush must hear of it.
        let beside = file.reopen().and_then(|file| {
            std::thread::Builder::new().spawn(move || {
                // The last flush says what is wrong.
                while woken.recv().is_ok() && file.sync_data().is_ok() {}
            })
        });
        Self {
            wake: beside.ok().map(|thread| (wake, thread)),
            waiting: 0,
        }
    }

    /// So many bytes more were written.
    pub fn wrote(&mut self, bytes: u64) {
        self.waiting += bytes;
        if let Some((wake, _)) = &self.wake
            && self.waiting >= Self::STEP
        {
            self.waiting = 0;
            // One that is at work now is followed by one more at the most.
            let _ = wake.try_send(());
        }
    }
}

impl Drop for EarlyFlush {
    /// Waits for the flush that is at work.
    fn drop(&mut self) {
        if let Some((wake, thread)) = self.wake.take() {
            drop(wake);
            let _ = thread.join();
        }
    }
}

impl Write for NewFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.temporary.as_file_mut().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.temporary.as_file_mut().flush()
    }
}

impl Seek for NewFile {
    fn seek(&mut self, position: SeekFrom) -> io::Result<u64> {
        self.temporary.as_file_mut().seek(position)
    }
}

/// Removes what killed processes left behind in `folder`: temporary files of ours that nobody holds.
///
/// Returns how many were removed; what cannot be read or removed is left alone.
pub fn sweep(folder: &Path) -> usize {
    fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .filter(|entry| {
            let is_ours = entry.file_name().to_str().is_some_and(is_temporary);
            is_ours && is_abandoned(entry) && fs::remove_file(entry.path()).is_ok()
        })
        .count()
}

/// Whether a file of this name is a temporary one of ours.
pub fn is_temporary(name: &str) -> bool {
    name.strip_prefix(TEMPORARY_PREFIX)
        .is_some_and(|rest| rest.ends_with(TEMPORARY_SUFFIX))
}

fn is_abandoned(entry: &fs::DirEntry) -> bool {
    /// Between its making and its locking a file belongs to nobody.
    const MOMENT: Duration = Duration::from_millis(100);
    /// For file systems that know no locks.
    const DAY: Duration = Duration::from_secs(24 * 60 * 60);
    let Some(metadata) = entry.metadata().ok().filter(fs::Metadata::is_file) else {
        return false;
    };
    // A file from the future was made before the clock was set back.
    let age = metadata
        .modified()
        .map_or(DAY, |modified| modified.elapsed().unwrap_or(DAY));
    if age < MOMENT {
        return false;
    }
    match OpenOptions::new().write(true).open(entry.path()) {
        Ok(file) => match file.try_lock() {
            Ok(()) => true,
            Err(fs::TryLockError::WouldBlock) => false,
            Err(fs::TryLockError::Error(_)) => age > DAY,
        },
        Err(_) => false,
    }
}

/// A link is kept and its target replaced, so that settings kept in a folder of dotfiles stay linked.
fn behind_links(path: &Path) -> PathBuf {
    let is_link = fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_symlink());
    match fs::canonicalize(path) {
        Ok(real) if is_link => real,
        _ => path.to_owned(),
    }
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// The move itself is a change of the folder and survives a power cut only once the folder is on the disk.
#[cfg(unix)]
pub(crate) fn flush_folder(folder: &Path) -> io::Result<()> {
    let flushed = OpenOptions::new()
        .read(true)
        .open(folder)
        .and_then(|folder: File| folder.sync_all());
    match flushed {
        // Some file systems cannot flush a folder, and some folders may be written but not read.
        Err(error)
            if matches!(
                error.kind(),
                ErrorKind::InvalidInput | ErrorKind::Unsupported | ErrorKind::PermissionDenied
            ) =>
        {
            Ok(())
        }
        other => other,
    }
}

/// Windows has no flush for folders; NTFS journals the move.
#[cfg(not(unix))]
pub(crate) fn flush_folder(_folder: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names_in(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[cfg(unix)]
    #[test]
    fn a_socket_or_device_in_the_way_is_left_as_it_is() {
        use std::os::unix::fs::FileTypeExt;
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("speech.wav");
        let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
        let error = write_atomically(&socket, b"speech").unwrap_err();
        assert_eq!(error.kind, WriteErrorKind::Other);
        assert!(fs::metadata(&socket).unwrap().file_type().is_socket());
        assert_eq!(names_in(folder.path()), ["speech.wav"]);
    }

    #[test]
    fn a_new_file_replaces_the_old_one_only_on_commit() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("speech.wav");
        fs::write(&target, b"old").unwrap();
        let mut new = NewFile::create(&target).unwrap();
        new.write_all(b"0000new").unwrap();
        new.seek(SeekFrom::Start(0)).unwrap();
        new.write_all(b"head").unwrap();
        assert_eq!(fs::read(&target).unwrap(), b"old");
        new.commit().unwrap();
        assert_eq!(fs::read(&target).unwrap(), b"headnew");
        assert_eq!(names_in(folder.path()), ["speech.wav"]);
    }

    #[test]
    fn an_abandoned_file_never_existed() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("speech.wav");
        let mut new = NewFile::create(&target).unwrap();
        new.write_all(b"half").unwrap();
        assert_eq!(names_in(folder.path()).len(), 1);
        drop(new);
        assert!(names_in(folder.path()).is_empty());
    }

    #[test]
    fn a_full_disk_is_told_apart_by_the_error_of_a_real_device() {
        // `/dev/full` answers every write as a full disk does.
        #[cfg(target_os = "linux")]
        {
            let mut full = OpenOptions::new().write(true).open("/dev/full").unwrap();
            let error = full.write_all(b"x").unwrap_err();
            assert_eq!(WriteErrorKind::of(&error), WriteErrorKind::Full);
            let quota = io::Error::from_raw_os_error(122);
            assert_eq!(WriteErrorKind::of(&quota), WriteErrorKind::Full);
        }
        #[cfg(windows)]
        for code in [39, 112] {
            let error = io::Error::from_raw_os_error(code);
            assert_eq!(WriteErrorKind::of(&error), WriteErrorKind::Full, "{code}");
        }
    }

    #[test]
    fn a_missing_folder_and_a_file_in_its_place_are_missing_folders() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, b"").unwrap();
        for target in [folder.path().join("none/x"), file.join("x")] {
            let error = write_atomically(&target, b"x").unwrap_err();
            assert_eq!(error.kind, WriteErrorKind::MissingFolder, "{error}");
            assert_eq!(error.path, target);
        }
    }

    #[test]
    fn a_folder_of_that_name_is_in_the_way_and_stays() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("speech.wav");
        fs::create_dir(&target).unwrap();
        let error = write_atomically(&target, b"x").unwrap_err();
        assert_eq!(error.kind, WriteErrorKind::IsFolder);
        assert_eq!(names_in(folder.path()), ["speech.wav"]);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_folder_that_refuses_files_even_from_root_is_denied() {
        // Nobody may create files here, the administrator included: permissions alone would not stop root.
        let error = write_atomically(Path::new("/sys/peal.json"), b"x").unwrap_err();
        assert_eq!(error.kind, WriteErrorKind::Denied, "{error}");
    }

    #[cfg(unix)]
    #[test]
    fn private_files_are_private_and_replaced_ones_keep_their_permissions() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let private = folder.path().join("settings.json");
        fs::write(&private, b"").unwrap();
        fs::set_permissions(&private, fs::Permissions::from_mode(0o644)).unwrap();
        write_atomically(&private, b"x").unwrap();
        assert_eq!(mode(&private), 0o600);

        let saved = folder.path().join("speech.wav");
        NewFile::create(&saved).unwrap().commit().unwrap();
        let usual = folder.path().join("usual");
        fs::write(&usual, b"").unwrap();
        assert_eq!(mode(&saved), mode(&usual));
        fs::set_permissions(&saved, fs::Permissions::from_mode(0o640)).unwrap();
        NewFile::create(&saved).unwrap().commit().unwrap();
        assert_eq!(mode(&saved), 0o640);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_stays_a_link_and_its_target_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let real = folder.path().join("real.json");
        let link = folder.path().join("settings.json");
        fs::write(&real, b"old").unwrap();
        std::os::unix::fs::symlink(&real, &link).unwrap();
        write_atomically(&link, b"new").unwrap();
        assert_eq!(fs::read(&real).unwrap(), b"new");
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    }

    #[test]
    fn only_our_own_leftovers_that_nobody_holds_are_swept() {
        let folder = tempfile::tempdir().unwrap();
        let now = std::time::SystemTime::now();
        let held = NewFile::create(&folder.path().join("speech.wav")).unwrap();
        let a_while_ago = now - Duration::from_secs(10);
        held.temporary.as_file().set_modified(a_while_ago).unwrap();
        for (name, modified) in [
            (".peal-old.part", a_while_ago),
            (".peal-just-made.part", now),
            // Written before the clock was set back.
            (".peal-future.part", now + Duration::from_secs(3600)),
            ("mine.part", a_while_ago),
        ] {
            let file = File::create(folder.path().join(name)).unwrap();
            file.set_modified(modified).unwrap();
        }
        assert_eq!(sweep(folder.path()), 2);
        let held_name = held.temporary.path().file_name().unwrap().to_owned();
        let mut left = vec![
            ".peal-just-made.part".to_owned(),
            held_name.into_string().unwrap(),
            "mine.part".to_owned(),
        ];
        left.sort();
        assert_eq!(names_in(folder.path()), left);
        held.commit().unwrap();
    }

    #[test]
    fn room_set_aside_and_not_needed_is_given_back() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("a.take");
        let mut file = NewFile::create_private(&target).unwrap();
        file.reserve(1 << 20).unwrap();
        file.write_all(b"short").unwrap();
        file.cut(5).unwrap();
        file.commit().unwrap();
        assert_eq!(fs::read(&target).unwrap(), b"short");
        let much = NewFile::create_private(&target).unwrap();
        let error = much.reserve(1 << 60).unwrap_err();
        assert!(
            matches!(error.kind, WriteErrorKind::Full | WriteErrorKind::TooLarge),
            "{error}"
        );
    }
}
