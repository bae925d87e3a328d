//! Pictures that come with the rows of a demo. They are nobody's, so no upload knows them.

use std::borrow::Cow;
use std::collections::HashMap;

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use daemun_model::MediaType;
use http::header::CONTENT_LENGTH;
use http::{HeaderValue, Method};

use super::give;
use crate::apps::Source;
use crate::builtin;

/// The pictures of a demo, by the paths that its rows name.
#[derive(Clone, Debug, Default)]
pub struct Pictures(HashMap<String, Cow<'static, [u8]>>);

impl Pictures {
    /// Those that are built in beside the rows of a demo.
    pub fn beside(rows: &Source) -> Self {
        Self(if rows.built_in { builtin::demo_pictures(&rows.file) } else { HashMap::new() })
    }

    /// The picture of a path.
    pub(crate) fn find(&self, path: &str) -> Option<Picture> {
        let (_, ending) = path.rsplit_once('.')?;
        let content = match self.0.get(path)? {
            Cow::Borrowed(content) => Bytes::from_static(content),
            Cow::Owned(content) => Bytes::copy_from_slice(content),
        };
        Some(Picture { media: MediaType::from_extension(ending)?, content })
    }
}

/// A picture of a demo.
pub(crate) struct Picture {
    media: MediaType,
    content: Bytes,
}

impl Picture {
    pub(super) fn answer(self, method: &Method) -> Response {
        let mut response = Response::new(Body::empty());
        give::describe_public(self.media, response.headers_mut());
        response.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(self.content.len()));
        if *method == Method::GET {
            *response.body_mut() = Body::from(self.content);
        }
        response
    }
}
