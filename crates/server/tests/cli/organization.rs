//! `daemun organization`: a table goes in, is told where it is wrong, and comes out again.

use serde_json::json;

use crate::place::Place;

fn migrated() -> Place {
    let place = Place::configured();
    place.run(&["migrate"]).succeeds();
    place
}

#[test]
fn a_table_is_imported_listed_and_exported() {
    let place = migrated();
    place.write(
        "schools.csv",
        "\u{feff}id,name,region,domains\r\n1,서울대학교,서울,@snu.ac.kr\r\nkaist,\"KAIST, 대전\",,kaist.ac.kr kaist.edu\r\n",
    );
    let dry = place.run(&["organization", "import", "schools.csv", "--dry-run"]).succeeds();
    assert!(dry.contains("created") && dry.contains("snu.ac.kr"), "{dry}");
    assert!(
        dry.ends_with(
            "dry run, nothing is kept: 2 created, 0 changed, 0 organisations unchanged, 0 rows left out\n"
        ),
        "{dry}"
    );
    assert_eq!(place.run(&["organization", "list", "--json"]).json(), json!([]));

    let done = place.run(&["organization", "import", "schools.csv"]).succeeds();
    assert!(done.contains("\n2 created, 0 changed, 0 organisations unchanged, 0 rows left out\n"), "{done}");
    let again = place.run(&["organization", "import", "schools.csv"]).succeeds();
    assert_eq!(again, "0 created, 0 changed, 2 organisations unchanged, 0 rows left out\n");
    let listed = place.run(&["organization", "list", "--json"]).json();
    let expected = json!([
        { "id": "kaist", "name": "KAIST, 대전", "region": "", "domains": ["kaist.ac.kr", "kaist.edu"] },
        { "id": "1", "name": "서울대학교", "region": "서울", "domains": ["snu.ac.kr"] },
    ]);
    assert_eq!(listed, expected);
    assert!(place.run(&["organization", "list"]).succeeds().contains("서울대학교"));

    let csv = place.run(&["organization", "export"]).succeeds();
    assert_eq!(
        csv,
        "id,name,region,domains\r\nkaist,\"KAIST, 대전\",,kaist.ac.kr kaist.edu\r\n1,서울대학교,서울,snu.ac.kr\r\n"
    );
    place.run(&["organization", "export", "--format", "json", "--output", "all.json"]).succeeds();
    let again = place.run(&["organization", "import", "all.json", "--json"]).json();
    assert_eq!(again["unchanged"], 2);
    place.write("change.csv", "id,name,domains\n1,서울대,snu.ac.kr a.snu.ac.kr\n");
    let told = place.run(&["organization", "import", "change.csv"]).succeeds();
    assert!(told.contains("name was \"서울대학교\" +a.snu.ac.kr"), "{told}");
    assert_eq!(
        place.run(&["organization", "list", "--json"]).json()[1]["region"],
        "서울",
        "what is left out stays"
    );
}

#[test]
fn every_fault_is_told_with_line_and_column_and_nothing_is_kept() {
    let place = migrated();
    place.write("bad.csv", "name,id,domains\nA,a,localhost\n,b,\nA,c,\nB,a b,x.kr\nC,d,c.kr\n");
    let told = place.run(&["organization", "import", "bad.csv"]).fails_with(1);
    assert_eq!(
        told,
        "error: bad.csv:2:5: domains has not the form it must have\n\
         error: bad.csv:3:1: name is empty\n\
         error: bad.csv:5:3: id has not the form it must have\n  nothing was imported\n"
    );
    assert_eq!(place.run(&["organization", "list", "--json"]).json(), json!([]));
    let some = place.run(&["organization", "import", "bad.csv", "--skip-invalid"]);
    assert!(some.err().contains("bad.csv:3:1: left out: name is empty"), "{}", some.err());
    assert!(some.succeeds().ends_with("2 created, 0 changed, 0 organisations unchanged, 3 rows left out\n"));

    place.write("bad.json", "[{\"name\": 5}]");
    let told = place.run(&["organization", "import", "bad.json"]).fails_with(1);
    assert_eq!(told, "error: bad.json:1:11: name is a text\n");
    std::fs::write(place.path().join("korean.csv"), b"name\n\xb0\xa1\n").unwrap();
    let told = place.run(&["organization", "import", "korean.csv"]).fails_with(1);
    assert!(told.contains("korean.csv:2:1: this is not UTF-8\n  hint: save the file as UTF-8"), "{told}");
    assert!(place.run(&["organization", "import", "no.csv"]).fails_with(1).contains("no.csv: No such file"));
    assert!(place.run(&["organization", "import", "schools"]).fails_with(2).contains("say --format csv"));
}
