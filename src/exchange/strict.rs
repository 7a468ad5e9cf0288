//! Reading JSON so that one content has one form.
//!
//! The types refuse unknown and repeated members already. What their derived readers would still accept is an array
//! in place of an object; another implementation would not, and the two would judge the same signed bytes differently.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use super::Reason;

/// Reads `bytes` as `T`; refused with `invalid-payload` when it is not exactly that.
pub(super) fn read<T: DeserializeOwned + Serialize>(bytes: &[u8]) -> Result<T, Reason> {
    let invalid = |_| Reason::InvalidPayload;
    let content: T = serde_json::from_slice(bytes).map_err(invalid)?;
    let written: Value = serde_json::from_slice(bytes).map_err(invalid)?;
    let understood = serde_json::to_value(&content).map_err(invalid)?;
    if same_shape(&written, &understood) { Ok(content) } else { Err(Reason::InvalidPayload) }
}

/// The same members and items, of the same JSON types; texts may differ, because values normalise some of them.
fn same_shape(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Object(one), Value::Object(other)) => {
            let same = |(name, value)| other.get(name).is_some_and(|other| same_shape(value, other));
            one.len() == other.len() && one.iter().all(same)
        }
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same_shape(one, other))
        }
        _ => std::mem::discriminant(one) == std::mem::discriminant(other),
    }
}

/// For optional members: absent or a value. `null` is neither.
pub(super) fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

#[cfg(test)]
mod tests {
    use crate::exchange::messages::{DocumentWire, Office};
    use crate::exchange::streams::SeqVerdict;

    use super::*;

    #[test]
    fn an_array_is_no_object() {
        assert!(read::<SeqVerdict>(br#"{"seq":1,"verdict":"applied"}"#).is_ok());
        assert!(serde_json::from_slice::<SeqVerdict>(br#"[1,"applied"]"#).is_ok(), "then this file is not needed");
        assert_eq!(read::<SeqVerdict>(br#"[1,"applied"]"#), Err(Reason::InvalidPayload));
        assert_eq!(read::<Vec<DocumentWire>>(br#"[["passport","E1"]]"#), Err(Reason::InvalidPayload));
        assert!(read::<Office>(r#"{"name":" 站 ","phone":"0311-1"}"#.as_bytes()).is_ok());
    }
}
