//! The schema of what peers say to each other as witnesses of their journals.

use serde_json::{Value, json};

use super::{common, count, list, object, pattern, words};
use crate::exchange::witness::{Contradiction, MOST_HASHES, MOST_JOURNALS, MOST_KEYS};

pub(super) fn body() -> Value {
    let signed = || json!({ "type": "string", "maxLength": 8192 });
    let offer = object(&[
        ("checkpoint", signed()),
        ("keys", list(json!({ "type": "string", "maxLength": 400 }), 1, MOST_KEYS)),
        ("since", count(0, None)),
        ("growth", list(pattern("^[A-Za-z0-9+/]{43}=$"), 0, MOST_HASHES)),
    ]);
    let refused = object(&[
        ("origin", json!({ "type": "string", "maxLength": 200 })),
        ("reason", words(Contradiction::ALL.iter().map(Contradiction::as_str))),
    ]);
    object(&[
        ("at", common("instant")),
        ("offers", list(offer, 0, MOST_JOURNALS)),
        ("holds", list(signed(), 0, MOST_JOURNALS)),
        ("refused?", list(refused, 0, MOST_JOURNALS)),
    ])
}
