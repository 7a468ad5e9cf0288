//! Creating exactly once: a POST repeated with the same `Idempotency-Key` finds what the first one created.

use axum::Json;
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

/// A resource that a request created, or had created when it was sent before.
#[derive(Debug)]
pub struct Created<T> {
    /// The resource.
    pub resource: T,
    /// Where it is read.
    pub location: String,
    /// Whether this is the answer to a repeated request.
    pub replayed: bool,
}

impl<T: Serialize> IntoResponse for Created<T> {
    /// 201 with the resource and its `Location`; 200 when nothing was created again.
    fn into_response(self) -> Response {
        let status = if self.replayed { StatusCode::OK } else { StatusCode::CREATED };
        (status, [(LOCATION, self.location)], Json(self.resource)).into_response()
    }
}

/// Creates something in one unit of work, once per request key. Both branches give a `Result` of the same type,
/// which has a field `id`:
///
/// ```ignore
/// create!(caller, key, |work| buildings::register(work, new).await, |work, id| buildings::get(work, id).await)
/// ```
///
/// The answer is a [`Created`]; its `Location` is the request's path and the id. It is a macro because the futures
/// of async closures over a borrowed `Work` cannot be told to be `Send` in this edition.
macro_rules! create {
    ($caller:expr, $key:expr, |$work:ident| $make:expr, |$again:ident, $id:ident| $get:expr $(,)?) => {{
        let caller: &$crate::web::Caller = &$caller;
        let key: Option<$crate::access::idempotency::RequestKey> = $key;
        let mut work = caller.work().await?;
        let before = match &key {
            Some(key) => $crate::access::idempotency::find_created(&mut work, key).await?,
            None => None,
        };
        let (resource, replayed) = match before {
            Some($id) => {
                let $again = &mut work;
                ($get?, true)
            }
            None => {
                let made = {
                    let $work = &mut work;
                    $make?
                };
                if let Some(key) = &key {
                    $crate::access::idempotency::remember(&mut work, key, made.id).await?;
                }
                (made, false)
            }
        };
        // Also after a replay: reading can leave a trace in the journal.
        work.commit().await?;
        let location = format!("{}/{}", caller.path(), resource.id);
        Ok($crate::web::Created { resource, location, replayed })
    }};
}
pub(crate) use create;
