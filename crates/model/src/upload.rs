//! Files that members upload: what kinds an app has, where they lie, and what may be in them.

use crate::Catalog;

/// The most bytes that any uploaded file may have: 10 MiB.
pub const LARGEST: u64 = 10 * 1024 * 1024;

/// The bytes of a file's beginning that tell its type.
pub const HEAD: usize = 16;

/// The most bytes of a catalogue item's picture: 2 MiB. Phones load forty of them at once.
pub const LARGEST_OF_CATALOG: u64 = 2 * 1024 * 1024;

/// The fewest and the most characters that stand for `{random}` in a path that a client names.
const RANDOM: std::ops::RangeInclusive<usize> = 16..=64;

/// The type of a file: images that browsers show and never run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum MediaType {
    /// `image/jpeg`
    Jpeg,
    /// `image/png`
    Png,
    /// `image/webp`
    Webp,
}

impl MediaType {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Jpeg, Self::Png, Self::Webp];

    /// The name in a `Content-Type` (IANA).
    pub const fn mime(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Webp => "image/webp",
        }
    }

    /// The type of such a name, in any case.
    pub fn from_mime(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|media| media.mime().eq_ignore_ascii_case(text.trim()))
    }

    /// The ending of the paths that are made for it.
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Jpeg => "jpeg",
            Self::Png => "png",
            Self::Webp => "webp",
        }
    }

    /// The type of an ending.
    pub fn from_extension(text: &str) -> Option<Self> {
        match text {
            "jpeg" | "jpg" => Some(Self::Jpeg),
            "png" => Some(Self::Png),
            "webp" => Some(Self::Webp),
            _ => None,
        }
    }

    /// The type that a file is by its first [`HEAD`] bytes: `None` for anything else, and for fewer bytes.
    pub fn of_content(head: &[u8]) -> Option<Self> {
        let head: &[u8; HEAD] = head.get(..HEAD)?.try_into().ok()?;
        // ISO/IEC 10918-1 B.1.1.3: the start of an image, and the marker of its first segment.
        if let [0xff, 0xd8, 0xff, 0xc0..=0xfe, ..] = head {
            return Some(Self::Jpeg);
        }
        // RFC 2083 sections 3.1 and 4.1.1: the signature, then a header chunk of 13 bytes.
        if head.starts_with(b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR") {
            return Some(Self::Png);
        }
        // RFC 9649 section 2.4: a RIFF file of the form WEBP, and its first chunk.
        let (riff, form, chunk) = (&head[..4], &head[8..12], &head[12..]);
        let is_webp = riff == b"RIFF"
            && form == b"WEBP"
            && [b"VP8 ", b"VP8L", b"VP8X"].iter().any(|name| chunk == *name);
        is_webp.then_some(Self::Webp)
    }
}

/// Who may see the files of a kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Visibility {
    /// Operators only, by links that expire.
    #[default]
    Private,
    /// Everybody who knows the path, once an account or a catalogue has the file.
    Public,
}

impl Visibility {
    /// The name that the database uses.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Private => "private",
            Self::Public => "public",
        }
    }
}

/// What a file of a kind is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Purpose {
    /// It is kept with the account.
    #[default]
    Kept,
    /// It is the account's picture.
    Picture,
}

/// A kind of files that members of an app may upload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UploadKind {
    /// Where its files lie.
    pub path: PathPattern,
    /// Who may see them.
    pub visibility: Visibility,
    /// What they are for.
    pub purpose: Purpose,
    /// The most files of this kind that an account has: at least 1.
    pub most: usize,
    /// The types they may have.
    pub types: Vec<MediaType>,
    /// The most bytes of one: 1 to [`LARGEST`].
    pub max_bytes: u64,
}

impl UploadKind {
    /// A private kind of any type and size that may be, one file an account.
    pub fn at(path: PathPattern) -> Self {
        Self {
            path,
            visibility: Visibility::Private,
            purpose: Purpose::Kept,
            most: 1,
            types: MediaType::ALL.to_vec(),
            max_bytes: LARGEST,
        }
    }

    /// The pictures of a catalogue's items. Operators upload them, and no contract names them: every app has them.
    pub fn of_catalog(catalog: Catalog) -> Self {
        let before = match catalog {
            Catalog::Interests => "images/interests/interest_",
            Catalog::Professions => "images/professions/profession_",
        };
        let path = PathPattern { before: before.to_owned(), after: String::new() };
        Self { visibility: Visibility::Public, max_bytes: LARGEST_OF_CATALOG, ..Self::at(path) }
    }

    /// Whether a path has the form of this kind's.
    pub fn has(&self, path: &str) -> bool {
        self.path.type_of(path).is_some_and(|media| self.types.contains(&media))
    }
}

/// The form of a kind's paths, as `images/avatars/avatar_{random}.{ext}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathPattern {
    before: String,
    after: String,
}

impl PathPattern {
    /// Reads a pattern: segments of `A-Z a-z 0-9 _ -`, in the last one `{random}` once and `.{ext}` at its end; at
    /// most 200 characters.
    ///
    /// # Errors
    /// What is wrong, as the end of a sentence that begins with the pattern.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let stem = text.strip_suffix(".{ext}").ok_or("does not end in `.{ext}`")?;
        let (before, after) = stem.split_once("{random}").ok_or("has no `{random}`")?;
        if text.len() > 200 {
            return Err("is longer than 200 characters");
        }
        if after.contains('/') {
            return Err("has its `{random}` in a folder's name");
        }
        let plain =
            |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte));
        let (folders, name) = before.rsplit_once('/').map_or((None, before), |(all, name)| (Some(all), name));
        let folders_are_plain =
            folders.is_none_or(|all| all.split('/').all(|folder| !folder.is_empty() && plain(folder)));
        if !folders_are_plain || !plain(name) || !plain(after) {
            return Err(
                "may hold only letters, digits, `_`, `-` and single `/` beside `{random}` and `.{ext}`",
            );
        }
        Ok(Self { before: before.to_owned(), after: after.to_owned() })
    }

    /// The path of a new file.
    pub fn path_of(&self, random: &str, media: MediaType) -> String {
        format!("{}{random}{}.{}", self.before, self.after, media.extension())
    }

    /// The type that a path of this form stands for: `None` for a path of another form.
    pub fn type_of(&self, path: &str) -> Option<MediaType> {
        let (stem, extension) = path.rsplit_once('.')?;
        let random = stem.strip_prefix(self.before.as_str())?.strip_suffix(self.after.as_str())?;
        let fits = RANDOM.contains(&random.len()) && random.bytes().all(|byte| byte.is_ascii_alphanumeric());
        MediaType::from_extension(extension).filter(|_| fits)
    }
}

impl std::fmt::Display for PathPattern {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}{{random}}{}.{{ext}}", self.before, self.after)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_of_the_form_is_known_and_no_other() {
        let pattern = PathPattern::parse("images/users/avatars/avatar_{random}.{ext}").unwrap();
        assert_eq!(pattern.to_string(), "images/users/avatars/avatar_{random}.{ext}");
        let known = "images/users/avatars/avatar_dIdjeka9Mk28fsidje8X29d.jpeg";
        assert_eq!(pattern.type_of(known), Some(MediaType::Jpeg));
        assert_eq!(pattern.path_of("dIdjeka9Mk28fsidje8X29d", MediaType::Jpeg), known);
        assert_eq!(pattern.type_of(&known.replace("jpeg", "png")), Some(MediaType::Png));
        assert_eq!(pattern.type_of(&known.replace("jpeg", "jpg")), Some(MediaType::Jpeg));
        for foreign in [
            "",
            ".jpeg",
            "images/users/avatars/avatar_.jpeg",
            "images/users/avatars/avatar_short.jpeg",
            "images/users/avatars/avatar_dIdjeka9Mk28fsidje8X29d",
            "images/users/avatars/avatar_dIdjeka9Mk28fsidje8X29d.svg",
            "images/users/avatars/avatar_dIdjeka9Mk28fsidje8X29d.JPEG",
            "images/users/avatars/avatar_dIdjeka9Mk28fsidje8X29d.html.jpeg",
            "images/users/avatars/avatar_../../../../etc/passwd0000.jpeg",
            "images/users/avatars/avatar_dIdjeka9Mk28fsidje8X29d%2e.jpeg",
            "images/users/avatars/avatar_dIdjeka9Mk28fsidje8X29d.jpeg/",
            "/images/users/avatars/avatar_dIdjeka9Mk28fsidje8X29d.jpeg",
            "images/users/profiles/profile_dIdjeka9Mk28fsidje8X29d.jpeg",
            "images//users/avatars/avatar_dIdjeka9Mk28fsidje8X29d.jpeg",
            "https://example.com/images/users/avatars/avatar_dIdjeka9Mk28fsidje8X29d.jpeg",
            "images/users/avatars/avatar_dIdjeka9Mk28fsidjeéX29d.jpeg",
        ] {
            assert_eq!(pattern.type_of(foreign), None, "{foreign}");
        }
        let long = format!("images/users/avatars/avatar_{}.png", "a".repeat(65));
        assert_eq!(pattern.type_of(&long), None);
    }

    #[test]
    fn pictures_of_catalogues_lie_where_any_app_finds_them() {
        for (catalog, pattern) in [
            (Catalog::Interests, "images/interests/interest_{random}.{ext}"),
            (Catalog::Professions, "images/professions/profession_{random}.{ext}"),
        ] {
            let kind = UploadKind::of_catalog(catalog);
            assert_eq!(Ok(kind.path), PathPattern::parse(pattern));
            assert_eq!((kind.visibility, kind.max_bytes), (Visibility::Public, 2 * 1024 * 1024));
        }
    }

    #[test]
    fn a_pattern_stays_in_its_folder() {
        for (text, fault) in [
            ("avatar_{random}", "does not end in `.{ext}`"),
            ("avatar.{ext}", "has no `{random}`"),
            ("{random}/avatar.{ext}", "has its `{random}` in a folder's name"),
            (
                "../{random}.{ext}",
                "may hold only letters, digits, `_`, `-` and single `/` beside `{random}` and `.{ext}`",
            ),
            (
                "/a/{random}.{ext}",
                "may hold only letters, digits, `_`, `-` and single `/` beside `{random}` and `.{ext}`",
            ),
            (
                "a b/{random}.{ext}",
                "may hold only letters, digits, `_`, `-` and single `/` beside `{random}` and `.{ext}`",
            ),
            (
                "{random}{random}.{ext}",
                "may hold only letters, digits, `_`, `-` and single `/` beside `{random}` and `.{ext}`",
            ),
        ] {
            assert_eq!(PathPattern::parse(text), Err(fault), "{text}");
        }
        for text in ["{random}.{ext}", "a/b-c/d_{random}_e.{ext}"] {
            assert_eq!(PathPattern::parse(text).map(|pattern| pattern.to_string()).as_deref(), Ok(text));
        }
    }

    #[test]
    fn the_content_tells_the_type_and_not_the_name() {
        for (head, media) in [
            (&b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01\x01\0\0\x01"[..], Some(MediaType::Jpeg)),
            (b"\xff\xd8\xff\xe1\x1c\x45Exif\0\0MM\0*", Some(MediaType::Jpeg)),
            (b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0", Some(MediaType::Png)),
            (b"RIFF\x24\0\0\0WEBPVP8 \0", Some(MediaType::Webp)),
            (b"RIFF\x24\0\0\0WEBPVP8X\0", Some(MediaType::Webp)),
            (b"RIFF\x24\0\0\0WAVEfmt \0", None),
            (b"\x89PNG\r\n\x1a\n", None),
            (b"\x89PNG\r\n\x1a\n\0\0\0\x0dIDAT\0\0", None),
            (b"<!DOCTYPE html><html><script>", None),
            (b"<svg xmlns=\"http://www.w3.org/2000/svg\">", None),
            (b"GIF89a\x01\0\x01\0\0\0\0\0\0\0", None),
            (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0", None),
            (b"\xff\xd8\xff\x00<script>alert", None),
            (b"", None),
        ] {
            assert_eq!(MediaType::of_content(head), media, "{head:?}");
        }
    }
}
