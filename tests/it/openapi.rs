//! The description of the API that the node gives of itself.

use serde_json::Value;

use crate::harness::{TestApp, TestDb};

async fn description() -> Value {
    TestApp::new(&TestDb::sqlite()).await.anon().get("/api/openapi.json").await.expect(200)
}

/// Every operation with its path and method.
fn operations(description: &Value) -> Vec<(String, &Value)> {
    const METHODS: [&str; 7] = ["get", "put", "post", "delete", "patch", "head", "options"];
    let paths = description["paths"].as_object().unwrap();
    paths
        .iter()
        .flat_map(|(path, item)| {
            let item = item.as_object().unwrap().iter().filter(|(method, _)| METHODS.contains(&method.as_str()));
            item.map(move |(method, operation)| (format!("{method} {path}"), operation))
        })
        .collect()
}

#[tokio::test]
async fn the_description_is_openapi_3_1_and_whole() {
    let description = description().await;
    assert!(description["openapi"].as_str().unwrap().starts_with("3.1."));
    assert_eq!(description["info"]["title"], "anju");
    let text = description.to_string();
    for reference in text.split("\"$ref\":\"#").skip(1).map(|rest| rest.split('"').next().unwrap()) {
        assert!(description.pointer(reference).is_some(), "{reference} is referred to and missing");
    }
}

#[tokio::test]
async fn every_operation_has_its_own_name_a_summary_and_its_problems() {
    let description = description().await;
    let operations = operations(&description);
    assert!(!operations.is_empty());
    let mut names = std::collections::BTreeSet::new();
    for (place, operation) in operations {
        let name = operation["operationId"].as_str().unwrap_or_else(|| panic!("{place} has no operationId"));
        assert!(names.insert(name), "{place}: a second {name}; set operation_id");
        assert!(operation["summary"].is_string(), "{place} has no summary");
        assert!(operation["tags"].as_array().is_some_and(|tags| tags.len() == 1), "{place} has not one tag");
        assert!(operation["responses"]["422"].is_object(), "{place} names no problems");
    }
}

#[tokio::test]
async fn nothing_personal_goes_into_a_path_or_a_query() {
    // A code of a division or a peer names no person.
    const PERSONAL: [&str; 12] = [
        "name",
        "document",
        "number",
        "phone",
        "birth",
        "sex",
        "address",
        "origin",
        "marital",
        "child",
        "login",
        "certificate",
    ];
    let description = description().await;
    for (place, operation) in operations(&description) {
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            let name = parameter["name"].as_str().unwrap().to_lowercase();
            let in_url = parameter["in"] == "path" || parameter["in"] == "query";
            let personal = PERSONAL.iter().find(|word| name.contains(*word));
            assert!(!in_url || personal.is_none(), "{place}: `{name}` would stand in logs; send it in a body");
        }
    }
}

#[tokio::test]
async fn the_documentation_is_served_from_here() {
    let app = TestApp::new(&TestDb::sqlite()).await;
    let page = app.anon().get("/api/docs/").await;
    page.expect(200);
    let page_text = String::from_utf8_lossy(&page.body).into_owned();
    assert!(!page_text.contains("http://") && !page_text.contains("https://"), "{page_text}");
    assert!(page.header("content-security-policy").unwrap().starts_with("default-src 'self'"));
    app.anon().get("/api/docs/swagger-ui-bundle.js").await.expect(200);
    app.anon().get("/api/docs/nothing.js").await.expect(404);
}
