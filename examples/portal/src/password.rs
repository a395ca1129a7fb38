//! Passwords: made at first start, hashed with Argon2id (RFC 9106).

use alloc::sync::Arc;
use core::fmt;

use argon2::{
    Argon2,
    password_hash::{self, PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use tokio::sync::Semaphore;
use zeroize::Zeroizing;

/// A password of one of the first people, to be shown once.
pub struct FirstPassword {
    name: &'static str,
    role: &'static str,
    password: Zeroizing<String>,
}

impl FirstPassword {
    pub(crate) const fn new(
        name: &'static str,
        role: &'static str,
        password: Zeroizing<String>,
    ) -> Self {
        Self {
            name,
            role,
            password,
        }
    }

    /// The login name.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// What the person is, such as `IT administrator`.
    #[must_use]
    pub const fn role(&self) -> &'static str {
        self.role
    }

    /// The password.
    #[must_use]
    pub fn expose_secret(&self) -> &str {
        &self.password
    }
}

impl fmt::Debug for FirstPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FirstPassword")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// A random password of 80 bits: four groups of four characters without look-alikes.
pub(crate) fn generate() -> Result<Zeroizing<String>, getrandom::Error> {
    let mut random = Zeroizing::new([0_u8; 16]);
    getrandom::fill(&mut *random)?;
    let mut text = Zeroizing::new(String::with_capacity(19));
    for (position, byte) in random.iter().enumerate() {
        if position > 0 && position % 4 == 0 {
            text.push('-');
        }
        // 32 characters: five bits of each byte, without bias.
        text.extend(
            ALPHABET
                .get(usize::from(byte % 32))
                .map(|symbol| char::from(*symbol)),
        );
    }
    Ok(text)
}

/// Hashes a password for storing, with the crate's default parameters (19 MiB, 2 passes).
pub(crate) fn hash(password: &str) -> password_hash::Result<String> {
    let hash: PasswordHash = Argon2::default().hash_password(password.as_bytes())?;
    Ok(hash.to_string())
}

/// Checks passwords, a few at a time.
#[derive(Clone)]
pub(crate) struct Passwords {
    decoy: Arc<str>,
    at_once: Arc<Semaphore>,
}

impl Passwords {
    /// Prepares the hash that stands in where there is none to check against.
    pub(crate) fn prepare() -> Result<Self, PasswordsError> {
        let nobodys = generate().map_err(PasswordsError::Random)?;
        Ok(Self {
            decoy: hash(&nobodys).map_err(PasswordsError::Hash)?.into(),
            at_once: Arc::new(Semaphore::new(AT_ONCE)),
        })
    }

    /// Whether `password` is the one that was hashed; without a hash the same work is done, and the answer is no.
    pub(crate) async fn check(
        &self,
        password: &str,
        hash: Option<String>,
    ) -> Result<bool, PasswordsError> {
        // Each check takes 19 MiB: a crowd waits in line rather than filling the memory.
        let turn = Arc::clone(&self.at_once).acquire_owned().await;
        let turn = turn.map_err(|_| PasswordsError::Stopped)?;
        let password = Zeroizing::new(password.to_owned());
        let (known, hash) = match hash {
            Some(hash) => (true, hash),
            None => (false, self.decoy.to_string()),
        };
        let checked = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            let hash = PasswordHash::new(&hash)?;
            match Argon2::default().verify_password(password.as_bytes(), &hash) {
                Ok(()) => Ok(known),
                Err(password_hash::Error::PasswordInvalid) => Ok(false),
                Err(error) => Err(error),
            }
        });
        checked
            .await
            .map_err(|_| PasswordsError::Stopped)?
            .map_err(PasswordsError::Hash)
    }
}

/// Why a password could not be checked.
#[derive(Debug)]
pub(crate) enum PasswordsError {
    /// The operating system gave no randomness.
    Random(getrandom::Error),
    /// A stored hash is damaged.
    Hash(password_hash::Error),
    /// The portal is shutting down.
    Stopped,
}

impl fmt::Display for PasswordsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Random(error) => write!(f, "no randomness: {error}"),
            Self::Hash(error) => write!(f, "a password hash: {error}"),
            Self::Stopped => f.write_str("passwords: the portal is shutting down"),
        }
    }
}

impl core::error::Error for PasswordsError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Random(error) => Some(error),
            Self::Hash(error) => Some(error),
            Self::Stopped => None,
        }
    }
}

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
/// Four checks take 76 MiB.
const AT_ONCE: usize = 4;

#[cfg(test)]
mod tests {
    use super::{ALPHABET, Passwords, generate, hash};

    #[test]
    fn generated_passwords_are_typable_and_differ() {
        let (one, two) = (generate().unwrap(), generate().unwrap());
        assert_ne!(*one, *two);
        assert_eq!(one.len(), 19);
        assert!(one.bytes().all(|b| b == b'-' || ALPHABET.contains(&b)));
    }

    #[tokio::test]
    async fn only_the_right_password_of_a_known_person_passes() {
        let passwords = Passwords::prepare().unwrap();
        let stored = hash("correct horse").unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        let check = |typed, hash| {
            let passwords = passwords.clone();
            async move { passwords.check(typed, hash).await.unwrap() }
        };
        assert!(check("correct horse", Some(stored.clone())).await);
        assert!(!check("correct horse ", Some(stored.clone())).await);
        assert!(!check("", Some(stored)).await);
        assert!(!check("correct horse", None).await);
    }

    #[tokio::test]
    async fn a_damaged_hash_is_an_error_and_not_a_wrong_password() {
        let passwords = Passwords::prepare().unwrap();
        assert!(passwords.check("x", Some("damaged".into())).await.is_err());
    }
}
