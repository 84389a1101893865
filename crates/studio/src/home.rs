//! Where Peal keeps what belongs to it: settings, takes, logs. One folder, this user's alone.
//!
//! Paths are only computed here; the folder comes into being when something is first written to it
//! ([`Home::create`]), so that a program that only reads leaves no trace.

use std::ffi::OsString;
use std::fs::{self, DirBuilder};
use std::io;
use std::path::{Path, PathBuf};

use crate::durable;

/// The variable that moves everything into one folder of the person's choice, for portable use and tests.
pub const HOME_VARIABLE: &str = "PEAL_HOME";

/// The folder that holds everything Peal keeps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Home {
    folder: PathBuf,
}

/// Why there is no folder to keep things in.
#[derive(Debug, thiserror::Error)]
pub enum HomeError {
    /// The system names no home folder for this user, and [`HOME_VARIABLE`] is not set.
    #[error("this user has no home folder; set {HOME_VARIABLE} to a folder of your choice")]
    Unknown,
    /// [`HOME_VARIABLE`] is relative, and the current folder is not known.
    #[error("{} could not be made absolute: {source}", path.display())]
    NotAbsolute {
        /// The folder as given.
        path: PathBuf,
        /// The system's own words.
        source: io::Error,
    },
    /// The folder could not be created.
    #[error("the folder {} could not be created: {source}", path.display())]
    NotCreated {
        /// The folder that is missing.
        path: PathBuf,
        /// The system's own words.
        source: io::Error,
    },
}

impl Home {
    /// `PEAL_HOME` if it is set, else this user's data folder as the platform has it, kept on this machine:
    /// `~/.local/share/peal`, `~/Library/Application Support/peal`, `%LOCALAPPDATA%\peal`.
    ///
    /// # Errors
    /// [`HomeError::Unknown`] and [`HomeError::NotAbsolute`].
    pub fn from_env() -> Result<Self, HomeError> {
        Self::chosen(std::env::var_os(HOME_VARIABLE))
    }

    fn chosen(variable: Option<OsString>) -> Result<Self, HomeError> {
        match variable.filter(|folder| !folder.is_empty()) {
            Some(folder) => Self::at(Path::new(&folder)),
            None => directories::BaseDirs::new()
                .map(|platform| Self {
                    folder: platform.data_local_dir().join("peal"),
                })
                .ok_or(HomeError::Unknown),
        }
    }

    /// The given folder, which need not exist yet. A relative one counts from the current folder as it is now.
    ///
    /// # Errors
    /// [`HomeError::NotAbsolute`].
    pub fn at(folder: &Path) -> Result<Self, HomeError> {
        std::path::absolute(folder)
            .map(|folder| Self { folder })
            .map_err(|source| HomeError::NotAbsolute {
                path: folder.to_owned(),
                source,
            })
    }

    /// The folder itself, absolute.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The settings file.
    #[must_use]
    pub fn settings_path(&self) -> PathBuf {
        self.folder.join("settings.json")
    }

    /// The folder of recorded takes.
    #[must_use]
    pub fn takes_path(&self) -> PathBuf {
        self.folder.join("takes")
    }

    /// The account of what was bought.
    #[must_use]
    pub fn ledger_path(&self) -> PathBuf {
        self.folder.join("ledger.sqlite")
    }

    /// The folder of narrations, finished and unfinished.
    #[must_use]
    pub fn library_path(&self) -> PathBuf {
        self.folder.join("library")
    }

    /// The pronunciation dictionaries of the account, as they were last seen.
    #[must_use]
    pub fn dictionaries_path(&self) -> PathBuf {
        self.folder.join("dictionaries.json")
    }

    /// The folder of opened documents.
    #[must_use]
    pub fn documents_path(&self) -> PathBuf {
        self.folder.join("documents")
    }

    /// The folder of log files.
    #[must_use]
    pub fn logs_path(&self) -> PathBuf {
        self.folder.join("logs")
    }

    /// Makes sure that the folder exists, and clears it of temporary files that a killed process left behind.
    ///
    /// # Errors
    /// [`HomeError::NotCreated`], with the path.
    pub fn create(&self) -> Result<(), HomeError> {
        create_private_folder(&self.folder).map_err(|source| HomeError::NotCreated {
            path: self.folder.clone(),
            source,
        })?;
        durable::sweep(&self.folder);
        Ok(())
    }
}

/// Creates a folder that only this user may enter (0700 on Unix), and the ones above it as the system usually does.
///
/// A folder that exists is left as it is: it may be shared on purpose.
///
/// # Errors
/// The system's, for a missing permission, a full disk, or a file of that name.
pub fn create_private_folder(folder: &Path) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    if let Some(parent) = folder.parent() {
        fs::create_dir_all(parent)?;
    }
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt;
        builder.mode(0o700);
    }
    match builder.create(folder) {
        // Another process of ours was quicker, or something else is in the way.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            if folder.is_dir() {
                Ok(())
            } else {
                Err(io::ErrorKind::NotADirectory.into())
            }
        }
        created => created,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chosen_home_is_made_absolute_and_holds_everything() {
        let home = Home::chosen(Some("some/where".into())).unwrap();
        assert_eq!(
            home.folder(),
            std::env::current_dir().unwrap().join("some/where")
        );
        for path in [home.settings_path(), home.takes_path(), home.logs_path()] {
            assert_eq!(path.parent(), Some(home.folder()));
        }
        assert!(!home.folder().exists(), "asking for paths creates nothing");
    }

    #[test]
    fn an_empty_variable_counts_as_unset() {
        let unset = Home::chosen(None).unwrap();
        assert_eq!(Home::chosen(Some(OsString::new())).unwrap(), unset);
        assert!(unset.folder().is_absolute() && unset.folder().ends_with("peal"));
    }

    #[test]
    fn a_home_is_created_for_this_user_alone_and_again_without_harm() {
        let root = tempfile::tempdir().unwrap();
        let home = Home::at(&root.path().join("deep/er")).unwrap();
        home.create().unwrap();
        home.create().unwrap();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = fs::metadata(home.folder()).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o700);
        }
    }

    #[test]
    fn a_file_in_the_way_is_named_in_the_error() {
        let root = tempfile::tempdir().unwrap();
        let file = root.path().join("file");
        fs::write(&file, b"").unwrap();
        let home = Home::at(&file.join("peal")).unwrap();
        let error = home.create().unwrap_err();
        assert!(matches!(&error, HomeError::NotCreated { path, .. } if path == home.folder()));
    }
}
