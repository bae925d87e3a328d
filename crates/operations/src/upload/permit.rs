//! What a signed URL says. It is in the URL's query, so that whoever has the URL has the permission and needs nothing
//! else, and the signature is over all of it.

use daemun_crypto::digest;
use daemun_model::{AppId, Code, Failure, MediaType, Timestamp};

use crate::daemun::Daemun;

/// The longest query that is looked at.
const LONGEST: usize = 512;

/// A permission to send one file: for one path of one app, one type and, where it was named, one size, until it ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Permit {
    /// The app.
    pub(super) app: AppId,
    /// The path.
    pub(super) path: String,
    /// The type.
    pub(super) media: MediaType,
    /// The size in bytes.
    pub(super) size: Option<u64>,
    /// When it ends, in seconds since 1970.
    pub(super) expires: i64,
}

impl Permit {
    /// The query of the URL.
    pub(super) fn query(&self, daemun: &Daemun) -> String {
        let size = self.size.map(|size| format!("&size={size}")).unwrap_or_default();
        format!(
            "app={}&type={}{size}&expires={}&signature={}",
            self.app.0,
            self.media.extension(),
            self.expires,
            self.signature(daemun)
        )
    }

    fn signature(&self, daemun: &Daemun) -> String {
        let size = self.size.map_or_else(|| "any".to_owned(), |size| size.to_string());
        let text =
            format!("{}\n{}\n{size}\n{}\n{}", self.app.0, self.media.extension(), self.expires, self.path);
        daemun.master.keyed_digest("upload", &text)
    }

    /// The permission of a URL.
    ///
    /// # Errors
    /// `forbidden` where it has ended, or anything in the URL is not as it was signed.
    pub fn read(daemun: &Daemun, path: &str, query: &str) -> Result<Self, Failure> {
        let (permit, signature) = Self::parse(path, query).ok_or(Code::Forbidden)?;
        check(daemun, permit.expires, &permit.signature(daemun), &signature)?;
        Ok(permit)
    }

    fn parse(path: &str, query: &str) -> Option<(Self, String)> {
        let mut words = Words::of(query)?;
        let permit = Self {
            app: AppId(words.number("app")?),
            path: path.to_owned(),
            media: MediaType::ALL.into_iter().find(|media| words.is("type", media.extension()))?,
            size: match words.has("size") {
                true => Some(u64::try_from(words.number("size")?).ok()?),
                false => None,
            },
            expires: words.number("expires")?,
        };
        let signature = words.text("signature")?.to_owned();
        (words.0.len() == 4 + usize::from(permit.size.is_some())).then_some((permit, signature))
    }

    /// The type that the file must be sent as.
    pub const fn media(&self) -> MediaType {
        self.media
    }

    /// The size in bytes that it must have, where one was named.
    pub const fn size(&self) -> Option<u64> {
        self.size
    }
}

/// A permission to see one file, until it ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// The app.
    pub(super) app: AppId,
    /// The path.
    pub(super) path: String,
    /// When it ends, in seconds since 1970.
    pub(super) expires: i64,
}

impl Shown {
    /// The query of the URL.
    pub(super) fn query(&self, daemun: &Daemun) -> String {
        format!("app={}&expires={}&signature={}", self.app.0, self.expires, self.signature(daemun))
    }

    fn signature(&self, daemun: &Daemun) -> String {
        let text = format!("{}\n{}\n{}", self.app.0, self.expires, self.path);
        daemun.master.keyed_digest("uploaded file", &text)
    }

    /// The permission of a URL.
    ///
    /// # Errors
    /// `forbidden` where it has ended, or anything in the URL is not as it was signed.
    pub fn read(daemun: &Daemun, path: &str, query: &str) -> Result<Self, Failure> {
        let parse = || {
            let mut words = Words::of(query)?;
            let (app, expires) = (AppId(words.number("app")?), words.number("expires")?);
            let signature = words.text("signature")?.to_owned();
            (words.0.len() == 3).then(|| (Self { app, path: path.to_owned(), expires }, signature))
        };
        let (shown, signature) = parse().ok_or(Code::Forbidden)?;
        check(daemun, shown.expires, &shown.signature(daemun), &signature)?;
        Ok(shown)
    }
}

/// Digests are compared, whose first different byte tells nothing of the signature.
fn check(daemun: &Daemun, expires: i64, right: &str, shown: &str) -> Result<(), Failure> {
    let ends = Timestamp(0).plus_seconds(expires);
    if digest(right) == digest(shown) && daemun.clock.now() < ends {
        return Ok(());
    }
    Err(Code::Forbidden.into())
}

/// The parameters of a query, none twice, none escaped: they are ours.
struct Words<'q>(Vec<(&'q str, &'q str)>);

impl<'q> Words<'q> {
    fn of(query: &'q str) -> Option<Self> {
        let query = (query.len() <= LONGEST).then_some(query)?;
        let mut words: Vec<(&str, &str)> = Vec::new();
        for pair in query.split('&') {
            let (name, value) = pair.split_once('=')?;
            if words.iter().any(|(other, _)| *other == name) {
                return None;
            }
            words.push((name, value));
        }
        Some(Self(words))
    }

    fn text(&mut self, name: &str) -> Option<&'q str> {
        self.0.iter().find(|(other, _)| *other == name).map(|(_, value)| *value)
    }

    fn has(&mut self, name: &str) -> bool {
        self.text(name).is_some()
    }

    fn is(&mut self, name: &str, value: &str) -> bool {
        self.text(name) == Some(value)
    }

    /// A number as it is written here: `+5` and `05` are none.
    fn number(&mut self, name: &str) -> Option<i64> {
        let text = self.text(name)?;
        let number: i64 = text.parse().ok()?;
        (number >= 0 && number.to_string() == text).then_some(number)
    }
}
