//! The folder `exchange-specs/` says what the code does, and nothing else.

use std::path::PathBuf;

use jsonschema::{Registry, Validator};
use serde_json::{Value, json};

use super::*;
use crate::exchange::directory::{Directory, NodeCode, verify_card, verify_directory};
use crate::exchange::envelope::Peer;
use crate::exchange::keys::fingerprint;
use crate::exchange::requests::{verify_request, verify_response};
use crate::exchange::streams::{
    DigestAnswer, DigestBody, DigestItem, PullAnswer, PullBody, PushAnswer, PushBody, digest,
};
use crate::exchange::witness::{Checkpoints, Contradiction};
use crate::exchange::{Reason, jose};
use crate::never_held;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("exchange-specs")
}

fn committed(path: &str) -> String {
    fs::read_to_string(folder().join(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
}

fn committed_json(path: &str) -> Value {
    serde_json::from_str(&committed(path)).unwrap()
}

/// A validator for a schema of the folder, by reference, for example `bodies.json#/$defs/push`.
fn validator(reference: &str) -> Validator {
    let all = schemas::all();
    let mut registry = Registry::new();
    for (name, schema) in &all {
        registry = registry.add(format!("{}{name}", schemas::BASE), schema).unwrap();
    }
    let registry = registry.prepare().unwrap();
    let schema = json!({ "$ref": format!("{}{reference}", schemas::BASE) });
    jsonschema::options().should_validate_formats(true).with_registry(&registry).build(&schema).unwrap()
}

fn keys_of(code: &Value) -> NodeKeys {
    let all = [examples::residence().unwrap(), examples::origin().unwrap()];
    all.into_iter().find(|keys| code == keys.node().as_str()).unwrap()
}

#[test]
fn the_folder_is_what_the_code_writes() {
    let fresh = tempfile::tempdir().unwrap();
    write(fresh.path()).unwrap();
    for (path, content) in files().unwrap() {
        assert_eq!(committed(&path), content, "{path} is stale: write the specification anew");
        assert_eq!(fs::read_to_string(fresh.path().join(&path)).unwrap(), content);
    }
    for (name, _) in examples::messages().unwrap() {
        assert!(fresh.path().join(format!("examples/{name}.jwe")).exists());
    }
}

#[test]
fn nothing_else_lies_in_the_folder() {
    let known: Vec<String> = files().unwrap().into_iter().map(|(path, _)| path).collect();
    for part in ["schemas", "examples", "vectors"] {
        for entry in fs::read_dir(folder().join(part)).unwrap() {
            let path = format!("{part}/{}", entry.unwrap().file_name().to_str().unwrap());
            assert!(path.ends_with(".jwe") || known.contains(&path), "{path} belongs to nothing");
        }
    }
}

#[test]
fn every_envelope_in_the_folder_opens_to_its_example() {
    for (name, message) in examples::messages().unwrap() {
        assert!(opens_to(&committed(&format!("examples/{name}.jwe")), &message).unwrap(), "{name}");
    }
}

#[test]
fn an_envelope_of_another_implementation_opens() {
    assert!(opens_to(FOREIGN, &fixtures::started()).unwrap());
}

#[test]
fn every_example_follows_its_schema() {
    for (name, message) in examples::messages().unwrap() {
        let errors: Vec<String> = validator(&format!("{}.json", message.content.kind()))
            .iter_errors(&committed_json(&format!("examples/{name}.json")))
            .map(|e| format!("{e} at {}", e.instance_path()))
            .collect();
        assert!(errors.is_empty(), "{name}: {errors:?}");
        for (header, of) in [("jws", "jws"), ("jwe", "jwe")] {
            let compact = committed(&format!("examples/{name}.{of}"));
            let head = format!(".{}.", compact.split('.').next().unwrap());
            let head: Value = jose::peek(&head).unwrap();
            assert!(validator(&format!("headers.json#/$defs/{header}")).is_valid(&head), "{name} {head}");
        }
    }
    for card in examples::cards().unwrap() {
        assert!(validator("card.json").is_valid(&committed_json(&format!("examples/card.{}.json", card.code))));
    }
    assert!(validator("directory.json").is_valid(&committed_json("examples/directory.json")));
}

/// Every value of the tree replaced, every member removed, every object extended.
fn mutations(value: &Value) -> Vec<(String, Value)> {
    let mut found = Vec::new();
    walk(value, String::new(), &mut |pointer, here| {
        let replacements =
            [json!(null), json!(""), json!("a b!"), json!(-1), json!(7), json!(true), json!([]), json!({})];
        for other in replacements.into_iter().filter(|other| other != here) {
            let mut changed = value.clone();
            *changed.pointer_mut(pointer).unwrap() = other;
            found.push((format!("{pointer} replaced"), changed));
        }
        for member in here.as_object().into_iter().flatten().map(|(member, _)| member) {
            let mut changed = value.clone();
            changed.pointer_mut(pointer).unwrap().as_object_mut().unwrap().shift_remove(member);
            found.push((format!("{pointer}/{member} removed"), changed));
        }
        if here.is_object() {
            let mut changed = value.clone();
            changed.pointer_mut(pointer).unwrap()["religion"] = json!("none");
            found.push((format!("{pointer} extended"), changed));
        }
        if let Some(first) = here.as_array().and_then(|items| items.first()) {
            let mut changed = value.clone();
            *changed.pointer_mut(pointer).unwrap() = json!(vec![first; 501]);
            found.push((format!("{pointer} repeated"), changed));
        }
    });
    found
}

fn walk(value: &Value, pointer: String, visit: &mut impl FnMut(&str, &Value)) {
    visit(&pointer, value);
    match value {
        Value::Object(members) => members.iter().for_each(|(name, v)| walk(v, format!("{pointer}/{name}"), visit)),
        Value::Array(items) => items.iter().enumerate().for_each(|(n, v)| walk(v, format!("{pointer}/{n}"), visit)),
        _ => {}
    }
}

#[test]
fn schemas_and_types_agree_on_every_change_of_every_example() {
    let mut compared = 0;
    for (name, message) in examples::messages().unwrap() {
        let validator = validator(&format!("{}.json", message.content.kind()));
        for (what, changed) in mutations(&serde_json::to_value(&message).unwrap()) {
            let read = Message::parse(changed.to_string().as_bytes());
            assert_eq!(validator.is_valid(&changed), read.is_ok(), "{name} {what}: {:?}", read.err());
            compared += 1;
        }
    }
    assert!(compared > 1000, "{compared}");
    let card = serde_json::to_value(&examples::cards().unwrap()[0]).unwrap();
    let validator = validator("card.json");
    for (what, changed) in mutations(&card) {
        let read = serde_json::from_value::<NodeCard>(changed.clone());
        // Key names and repetitions are compared by code, beyond what a schema can say.
        if read.is_ok() != validator.is_valid(&changed) {
            assert!(
                ["/kid", "/x", " repeated", "/keys replaced", "/territory replaced", "/version replaced"]
                    .iter()
                    .any(|part| what.contains(part)),
                "card {what}: {:?}",
                read.err()
            );
        }
    }
}

#[test]
fn no_schema_has_a_word_for_what_is_never_held() {
    let text: String = schemas::all().iter().map(|(_, schema)| schema.to_string().to_lowercase()).collect();
    for word in text.split(|c: char| !c.is_ascii_alphabetic()) {
        assert!(never_held::find(word).is_none(), "{word}");
        // Nor for a dwelling: the locality travels, never the flat.
        assert!(!["address", "flat", "door", "street", "track"].iter().any(|begin| word.starts_with(begin)), "{word}");
    }
}

#[test]
fn the_vectors_for_keys_and_digests_hold() {
    for node in committed_json("vectors/keys.json").as_array().unwrap() {
        let bytes = json!({ "node": node["node"], "pairs": node["pairs"] }).to_string();
        let keys = NodeKeys::from_bytes(bytes.as_bytes()).unwrap();
        assert_eq!(fingerprint(keys.node(), keys.public()[0].kid()), node["fingerprint"].as_str().unwrap());
    }
    for case in committed_json("vectors/digest.json").as_array().unwrap() {
        let items: Vec<DigestItem> = serde_json::from_value(case["items"].clone()).unwrap();
        assert_eq!(digest(&items), case["digest"].as_str().unwrap());
    }
    let now = examples::now().unwrap();
    for node in committed_json("vectors/keys.json").as_array().unwrap().iter().take(2) {
        let code = node["node"].as_str().unwrap();
        let jws = committed(&format!("examples/card.{code}.jws"));
        assert!(verify_card(jws.trim_end(), node["fingerprint"].as_str().unwrap(), now).is_ok());
    }
    let keeper = examples::keeper().unwrap().public();
    let directory: Directory = verify_directory(committed("examples/directory.jws").trim_end(), &keeper, now).unwrap();
    assert_eq!(directory, examples::directory().unwrap());
}

fn outcome<T>(result: std::result::Result<T, Reason>) -> String {
    result.map_or_else(|reason| reason.to_string(), |_| "accepted".to_owned())
}

#[test]
fn the_vectors_for_requests_and_responses_hold() {
    let text = |case: &Value, member: &str| case[member].as_str().unwrap().to_owned();
    for case in committed_json("vectors/requests.json").as_array().unwrap() {
        let sender = keys_of(&case["from"]);
        let (public, us): (_, NodeCode) = (sender.public(), text(case, "to").parse().unwrap());
        let peer = Peer { code: sender.node(), keys: &public };
        let (jws, url, now) = (text(case, "jws"), text(case, "url"), text(case, "now").parse().unwrap());
        let found = match url.rsplit('/').next().unwrap() {
            "messages" => outcome(verify_request::<PushBody>(&jws, &url, &us, peer, now)),
            // A push sent here is refused for its URL only if its body is read as what it is.
            "pull" if case["expected"] == "wrong-url" => {
                outcome(verify_request::<PushBody>(&jws, &url, &us, peer, now))
            }
            "pull" => outcome(verify_request::<PullBody>(&jws, &url, &us, peer, now)),
            "checkpoints" => outcome(verify_request::<Checkpoints>(&jws, &url, &us, peer, now)),
            _ => outcome(verify_request::<DigestBody>(&jws, &url, &us, peer, now)),
        };
        assert_eq!(found, text(case, "expected"), "{}", case["name"]);
        if found == "accepted" {
            assert!(validator("request.json").is_valid(&jose::peek(&jws).unwrap()), "{}", case["name"]);
        }
    }
    for case in committed_json("vectors/responses.json").as_array().unwrap() {
        let sender = keys_of(&case["from"]);
        let (public, us): (_, NodeCode) = (sender.public(), text(case, "to").parse().unwrap());
        let peer = Peer { code: sender.node(), keys: &public };
        let (jws, now) = (text(case, "jws"), text(case, "now").parse().unwrap());
        let jti = text(case, "in_reply_to").parse().unwrap();
        let found = match text(case, "body").as_str() {
            "push-answer" => outcome(verify_response::<PushAnswer>(&jws, jti, &us, peer, now)),
            "pull-answer" => outcome(verify_response::<PullAnswer>(&jws, jti, &us, peer, now)),
            "checkpoints" => outcome(verify_response::<Checkpoints>(&jws, jti, &us, peer, now)),
            _ => outcome(verify_response::<DigestAnswer>(&jws, jti, &us, peer, now)),
        };
        assert_eq!(found, text(case, "expected"), "{}", case["name"]);
        assert!(validator("response.json").is_valid(&jose::peek(&jws).unwrap()), "{}", case["name"]);
    }
}

#[test]
fn the_vectors_for_refused_messages_hold() {
    let sender = examples::residence().unwrap();
    let public = sender.public();
    for case in committed_json("vectors/refused-messages.json").as_array().unwrap() {
        let peer = Peer { code: sender.node(), keys: &public };
        let found = outcome(envelope::verify(case["jws"].as_str().unwrap(), peer));
        assert_eq!(found, case["expected"].as_str().unwrap(), "{}", case["name"]);
    }
}

#[test]
fn the_openapi_document_names_schemas_that_exist() {
    let document: Value = serde_json::from_str(OPENAPI).unwrap();
    assert_eq!(document["openapi"], "3.1.0");
    let known = schemas::all();
    let mut named = 0;
    walk(&document, String::new(), &mut |pointer, value| {
        if !pointer.ends_with("/$ref") {
            return;
        }
        let reference = value.as_str().unwrap();
        if let Some((file, inside)) = reference.strip_prefix("schemas/").map(|r| r.split_once('#').unwrap_or((r, ""))) {
            let (_, schema) = known.iter().find(|(name, _)| name == file).unwrap_or_else(|| panic!("{reference}"));
            assert!(schema.pointer(inside).is_some(), "{reference}");
            named += 1;
        } else {
            assert!(document.pointer(reference.trim_start_matches('#')).is_some(), "{reference}");
        }
    });
    assert!(named > 5);
}

#[test]
fn the_readme_names_every_reason_and_kind() {
    for word in Reason::ALL.iter().map(Reason::as_str) {
        assert!(README.contains(&format!("`{word}`")), "{word}");
    }
    for word in Contradiction::ALL.iter().map(Contradiction::as_str) {
        assert!(README.contains(&format!("`{word}`")), "{word}");
    }
    for kind in crate::exchange::messages::Kind::ALL {
        assert!(README.contains(&format!("`{kind}`")), "{kind}");
    }
}
