//! A bucket that refuses, breaks, or is away.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::*;

/// A service that gives every request this answer; without one it never answers. Its URL.
async fn service(answer: Option<(u16, &'static str)>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let mut silent = Vec::new();
        while let Ok((mut stream, _)) = listener.accept().await {
            let Some((status, body)) = answer else {
                silent.push(stream);
                continue;
            };
            tokio::spawn(async move {
                let (mut read, mut byte) = (Vec::new(), [0]);
                while !read.ends_with(b"\r\n\r\n") && stream.read_exact(&mut byte).await.is_ok() {
                    read.extend(byte);
                }
                let head = format!(
                    "HTTP/1.1 {status} X\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
                    body.len()
                );
                stream.write_all([head.as_bytes(), body.as_bytes()].concat().as_slice()).await.ok();
            });
        }
    });
    url
}

fn setup(endpoint: &str) -> Setup {
    let settings = format!(
        "[files]\nkind = \"s3\"\nendpoint = {endpoint:?}\nbucket = \"members\"\npath_style = true\n\
         access_key_id = \"key\"\nsecret_access_key = \"not-to-be-shown\"\ntimeout_seconds = 1\n"
    );
    Setup::default().settings(&settings).contract("gallery", GALLERY)
}

/// Why a server does not start with a service that answers like this.
async fn stopped_by(status: u16, body: &'static str) -> String {
    let Err(error) = setup(&service(Some((status, body))).await).try_start().await else {
        panic!("it starts")
    };
    error.to_string()
}

#[tokio::test]
async fn what_a_service_refuses_stops_the_start_and_says_what_to_do() {
    let denied = "<Error><Code>AccessDenied</Code><Message>Access Denied.</Message></Error>";
    assert_eq!(
        stopped_by(403, denied).await,
        "the file storage (S3) refuses to list objects: 403 AccessDenied (Access Denied.)\n  \
         hint: the key needs s3:ListBucket on the bucket, and s3:GetObject, s3:PutObject and s3:DeleteObject on what is in it"
    );
    let bucket = "<Error><Code>NoSuchBucket</Code><Message>no\nsuch\u{1b}[31m bucket</Message></Error>";
    assert_eq!(
        stopped_by(404, bucket).await,
        "the file storage (S3) refuses to list objects: 404 NoSuchBucket (nosuch[31m bucket)\n  \
         hint: there is no bucket of the name in files.bucket at files.endpoint"
    );
    let signature = "<?xml version=\"1.0\"?>\n<Error><Code>SignatureDoesNotMatch</Code></Error>";
    assert_eq!(
        stopped_by(403, signature).await,
        "the file storage (S3) refuses to list objects: 403 SignatureDoesNotMatch\n  \
         hint: files.access_key_id and files.secret_access_key must be a pair that the service knows"
    );
    let moved = stopped_by(301, "").await;
    assert!(moved.ends_with("set files.region and files.endpoint to its own"), "{moved}");
    let other = stopped_by(200, "<html>a page</html>").await;
    assert!(other.starts_with("the file storage (S3) answers to list objects with what cannot"), "{other}");
}

#[tokio::test]
async fn a_service_that_is_away_keeps_nobody_from_signing_up() {
    let closed = {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        format!("http://{}", listener.local_addr().unwrap())
    };
    let busy = "<Error><Code>SlowDown</Code><Message>Reduce your request rate.</Message></Error>";
    for endpoint in [closed, service(Some((503, busy))).await, service(None).await] {
        let server = setup(&endpoint).start().await;
        let permission = signed(&server, json!({ "kind": "portrait", "content_type": "image/png" })).await;
        let path = permission["path"].as_str().unwrap();
        let answer = sign_up(&server, "gallery", json!({ "email": "a@example.com", "portrait": path })).await;
        assert_eq!(answer.status, 201);
        let shown = server.get(&format!("/media/{path}")).answer().await;
        assert_eq!((shown.status, shown.header("retry-after")), (503, "5"));
        assert_eq!(shown.json()["error"], "unavailable");
        let listed = operate(&server, "upload.list", json!({ "account": "1" })).await;
        assert_eq!(listed, Err("unavailable".to_owned()));
        assert_eq!(seen(&server, "images/portraits/portrait_rVvDZa9Mk28f58ch2AXuNt.jpeg").await, 404);
        server.advance(1200);
        assert!(daemun_operations::upload::tidy(server.daemun()).await.is_err());
        assert_eq!(server.get("/readyz").answer().await.status, 200);
    }
}

#[tokio::test]
async fn a_url_that_was_signed_for_the_folder_is_of_no_use_when_files_go_to_a_bucket() {
    let server = setup(&service(None).await).start().await;
    let url = "/media/images/portraits/portrait_rVvDZa9Mk28f58ch2AXuNt.png?app=1&type=png&expires=9999999999&signature=00";
    let answer =
        server.request(Method::PUT, url).header("content-type", "image/png").body(PNG).answer().await;
    assert_eq!((answer.status, &answer.json()["error"]), (403, &json!("forbidden")));
}
