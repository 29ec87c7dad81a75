//! Secrets for this process, from the operating system's entropy: never from a scenario's seed, which is printed.

use std::collections::BTreeSet;
use std::fs::File;
use std::io;
use std::io::Read;
use std::sync::Arc;

use crate::cli::Failure;
use crate::endpoint::pbx::Account;

/// Letters and digits that nobody takes for one another, on paper or on a phone's small screen.
const LETTERS: &[u8; 31] = b"abcdefghjkmnpqrstuvwxyz23456789";
/// 16 of 31 letters: 79 bits.
const PASSWORD_LETTERS: usize = 16;

/// Bytes that nobody can guess.
///
/// # Errors
/// Exit code 1 if the operating system has none, which on Linux and macOS does not happen.
pub fn random_bytes<const COUNT: usize>() -> Result<[u8; COUNT], Failure> {
    let mut bytes = [0; COUNT];
    let read = |bytes: &mut [u8]| -> io::Result<()> { File::open("/dev/urandom")?.read_exact(bytes) };
    read(&mut bytes).map_err(|error| Failure::Tool(format!("cannot read /dev/urandom: {error}")))?;
    Ok(bytes)
}

/// A password to be typed into a phone.
///
/// # Errors
/// As for [`random_bytes`].
pub fn password() -> Result<String, Failure> {
    let mut password = String::with_capacity(PASSWORD_LETTERS);
    while password.len() < PASSWORD_LETTERS {
        let letters = random_bytes::<32>()?.into_iter().filter_map(letter);
        password.extend(letters.take(PASSWORD_LETTERS - password.len()));
    }
    Ok(password)
}

/// Gives a fresh password to each user who has none; says who they are.
///
/// # Errors
/// As for [`random_bytes`].
pub fn hand_out(users: &mut [Account]) -> Result<BTreeSet<Arc<str>>, Failure> {
    let mut fresh = BTreeSet::new();
    for account in users.iter_mut().filter(|account| account.password.is_empty()) {
        account.password = password()?.into();
        fresh.insert(Arc::clone(&account.user));
    }
    Ok(fresh)
}

/// The letter for a byte; none for those that would make the first letters likelier than the last.
fn letter(byte: u8) -> Option<char> {
    let place = usize::from(byte);
    let fair = LETTERS.len() * (256 / LETTERS.len());
    (place < fair).then(|| char::from(LETTERS[place % LETTERS.len()]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_letter_is_as_likely() {
        let mut counts = std::collections::BTreeMap::new();
        for letter in (0..=u8::MAX).filter_map(letter) {
            *counts.entry(letter).or_insert(0) += 1;
        }
        assert_eq!(counts.len(), LETTERS.len());
        assert!(counts.values().all(|count| *count == 8), "{counts:?}");
    }

    #[test]
    fn two_passwords_differ_and_are_long() {
        let (one, other) = (password().unwrap(), password().unwrap());
        assert_eq!((one.len(), other.len()), (PASSWORD_LETTERS, PASSWORD_LETTERS));
        assert_ne!(one, other);
    }
}
