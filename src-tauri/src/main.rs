//! Peal's window.

// Without this, Windows opens a console beside the window.
#![cfg_attr(windows, windows_subsystem = "windows")]

fn main() -> anyhow::Result<()> {
    peal_desktop::run()
}
