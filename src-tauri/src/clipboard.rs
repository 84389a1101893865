//! The clipboard, read here so that a pasted key never passes through the web page.

use std::sync::Mutex;

use studio::account::looks_like_key;
use studio::zeroize::Zeroizing;

/// On X11 and Wayland what was put into the clipboard is there only as long as the one who put it; so one is kept.
static CLIPBOARD: Mutex<Option<arboard::Clipboard>> = Mutex::new(None);

/// The text in the clipboard, wiped when dropped; empty if there is none. Blocks for as long as its owner takes.
pub(crate) fn text() -> Zeroizing<String> {
    Zeroizing::new(with_clipboard(|clipboard| clipboard.get_text()).unwrap_or_default())
}

/// Empties the clipboard, if what it holds could be a key: anything else a person has copied since stays.
pub(crate) fn clear_key() {
    if looks_like_key(&text()) {
        let _ = with_clipboard(|clipboard| clipboard.set_text(""));
        let _ = with_clipboard(arboard::Clipboard::clear);
    }
}

fn with_clipboard<T>(
    act: impl FnOnce(&mut arboard::Clipboard) -> Result<T, arboard::Error>,
) -> Option<T> {
    let mut kept = CLIPBOARD
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    if kept.is_none() {
        *kept = arboard::Clipboard::new()
            .inspect_err(|error| tracing::warn!(%error, "There is no clipboard."))
            .ok();
    }
    act(kept.as_mut()?)
        .inspect_err(|error| tracing::info!(%error, "The clipboard gave nothing."))
        .ok()
}
