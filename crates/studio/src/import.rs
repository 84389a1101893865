//! A dropped or chosen file → a text, with words for everything that is not one.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use narration::document::{self, Document, ImportOptions, MAX_BYTES};

use crate::failure::{Failure, FailureKind};

/// Endings of texts as one types them.
const TYPED: &[&str] = &["txt", "text", "md", "markdown"];

/// Reads what was dropped: exactly one file, of a kind that is text. Blocks while reading at most [`MAX_BYTES`].
///
/// # Errors
/// A [`Failure`] for a folder, several files, a file that is too large, not text, empty or not readable.
pub fn read(paths: &[PathBuf]) -> Result<Document, Failure> {
    let [path] = paths else {
        return Err(FailureKind::ManyFiles.into());
    };
    let bytes = read_bytes(path)?;
    let options = ImportOptions::default();
    Ok(document::import(&file_name(path), &bytes, &options)?)
}

/// The bytes of a file that is worth importing. Blocks while reading at most [`MAX_BYTES`].
///
/// # Errors
/// A [`Failure`] for a folder, a file that is too large, of no kind that is read, or not readable.
pub fn read_bytes(path: &Path) -> Result<Vec<u8>, Failure> {
    let metadata = fs::metadata(path).map_err(|error| Failure::reading(path, &error))?;
    if metadata.is_dir() {
        return Err(FailureKind::IsFolder.into());
    }
    // A device or a pipe has no end and may have no beginning.
    if !metadata.is_file() {
        return Err(Failure::new(FailureKind::NotText, "not a regular file"));
    }
    if !document::is_supported(&file_name(path)) {
        return Err(FailureKind::NotText.into());
    }
    if metadata.len() > MAX_BYTES {
        return Err(FailureKind::TooLarge.into());
    }
    let file = File::open(path).map_err(|error| Failure::reading(path, &error))?;
    let mut bytes = Vec::new();
    // The file may grow while it is read.
    file.take(MAX_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| Failure::reading(path, &error))?;
    Ok(bytes)
}

/// Whether a file of this name is more than a text as one types it: it has chapters, notes, pages or times.
pub fn is_document(path: &Path) -> bool {
    let ending = path.extension().map(|ending| ending.to_ascii_lowercase());
    let is_typed = ending.is_some_and(|ending| TYPED.iter().any(|typed| ending == *typed));
    !is_typed && document::is_supported(&file_name(path))
}

/// The name to show, whatever bytes it is made of.
pub fn file_name(path: &Path) -> String {
    path.file_name()
        .map_or_else(String::new, |name| name.to_string_lossy().into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind_of(paths: &[PathBuf]) -> FailureKind {
        read(paths).unwrap_err().kind
    }

    #[test]
    fn a_document_is_known_by_its_ending() {
        for name in ["a.epub", "a.DOCX", "a.pdf", "a.html", "a.srt"] {
            assert!(is_document(Path::new(name)), "{name}");
        }
        for name in ["a.txt", "A.MD", "photo.png", "folder", ".txt"] {
            assert!(!is_document(Path::new(name)), "{name}");
        }
    }

    #[test]
    fn everything_that_is_not_one_text_file_is_refused_by_kind() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, bytes: &[u8]| {
            let path = folder.path().join(name);
            fs::write(&path, bytes).unwrap();
            path
        };
        let text = write("a.txt", b"Words.");
        assert_eq!(read(std::slice::from_ref(&text)).unwrap().text, "Words.");
        assert_eq!(kind_of(&[text.clone(), text]), FailureKind::ManyFiles);
        assert_eq!(kind_of(&[]), FailureKind::ManyFiles);
        assert_eq!(kind_of(&[folder.path().to_owned()]), FailureKind::IsFolder);
        assert_eq!(
            kind_of(&[write("photo.png", b"\x89PNG")]),
            FailureKind::NotText
        );
        assert_eq!(
            kind_of(&[write("photo.txt", b"\x89PNG\r\n\x1a\n")]),
            FailureKind::NotText
        );
        assert_eq!(kind_of(&[write("empty.txt", b"")]), FailureKind::EmptyFile);
        assert_eq!(
            kind_of(&[folder.path().join("gone.txt")]),
            FailureKind::Unreadable
        );
        assert_eq!(kind_of(&[PathBuf::from("/dev/zero")]), FailureKind::NotText);
        let huge = folder.path().join("huge.txt");
        File::create(&huge).unwrap().set_len(MAX_BYTES + 1).unwrap();
        assert_eq!(kind_of(&[huge]), FailureKind::TooLarge);
    }
}
