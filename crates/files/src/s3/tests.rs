use daemun_model::SeededRandom;

use super::*;

const NOW: Timestamp = Timestamp(1_767_323_045_000_000);
const PATH: &str = "images/users/avatars/avatar_dIdjeka9Mk28fsidje8X29d.jpeg";

fn options() -> Options {
    Options {
        endpoint: "https://s3.example.com".to_owned(),
        region: "ap-northeast-2".to_owned(),
        bucket: "members".to_owned(),
        style: Style::VirtualHost,
        access_key_id: "AKIAIOSFODNN7EXAMPLE".to_owned(),
        secret_access_key: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".into(),
        prefix: "daemun/".to_owned(),
        public_url: None,
        connect_seconds: 1,
        timeout_seconds: 1,
    }
}

fn fault(options: Options) -> String {
    S3::new(options).unwrap_err().to_string()
}

#[test]
fn a_permission_is_for_one_key_one_type_and_one_size() {
    let s3 = S3::new(options()).unwrap();
    let url = s3.permission(NOW, PATH, MediaType::Jpeg, Some(5), 600);
    let (address, query) = url.split_once('?').unwrap();
    assert_eq!(address, format!("https://members.s3.example.com/daemun/incoming/{PATH}"));
    assert!(
        query.starts_with(
            "X-Amz-Algorithm=AWS4-HMAC-SHA256&\
             X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20260102%2Fap-northeast-2%2Fs3%2Faws4_request&\
             X-Amz-Date=20260102T030405Z&X-Amz-Expires=600&\
             X-Amz-SignedHeaders=content-length%3Bcontent-type%3Bhost&X-Amz-Signature="
        ),
        "{query}"
    );
    let any = s3.permission(NOW, PATH, MediaType::Jpeg, None, 600);
    assert!(any.contains("X-Amz-SignedHeaders=content-type%3Bhost&"), "{any}");
    let path = S3::new(Options { style: Style::Path, prefix: String::new(), ..options() }).unwrap();
    let url = path.permission(NOW, PATH, MediaType::Jpeg, None, 600);
    assert!(url.starts_with(&format!("https://s3.example.com/members/incoming/{PATH}?")), "{url}");
}

#[test]
fn a_public_file_has_one_url_for_half_an_hour_at_a_time() {
    let s3 = S3::new(options()).unwrap();
    let name = Name::new(NOW, &SeededRandom::new(1));
    let place = Place { path: PATH, visibility: Visibility::Public };
    let link = |now: Timestamp| s3.link(now, place, &name, Method::Get);
    let first = link(NOW);
    let key =
        format!("daemun/public/images/users/avatars/avatar_dIdjeka9Mk28fsidje8X29d/{}.jpeg", name.as_str());
    assert!(first.url.starts_with(&format!("https://members.s3.example.com/{key}?")), "{}", first.url);
    // 03:04:05 is 245 seconds into its half hour.
    assert_eq!((first.same_for, first.url.contains("X-Amz-Date=20260102T030000Z")), (1555, true));
    assert!(first.url.contains("X-Amz-Expires=3600"), "it works on for half an hour after that");
    assert_eq!(link(NOW.plus_seconds(1554)), Link { same_for: 1, ..first.clone() });
    assert_ne!(link(NOW.plus_seconds(1555)).url, first.url);

    let elsewhere = Options { public_url: Some("https://cdn.example.com/files/".to_owned()), ..options() };
    let link = S3::new(elsewhere).unwrap().link(NOW, place, &name, Method::Get);
    assert_eq!(link.url, format!("https://cdn.example.com/files/{key}"));
}

#[test]
fn what_cannot_be_is_told() {
    let is = |options, told: &str| assert_eq!(fault(options), told);
    for endpoint in ["http://s3.example.com", "http://10.0.0.1:9000"] {
        let endpoint = endpoint.to_owned();
        is(
            Options { endpoint, ..options() },
            "`endpoint` must begin with https://: members' papers go there",
        );
    }
    for endpoint in ["", "s3.example.com", "ftp://s3.example.com"] {
        let endpoint = endpoint.to_owned();
        is(Options { endpoint, ..options() }, "`endpoint` is no URL such as https://s3.example.com");
    }
    let endpoint = "https://me:secret@s3.example.com".to_owned();
    is(Options { endpoint, ..options() }, "`endpoint` may have no user, `?` or `#` in it");
    for prefix in ["daemun", "/", "/daemun/", "a//b/", "../", "a b/", "é/"] {
        assert!(
            fault(Options { prefix: prefix.to_owned(), ..options() }).starts_with("`prefix`"),
            "{prefix}"
        );
    }
    for prefix in ["", "daemun/", "a/b-c/d_1/"] {
        S3::new(Options { prefix: prefix.to_owned(), ..options() }).unwrap();
    }
    let endpoint = "https://127.0.0.1:9000".to_owned();
    is(Options { endpoint, ..options() }, "`bucket` cannot be part of the endpoint's name");
}

#[test]
fn nothing_secret_is_shown() {
    let shown = format!("{:?} {:?}", S3::new(options()).unwrap(), options());
    assert!(!shown.contains("wJalr"), "{shown}");
}
