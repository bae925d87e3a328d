//! What is to happen, from the first question to the last file.

use daemun_model::Permission;
use daemun_operations::upload::Tidied;

use super::*;

#[tokio::test]
async fn a_member_signs_up_with_a_picture_that_was_sent_as_the_permission_says() {
    let server = gallery().await;
    let ask = json!({ "kind": "portrait", "content_type": "image/png", "size": PNG.len() });
    let permission = signed(&server, ask).await;
    let path = permission["path"].as_str().unwrap().to_owned();
    let random = path.strip_prefix("images/portraits/portrait_").unwrap().strip_suffix(".png").unwrap();
    assert!(random.len() == 22 && random.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{random}");
    let url = permission["url"].as_str().unwrap();
    let begin = server.url(&format!("/media/{path}?app=1&type=png&size={}&expires=", PNG.len()));
    assert!(url.starts_with(&begin), "{url}");
    assert_eq!(
        permission,
        json!({
            "method": "PUT", "url": url, "path": path, "expires_in": 600,
            "headers": { "Content-Length": PNG.len().to_string(), "Content-Type": "image/png" },
        })
    );
    assert_eq!(put(&server, &permission, PNG).await.status, 200);
    assert_eq!(seen(&server, &path).await, 404, "no account has it yet");

    let body = json!({ "email": "ada@example.com", "portrait": path, "badge": null });
    let answer = sign_up(&server, "gallery", body).await;
    let mut member = answer.json();
    member["token"].take();
    let shown = format!("/media/{path}");
    assert_eq!(
        (answer.status, member),
        (201, json!({ "id": 1, "picture": shown, "url": server.url(&shown), "token": null }))
    );
    assert_eq!(seen(&server, &path).await, 200);
    assert_eq!((kept(&server).len(), tidy(&server).await), (1, Tidied::default()));
}

#[tokio::test]
async fn a_public_file_is_given_out_with_its_type_its_tag_and_in_parts_and_nothing_in_it_runs() {
    let server = gallery().await;
    let path = uploaded(&server, "portrait").await;
    sign_up(&server, "gallery", json!({ "email": "ada@example.com", "portrait": path })).await;
    let (shown, length) = (format!("/media/{path}"), PNG.len().to_string());
    let answer = server.get(&shown).answer().await;
    assert_eq!((answer.status, &answer.body[..]), (200, PNG));
    for (header, value) in [
        ("content-type", "image/png"),
        ("content-length", length.as_str()),
        ("x-content-type-options", "nosniff"),
        ("content-security-policy", "default-src 'none'; sandbox; frame-ancestors 'none'"),
        ("cache-control", "public, max-age=3600"),
        ("accept-ranges", "bytes"),
        ("access-control-allow-origin", "*"),
    ] {
        assert_eq!(answer.header(header), value, "{header}");
    }
    let head = server.request(Method::HEAD, &shown).answer().await;
    assert_eq!((head.status, head.header("content-length"), head.body.len()), (200, length.as_str(), 0));
    let tag = answer.header("etag").to_owned();
    let known = server.get(&shown).header("if-none-match", &tag).answer().await;
    assert_eq!((known.status, known.body.len(), known.header("etag")), (304, 0, tag.as_str()));
    let part = server.get(&shown).header("range", "bytes=1-3").answer().await;
    assert_eq!((part.status, part.text()), (206, "PNG"));
    assert_eq!(part.header("content-range"), format!("bytes 1-3/{length}"));
    let beyond = server.get(&shown).header("range", "bytes=9999-").answer().await;
    assert_eq!((beyond.status, beyond.header("content-range")), (416, format!("bytes */{length}").as_str()));
}

#[tokio::test]
async fn papers_are_seen_by_operators_only_by_links_that_end_and_are_noted() {
    let server = gallery().await;
    let papers = [uploaded(&server, "paper").await, uploaded(&server, "paper").await];
    let body = json!({
        "email": "ada@example.com",
        "papers": [{ "file": papers[0], "order": 1 }, { "file": papers[1], "order": 0 }],
    });
    assert_eq!(sign_up(&server, "gallery", body).await.status, 201);
    for paper in &papers {
        assert_eq!(seen(&server, paper).await, 404);
    }
    let listed = operate(&server, "upload.list", json!({ "account": "1" })).await.unwrap();
    let line = |path: &str, order: usize| {
        json!({
            "kind": "paper", "path": path, "order": order, "public": false, "arrived": true,
            "content_type": "image/png", "size": PNG.len(), "claimed_at": listed["uploads"][0]["claimed_at"],
        })
    };
    assert_eq!(listed, json!({ "uploads": [line(&papers[1], 0), line(&papers[0], 1)] }));

    let link = operate(&server, "upload.link", json!({ "path": papers[0] })).await.unwrap();
    assert_eq!((&link["expires_in"], &link["content_type"]), (&json!(300), &json!("image/png")));
    let link = link["url"].as_str().unwrap().strip_prefix(&server.url("")).unwrap().to_owned();
    let answer = server.get(&link).answer().await;
    assert_eq!((answer.status, &answer.body[..]), (200, PNG));
    assert_eq!(answer.header("cache-control"), "private, no-store");
    let name = papers[0].rsplit('/').next().unwrap();
    assert_eq!(answer.header("content-disposition"), format!("inline; filename=\"{name}\""));
    server.advance(300);
    assert_eq!(server.get(&link).answer().await.status, 403, "it has ended");
}

#[tokio::test]
async fn a_path_that_was_never_signed_is_taken_as_documented_and_nothing_is_served_for_it() {
    let server = gallery().await;
    let path = "images/portraits/portrait_rVvDZa9Mk28f58ch2AXuNt.jpeg";
    let answer = sign_up(&server, "gallery", json!({ "email": "ada@example.com", "portrait": path })).await;
    assert_eq!((answer.status, &answer.json()["picture"]), (201, &json!(format!("/media/{path}"))));
    assert_eq!(seen(&server, path).await, 404);
    let listed = operate(&server, "upload.list", json!({ "account": "1" })).await.unwrap();
    assert_eq!(
        (&listed["uploads"][0]["arrived"], &listed["uploads"][0]["content_type"]),
        (&json!(false), &Value::Null)
    );
    let link = operate(&server, "upload.link", json!({ "path": path })).await;
    assert_eq!(link, Err("not_found".to_owned()));
}

#[tokio::test]
async fn a_new_picture_takes_the_place_of_the_old_one_and_who_leaves_takes_every_file_along() {
    let server = gallery().await;
    let (old, new) = (uploaded(&server, "portrait").await, uploaded(&server, "portrait").await);
    let paper = uploaded(&server, "paper").await;
    let body = json!({ "email": "ada@example.com", "portrait": old, "papers": [{ "file": paper }] });
    let member = sign_up(&server, "gallery", body).await.json();
    let token = format!("Bearer {}", member["token"].as_str().unwrap());
    let change = async |path: &str| {
        let request = server.request(Method::PATCH, "/gallery/me").header("authorization", &token);
        let answer = request.json(&json!({ "portrait": path })).answer().await;
        (answer.status, answer.json())
    };
    let shown = |path: &str| (200, json!({ "picture": format!("/media/{path}") }));
    assert_eq!(change(&old).await, shown(&old), "the same again changes nothing");
    assert_eq!((seen(&server, &old).await, seen(&server, &new).await), (200, 404));
    assert_eq!(change(&new).await, shown(&new));
    assert_eq!((seen(&server, &old).await, seen(&server, &new).await), (404, 200));
    assert_eq!(kept(&server).len(), 3);
    assert_eq!(tidy(&server).await, Tidied { deleted: 1, ..Tidied::default() });
    assert_eq!(kept(&server).len(), 2);

    let left = server.request(Method::DELETE, "/gallery/me").header("authorization", &token).answer().await;
    assert_eq!(left.status, 204);
    assert_eq!(seen(&server, &new).await, 404, "at once, and not when the job comes by");
    assert_eq!(tidy(&server).await, Tidied { deleted: 2, ..Tidied::default() });
    assert_eq!(kept(&server), [""; 0]);
}

#[tokio::test]
async fn a_file_that_no_account_names_within_a_day_is_deleted() {
    let server = gallery().await;
    let path = uploaded(&server, "portrait").await;
    signed(&server, json!({ "kind": "portrait", "content_type": "image/png" })).await;
    server.advance(24 * 3600 - 60);
    assert_eq!(tidy(&server).await, Tidied::default());
    server.advance(120);
    assert_eq!(tidy(&server).await, Tidied { unclaimed: 2, deleted: 2, ..Tidied::default() });
    assert_eq!(kept(&server), [""; 0]);
    let answer = sign_up(&server, "gallery", json!({ "email": "a@example.com", "portrait": path })).await;
    assert_eq!((answer.status, seen(&server, &path).await), (201, 404), "the path has its form, and no file");
}

#[tokio::test]
async fn what_a_process_left_behind_when_it_died_is_settled_or_removed() {
    let server = gallery().await;
    let path = uploaded(&server, "portrait").await;
    sign_up(&server, "gallery", json!({ "email": "a@example.com", "portrait": path })).await;
    let incoming = server.folder().join("data/files/incoming");
    let stored = kept(&server).pop().unwrap();
    let name = std::path::Path::new(&stored).file_name().unwrap().to_owned();
    // It died after the database had noted the file and before that was settled.
    std::fs::rename(&stored, incoming.join(&name)).unwrap();
    // And another one before the database was told.
    let orphan = name.to_str().unwrap().replace('-', "-0").chars().take(49).collect::<String>();
    std::fs::write(incoming.join(orphan), PNG).unwrap();
    assert_eq!(seen(&server, &path).await, 200, "it can be read all the while");
    server.advance(601);
    assert_eq!(tidy(&server).await, Tidied { leftovers: 2, ..Tidied::default() });
    assert_eq!(kept(&server), [stored]);
    assert_eq!(seen(&server, &path).await, 200);
}

#[tokio::test]
async fn a_page_of_any_origin_may_send_what_a_permission_says() {
    let server = gallery().await;
    let answer = server
        .request(Method::OPTIONS, "/media/images/portraits/x.png")
        .header("origin", "https://app.example.com")
        .header("access-control-request-method", "PUT")
        .header("access-control-request-headers", "content-type")
        .answer()
        .await;
    assert_eq!(answer.status, 204);
    assert_eq!(answer.header("access-control-allow-origin"), "*");
    assert_eq!(answer.header("access-control-allow-methods"), "GET, HEAD, PUT, OPTIONS");
    assert_eq!(answer.header("access-control-allow-headers"), "Content-Type, Range");
    let answer = server.post("/media/images/portraits/x.png").answer().await;
    assert_eq!((answer.status, answer.header("allow")), (405, "GET, HEAD, PUT, OPTIONS"));
}

#[tokio::test]
async fn null_takes_a_picture_away_and_gives_its_file_to_the_job() {
    let server = gallery().await;
    let (portrait, paper) = (uploaded(&server, "portrait").await, uploaded(&server, "paper").await);
    let body = json!({ "email": "ada@example.com", "portrait": portrait, "papers": [{ "file": paper }] });
    let member = sign_up(&server, "gallery", body).await.json();
    let token = format!("Bearer {}", member["token"].as_str().unwrap());
    let change = async |body: Value| {
        let request = server.request(Method::PATCH, "/gallery/me").header("authorization", &token);
        let answer = request.json(&body).answer().await;
        (answer.status, answer.json())
    };
    let kept_as_it_is = (200, json!({ "picture": format!("/media/{portrait}") }));
    assert_eq!(change(json!({})).await, kept_as_it_is, "absent is not null");
    let list = change(json!({ "papers": [{ "file": null, "order": 0 }] })).await;
    assert_eq!((list.0, &list.1["fields"]["papers"].is_null()), (400, &false), "a list is no picture");
    assert_eq!(seen(&server, &portrait).await, 200);
    assert_eq!(change(json!({ "portrait": null })).await, (200, json!({ "picture": null })));
    assert_eq!(seen(&server, &portrait).await, 404, "at once, and not when the job comes by");
    assert_eq!(change(json!({ "portrait": null })).await, (200, json!({ "picture": null })), "again");
    assert_eq!(tidy(&server).await, Tidied { deleted: 1, ..Tidied::default() });
    assert_eq!(kept(&server).len(), 1, "the paper stays");
}

#[tokio::test]
async fn the_interests_of_the_demo_have_their_pictures() {
    let server = Setup::default().app_toml("name = \"mobile\"\ndemo_rows = true").start().await;
    let interests = server.get("/mobile/api/interests/").answer().await.json();
    let images: Vec<_> = interests.as_array().unwrap().iter().map(|each| &each["image"]).collect();
    assert_eq!(images.len(), 3);
    for image in images {
        let path = image.as_str().unwrap().strip_prefix(&server.url("")).unwrap();
        let answer = server.get(path).answer().await;
        assert_eq!((answer.status, answer.header("content-type")), (200, "image/jpeg"), "{path}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert!(answer.body.starts_with(b"\xff\xd8\xff"));
        let head = server.request(Method::HEAD, path).answer().await;
        let length = answer.body.len().to_string();
        assert_eq!((head.status, head.header("content-length"), head.body.len()), (200, length.as_str(), 0));
    }
    let without = Setup::default().app("mobile").start().await;
    assert_eq!(seen(&without, "images/interests/interest_P6kjacMDyoBQZXHVy3d6Q8.jpeg").await, 404);
}

#[tokio::test]
async fn a_program_of_an_operator_lists_files_and_makes_links_with_the_permission_to_read_applications() {
    let server = gallery().await;
    let paper = uploaded(&server, "paper").await;
    let body = json!({ "email": "ada@example.com", "papers": [{ "file": paper }] });
    assert_eq!(sign_up(&server, "gallery", body).await.status, 201);
    let (id, reads) = crate::admin::key(&server, "gallery", &[Permission::ApprovalsRead]).await;
    let (_, other) = crate::admin::key(&server, "gallery", &[Permission::AccountsRead]).await;
    let list = async |key: &str| {
        let answer = server.get("/gallery/admin/accounts/1/uploads").bearer_auth(key).answer().await;
        (answer.status, answer.json())
    };
    let link = async |key: &str, path: &str| {
        let request = server.post("/gallery/admin/uploads/link").bearer_auth(key);
        request.json(&json!({ "path": path })).answer().await
    };
    let (status, listed) = list(&reads).await;
    let line = json!({
        "kind": "paper", "path": paper, "order": 0, "public": false, "arrived": true,
        "content_type": "image/png", "size": PNG.len(), "claimed_at": listed["uploads"][0]["claimed_at"],
    });
    assert_eq!((status, listed), (200, json!({ "uploads": [line] })));
    let made = link(&reads, &paper).await;
    assert_eq!((made.status, made.header("cache-control")), (200, "no-store"));
    let made = made.json();
    assert_eq!((&made["expires_in"], &made["content_type"]), (&json!(300), &json!("image/png")));
    let url = made["url"].as_str().unwrap().strip_prefix(&server.url("")).unwrap().to_owned();
    assert_eq!(server.get(&url).answer().await.body, PNG);

    assert_eq!(list(&other).await.0, 403);
    assert_eq!(link(&other, &paper).await.status, 403);
    assert_eq!(link(&reads, "images/papers/paper_rVvDZa9Mk28f58ch2AXuNt.png").await.status, 404);
    let audit = operate(&server, "audit.search", json!({})).await.unwrap().to_string();
    assert_eq!(audit.matches("upload.link").count(), 1, "{audit}");
    assert!(audit.contains(&format!("api-key:{id}")), "{audit}");
}
