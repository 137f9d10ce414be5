//! The OpenAPI document, committed as `docs/openapi.json`: what foreign generators make clients of.

use std::collections::HashSet;
use std::fs;
use std::path::Path;

use axum::http::Method;
use countersign_server::api::problem::Kind;
use serde_json::{Value, json};

use super::client::DOCUMENT;
use crate::world::World;

/// Writes the document anew: `WRITE_DOCS=1 cargo nextest run -p countersign-server --test http documented`.
const WRITE: &str = "WRITE_DOCS";

#[test]
fn the_committed_document_is_the_one_that_is_served() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/openapi.json");
    let document = countersign_server::api::document().to_pretty_json().unwrap() + "\n";
    if std::env::var_os(WRITE).is_some() {
        fs::write(&path, &document).unwrap();
    }
    assert!(
        fs::read_to_string(&path).unwrap_or_default() == document,
        "docs/openapi.json is not what the program serves. Where the change is meant, write it anew and look at the \
         difference as those do who have made clients of it:\n    \
         {WRITE}=1 cargo nextest run -p countersign-server --test http documented"
    );
}

#[test]
fn the_reference_lists_every_problem() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/api.md");
    let text = fs::read_to_string(&path).unwrap();
    let head = "| status | type | what it says |\n|---|---|---|\n";
    let (before, after) =
        text.split_once(head).unwrap_or_else(|| panic!("docs/api.md has no table of problems"));
    let (found, after) = after.split_once("\n\n").unwrap_or_else(|| after.split_once('\n').unwrap());
    let row = |kind: &Kind| format!("| {} | `{}` | {} |", kind.status(), kind.word(), kind.title());
    let rows = Kind::ALL.iter().map(row).collect::<Vec<_>>().join("\n");
    if std::env::var_os(WRITE).is_some() {
        fs::write(&path, format!("{before}{head}{rows}\n\n{}", after.trim_start())).unwrap();
    } else {
        assert!(
            found == rows,
            "the problems in docs/api.md are not those of the program; as above, {WRITE}=1 writes them"
        );
    }
}

#[tokio::test]
async fn the_document_is_served_to_everybody() {
    let world = World::new();
    let shop = world.application("Shop").await;
    for client in [shop.with_key(""), shop] {
        let said = client.get("/openapi.json").await;
        assert_eq!(said.is(200).header("content-type"), Some("application/json"));
        assert_eq!(said.body, *DOCUMENT);
    }
}

fn operations() -> Vec<(String, &'static Value)> {
    let paths = DOCUMENT["paths"].as_object().unwrap();
    let methods = ["get", "post", "delete", "put", "patch"];
    let of = |(path, item): (&String, &'static Value)| {
        let there = methods.into_iter().filter_map(move |method| Some((method, item.get(method)?)));
        let path = path.clone();
        there.map(move |(method, operation)| (format!("{method} {path}"), operation))
    };
    paths.iter().flat_map(of).collect()
}

#[test]
fn every_operation_can_be_made_a_function_of_and_says_what_it_does() {
    assert_eq!(DOCUMENT["openapi"], "3.1.0");
    let operations = operations();
    assert_eq!(operations.len(), 14);
    let mut ids = HashSet::new();
    for (name, operation) in operations {
        let id = operation["operationId"].as_str().unwrap_or_else(|| panic!("{name} has no id"));
        assert!(ids.insert(id), "{id} is there twice");
        assert!(
            id.contains('_') || id.len() > 4,
            "{name}: {id} says nothing to those who read a generated client"
        );
        assert!(operation["summary"].is_string(), "{name}");
        assert_eq!(operation["tags"].as_array().map(Vec::len), Some(1), "{name}");
        let responses = operation["responses"].as_object().unwrap();
        for status in ["401", "429", "503"] {
            assert!(responses.contains_key(status), "{name}: {status}");
        }
        for (status, response) in responses {
            let schema = &response["content"]["application/problem+json"]["schema"]["$ref"];
            let is_problem = schema == "#/components/schemas/Problem";
            assert_eq!(is_problem, status.as_str() >= "400", "{name}: {status}");
            assert!(
                response["description"].as_str().is_some_and(|text| !text.is_empty()),
                "{name}: {status}"
            );
        }
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            assert!(parameter["description"].is_string(), "{name}: {parameter}");
        }
    }
}

#[tokio::test]
async fn a2_every_call_of_the_document_asks_for_a_key_and_knows_its_own_method_alone() {
    let world = World::new();
    let shop = world.application("Shop").await;
    shop.enrolled("jana").await;
    let before = (shop.get("/accounts/jana").await.body, shop.events().await);
    for (name, _) in operations() {
        let (method, path) = name.split_once(' ').unwrap();
        let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
        let path = path.replace("{user}", "jana").replace("{id}", "0190f3a87c5e7d4e8f0a1b2c3d4e5f60");
        for key in ["", "countersign_", "countersign_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"] {
            let said = shop.with_key(key).send(method.clone(), &path, &[], "").await;
            said.problem("unauthenticated");
        }
        shop.send(Method::PUT, &path, &[], "").await.problem("method-not-allowed");
    }
    assert_eq!((shop.get("/accounts/jana").await.body, shop.events().await), before);
}

#[test]
fn every_schema_is_used_and_no_object_that_is_sent_takes_unknown_fields() {
    let text = DOCUMENT.to_string();
    for (name, schema) in DOCUMENT["components"]["schemas"].as_object().unwrap() {
        assert!(text.contains(&format!("#/components/schemas/{name}\"")), "{name} is used nowhere");
        let sent =
            ["Client", "Confirm", "Link", "Nothing", "Redeem", "Start", "Verify"].contains(&name.as_str());
        if sent {
            assert_eq!(schema["additionalProperties"], json!(false), "{name}");
        }
    }
}
