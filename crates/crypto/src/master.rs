//! The master key: what the database keeps encrypted, or as keyed hashes, hangs on it.

use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use aws_lc_rs::aead::{AES_256_GCM, Aad, Nonce, RandomizedNonceKey};
use aws_lc_rs::digest::SHA256;
use aws_lc_rs::{hkdf, hmac};
use daemun_model::Random;
use data_encoding::{BASE64, HEXLOWER};
use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use crate::error::CryptoError;

/// The fewest characters of a master key: 32 of base64 hold 192 bits.
const FEWEST_CHARACTERS: usize = 32;
/// The fewest different characters of a master key: random hexadecimal digits have about all 16.
const FEWEST_DIFFERENT: usize = 10;
/// The first byte of what is sealed: AES-256-GCM under the first scheme of derived keys.
const SEALED_VERSION: u8 = 1;
/// Bytes of a nonce of AES-GCM (RFC 5116 section 5.2).
const NONCE: usize = 12;

/// SHA-256 in hexadecimal: how a secret that is random throughout (a reset token, an opaque session) is kept.
/// Codes and other guessable secrets need [`MasterKey::keyed_digest`].
pub fn digest(secret: &str) -> String {
    HEXLOWER.encode(aws_lc_rs::digest::digest(&SHA256, secret.as_bytes()).as_ref())
}

/// The key under which secrets are kept that must be read back or are easily guessed.
///
/// Two keys are derived from it (HKDF, RFC 5869), one to seal and one for digests, so neither tells of the other.
pub struct MasterKey {
    sealing: RandomizedNonceKey,
    digests: hmac::Key,
}

impl MasterKey {
    /// The key of a text, as it stands in `DAEMUN__KEYS__MASTER` or in the key's file: at least 32 characters,
    /// best made with `openssl rand -base64 32`. White space around it does not count.
    ///
    /// # Errors
    /// `WeakMasterKey` says what is wrong with a text that is too short or no random text.
    pub fn from_text(text: &SecretString) -> Result<Self, CryptoError> {
        let text = text.expose_secret().trim();
        refuse_weak(text)?;
        let secret = hkdf::Salt::new(hkdf::HKDF_SHA256, b"daemun master key").extract(text.as_bytes());
        Ok(Self {
            sealing: RandomizedNonceKey::new(&AES_256_GCM, expand(&secret, b"seal")?.as_ref())
                .map_err(|_| CryptoError::Library("deriving a key"))?,
            digests: hmac::Key::new(hmac::HMAC_SHA256, expand(&secret, b"digest")?.as_ref()),
        })
    }

    /// The key of a file; the first time, a new key is made and written there for its owner alone (0600).
    /// Of several processes that start together one writes it and the others read what it wrote.
    ///
    /// # Errors
    /// `MasterKeyFile` when it cannot be read or written, `OpenMasterKeyFile` when others may read it,
    /// `WeakMasterKey` when somebody wrote a weak one into it.
    pub fn load_or_create(path: &Path, random: &dyn Random) -> Result<Self, CryptoError> {
        let broken = |source| CryptoError::MasterKeyFile { path: path.to_owned(), source };
        if !path.try_exists().map_err(broken)? {
            let text = Zeroizing::new(BASE64.encode(Zeroizing::new(random.bytes::<32>()).as_ref()));
            create(path, &text, random).map_err(broken)?;
        }
        if is_open_to_others(path).map_err(broken)? {
            return Err(CryptoError::OpenMasterKeyFile { path: path.to_owned() });
        }
        Self::from_text(&fs::read_to_string(path).map_err(broken)?.into())
    }

    /// HMAC-SHA-256 in hexadecimal, for secrets that could be guessed from a plain hash: codes, CI and DI.
    /// The same text has another digest for another purpose.
    pub fn keyed_digest(&self, purpose: &str, text: &str) -> String {
        let mut context = hmac::Context::with_key(&self.digests);
        context.update(&(purpose.len() as u64).to_be_bytes());
        context.update(purpose.as_bytes());
        context.update(text.as_bytes());
        HEXLOWER.encode(context.sign().as_ref())
    }

    /// Encrypts with AES-256-GCM under a fresh random nonce; it opens only for the same purpose.
    ///
    /// # Errors
    /// `Library` when the cryptographic library fails.
    pub fn seal(&self, purpose: &str, plain: &[u8]) -> Result<Vec<u8>, CryptoError> {
        // Room for the tag at once: a buffer that grows would leave a copy of the plain text behind.
        let mut text = Vec::with_capacity(plain.len() + AES_256_GCM.tag_len());
        text.extend_from_slice(plain);
        let nonce = self
            .sealing
            .seal_in_place_append_tag(Aad::from(purpose.as_bytes()), &mut text)
            .map_err(|_| CryptoError::Library("sealing"))?;
        let mut sealed = Vec::with_capacity(1 + NONCE + text.len());
        sealed.push(SEALED_VERSION);
        sealed.extend_from_slice(nonce.as_ref());
        sealed.extend_from_slice(&text);
        Ok(sealed)
    }

    /// What was sealed for this purpose.
    ///
    /// # Errors
    /// `Sealed` for another master key, another purpose, or bytes that were changed.
    pub fn open(&self, purpose: &str, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, CryptoError> {
        let Some((&SEALED_VERSION, rest)) = sealed.split_first() else { return Err(CryptoError::Sealed) };
        let (nonce, text) = rest.split_at_checked(NONCE).ok_or(CryptoError::Sealed)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| CryptoError::Sealed)?;
        let mut text = Zeroizing::new(text.to_vec());
        let length = self
            .sealing
            .open_in_place(nonce, Aad::from(purpose.as_bytes()), &mut text)
            .map_err(|_| CryptoError::Sealed)?
            .len();
        text.truncate(length);
        Ok(text)
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MasterKey(..)")
    }
}

fn refuse_weak(text: &str) -> Result<(), CryptoError> {
    let characters: Vec<char> = text.chars().collect();
    if characters.len() < FEWEST_CHARACTERS {
        return Err(CryptoError::WeakMasterKey(
            "it has fewer than 32 characters; `openssl rand -base64 32` makes one",
        ));
    }
    let mut different = characters.clone();
    different.sort_unstable();
    different.dedup();
    if different.len() < FEWEST_DIFFERENT {
        return Err(CryptoError::WeakMasterKey(
            "it has fewer than 10 different characters; `openssl rand -base64 32` makes one",
        ));
    }
    let repeats = |unit: usize| characters.iter().zip(&characters[unit..]).all(|(one, next)| one == next);
    if (1..=characters.len() / 2).any(repeats) {
        return Err(CryptoError::WeakMasterKey(
            "it repeats a shorter text; `openssl rand -base64 32` makes one",
        ));
    }
    Ok(())
}

fn expand(secret: &hkdf::Prk, purpose: &[u8]) -> Result<Zeroizing<[u8; 32]>, CryptoError> {
    let mut key = Zeroizing::new([0; 32]);
    secret
        .expand(&[purpose], hkdf::HKDF_SHA256)
        .and_then(|output| output.fill(key.as_mut()))
        .map_err(|_| CryptoError::Library("deriving a key"))?;
    Ok(key)
}

/// Writes the whole file beside its place, then links it there: nobody ever reads half a key, and a key that is
/// there already stays.
fn create(path: &Path, text: &str, random: &dyn Random) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let draft = folder.join(format!(".master-key-{}", HEXLOWER.encode(&random.bytes::<8>())));
    let written = write_private(&draft, text).and_then(|()| match fs::hard_link(&draft, path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        linked => linked,
    });
    fs::remove_file(&draft)?;
    written?;
    File::open(folder)?.sync_all()
}

fn write_private(path: &Path, text: &str) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    writeln!(file, "{text}")?;
    file.sync_all()
}

#[cfg(unix)]
fn is_open_to_others(path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::PermissionsExt;
    Ok(fs::metadata(path)?.permissions().mode() & 0o077 != 0)
}

#[cfg(not(unix))]
fn is_open_to_others(_: &Path) -> io::Result<bool> {
    Ok(false)
}

#[cfg(test)]
mod tests {
    use daemun_model::{SeededRandom, SystemRandom};

    use super::*;

    fn key(text: &str) -> Result<MasterKey, CryptoError> {
        MasterKey::from_text(&text.to_owned().into())
    }

    fn good() -> MasterKey {
        key("q3Zl8WkXr0vYc6Tn2Jb5Hs9Pd1Fg7Am4Ue+Io/Lx8Kz=").unwrap()
    }

    #[test]
    fn what_is_sealed_opens_for_its_purpose_only() {
        let key = good();
        let sealed = key.seal("signing key", b"private").unwrap();
        assert_eq!(**key.open("signing key", &sealed).unwrap(), *b"private");
        assert!(matches!(key.open("totp", &sealed), Err(CryptoError::Sealed)));
        let other = key_of_file(&tempfile::tempdir().unwrap().path().join("key"));
        assert!(matches!(other.open("signing key", &sealed), Err(CryptoError::Sealed)));
    }

    #[test]
    fn one_changed_bit_or_missing_byte_does_not_open() {
        let key = good();
        let sealed = key.seal("p", b"private").unwrap();
        for position in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[position] ^= 1;
            assert!(key.open("p", &changed).is_err(), "byte {position}");
            assert!(key.open("p", &sealed[..position]).is_err(), "{position} bytes");
        }
    }

    #[test]
    fn sealing_twice_shows_two_texts_and_never_the_plain_one() {
        let key = good();
        let (one, two) = (key.seal("p", b"private").unwrap(), key.seal("p", b"private").unwrap());
        assert_ne!(one, two);
        assert!(!one.windows(7).any(|window| window == b"private"));
    }

    #[test]
    fn a_keyed_digest_hangs_on_key_purpose_and_text() {
        let key = good();
        let digest = key.keyed_digest("code", "123456");
        assert_eq!(digest.len(), 64);
        assert_eq!(digest, good().keyed_digest("code", "123456"));
        assert_ne!(digest, key.keyed_digest("code", "123457"));
        assert_ne!(digest, key.keyed_digest("ci", "123456"));
        assert_ne!(key.keyed_digest("ab", "c"), key.keyed_digest("a", "bc"));
    }

    #[test]
    fn a_plain_digest_is_sha_256() {
        // FIPS 180-4, the example "abc".
        assert_eq!(digest("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }

    #[test]
    fn weak_master_keys_are_refused_with_the_reason() {
        for (text, reason) in [
            ("", "fewer than 32 characters"),
            ("changeme", "fewer than 32 characters"),
            ("   q3Zl8WkXr0vYc6Tn2Jb5Hs9Pd1Fg7Am   ", "fewer than 32 characters"),
            ("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "fewer than 10 different characters"),
            ("0000000000000000000000000000000000000000000000000000000000000001", "10 different"),
            ("my secret-word. my secret-word. my secret-word. ", "repeats a shorter text"),
            ("abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz", "repeats a shorter text"),
        ] {
            let error = key(text).unwrap_err().to_string();
            assert!(error.contains(reason), "{text}: {error}");
            assert!(text.trim().len() < 8 || !error.contains(text.trim()));
        }
    }

    #[test]
    fn hexadecimal_and_base64_of_32_random_bytes_are_strong_enough() {
        for seed in 0..200 {
            let random: &dyn Random = &SeededRandom::new(seed);
            let bytes = random.bytes::<32>();
            assert!(key(&HEXLOWER.encode(&bytes)).is_ok() && key(&BASE64.encode(&bytes)).is_ok(), "{seed}");
        }
    }

    fn key_of_file(path: &Path) -> MasterKey {
        MasterKey::load_or_create(path, &SystemRandom).unwrap()
    }

    #[test]
    fn the_file_is_made_once_for_its_owner_alone_and_its_text_is_the_key() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("data/master.key");
        let made = key_of_file(&path).keyed_digest("p", "text");
        assert_eq!(key_of_file(&path).keyed_digest("p", "text"), made);
        let text = fs::read_to_string(&path).unwrap();
        assert_eq!(key(&text).unwrap().keyed_digest("p", "text"), made);
        let files: Vec<_> = fs::read_dir(path.parent().unwrap()).unwrap().collect();
        assert_eq!(files.len(), 1, "no draft stays behind");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
    }

    #[test]
    fn many_who_start_together_hold_one_key() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("master.key");
        let digests: Vec<String> = std::thread::scope(|scope| {
            let starts: Vec<_> =
                (0..16).map(|_| scope.spawn(|| key_of_file(&path).keyed_digest("p", "text"))).collect();
            starts.into_iter().map(|start| start.join().unwrap()).collect()
        });
        assert!(digests.iter().all(|digest| *digest == digests[0]));
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_others_can_read_is_refused() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("master.key");
        key_of_file(&path);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        let error = MasterKey::load_or_create(&path, &SystemRandom).unwrap_err();
        assert!(error.to_string().contains("chmod 600"), "{error}");
    }

    #[test]
    fn an_empty_or_weak_file_is_refused_and_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("master.key");
        write_private(&path, "").unwrap();
        let error = MasterKey::load_or_create(&path, &SystemRandom).unwrap_err();
        assert!(matches!(error, CryptoError::WeakMasterKey(_)), "{error}");
        assert_eq!(fs::read_to_string(&path).unwrap(), "\n");
    }

    #[test]
    fn a_master_key_does_not_show_itself() {
        assert_eq!(format!("{:?}", good()), "MasterKey(..)");
    }
}
