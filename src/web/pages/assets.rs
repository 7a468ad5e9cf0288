//! Style, script and licences: inside the program, under addresses that change when a file does, so that a browser keeps
//! them for good.

use std::collections::HashMap;
use std::sync::LazyLock;

use axum::Router;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use axum::routing;
use rust_embed::RustEmbed;
use tower_http::compression::CompressionLayer;

use crate::error::Error;
use crate::web::{Door, Path, Problem};

#[derive(RustEmbed)]
#[folder = "src/web/assets"]
#[include = "*.css"]
#[include = "*.js"]
#[include = "*.svg"]
#[include = "*.LICENSE"]
struct Files;

/// The beginning of each file's hash.
static VERSIONS: LazyLock<HashMap<String, String>> = LazyLock::new(|| {
    let version = |name: &str| {
        let hash = Files::get(name)?.metadata.sha256_hash();
        Some(hash.iter().take(6).map(|byte| format!("{byte:02x}")).collect())
    };
    Files::iter().filter_map(|name| Some((name.to_string(), version(&name)?))).collect()
});

/// Only these are compressed: pages hold secrets beside what a stranger could make them say.
pub(super) fn routes() -> Router<Door> {
    let files = Router::new().route("/assets/{version}/{name}", routing::get(file));
    files.layer(CompressionLayer::new().gzip(true))
}

/// The address of a file.
pub(super) fn address(name: &str) -> String {
    format!("/assets/{}/{name}", VERSIONS.get(name).map_or("none", String::as_str))
}

async fn file(Path((version, name)): Path<(String, String)>) -> Result<Response, Problem> {
    let file = Files::get(&name).filter(|_| VERSIONS.get(&name) == Some(&version)).ok_or(Error::NotFound("page"))?;
    let kind = match name.rsplit_once('.').map(|(_, ending)| ending) {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        _ => "text/plain; charset=utf-8",
    };
    let headers = [(CONTENT_TYPE, kind), (CACHE_CONTROL, "public, max-age=31536000, immutable")];
    Ok((headers, file.data.into_owned()).into_response())
}
