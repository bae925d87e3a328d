//! `catalog.sign_image`: a permission to upload the picture of an item.

use daemun_model::{Catalog, Code, Failure, Permission, Reason, UploadKind};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::image;
use crate::call::Call;
use crate::daemun::Daemun;
use crate::operation::Operation;
use crate::upload::sign::{SignedUpload, draft, permission, read_file};

/// What is to be uploaded.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub struct Input {
    /// `interests` or `professions`.
    #[schemars(required, extend("enum" = Catalog::ALL.map(Catalog::as_str)))]
    pub kind: Option<String>,
    /// The type of the file: `image/jpeg`, `image/png` or `image/webp`.
    #[schemars(required)]
    pub content_type: Option<String>,
    /// Its size in bytes, at most 2 MiB: then the file must have exactly this one.
    pub size: Option<i64>,
}

/// The permission. The path in it is what `catalog.save` takes as the `image` of an item, once the file is sent; one
/// that no item shows within a day is deleted.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Output {
    /// The permission.
    pub upload: SignedUpload,
}

pub(crate) fn operation() -> Operation {
    Operation::new("catalog.sign_image", "Ask for permission to upload the picture of an item", sign_image)
        .needs(Permission::CatalogWrite)
        .fails(&[Code::Invalid])
}

/// Ask for permission to upload the picture of an item.
///
/// # Errors
/// Those of [`operation`].
pub async fn sign_image(daemun: Daemun, call: Call, input: Input) -> Result<Output, Failure> {
    let mut faults = call.faults.clone();
    let catalog = faults.require("kind", input.kind.as_deref());
    let catalog =
        catalog.and_then(|name| faults.take("kind", Catalog::from_name(name).ok_or(Reason::NotAChoice)));
    let kind = UploadKind::of_catalog(catalog.unwrap_or(Catalog::Interests));
    let media = read_file(&mut faults, Some(&kind), input.content_type.as_deref(), input.size);
    faults.finish()?;
    let (Some(catalog), Some(media)) = (catalog, media) else {
        return Err(Failure::invalid("kind", Reason::Required));
    };
    let new = draft(&daemun, &call, (image::kind(catalog), &kind), (media, input.size));
    image::insert(&daemun, &call, &new).await?;
    Ok(Output { upload: permission(&daemun, &call, &new) })
}
