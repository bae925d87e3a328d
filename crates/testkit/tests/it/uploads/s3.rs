//! Files in a bucket, on a real S3-compatible service of another project. Skipped, with a line, where it is not installed.

use daemun_model::{Clock, SystemClock};
use daemun_operations::upload::Tidied;
use daemun_testkit::TestBucket;

use super::*;

/// A gallery whose files are in a bucket. Its clock stands at the real time: the service goes by that.
async fn gallery() -> Option<(TestServer, TestBucket)> {
    let bucket = TestBucket::open().await?;
    let setup = Setup::default().now(SystemClock.now()).settings(&bucket.settings());
    Some((setup.contract("gallery", GALLERY).start().await, bucket))
}

/// Sends a file to the bucket as a permission says.
async fn put(permission: &Value, body: impl Into<reqwest::Body>) -> u16 {
    send(permission["url"].as_str().unwrap(), "image/png", body).await
}

async fn send(url: &str, content_type: &str, body: impl Into<reqwest::Body>) -> u16 {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    client.put(url).header("content-type", content_type).body(body).send().await.unwrap().status().as_u16()
}

/// What the bucket gives for a URL.
async fn fetch(url: &str) -> Answer {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    client.get(url).answer().await
}

async fn sign(server: &TestServer, kind: &str) -> Value {
    signed(server, json!({ "kind": kind, "content_type": "image/png" })).await
}

async fn uploaded(server: &TestServer, kind: &str) -> String {
    let permission = sign(server, kind).await;
    assert_eq!(put(&permission, PNG).await, 200);
    permission["path"].as_str().unwrap().to_owned()
}

/// What `upload.list` says of the first file of the first account: whether it has arrived, and its size.
async fn listed(server: &TestServer) -> Value {
    let listed = operate(server, "upload.list", json!({ "account": "1" })).await.unwrap();
    json!([listed["uploads"][0]["arrived"], listed["uploads"][0]["size"]])
}

fn stem(path: &str) -> &str {
    path.rsplit_once('.').unwrap().0
}

#[tokio::test]
async fn a_picture_goes_to_the_bucket_and_is_read_there_once_somebody_has_it() {
    let Some((server, bucket)) = gallery().await else { return };
    let ask = json!({ "kind": "portrait", "content_type": "image/png", "size": PNG.len() });
    let permission = signed(&server, ask).await;
    let path = permission["path"].as_str().unwrap().to_owned();
    let begin = format!("/members/{}incoming/{path}?X-Amz-Algorithm=AWS4-HMAC-SHA256&", bucket.prefix());
    let url = permission["url"].as_str().unwrap();
    assert!(url.starts_with("http://127.0.0.1:") && url.contains(&begin), "{url}");
    let headers = json!({ "Content-Length": PNG.len().to_string(), "Content-Type": "image/png" });
    assert_eq!((&permission["headers"], &permission["expires_in"]), (&headers, &json!(600)));
    assert_eq!(put(&permission, PNG).await, 200);
    assert_eq!(seen(&server, &path).await, 404, "no account has it yet");
    assert_eq!(bucket.keys().await, [format!("incoming/{path}")]);

    let member = sign_up(&server, "gallery", json!({ "email": "ada@example.com", "portrait": path })).await;
    assert_eq!((member.status, &member.json()["picture"]), (201, &json!(format!("/media/{path}"))));
    let answer = server.get(&format!("/media/{path}")).answer().await;
    assert_eq!((answer.status, answer.body.len()), (302, 0));
    assert!(answer.header("cache-control").starts_with("public, max-age="));
    let picture = fetch(answer.header("location")).await;
    assert_eq!((picture.status, &picture.body[..]), (200, PNG));
    assert_eq!(picture.header("content-type"), "image/png");
    assert_eq!(picture.header("cache-control"), "public, max-age=3600");
    let head = server.request(Method::HEAD, &format!("/media/{path}")).answer().await;
    assert_eq!(head.status, 302);
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    assert_eq!(client.head(head.header("location")).send().await.unwrap().status(), 200);

    let keys = bucket.keys().await;
    assert!(keys.len() == 1 && keys[0].starts_with(&format!("public/{}/", stem(&path))), "{keys:?}");
    assert_eq!(listed(&server).await, json!([true, PNG.len()]));
}

#[tokio::test]
async fn a_permission_is_for_its_key_type_and_size_and_ends() {
    let Some((server, bucket)) = gallery().await else { return };
    let ask = json!({ "kind": "portrait", "content_type": "image/png", "size": PNG.len() });
    let permission = signed(&server, ask).await;
    let url = permission["url"].as_str().unwrap();
    let path = permission["path"].as_str().unwrap();
    let other = path.replace("portrait_", "portrait_x");
    let signature = url.split("X-Amz-Signature=").nth(1).unwrap();
    for tampered in [
        url.replace(path, &other),
        url.replace("/incoming/", "/public/"),
        url.replace("X-Amz-Expires=600", "X-Amz-Expires=6000"),
        url.replace(signature, &"0".repeat(64)),
        url.replace("content-length%3B", ""),
        url.split('?').next().unwrap().to_owned(),
    ] {
        assert_eq!(send(&tampered, "image/png", PNG).await, 403, "{tampered}");
    }
    assert_eq!(send(url, "text/html", PNG).await, 403);
    assert_eq!(send(url, "image/png", &PNG[1..]).await, 403);
    assert_eq!(send(url, "image/png", [PNG, b"!"].concat()).await, 403);
    assert_eq!(bucket.keys().await, [""; 0]);
    // What is signed an hour ago has ended.
    server.advance(-3600);
    let ended = sign(&server, "portrait").await;
    assert_eq!(put(&ended, PNG).await, 403);
    assert_eq!(bucket.keys().await, [""; 0]);
    assert_eq!(put(&permission, PNG).await, 200);
}

#[tokio::test]
async fn papers_are_given_out_by_daemun_itself_to_who_has_a_link() {
    let Some((server, bucket)) = gallery().await else { return };
    let path = uploaded(&server, "paper").await;
    let body = json!({ "email": "ada@example.com", "papers": [{ "file": path }] });
    assert_eq!(sign_up(&server, "gallery", body).await.status, 201);
    assert_eq!(seen(&server, &path).await, 404);
    assert_eq!(listed(&server).await, json!([true, PNG.len()]));
    let keys = bucket.keys().await;
    assert!(keys.len() == 1 && keys[0].starts_with(&format!("private/{}/", stem(&path))), "{keys:?}");

    let link = operate(&server, "upload.link", json!({ "path": path })).await.unwrap();
    let link = link["url"].as_str().unwrap().strip_prefix(&server.url("")).unwrap().to_owned();
    let answer = server.get(&link).answer().await;
    assert_eq!((answer.status, &answer.body[..]), (200, PNG));
    let length = PNG.len().to_string();
    for (header, value) in [
        ("content-type", "image/png"),
        ("content-length", length.as_str()),
        ("cache-control", "private, no-store"),
        ("x-content-type-options", "nosniff"),
        ("content-security-policy", "default-src 'none'; sandbox; frame-ancestors 'none'"),
    ] {
        assert_eq!(answer.header(header), value, "{header}");
    }
    let part = server.get(&link).header("range", "bytes=1-3").answer().await;
    assert_eq!((part.status, part.text()), (206, "PNG"));
    let head = server.request(Method::HEAD, &link).answer().await;
    assert_eq!((head.status, head.header("content-length"), head.body.len()), (200, length.as_str(), 0));
    server.advance(300);
    assert_eq!(server.get(&link).answer().await.status, 403, "it has ended");
}

#[tokio::test]
async fn what_is_no_picture_never_arrives_and_is_deleted() {
    let Some((server, bucket)) = gallery().await else { return };
    let page = &b"<!DOCTYPE html><html><script>alert(1)</script></html>"[..];
    let svg = &b"<svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"alert(1)\"/>"[..];
    let jpeg = &b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01 a JPEG where a PNG was named"[..];
    let permission = sign(&server, "portrait").await;
    let path = permission["path"].as_str().unwrap();
    sign_up(&server, "gallery", json!({ "email": "eve@example.com", "portrait": path })).await;
    for body in [page, svg, jpeg, b"\x89PNG\r\n\x1a\n", b""] {
        assert_eq!(put(&permission, body).await, 200, "the service looks at no content");
        assert_eq!(seen(&server, path).await, 404, "{body:?}");
        assert_eq!(bucket.keys().await, [""; 0], "{body:?}");
    }
    assert_eq!(put(&permission, PNG).await, 200);
    assert_eq!(seen(&server, path).await, 302, "the permission is none the worse");

    let badge = sign(&server, "badge").await;
    let path = badge["path"].as_str().unwrap();
    sign_up(&server, "gallery", json!({ "email": "mallory@example.com", "badge": path })).await;
    assert_eq!(put(&badge, [PNG, &[0; 100]].concat()).await, 200);
    assert_eq!(seen(&server, path).await, 404, "too large");
}

#[tokio::test]
async fn what_is_sent_again_after_it_was_looked_at_changes_nothing() {
    let Some((server, bucket)) = gallery().await else { return };
    let permission = sign(&server, "portrait").await;
    let path = permission["path"].as_str().unwrap();
    assert_eq!(put(&permission, PNG).await, 200);
    sign_up(&server, "gallery", json!({ "email": "eve@example.com", "portrait": path })).await;
    let location = server.get(&format!("/media/{path}")).answer().await.header("location").to_owned();
    assert_eq!(put(&permission, &b"<script>alert(1)</script>"[..]).await, 200);
    let again = server.get(&format!("/media/{path}")).answer().await.header("location").to_owned();
    assert_eq!((&location, &fetch(&again).await.body[..]), (&again, PNG));
    assert_eq!(bucket.keys().await.len(), 2);
    // A day later the job removes it.
    server.advance(25 * 3600);
    assert_eq!(tidy(&server).await, Tidied { leftovers: 1, ..Tidied::default() });
    assert_eq!(bucket.keys().await.len(), 1);
}

#[tokio::test]
async fn many_who_look_at_the_same_time_see_one_file() {
    let Some((server, bucket)) = gallery().await else { return };
    let path = uploaded(&server, "portrait").await;
    sign_up(&server, "gallery", json!({ "email": "ada@example.com", "portrait": path })).await;
    let shown = format!("/media/{path}");
    let answers = futures_util::future::join_all((0..20).map(|_| server.get(&shown).answer())).await;
    let first = answers[0].header("location").to_owned();
    for answer in answers {
        assert_eq!((answer.status, answer.header("location")), (302, first.as_str()));
    }
    let keys = bucket.keys().await;
    assert!(keys.len() == 1 && keys[0].starts_with("public/"), "{keys:?}");
}

#[tokio::test]
async fn the_job_looks_at_last_and_deletes_what_nobody_has() {
    let Some((server, bucket)) = gallery().await else { return };
    let arrived = uploaded(&server, "portrait").await;
    let never = sign(&server, "portrait").await["path"].as_str().unwrap().to_owned();
    let promised = sign(&server, "paper").await["path"].as_str().unwrap().to_owned();
    let body = json!({ "email": "ada@example.com", "papers": [{ "file": promised }] });
    assert_eq!(sign_up(&server, "gallery", body).await.status, 201);
    server.advance(1199);
    assert_eq!(tidy(&server).await, Tidied::default(), "one that was begun in time may still arrive");
    server.advance(1);
    assert_eq!(tidy(&server).await, Tidied { looked: 3, deleted: 1, ..Tidied::default() });
    assert_eq!(tidy(&server).await, Tidied::default());
    let keys = bucket.keys().await;
    assert!(keys.len() == 1 && keys[0].starts_with(&format!("public/{}/", stem(&arrived))), "{keys:?}");
    assert_eq!(listed(&server).await, json!([false, null]));

    // What arrived can be claimed; what never did is a path like any other.
    let body = json!({ "email": "b@example.com", "portrait": arrived });
    let member = sign_up(&server, "gallery", body).await.json();
    assert_eq!(seen(&server, &arrived).await, 302);
    let body = json!({ "email": "c@example.com", "portrait": never });
    assert_eq!((sign_up(&server, "gallery", body).await.status, seen(&server, &never).await), (201, 404));

    let token = format!("Bearer {}", member["token"].as_str().unwrap());
    let left = server.request(Method::DELETE, "/gallery/me").header("authorization", &token).answer().await;
    assert_eq!((left.status, seen(&server, &arrived).await), (204, 404));
    // Also what a process left behind that died while it looked.
    bucket.put(&format!("public/{}/0000-left.png", stem(&arrived)), PNG).await;
    assert_eq!(tidy(&server).await, Tidied { deleted: 1, ..Tidied::default() });
    assert_eq!(bucket.keys().await, [""; 0]);
}

#[tokio::test]
async fn two_nodes_share_a_bucket() {
    let Some((first, bucket)) = gallery().await else { return };
    let second = first.second_node().await;
    let path = uploaded(&first, "portrait").await;
    let member = sign_up(&second, "gallery", json!({ "email": "ada@example.com", "portrait": path })).await;
    assert_eq!(member.status, 201);
    let shown = format!("/media/{path}");
    let asked = [first.get(&shown), second.get(&shown), first.get(&shown), second.get(&shown)];
    let answers = futures_util::future::join_all(asked.map(Answered::answer)).await;
    for answer in &answers {
        assert_eq!((answer.status, answer.header("location")), (302, answers[0].header("location")));
    }
    assert_eq!(fetch(answers[0].header("location")).await.body, PNG);
    assert_eq!(bucket.keys().await.len(), 1);
}
