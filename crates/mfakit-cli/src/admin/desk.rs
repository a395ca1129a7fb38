//! What an administrator needs at hand: the engine on its store, a tenant, and ids as they are typed and shown.

use alloc::sync::Arc;
use core::{error::Error, num::NonZeroU16};
use std::sync::{Mutex, PoisonError};

use mfakit::{
    AccountId, Actor, Administrator, Engine, Reason, Store,
    blocking::{self, Tenant},
    keyring_file,
};
use mfakit_connect::{ConnectOptions, StoreUrl};
use tokio::runtime::{Builder, Runtime};

use crate::{
    args::{By, Place, StoreArgs, TenantArgs},
    console::Console,
    exit::{Failure, chain},
    input, text,
};

/// A store, and the runtime that its connections live in.
pub(crate) struct Opened {
    pub(crate) runtime: Runtime,
    pub(crate) url: StoreUrl,
    /// Why the last call failed, as far as the store says it.
    told: Arc<Mutex<Option<String>>>,
}

impl Opened {
    /// Reads where the store is, and opens nothing yet.
    pub(crate) fn find(args: &StoreArgs, console: &mut Console<'_>) -> Result<Self, Failure> {
        let text = match (&args.store, &args.store_file) {
            (Some(url), None) => url.clone(),
            (None, Some(file)) => input::from_file(file, "URL of the store", console)?.to_string(),
            // One of the two is in the environment, the other was typed: nobody knows which is meant.
            (Some(_), Some(_)) => {
                let text = "both --store and --store-file (or MFAKIT_STORE, MFAKIT_STORE_FILE) say where the store is";
                return Err(Failure::Input(text.to_owned()));
            }
            (None, None) => {
                let text = "where is the store? Say --store, --store-file or MFAKIT_STORE";
                return Err(Failure::Input(text.to_owned()));
            }
        };
        let url = StoreUrl::parse(&text).map_err(Failure::input)?;
        if url.has_password() && typed(&args.store) && !args.danger_secret_in_arguments {
            let text = "the URL has a password, and other users of this machine see arguments: put it into \
                        MFAKIT_STORE or a file, or say --danger-secret-in-arguments";
            return Err(Failure::Input(text.to_owned()));
        }
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()?;
        Ok(Self {
            runtime,
            url,
            told: Arc::default(),
        })
    }

    pub(crate) fn options(&self) -> ConnectOptions {
        let told = Arc::clone(&self.told);
        // One command at a time needs few.
        ConnectOptions::new()
            .pool_size(CONNECTIONS)
            .on_error(move |error| {
                let mut last = told.lock().unwrap_or_else(PoisonError::into_inner);
                *last = Some(chain(error));
            })
    }

    fn open(&self) -> Result<Arc<dyn Store>, Failure> {
        Ok(self.runtime.block_on(self.options().open(&self.url))?)
    }
}

/// Whether the URL came from the arguments and not from the environment.
fn typed(url: &Option<String>) -> bool {
    let environment = std::env::var("MFAKIT_STORE").ok();
    url.is_some() && *url != environment
}

/// The engine on its store.
pub(crate) struct Desk {
    pub(crate) engine: blocking::Engine,
    opened: Opened,
}

impl Desk {
    pub(crate) fn open(place: &Place, console: &mut Console<'_>) -> Result<Self, Failure> {
        let opened = Opened::find(&place.store, console)?;
        let keyring = keyring_file::open(&place.keyring.path)?;
        let engine = Engine::builder(opened.open()?, keyring).build();
        Ok(Self {
            engine: engine.into(),
            opened,
        })
    }

    /// Opens the store, and one of its tenants.
    pub(crate) fn of_tenant(
        args: &TenantArgs,
        console: &mut Console<'_>,
    ) -> Result<(Self, Tenant), Failure> {
        let desk = Self::open(&args.place, console)?;
        let tenant = desk.engine.tenant(&args.tenant).map_err(Failure::input)?;
        Ok((desk, tenant))
    }

    /// Says beside the answer of a call why the store failed, if it did.
    pub(crate) fn told<T>(
        &self,
        answer: Result<T, mfakit::Error>,
        console: &mut Console<'_>,
    ) -> Result<T, Failure> {
        answer.map_err(|error| {
            let mut told = self
                .opened
                .told
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            if let Some(why) = told.take() {
                console.note(&text::shown(&why));
            }
            error.into()
        })
    }
}

/// Who acts, and why.
pub(crate) fn administrator(by: &By) -> Result<Administrator, Failure> {
    // Made apart, so that the error says which of the two is not taken.
    Actor::new(&by.actor).map_err(Failure::input)?;
    Reason::new(&by.reason).map_err(Failure::input)?;
    Administrator::new(&by.actor, &by.reason).map_err(Failure::input)
}

/// Asks unless that was answered beforehand.
pub(crate) fn confirm(by: &By, question: &str, console: &mut Console<'_>) -> Result<(), Failure> {
    if by.yes {
        return Ok(());
    }
    console.confirm(question)
}

/// The id of an account as it is typed: a text, or `hex:` and bytes.
pub(crate) fn account(text: &str) -> Result<AccountId, Failure> {
    let id = match text.strip_prefix(HEX) {
        Some(digits) => AccountId::new(bytes(digits).ok_or_else(|| {
            Failure::Input("behind `hex:` stand bytes in hexadecimal".to_owned())
        })?),
        None => AccountId::new(text),
    };
    id.map_err(Failure::input)
}

/// The id of an account as it is shown: what `account` reads, and harmless as it is.
pub(crate) fn shown(account: &AccountId) -> String {
    let bytes = account.as_bytes();
    let text = core::str::from_utf8(bytes).ok();
    match text.filter(|text| text::shown(text) == **text && !text.starts_with(HEX)) {
        Some(text) => text.to_owned(),
        None => bytes
            .iter()
            .fold(HEX.to_owned(), |text, byte| format!("{text}{byte:02x}")),
    }
}

fn bytes(digits: &str) -> Option<Vec<u8>> {
    let pairs = digits.as_bytes().chunks(2);
    pairs
        .map(|pair| {
            let pair = core::str::from_utf8(pair).ok()?;
            let hexadecimal = pair.len() == 2 && pair.bytes().all(|it| it.is_ascii_hexdigit());
            hexadecimal.then(|| u8::from_str_radix(pair, 16).ok())?
        })
        .collect()
}

/// The error of a call that has no answer for one account.
pub(crate) fn fault(fault: &(dyn Error + 'static)) -> String {
    format!("unreadable: {}", chain(fault))
}

const HEX: &str = "hex:";
const CONNECTIONS: NonZeroU16 = NonZeroU16::new(2).unwrap();

#[cfg(test)]
mod tests {
    use mfakit::AccountId;

    use super::{account, shown};

    #[test]
    fn ids_are_read_as_they_are_shown() {
        for (bytes, text) in [
            (&b"ada"[..], "ada"),
            ("Ada Łovelace".as_bytes(), "Ada Łovelace"),
            (b"\xff\x00", "hex:ff00"),
            (b"a\x1b[31m", "hex:611b5b33316d"),
            (b"hex:00", "hex:6865783a3030"),
            ("a\u{202e}b".as_bytes(), "hex:61e280ae62"),
        ] {
            let id = AccountId::new(bytes).unwrap();
            assert_eq!(shown(&id), text);
            assert_eq!(account(text).unwrap(), id);
        }
        for text in ["", "hex:", "hex:0", "hex:0g", "hex:+1"] {
            assert!(account(text).is_err(), "{text}");
        }
    }
}
