//! The API for programs of an app's operators, as they call it.

use daemun_model::Permission;
use daemun_operations::api_key::create;
use daemun_operations::{Call, Client, Operator};
use daemun_testkit::{Answer, Answered, Setup, TestServer};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::MEMBERS;

/// Every permission that a key can have.
pub const EVERYTHING: [Permission; 16] = {
    let mut suitable = [Permission::AccountsRead; 16];
    let mut index = 0;
    while index < suitable.len() {
        suitable[index] = Permission::ALL[index];
        index += 1;
    }
    suitable
};

/// A key of an app: its identifier and itself.
pub async fn key(server: &TestServer, app: &str, permissions: &[Permission]) -> (String, String) {
    let client = Client { address: [127, 0, 0, 1].into(), user_agent: None };
    let call = Call { operator: Some(Operator::cli()), ..Call::new(server.app(app), client, "test") };
    let input = create::Input {
        name: Some("test".to_owned()),
        permissions: Some(permissions.iter().map(|one| one.as_str().to_owned()).collect()),
        expires_in_days: None,
        of: None,
    };
    let made = create::create(server.daemun().clone(), call, input).await.unwrap();
    (made.api_key.id, made.secret)
}

/// A key of the server that may do everything.
pub async fn key_of_server(server: &TestServer) -> String {
    let client = Client { address: [127, 0, 0, 1].into(), user_agent: None };
    let call = Call { operator: Some(Operator::cli()), ..Call::new(server.app("members"), client, "test") };
    let input = create::Input {
        name: Some("test".to_owned()),
        permissions: Some(Permission::ALL.map(|one| one.as_str().to_owned()).to_vec()),
        expires_in_days: None,
        of: Some("server".to_owned()),
    };
    create::create(server.daemun().clone(), call, input).await.unwrap().secret
}

async fn two_apps() -> TestServer {
    Setup::default()
        .contract("members", MEMBERS)
        .app_toml("name = \"other\"\ncontract = \"./members.yaml\"\nmount = \"/other\"\nhosts = [\"api.other.example\"]")
        .start()
        .await
}

fn ask(server: &TestServer, key: &str, method: Method, path: &str) -> RequestBuilder {
    server.request(method, &format!("/members/admin{path}")).bearer_auth(key)
}

async fn get(server: &TestServer, key: &str, path: &str) -> Answer {
    ask(server, key, Method::GET, path).answer().await
}

async fn bring_in(server: &TestServer, key: &str, account: Value) -> Answer {
    ask(server, key, Method::POST, "/accounts").json(&account).answer().await
}

#[tokio::test]
async fn without_a_live_key_of_this_app_nothing_is_told() {
    let server = two_apps().await;
    let (id, key_of_members) = key(&server, "members", &[Permission::AccountsRead]).await;
    let (_, key_of_other) = key(&server, "other", &[Permission::AccountsRead]).await;
    for sent in [None, Some("Bearer nonsense".to_owned()), Some(format!("Bearer {key_of_other}"))] {
        let mut request = server.get("/members/admin/accounts").header("X-Request-Id", "request-1");
        if let Some(sent) = &sent {
            request = request.header("authorization", sent);
        }
        let answer = request.answer().await;
        assert_eq!(
            (answer.status, answer.header("content-type")),
            (401, "application/problem+json"),
            "{sent:?}"
        );
        assert_eq!(answer.header("www-authenticate"), "Bearer");
        assert_eq!(answer.header("cache-control"), "no-store");
        assert_eq!(
            answer.json(),
            json!({
                "type": "urn:daemun:problem:unauthenticated", "title": "This request needs a valid API key of this app.",
                "status": 401, "code": "unauthenticated", "request_id": "request-1",
            })
        );
    }
    assert_eq!(get(&server, &key_of_members, "/accounts").await.status, 200);
    let member = get(&server, &key_of_members, "/accounts/1").await;
    assert_eq!((member.status, member.json()["code"].clone()), (404, json!("account_not_found")));
    let forbidden = ask(&server, &key_of_members, Method::DELETE, "/accounts/1").answer().await;
    assert_eq!((forbidden.status, forbidden.json()["code"].clone()), (403, json!("forbidden")));
    // A key is no access token, neither here nor there.
    assert_eq!(server.get("/members/me").bearer_auth(&key_of_members).answer().await.status, 401);

    crate::accounts::operate_with(&server, "members", "api_key.revoke", json!({ "id": id })).await;
    assert_eq!(get(&server, &key_of_members, "/accounts").await.status, 401);
    server.stop().await;
}

#[tokio::test]
async fn an_account_that_is_brought_in_with_its_hash_signs_in_with_its_password() {
    let server = two_apps().await;
    let (_, key) = key(&server, "members", &EVERYTHING).await;
    let hash = "pbkdf2_sha256$1000$salt$hHq2CwjSpsUCltVF/ZDe25M5jA5hBHN9+inXRaOGbjU=";
    let made = bring_in(
        &server,
        &key,
        json!({ "email": "a@example.com", "password_hash": hash, "email_verified": true }),
    )
    .await;
    assert_eq!(made.status, 201, "{}", made.text());
    let wrong = bring_in(
        &server,
        &key,
        json!({ "email": "b@example.com", "password_hash": "md5$x", "status": "gone" }),
    )
    .await;
    assert_eq!(
        (wrong.status, wrong.json()["errors"].as_object().unwrap().keys().cloned().collect::<Vec<_>>()),
        (400, vec!["password_hash".to_owned(), "status".to_owned()])
    );
    let costly =
        "$argon2id$v=19$m=4194304,t=3,p=1$c2FsdHNhbHRzYWx0c2FsdA$8J+YgPCfmIDwn5iA8J+YgPCfmIDwn5iA8J+YgPCfmIA";
    let refused = bring_in(&server, &key, json!({ "email": "b@example.com", "password_hash": costly })).await;
    assert_eq!(refused.status, 400, "a hash that asks for 4 GiB is an attack");
    let twice = bring_in(&server, &key, json!({ "email": "A@EXAMPLE.com" })).await;
    assert_eq!((twice.status, twice.json()["code"].clone()), (400, json!("email_taken")));
    let listed = get(&server, &key, "/accounts?email=a%40example.com").await;
    assert_eq!(listed.json()["accounts"][0]["email_verified"], true);
    assert_eq!(server.messages().await.len(), 0, "nobody is written to");
    server.stop().await;
}

#[tokio::test]
async fn the_same_request_with_the_same_key_is_done_once() {
    let server = two_apps().await;
    let (id, key) = key(&server, "members", &EVERYTHING).await;
    let named = |name: &'static str, email: &'static str| {
        let request = ask(&server, &key, Method::POST, "/accounts").header("Idempotency-Key", name);
        request.json(&json!({ "email": email })).answer()
    };
    let first = named("k1", "a@example.com").await;
    let again = named("k1", "a@example.com").await;
    assert_eq!((first.status, again.status), (201, 201));
    assert_eq!(first.json(), again.json());
    let other = named("k1", "b@example.com").await;
    assert_eq!((other.status, other.json()["code"].clone()), (422, json!("idempotency_key_reused")));
    assert_eq!(named("k2", "a@example.com").await.status, 400, "another request, and the address is taken");
    let wrong = named("two words", "c@example.com").await;
    assert_eq!(
        (wrong.status, wrong.json()["errors"].clone()),
        (400, json!({ "Idempotency-Key": ["Enter a valid value."] }))
    );
    let audit = get(&server, &key, "/audit?act=account.import").await.json();
    let lines = audit["lines"].as_array().unwrap();
    assert_eq!(lines.len(), 1);
    assert_eq!(lines[0]["actor"], format!("api-key:{id}"));
    assert!(!audit.to_string().contains(&key), "the key itself stands nowhere");
    server.stop().await;
}

#[tokio::test]
async fn a_list_goes_on_where_its_link_leads() {
    let server = two_apps().await;
    let (_, key) = key(&server, "members", &EVERYTHING).await;
    for name in ["a", "b", "c"] {
        bring_in(&server, &key, json!({ "email": format!("{name}@example.com") })).await;
    }
    let first = get(&server, &key, "/accounts?limit=2&status=approved").await;
    let link = first.header("link").to_owned();
    let url = link.strip_prefix('<').unwrap().strip_suffix(">; rel=\"next\"").unwrap();
    let (_, path) = url.split_once("/members/admin").unwrap();
    let second = get(&server, &key, path).await;
    let ids = |answer: &Answer| {
        answer.json()["accounts"].as_array().unwrap().iter().map(|one| one["id"].clone()).collect::<Vec<_>>()
    };
    assert_eq!((ids(&first), ids(&second)), (vec![json!(3), json!(2)], vec![json!(1)]));
    assert_eq!((second.header("link"), second.json()["page"]["next"].clone()), ("", Value::Null));
    let elsewhere = get(&server, &key, &path.replace("status=approved", "status=pending")).await;
    assert_eq!(
        (elsewhere.status, elsewhere.json()["errors"].clone()),
        (400, json!({ "cursor": ["Enter a valid value."] }))
    );
    server.stop().await;
}

#[tokio::test]
async fn it_has_its_document_and_its_page_and_hosts_serve_it_too() {
    let server = two_apps().await;
    let document = server.get("/members/admin/openapi.json").answer().await.json();
    assert_eq!(document["servers"][0]["url"], server.url("/members/admin"));
    let suspend = &document["paths"]["/accounts/{account}/suspend"]["post"];
    assert_eq!(suspend["security"], json!([{ "bearer": [] }]));
    assert!(suspend["parameters"].to_string().contains("Idempotency-Key"));
    assert!(suspend["responses"]["422"]["content"]["application/problem+json"].is_object());
    assert!(suspend["responses"]["200"]["content"]["application/json"].is_object());
    assert_eq!(server.get("/members/admin/docs").answer().await.status, 200);
    assert_eq!(server.get("/members/admin/.well-known/jwks.json").answer().await.status, 404);
    let at_host = server.get("/admin/accounts").header("host", "api.other.example").answer().await;
    assert_eq!(at_host.status, 401);
    server.stop().await;
}
