//! `policy.uploads`: the kinds of files that members may upload.

use daemun_model::upload::{LARGEST, MediaType, PathPattern, Purpose, UploadKind, Visibility};
use indexmap::IndexMap;

use super::section::{Section, entries};
use super::words;
use crate::fault::{Report, nearest};
use crate::yaml::{Entry, Tree};

/// The most files of one kind that a contract can allow an account.
const MOST_FILES: i64 = 100;

/// Reads the kinds of a section; one that was known before is replaced.
pub(super) fn read(report: &mut Report, tree: &Tree, kinds: &mut IndexMap<String, UploadKind>) {
    for Entry { key, value } in entries(report, tree, "`uploads`").unwrap_or_default() {
        if !words::identifier(report, key, "a kind of files") {
            continue;
        }
        let Some(kind) = kind(report, value) else { continue };
        if let Some((other, _)) =
            kinds.iter().find(|(name, other)| **name != key.text && other.path == kind.path)
        {
            report.fault(value.at, format!("`{}` and `{other}` have the same `path`", key.text));
        }
        let is_picture = |kind: &UploadKind| kind.purpose == Purpose::Picture;
        let pictured = kinds.iter().find(|(name, other)| **name != key.text && is_picture(other));
        if let Some((other, _)) = pictured.filter(|_| is_picture(&kind)) {
            report.fault(value.at, format!("an account has one picture, and `{other}` is it"));
        }
        kinds.insert(key.text.clone(), kind);
    }
}

fn kind(report: &mut Report, tree: &Tree) -> Option<UploadKind> {
    let allowed = ["path", "public", "picture", "most", "types", "max_bytes"];
    let section = Section::open(report, tree, "a kind of files", &allowed)?;
    let path = section.require(report, "path", "path: \"images/avatars/avatar_{random}.{ext}\"")?;
    let mut kind = UploadKind::at(pattern(report, path)?);
    if let Some(tree) = section.get("public") {
        let public = words::boolean(report, tree, "public")?;
        kind.visibility = if public { Visibility::Public } else { Visibility::Private };
    }
    if let Some(tree) = section.get("most") {
        kind.most = usize::try_from(words::whole(report, tree, "most", 1..=MOST_FILES)?).ok()?;
    }
    if let Some(tree) = section.get("max_bytes") {
        let largest = i64::try_from(LARGEST).unwrap_or(i64::MAX);
        kind.max_bytes = u64::try_from(words::whole(report, tree, "max_bytes", 1..=largest)?).ok()?;
    }
    if let Some(tree) = section.get("types") {
        kind.types = types(report, tree);
    }
    if let Some(tree) = section.get("picture")
        && words::boolean(report, tree, "picture")?
    {
        kind.purpose = Purpose::Picture;
        if kind.visibility != Visibility::Public || kind.most != 1 {
            report.fault(
                tree.at,
                "the account's picture is one file that everybody may see: `public: true`, `most: 1`",
            );
        }
    }
    Some(kind)
}

fn pattern(report: &mut Report, tree: &Tree) -> Option<PathPattern> {
    let scalar = words::text(report, tree, "path")?;
    match PathPattern::parse(&scalar.text) {
        Ok(pattern) => Some(pattern),
        Err(fault) => {
            let hint = "write a path such as `images/avatars/avatar_{random}.{ext}`".to_owned();
            report.fault_with(scalar.at, format!("`{}` {fault}", scalar.text), hint);
            None
        }
    }
}

fn types(report: &mut Report, tree: &Tree) -> Vec<MediaType> {
    let known = MediaType::ALL.map(MediaType::mime);
    let mut types = Vec::new();
    for scalar in words::texts(report, tree, "types") {
        match MediaType::from_mime(&scalar.text) {
            Some(media) if types.contains(&media) => {
                report.fault(scalar.at, format!("`{}` comes twice", scalar.text));
            }
            Some(media) => types.push(media),
            None => {
                let message = format!("files cannot be `{}`", scalar.text);
                report.fault_with(scalar.at, message, nearest(&scalar.text, &known, "there are"));
            }
        }
    }
    if tree.items().is_some_and(<[Tree]>::is_empty) {
        report.fault(tree.at, "`types` names none");
    }
    types
}
