//! Sheets: bodies of comma-separated text, as a file sent whole.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::header::CONTENT_TYPE;

use super::json::read_body;
use super::{Door, Fault, Problem};

/// A body of `text/csv`, in whatever encoding its reader makes out.
#[derive(Debug)]
pub struct Csv(pub Bytes);

impl FromRequest<Door> for Csv {
    type Rejection = Problem;

    async fn from_request(request: Request, door: &Door) -> Result<Self, Problem> {
        let kind = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let kind = kind.split(';').next().unwrap_or_default().trim();
        if !kind.eq_ignore_ascii_case("text/csv") {
            return Err(Fault::UnsupportedMediaType.into());
        }
        read_body(request, door, "malformed-sheet").await.map(Self)
    }
}
