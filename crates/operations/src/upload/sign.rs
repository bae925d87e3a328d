//! `upload.sign`: a permission to upload one file.

use std::collections::BTreeMap;

use daemun_files::Files;
use daemun_model::{Code, Failure, Faults, MediaType, Reason, UploadKind};
use daemun_store::uploads::{self, NewUpload};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::media_url;
use super::permit::Permit;
use crate::call::Call;
use crate::daemun::Daemun;
use crate::limits::PerAddress;
use crate::operation::Operation;

/// Characters of a path's random part: 130 bits.
const RANDOM: usize = 22;
const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// What is to be uploaded.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub struct Input {
    /// One of the kinds of files that the app has.
    #[schemars(required)]
    pub kind: Option<String>,
    /// The type of the file: `image/jpeg`, `image/png` or `image/webp`.
    #[schemars(required)]
    pub content_type: Option<String>,
    /// Its size in bytes: then the file must have exactly this one.
    pub size: Option<i64>,
}

/// The permission.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Output {
    /// The permission.
    pub upload: SignedUpload,
}

/// How to send one file: once, before the permission ends.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct SignedUpload {
    /// The method: `PUT`.
    pub method: String,
    /// The absolute URL to which the bytes of the file are sent, as they are.
    pub url: String,
    /// The headers that the request must have.
    pub headers: BTreeMap<String, String>,
    /// The path by which the file is named afterwards.
    pub path: String,
    /// Seconds until the permission ends.
    pub expires_in: i64,
}

pub(crate) fn operation() -> Operation {
    Operation::new("upload.sign", "Ask for permission to upload a file", sign).fails(&[Code::Invalid])
}

/// Ask for permission to upload a file. No account has it until one names its path.
///
/// # Errors
/// Those of [`operation`]; `too_many_requests` when the address holds as many files as it may that no account has.
pub async fn sign(daemun: Daemun, call: Call, input: Input) -> Result<Output, Failure> {
    let (name, kind, media) = read(&call, &input)?;
    let limit = PerAddress::uploads(&daemun, &call);
    let subject = limit.subject().unwrap_or_default().to_owned();
    let new = NewUpload { subject, ..draft(&daemun, &call, (&name, &kind), (media, input.size)) };
    let (most, kept) = (daemun.settings.limits.outstanding_uploads, new.clone());
    daemun
        .db
        .write(async move |tx| {
            // To count locks the address' row: of any number at the same time no more are signed than may be.
            limit.count(tx).await?;
            let now = kept.signed_at;
            if limit.subject().is_some() && uploads::count_outstanding(tx, &kept.subject, now).await? >= most
            {
                let lifetime = (kept.expires_at.0 - now.0).div_euclid(daemun_model::clock::MICROS);
                return Err(Failure::TooManyRequests { retry_after: u32::try_from(lifetime).unwrap_or(600) });
            }
            Ok(uploads::insert(tx, &kept).await?)
        })
        .await?;
    Ok(Output { upload: permission(&daemun, &call, &new) })
}

/// The upload that a permission for a file of a kind makes, of nobody's address.
pub(crate) fn draft(
    daemun: &Daemun,
    call: &Call,
    (name, kind): (&str, &UploadKind),
    (media, size): (MediaType, Option<i64>),
) -> NewUpload {
    let now = daemun.clock.now();
    NewUpload {
        app: call.app.id,
        path: kind.path.path_of(&random(daemun), media),
        kind: name.to_owned(),
        visibility: kind.visibility,
        media,
        size,
        max_bytes: i64::try_from(kind.max_bytes).unwrap_or(i64::MAX),
        subject: String::new(),
        signed_at: now,
        expires_at: now.plus_seconds(daemun.settings.upload_lifetime),
    }
}

/// How to send the file of an upload that is kept.
pub(crate) fn permission(daemun: &Daemun, call: &Call, new: &NewUpload) -> SignedUpload {
    let (path, media) = (new.path.clone(), new.media);
    let size = new.size.and_then(|size| u64::try_from(size).ok());
    let lifetime = daemun.settings.upload_lifetime;
    let mut headers = BTreeMap::from([("Content-Type".to_owned(), media.mime().to_owned())]);
    headers.extend(size.map(|size| ("Content-Length".to_owned(), size.to_string())));
    let url = match &daemun.files {
        Files::Local(_) => {
            let expires = new.expires_at.0.div_euclid(daemun_model::clock::MICROS);
            let permit = Permit { app: new.app, path: path.clone(), media, size, expires };
            format!("{}?{}", media_url(&call.app, &path), permit.query(daemun))
        }
        Files::S3(s3) => {
            let seconds = u32::try_from(lifetime).unwrap_or_default();
            s3.permission(new.signed_at, &path, media, size, seconds)
        }
    };
    SignedUpload { method: "PUT".to_owned(), url, headers, path, expires_in: lifetime }
}

fn read(call: &Call, input: &Input) -> Result<(String, UploadKind, MediaType), Failure> {
    let mut faults: Faults = call.faults.clone();
    let name = faults.require("kind", input.kind.as_deref());
    let kind = name.and_then(|name| {
        let known = call.app.policy.uploads.get(name);
        faults.take("kind", known.ok_or(Reason::NotAChoice))
    });
    let media = read_file(&mut faults, kind, input.content_type.as_deref(), input.size);
    faults.finish()?;
    match (name, kind, media) {
        (Some(name), Some(kind), Some(media)) => Ok((name.to_owned(), kind.clone(), media)),
        _ => Err(Failure::invalid("kind", Reason::Required)),
    }
}

/// The type of a file of a kind, where it may have this type; its size may be one that the kind allows.
pub(crate) fn read_file(
    faults: &mut Faults,
    kind: Option<&UploadKind>,
    content_type: Option<&str>,
    size: Option<i64>,
) -> Option<MediaType> {
    let media = faults.require("content_type", content_type).and_then(|text| {
        let media = MediaType::from_mime(text);
        let media = media.filter(|media| kind.is_none_or(|kind| kind.types.contains(media)));
        faults.take("content_type", media.ok_or(Reason::NotAChoice))
    });
    let largest = kind.map_or(daemun_model::upload::LARGEST, |kind| kind.max_bytes);
    let fits = |size: i64| u64::try_from(size).is_ok_and(|size| (1..=largest).contains(&size));
    if size.is_some_and(|size| !fits(size)) {
        faults.add("size", Reason::OutOfRange);
    }
    media
}

/// Letters and digits, each equally likely.
fn random(daemun: &Daemun) -> String {
    let mut text = String::with_capacity(RANDOM);
    while text.len() < RANDOM {
        // Of 256 values 248 are four times the alphabet.
        let drawn = daemun.random.bytes::<32>().into_iter().filter(|byte| *byte < 248);
        let letters = drawn.map(|byte| char::from(ALPHABET[usize::from(byte) % ALPHABET.len()]));
        text.extend(letters.take(RANDOM - text.len()));
    }
    text
}
