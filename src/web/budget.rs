//! What a request's looks came to: a warning in the answer's header past the soft limit, and past the hard limit an entry
//! in the journal beside the work that was undone.

use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::{Door, Problem};
use crate::access::Actor;
use crate::access::budgets::{self, Meter, Reading};
use crate::error::Result;
use crate::values::LocalityCode;

/// Looks today and the hard limit: `125/300`.
const WARNING: HeaderName = HeaderName::from_static("anju-budget-warning");

pub(super) async fn report(State(door): State<Door>, mut request: Request, next: Next) -> Response {
    let meter = Meter::default();
    request.extensions_mut().insert(meter.clone());
    let mut response = next.run(request).await;
    match meter.reading() {
        Reading::Within => {}
        Reading::PastSoft { used, hard } => {
            if let Ok(value) = HeaderValue::from_str(&format!("{used}/{hard}")) {
                response.headers_mut().insert(WARNING, value);
            }
        }
        Reading::Spent { officer, locality } => {
            if let Err(error) = note_refusal(&door, officer, locality).await {
                return Problem::from(error).into_response();
            }
        }
    }
    response
}

async fn note_refusal(door: &Door, officer: Actor, locality: LocalityCode) -> Result<()> {
    let mut work = door.app.work(officer, locality).await?;
    budgets::note_refusal(&mut work).await?;
    work.commit().await
}
