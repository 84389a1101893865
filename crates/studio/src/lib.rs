//! placeholder
pub mod durable;
pub mod home;
pub mod keychain;
pub mod player;
pub mod settings;
pub mod track;
