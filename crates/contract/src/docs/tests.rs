use std::collections::BTreeSet;

use serde_json::json;

use super::*;

fn document() -> serde_json::Value {
    json!({
        "openapi": "3.1.0",
        "info": { "title": "Bookshop <API>", "version": "1.2.0", "description": "Sends `json`." },
        "servers": [{ "url": "https://api.example.com/bookshop/" }],
        "components": {
            "securitySchemes": {
                "bearer": { "type": "http", "scheme": "bearer" },
                "own": { "type": "apiKey", "in": "header", "name": "X-Token" },
            },
            "parameters": { "Page": { "in": "query", "name": "page", "schema": { "type": "integer", "minimum": 1 } } },
        },
        "paths": {
            "/users/{id}": {
                "get": {
                    "summary": "Show a user",
                    "security": [{ "bearer": [] }, { "own": [] }],
                    "parameters": [
                        { "in": "path", "name": "id", "required": true, "schema": { "type": "integer" }, "example": 7 },
                        { "$ref": "#/components/parameters/Page" },
                    ],
                    "responses": {
                        "200": { "description": "The user.", "headers": { "Link": { "schema": { "type": "string" } } },
                            "content": { "application/json": { "schema": { "type": "object", "properties": {
                                "name": { "type": "string" } } } } } },
                        "404": { "description": "There is none.", "content": { "application/json": { "examples": {
                            "not_found": { "value": { "error": "</code><script>alert(1)</script>" } } } } } },
                        "204": { "description": "Nothing." },
                    },
                },
                "delete": { "x-beyond": true, "security": [{}, { "own": [] }], "responses": {} },
            },
            "/users": { "post": {
                "requestBody": { "required": true, "content": {
                    "multipart/form-data": {},
                    "application/json": { "example": { "name": "a" }, "schema": { "type": "object", "required": ["name"],
                        "properties": { "name": { "type": "string", "minLength": 1, "maxLength": 30 } } } } } },
                "responses": { "201": { "description": "Made." } },
            } },
        },
    })
}

/// The page's words without markup, one line a text.
fn words(html: &str) -> Vec<&str> {
    html.split('<')
        .filter_map(|piece| piece.split_once('>'))
        .map(|(_, text)| text.trim())
        .filter(|t| !t.is_empty())
        .collect()
}

#[track_caller]
fn assert_in_order(html: &str, wanted: &[&str]) {
    let words = words(html);
    let mut rest = words.iter();
    for text in wanted {
        assert!(rest.any(|word| word == text), "`{text}` is not there in its order:\n{}", words.join("\n"));
    }
}

#[test]
fn the_page_tells_what_the_document_says() {
    let html = page(&document(), Language::En);
    assert_in_order(
        &html,
        &[
            "Bookshop &lt;API&gt;",
            "1.2.0",
            "Sends",
            "json",
            "Base URL",
            "https:&#x2f;&#x2f;api.example.com&#x2f;bookshop",
            "OpenAPI document",
            "Authentication",
            "Authorization: Bearer TOKEN",
            "X-Token: TOKEN",
            "GET",
            "&#x2f;users&#x2f;{id}",
            "token",
            "Show a user",
            "Parameters",
            "id",
            "required",
            "path · integer",
            "page",
            "query · integer",
            "at least 1",
            "curl &#x27;https:&#x2f;&#x2f;api.example.com&#x2f;bookshop&#x2f;users&#x2f;7&#x27; \\\n  -H &#x27;Authorization: Bearer TOKEN&#x27;",
            "Answers",
            "200",
            "OK",
            "The user.",
            "Headers",
            "Link",
            "Fields",
            "name",
            "404",
            "Not Found",
            "not_found",
            "204",
            "No Content",
            "Nothing.",
            "No body.",
            "DELETE",
            "not in the document",
            "token optional",
            "POST",
            "Body",
            "application&#x2f;json, multipart&#x2f;form-data",
            "name",
            "required",
            "1 to 30 characters",
            "201",
            "Created",
            "Made.",
        ],
    );
    for anchor in ["get-users-id", "delete-users-id", "post-users"] {
        assert!(html.contains(&format!("<article class=\"card\" id=\"{anchor}\"")), "{anchor}");
        assert!(html.contains(&format!("href=\"#{anchor}\"")), "{anchor}");
    }
}

#[test]
fn nothing_of_the_document_becomes_markup() {
    let html = page(&document(), Language::En);
    assert!(!html.contains("<script>") && !html.contains("<API>"), "unescaped");
    assert_eq!(html.matches("<script").count(), 1, "the one script is a file");
    for forbidden in [" style=", " onclick=", "javascript:", "http://"] {
        assert!(!html.contains(forbidden), "{forbidden}");
    }
}

#[test]
fn any_document_makes_a_page() {
    let odd = json!({ "info": 5, "paths": { "/a": null, "/b": { "get": null, "post": { "parameters": [{}, 1],
        "requestBody": { "$ref": "#/paths/~1b/post/requestBody" }, "responses": { "x": null, "200": [] } } } } });
    for document in [odd, json!(null), json!([]), json!({ "paths": [] })] {
        for language in Language::ALL {
            let html = page(&document, language);
            assert!(html.contains("</html>"), "{document}");
        }
    }
}

#[test]
fn the_page_loads_only_what_there_is() {
    let html = page(&document(), Language::Ko);
    let loaded: BTreeSet<&str> =
        html.split("\"docs/").skip(1).filter_map(|rest| rest.split_once('?')).map(|(name, _)| name).collect();
    assert_eq!(loaded, BTreeSet::from(["docs.css", "docs.js", "icon.svg"]));
    for name in loaded {
        let (content_type, bytes) = asset(name).unwrap();
        assert!(!content_type.is_empty() && !bytes.is_empty());
    }
    assert_eq!(asset("../docs.rs"), None);
}

#[test]
fn both_languages_say_everything() {
    let keys = |ftl: &'static str| {
        let starts = |line: &&str| line.starts_with(|first: char| first.is_ascii_lowercase());
        ftl.lines().filter(starts).filter_map(|line| Some(line.split_once(" = ")?.0)).collect::<BTreeSet<_>>()
    };
    let (korean, english) = (keys(include_str!("ko.ftl")), keys(include_str!("en.ftl")));
    assert_eq!(korean, english);
    let page = include_str!("page.html");
    let used = page.split("t[\"").skip(1).filter_map(|rest| rest.split_once("\"]")).map(|(key, _)| key);
    for key in used {
        assert!(english.contains(key), "{key}");
    }
    for language in Language::ALL {
        for key in &english {
            assert!(!Texts(language).with(key, &[("min", "1"), ("max", "2")]).contains('{'), "{key}");
        }
    }
    assert_eq!(Texts(Language::Ko).with("rule-characters", &[("min", "8"), ("max", "256")]), "8~256자");
}
