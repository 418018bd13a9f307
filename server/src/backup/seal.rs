//! Encryption: age, with a passphrase (scrypt) or for public keys (X25519).

use age::secrecy::SecretString;
use age::stream::{StreamReader, StreamWriter};
use age::{Decryptor, Encryptor, Identity, IdentityFile, Recipient, scrypt, x25519};
use std::io::{BufReader, Read, Write};

/// What a backup is locked with.
pub enum Lock {
    /// A passphrase.
    Passphrase(SecretString),
    /// Public keys: whoever makes the backup can't read it.
    Recipients(Vec<x25519::Recipient>),
}

/// What opens it.
pub enum Key {
    /// The passphrase.
    Passphrase(SecretString),
    /// Secret keys of which one belongs to a public key that it was locked with.
    Identities(Vec<Box<dyn Identity + Send + Sync>>),
}

/// Why a backup can't be locked or opened.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// Not a public key.
    #[error("{0:?} is not a public key of age (age1…): {1}")]
    Recipient(String, &'static str),
    /// Not a file of secret keys.
    #[error("read the secret keys of age")]
    Identities(#[source] std::io::Error),
    /// Nobody could open it.
    #[error("encrypt")]
    Encrypt(#[from] age::EncryptError),
    /// It was locked with a passphrase, and a secret key was given, or the other way round.
    #[error("the backup was locked with {0}")]
    OtherLock(&'static str),
    /// It doesn't open.
    #[error("the passphrase or the key is wrong, or the head of the file is damaged")]
    Wrong,
    /// Opening it would take all memory, before anything of it is known to be authentic.
    #[error(
        "the passphrase was stretched by 2^{0}, which takes {needs} MiB of memory: this program refuses more than 2^{MOST_WORK} ({most} MiB)",
        needs = mebibytes(*.0),
        most = mebibytes(MOST_WORK)
    )]
    Work(u8),
    /// It is none.
    #[error("it is not a backup: {0}")]
    NotAge(age::DecryptError),
}

/// How often a passphrase is stretched: 2 to this power. About a second, and 256 MiB, for each guess.
const WORK: u8 = 18;
/// A file can ask whoever opens it for more, up to this: 1 GiB.
const MOST_WORK: u8 = 20;

/// The memory that stretching takes: scrypt with blocks of 1 KiB.
fn mebibytes(work: u8) -> u64 {
    1_u64.checked_shl(work.into()).unwrap_or(u64::MAX) >> 10
}

impl Lock {
    /// Public keys in their text form.
    ///
    /// # Errors
    /// One is none.
    pub fn recipients(texts: &[String]) -> Result<Self, SealError> {
        let read = |text: &String| {
            text.parse::<x25519::Recipient>().map_err(|why| SealError::Recipient(text.clone(), why))
        };
        texts.iter().map(read).collect::<Result<_, _>>().map(Self::Recipients)
    }

    /// Encrypts what is written, for whom this lock is. The writer has to be finished.
    ///
    /// # Errors
    /// The header can't be made or written.
    pub fn close<W: Write>(&self, out: W) -> Result<StreamWriter<W>, SealError> {
        let encryptor = match self {
            Self::Passphrase(passphrase) => {
                let mut recipient = scrypt::Recipient::new(passphrase.clone());
                recipient.set_work_factor(WORK);
                Encryptor::with_recipients(std::iter::once(&recipient as &dyn Recipient))?
            }
            Self::Recipients(all) => Encryptor::with_recipients(all.iter().map(|one| one as &dyn Recipient))?,
        };
        encryptor.wrap_output(out).map_err(|error| SealError::Encrypt(age::EncryptError::Io(error)))
    }
}

impl Key {
    /// The secret keys of an identity file, as `age-keygen` writes it.
    ///
    /// # Errors
    /// It is none.
    pub fn identities(text: &[u8]) -> Result<Self, SealError> {
        let file = IdentityFile::from_buffer(text).map_err(SealError::Identities)?;
        file.into_identities().map_err(SealError::NotAge).map(Self::Identities)
    }

    /// Decrypts what is read. Each piece is authentic when it comes out, and the end is when it is reached.
    ///
    /// # Errors
    /// It doesn't open.
    pub fn open<R: Read>(&self, input: R) -> Result<StreamReader<BufReader<R>>, SealError> {
        let decryptor = Decryptor::new_buffered(BufReader::new(input)).map_err(SealError::NotAge)?;
        let (by_passphrase, word) = (decryptor.is_scrypt(), "a passphrase");
        let opened = match self {
            Self::Passphrase(_) if !by_passphrase => {
                return Err(SealError::OtherLock("public keys: give --identity FILE with a secret key"));
            }
            Self::Identities(_) if by_passphrase => return Err(SealError::OtherLock(word)),
            Self::Passphrase(passphrase) => {
                let mut identity = scrypt::Identity::new(passphrase.clone());
                identity.set_max_work_factor(MOST_WORK);
                decryptor.decrypt(std::iter::once(&identity as &dyn Identity))
            }
            Self::Identities(all) => decryptor.decrypt(all.iter().map(|one| &**one as &dyn Identity)),
        };
        opened.map_err(|error| match error {
            age::DecryptError::ExcessiveWork { required, .. } => SealError::Work(required),
            _ => SealError::Wrong,
        })
    }
}
