//! `daemun upload`: what who reviews an application looks at.

use serde_json::json;

use crate::place::{Place, ask};

#[test]
fn the_files_of_an_applicant_are_listed_and_those_that_never_came_have_no_link() {
    let place = Place::empty();
    place.write(
        "daemun.toml",
        "[server]\nlisten = \"127.0.0.1:0\"\n[delivery.email]\nkind = \"dev\"\n[delivery.sms]\nkind = \"dev\"\n[[app]]\nname = \"mobile\"\n",
    );
    let server = place.serve(&[]);
    let path = "images/users/profiles/profile_rVvDZa9Mk28f58ch2AXuNt.jpeg";
    let body = json!({
        "birth": "1990-01-01", "gender": "male", "mobile": "01090991005", "name": "윤솔", "username": "sol",
        "profile": path,
    });
    let request = server.client().post(format!("{}/mobile/api/registration/", server.url)).json(&body);
    assert_eq!(ask(request).0, 201);
    let listed = place.run(&["upload", "list", "1", "--app", "mobile", "--json"]).json();
    assert_eq!(
        listed,
        json!([{
            "kind": "profile", "path": path, "order": 0, "public": true, "arrived": false, "content_type": null,
            "size": null, "claimed_at": listed[0]["claimed_at"],
        }])
    );
    let table = place.run(&["upload", "list", "1"]).succeeds();
    assert!(table.contains("arrived") && table.contains(path), "{table}");
    let link = place.run(&["upload", "link", path]).fails_with(1);
    assert!(link.contains("no file has arrived for this path in this app"), "{link}");
    assert!(place.run(&["upload", "list", "7"]).fails_with(1).contains("there is no such account"));
}
