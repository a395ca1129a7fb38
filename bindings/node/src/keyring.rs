//! Keyrings: in memory, held by a number, and in files.

use getrandom::SysRng;
use mfakit::{KeyId, Keyring, keyring_file};
use napi_derive::napi;
use zeroize::Zeroizing;

use crate::{
    answer::KeyringAt,
    failure::Failure,
    json::{Answer as _, Object},
    port::{Port, locked},
    request::FileAct,
};

#[napi]
impl Port {
    /// Holds a keyring: a fresh one, or the one written like this.
    ///
    /// # Errors
    /// If the text is no keyring, or there is no randomness.
    #[napi(catch_unwind)]
    pub fn keyring(&self, text: Option<String>) -> napi::Result<String> {
        let keyring = match text.map(Zeroizing::new) {
            Some(text) => Keyring::parse(&text).map_err(Failure::from)?,
            None => Keyring::generate(&mut SysRng).map_err(|_| Failure::randomness())?,
        };
        let mut text = String::new();
        Object::write(&mut text, |to| {
            KeyringAt::hold(&self.shared, keyring).write(to);
        });
        Ok(text)
    }

    /// The keyring as text, keys and all.
    ///
    /// # Errors
    /// If it is not held any more.
    #[napi(catch_unwind)]
    pub fn keyring_text(&self, held: u32) -> napi::Result<String> {
        let shelf = locked(&self.shared.shelf);
        Ok(shelf.keyring(held)?.danger_export().to_string())
    }

    /// Adds a fresh key to a keyring (`act` 0), makes one active (1) or takes one out (2), and says which there are.
    ///
    /// # Errors
    /// If the keyring has no room, or no such key, or needs it.
    #[napi(catch_unwind)]
    pub fn change_keyring(&self, held: u32, act: u32, key: u32) -> napi::Result<String> {
        let mut shelf = locked(&self.shared.shelf);
        let keyring = shelf.keyring_mut(held)?;
        match act {
            0 => {
                keyring.add_key(&mut SysRng).map_err(Failure::from)?;
            }
            1 => keyring.activate(KeyId::new(key)).map_err(Failure::from)?,
            _ => keyring.retire(KeyId::new(key)).map_err(Failure::from)?,
        }
        let (ids, active) = numbers(keyring);
        let mut text = String::new();
        Object::write(&mut text, |to| write_numbers(to, &ids, active));
        Ok(text)
    }
}

/// The same keyring once more: for an engine, which keeps its own.
pub(crate) fn copy(keyring: &Keyring) -> Result<Keyring, Failure> {
    Ok(Keyring::parse(&keyring.danger_export())?)
}

/// Opens or changes a keyring in a file.
pub(crate) fn file(path: &str, act: &FileAct) -> Result<Keyring, Failure> {
    Ok(match *act {
        FileAct::Open {} => keyring_file::open(path)?,
        FileAct::OpenOrCreate {} => keyring_file::open_or_create(path)?,
        FileAct::Add {} => keyring_file::add_key(path)?.0,
        FileAct::Activate(key) => keyring_file::activate_key(path, KeyId::new(key))?,
        FileAct::Retire(key) => keyring_file::retire_key(path, KeyId::new(key))?,
    })
}

/// The numbers of the keys, and that of the one that seals.
pub(crate) fn numbers(keyring: &Keyring) -> (Vec<u32>, u32) {
    let ids = keyring.ids().map(KeyId::number).collect();
    (ids, keyring.active().number())
}

pub(crate) fn write_numbers(to: &mut Object<'_>, ids: &[u32], active: u32) {
    to.list("keyIds", ids, |out, id| out.push_str(&id.to_string()));
    to.number("active", active);
}
