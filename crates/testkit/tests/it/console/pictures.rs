//! The pictures of a catalogue: sent with a form, seen by everybody as long as an item shows them, and swept.

use daemun_model::Role;
use daemun_testkit::{Administrator, Answer, Answered, Setup, TestBucket, TestServer};
use reqwest::Method;
use serde_json::{Value, json};

use super::server;
use crate::MEMBERS;

/// A PNG as far as a beginning tells.
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0 golf";
const JPEG: &[u8] = b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01\x01\0\0\x01 wine";
const ITEMS: &str = "/members/catalogs/interests";

async fn save(server: &TestServer, who: &Administrator, at: &str, image: &str, picture: &[u8]) -> Answer {
    let id = if at == "new" { "golf" } else { at };
    let fields = [("id", id), ("name", "Golf"), ("emoji", ""), ("image", image)];
    who.act_with_file(server, &format!("{ITEMS}/{at}"), &fields, ("picture", picture)).await
}

/// The stored path of an item's picture.
async fn image(server: &TestServer, who: &Administrator, id: &str) -> String {
    let page = who.see(server, &format!("{ITEMS}/{id}")).await;
    let text = page.text().replace("&#x2f;", "/");
    let rest = text.split("id=\"image\"").nth(1).unwrap().split("value=\"").nth(1).unwrap();
    rest.split('"').next().unwrap().to_owned()
}

async fn seen(server: &TestServer, path: &str) -> u16 {
    server.get(&format!("/media/{path}")).answer().await.status
}

async fn tidied(server: &TestServer) -> (u64, u64) {
    let tidied = daemun_operations::upload::tidy(server.daemun()).await.unwrap();
    (tidied.unclaimed, tidied.deleted)
}

#[tokio::test]
async fn a_picture_comes_with_the_form_is_seen_by_everybody_and_goes_when_another_comes() {
    let server = server().await;
    let operator = server.administrator(Role::Operator).await;
    let saved = save(&server, &operator, "new", "", PNG).await;
    assert_eq!(saved.header("location"), "/console/members/catalogs/interests?done=catalog-save");
    let first = image(&server, &operator, "golf").await;
    assert!(first.starts_with("images/interests/interest_") && first.ends_with(".png"), "{first}");
    let file = server.get(&format!("/media/{first}")).answer().await;
    assert_eq!((file.status, &file.body[..], file.header("content-type")), (200, PNG, "image/png"));
    let list = operator.see(&server, ITEMS).await;
    let shown = list.text().replace("&#x2f;", "/");
    assert!(shown.contains(&format!("<img src=\"/media/{first}?app=")), "{shown}");

    // Saved again without another picture it stays; a sibling may show the same one.
    assert_eq!(save(&server, &operator, "golf", &first, b"").await.status, 303);
    let sibling = [("id", "polo"), ("name", "Polo"), ("image", first.as_str())];
    assert_eq!(operator.act(&server, &format!("{ITEMS}/new"), &sibling).await.status, 303);
    assert_eq!(save(&server, &operator, "golf", &first, JPEG).await.status, 303);
    let second = image(&server, &operator, "golf").await;
    assert!(second.ends_with(".jpeg"), "what it is counts, not what it was called: {second}");
    assert_eq!(
        (seen(&server, &first).await, seen(&server, &second).await),
        (200, 200),
        "the sibling shows it"
    );

    server.advance(25 * 60 * 60);
    let operator = server.administrator(Role::Operator).await;
    assert_eq!(tidied(&server).await, (0, 0), "a day changes nothing");
    let without = [("name", "Polo"), ("image", "")];
    assert_eq!(operator.act(&server, &format!("{ITEMS}/polo"), &without).await.status, 303);
    assert_eq!(seen(&server, &first).await, 404, "nothing shows it any more");
    assert_eq!(tidied(&server).await, (0, 1));
    assert_eq!(seen(&server, &second).await, 200);
    let back = operator.act(&server, &format!("{ITEMS}/polo"), &sibling).await;
    assert_eq!(back.status, 303, "a path of which nobody knows is taken as it is");
    server.stop().await;
}

#[tokio::test]
async fn what_is_no_small_picture_is_told_beside_its_field_and_what_was_typed_stays() {
    let server = server().await;
    let operator = server.administrator(Role::Operator).await;
    let large = [PNG, &vec![b'x'; 2 * 1024 * 1024]].concat();
    for (content, told) in [
        (
            &b"<svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"alert(1)\"/>"[..],
            "This is no JPEG, PNG or WebP picture",
        ),
        (b"GIF89a", "This is no JPEG, PNG or WebP picture"),
        (&large, "The picture has more than 2 MiB"),
    ] {
        let refused = save(&server, &operator, "new", "images/old.png", content).await;
        assert_eq!(refused.status, 400, "{told}");
        let text = refused.text().replace("&#x2f;", "/");
        assert!(text.contains("id=\"picture-faults\"") && text.contains(told), "{text}");
        assert!(text.contains("value=\"Golf\"") && text.contains("value=\"images/old.png\""), "{text}");
    }
    let far_too_large = vec![b'x'; 11 * 1024 * 1024];
    let refused = save(&server, &operator, "new", "", &far_too_large).await;
    assert_eq!(
        (refused.status, refused.text().contains("choose a smaller file")),
        (413, true),
        "{}",
        refused.text()
    );
    // A picture that was good is kept for the form that was not.
    let fields = [("id", "golf"), ("name", "")];
    let nameless = operator.act_with_file(&server, &format!("{ITEMS}/new"), &fields, ("picture", PNG)).await;
    let text = nameless.text().replace("&#x2f;", "/");
    assert_eq!(nameless.status, 400);
    let path = text.split("value=\"images/interests/").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let path = format!("images/interests/{path}");
    assert!(text.contains(&format!("<img class=\"preview\" src=\"/media/{path}?app=")), "{text}");
    assert_eq!(seen(&server, &path).await, 404, "no item shows it yet");
    let shown = text.split("src=\"/media/").nth(1).unwrap().split('"').next().unwrap().replace("&amp;", "&");
    assert_eq!(server.get(&format!("/media/{shown}")).answer().await.status, 200, "its operator sees it");
    server.advance(25 * 60 * 60);
    assert_eq!(tidied(&server).await, (1, 1), "what no item shows in a day is swept");
    server.stop().await;
}

#[tokio::test]
async fn nobody_else_sends_one() {
    let server = server().await;
    let owner = server.administrator(Role::Owner).await;
    for role in [Role::Moderator, Role::Auditor] {
        let who = server.administrator(role).await;
        let refused = save(&server, &who, "new", "", PNG).await;
        assert_eq!((refused.status, refused.text().contains("catalog:write")), (403, true), "{role}");
    }
    let forged = [("name", "Golf"), ("csrf", "0")];
    let refused = owner.act_with_file(&server, &format!("{ITEMS}/new"), &forged, ("picture", PNG)).await;
    assert_eq!((refused.status, refused.text().contains("out of date")), (403, true));
    let stranger = Administrator { cookie: "a".repeat(43), ..server.administrator(Role::Owner).await };
    let sent_away = save(&server, &stranger, "new", "", PNG).await;
    assert_eq!(sent_away.status, 303);
    assert!(sent_away.header("location").starts_with("/console/sign-in"), "{}", sent_away.header("location"));
    let foreign = server.post(&format!("/console{ITEMS}/new")).header("cookie", owner.header());
    let form = reqwest::multipart::Form::new().text("name", "Golf").text("csrf", owner.csrf.clone());
    let refused = foreign.header("sec-fetch-site", "cross-site").multipart(form).answer().await;
    assert_eq!(refused.status, 403);
    let page = owner.see(&server, ITEMS).await;
    assert!(!page.text().contains("Golf"), "{}", page.text());
    assert_eq!(tidied(&server).await, (0, 0));
    server.stop().await;
}

/// A program of the app's operators.
struct Program<'s> {
    server: &'s TestServer,
    key: String,
}

impl Program<'_> {
    async fn ask(&self, method: Method, path: &str, body: Value) -> Answer {
        let request = self.server.request(method, &format!("/members/admin/catalog/interests{path}"));
        request.bearer_auth(&self.key).json(&body).answer().await
    }

    async fn save(&self, image: &str) -> Answer {
        let items = json!({ "items": [{ "id": "golf", "name": "Golf", "image": image }] });
        self.ask(Method::PUT, "", items).await
    }

    /// The path of a picture that was asked for and, in between not shown, sent.
    async fn send(&self) -> String {
        let ask = json!({ "content_type": "image/png", "size": PNG.len() });
        let asked = self.ask(Method::POST, "/images", ask).await;
        assert_eq!(asked.status, 201, "{}", asked.text());
        let path = asked.json()["path"].as_str().unwrap().to_owned();
        let early = self.save(&path).await;
        let told = json!({ "items": ["There is no such entry."] });
        assert_eq!((early.status, &early.json()["errors"]), (400, &told));
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let url = asked.json()["url"].as_str().unwrap().to_owned();
        let sent = client.put(url).header("content-type", "image/png").body(PNG).send().await.unwrap();
        assert_eq!((sent.status().as_u16(), seen(self.server, &path).await), (200, 404));
        path
    }

    async fn cannot_send(&self, kind: &str, size: usize) {
        let refused = self.ask(Method::POST, "/images", json!({ "content_type": kind, "size": size })).await;
        assert_eq!(refused.status, 400, "{kind} {size}: {}", refused.text());
    }
}

/// What a program does: it asks, sends, and saves the item. Then the form of the console does the same at once.
async fn by_a_program(server: &TestServer) {
    let program = Program { server, key: crate::admin::key_of_server(server).await };
    let first = program.send().await;
    let saved = program.save(&first).await;
    assert_eq!(saved.status, 200, "{}", saved.text());
    assert!(matches!(seen(server, &first).await, 200 | 302));
    let operator = server.administrator(Role::Operator).await;
    assert_eq!(save(server, &operator, "golf", &first, JPEG).await.status, 303);
    let second = image(server, &operator, "golf").await;
    assert_eq!(seen(server, &first).await, 404);
    assert!(matches!(seen(server, &second).await, 200 | 302));
    assert_eq!(tidied(server).await, (0, 1));
    let page = operator.see(server, &format!("{ITEMS}/golf")).await;
    let shown = page.text().split("src=\"/media/").nth(1).unwrap().split('"').next().unwrap();
    let file = server.get(&format!("/media/{}", shown.replace("&amp;", "&"))).answer().await;
    assert_eq!((file.status, &file.body[..]), (200, JPEG), "also what lies in a bucket");
    program.cannot_send("image/png", 0).await;
    program.cannot_send("image/png", 2 * 1024 * 1024 + 1).await;
    program.cannot_send("image/gif", 10).await;
}

#[tokio::test]
async fn a_program_asks_sends_and_saves() {
    let server = server().await;
    by_a_program(&server).await;
    server.stop().await;
}

#[tokio::test]
async fn a_picture_may_lie_in_a_bucket() {
    let Some(bucket) = TestBucket::open().await else { return };
    let server = Setup::default()
        .contract("members", MEMBERS)
        .now(real_now())
        .settings(&bucket.settings())
        .start()
        .await;
    by_a_program(&server).await;
    let keys = bucket.keys().await;
    assert!(keys.len() == 1 && keys[0].starts_with("public/images/interests/interest_"), "{keys:?}");
    server.stop().await;
}

/// The real time: the service goes by that.
fn real_now() -> daemun_model::Timestamp {
    daemun_model::Clock::now(&daemun_model::SystemClock)
}

#[tokio::test]
async fn another_app_cannot_show_it() {
    let other = "name = \"other\"\ncontract = \"./members.yaml\"\nmount = \"/other\"";
    let server = Setup::default().contract("members", MEMBERS).app_toml(other).start().await;
    let operator = server.administrator(Role::Operator).await;
    assert_eq!(save(&server, &operator, "new", "", PNG).await.status, 303);
    let path = image(&server, &operator, "golf").await;
    let fields = [("name", "Golf"), ("image", path.as_str())];
    let refused = operator.act(&server, "/other/catalogs/interests/new", &fields).await;
    assert_eq!(refused.status, 400);
    assert!(refused.text().contains("There is no such picture any more"), "{}", refused.text());
    assert!(
        !refused.text().contains("<img class=\"preview\" src=\"&#x2f;media&#x2f;images&#x2f;interests"),
        "not even seen"
    );
    let refused = operator.act(&server, "/members/catalogs/professions/new", &fields).await;
    assert_eq!(refused.status, 303, "to a list of professions it is a path like any other");
    assert_eq!(save(&server, &operator, "golf", "", b"").await.status, 303);
    assert_eq!(seen(&server, &path).await, 200, "the profession shows it");
    server.stop().await;
}
