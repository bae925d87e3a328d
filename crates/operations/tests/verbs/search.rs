//! Lists of accounts: order, pages, and finding by a part of a name.

use daemun_model::app::Approval;
use daemun_store::sql;
use serde_json::{Value, json};

use crate::world::{PASSWORD, World, told};

/// Signs members up, the first of whom looks at the others: what they are called, as (name) or (family, given).
struct Town {
    world: World,
    access: String,
}

impl Town {
    async fn of(names: &[&str]) -> Self {
        let world = World::with(|app| app.policy.required.clear()).await;
        let access = join(&world, 0, json!({ "name": "Watcher" })).await;
        for (index, name) in names.iter().enumerate() {
            let called = match name.split_once('|') {
                Some((family, given)) => json!({ "family_name": family, "given_name": given }),
                None => json!({ "name": name }),
            };
            join(&world, index + 1, called).await;
        }
        Self { world, access }
    }

    async fn search(&self, input: Value) -> Value {
        self.world.run_with(&self.access, "account.search", input).await.unwrap()
    }

    /// The numbers of the accounts that are found, and how many there are.
    async fn numbers(&self, input: Value) -> (Vec<i64>, Option<i64>) {
        let found = self.search(input).await;
        let numbers = found["accounts"].as_array().unwrap().iter().map(|a| a["id"].as_i64().unwrap());
        (numbers.collect(), found["page"]["total"].as_i64())
    }

    async fn find(&self, keyword: &str) -> Vec<i64> {
        let (numbers, total) = self.numbers(json!({ "keyword": keyword })).await;
        assert_eq!(total, Some(numbers.len() as i64), "{keyword}");
        numbers
    }

    async fn operate(&self, name: &str, input: Value) {
        self.world.run_as(self.world.operator(), name, input).await.unwrap();
    }
}

async fn join(world: &World, number: usize, mut called: Value) -> String {
    let email =
        json!({ "email": format!("m{number}@example.com"), "password": PASSWORD, "open_session": true });
    called.as_object_mut().unwrap().extend(email.as_object().unwrap().clone());
    let signed_up = world.run("account.sign_up", called).await.unwrap();
    signed_up["tokens"]["access"].as_str().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn a_part_of_a_name_finds_it_in_whatever_case_width_and_spacing() {
    let town = Town::of(&["김|수미", "이|미수", "Smith|John", "ＪＯＨＮ Doe", "남궁 민수"]).await;
    for (keyword, expected) in [
        ("수미", vec![2]),
        ("수", vec![2, 3, 6]),
        ("김수미", vec![2]),
        ("김 수", vec![2]),
        ("미수", vec![3]),
        ("민수", vec![6]),
        ("궁민", vec![6]),
        ("john", vec![4, 5]),
        ("jOhN sMi", vec![4]),
        ("smith john", vec![4]),
        ("ｊｏｈｎｄｏｅ", vec![5]),
        ("hn", vec![4, 5]),
        ("\u{1109}\u{116e}\u{1106}\u{1175}", vec![2]),
        ("박", vec![]),
        ("미김", vec![]),
        ("johnx", vec![]),
        ("수미김수", vec![]),
    ] {
        assert_eq!(town.find(keyword).await, expected, "{keyword}");
    }
}

#[tokio::test]
async fn what_a_database_would_obey_is_a_letter() {
    let town = Town::of(&["100% real", "under_score", r"back\slash", "O'Neil \"the\" x", "plain"]).await;
    for (keyword, expected) in [
        ("%", vec![2]),
        ("0%r", vec![2]),
        ("_", vec![3]),
        ("r_s", vec![3]),
        (r"\", vec![4]),
        (r"k\sl", vec![4]),
        ("'", vec![5]),
        ("\"the\"", vec![5]),
        ("p%n", vec![]),
        ("pl_in", vec![]),
        ("'; DROP TABLE accounts; --", vec![]),
        ("\u{0}", vec![]),
    ] {
        let keyword = if keyword == "\u{0}" { "a\u{1}b" } else { keyword };
        assert_eq!(town.find(keyword).await, expected, "{keyword}");
    }
}

#[tokio::test]
async fn a_whole_address_finds_its_member_and_a_part_of_it_does_not() {
    let town = Town::of(&["Ann", "Bob"]).await;
    assert_eq!(town.find("M2@EXAMPLE.com").await, [3]);
    assert_eq!(town.find("example.com").await, Vec::<i64>::new());
    assert_eq!(town.find("nobody@example.com").await, Vec::<i64>::new());
    town.operate("account.suspend", json!({ "account": "3" })).await;
    assert_eq!(town.find("m2@example.com").await, Vec::<i64>::new());
    // Others see a card: no address, the caller's own is whole.
    let found = town.search(json!({ "keyword": "a" })).await;
    let emails: Vec<_> =
        found["accounts"].as_array().unwrap().iter().map(|a| a.get("email").cloned()).collect();
    assert_eq!(emails, [Some(json!("m0@example.com")), None]);
}

#[tokio::test]
async fn lists_are_ordered_by_points_name_or_day_and_the_earlier_account_is_first_among_equals() {
    let town = Town::of(&["다", "가", "나", "가"]).await;
    for (account, amount) in [("3", 5), ("4", 9), ("5", 5)] {
        let input = json!({ "account": account, "amount": amount, "reason": "r" });
        town.operate("point.grant", input).await;
    }
    let list = async |order: Value| town.numbers(order).await;
    assert_eq!(list(json!({})).await, (vec![4, 3, 5, 1, 2], Some(5)));
    assert_eq!(list(json!({ "order_by": "name" })).await, (vec![1, 3, 5, 4, 2], Some(5)));
    assert_eq!(list(json!({ "order_by": "date_joined" })).await, (vec![1, 2, 3, 4, 5], Some(5)));
    assert_eq!(list(json!({ "keyword": "가", "order_by": "name" })).await, (vec![3, 5], Some(2)));
    assert_eq!(list(json!({ "keyword": "가", "order_by": "date_joined" })).await, (vec![3, 5], Some(2)));
}

#[tokio::test]
async fn every_page_of_a_ranking_goes_on_where_the_one_before_ended() {
    let names: Vec<String> = (0..23).map(|n| format!("member {n}")).collect();
    let town = Town::of(&names.iter().map(String::as_str).collect::<Vec<_>>()).await;
    // Every third has points, some as many as others.
    for number in (1..=24).step_by(3) {
        let input = json!({ "account": number.to_string(), "amount": 1 + number % 4, "reason": "r" });
        town.operate("point.grant", input).await;
    }
    for filter in
        [json!({}), json!({ "keyword": "me" }), json!({ "keyword": "r" }), json!({ "period": "day" })]
    {
        let page = async |number: i64, size: i64| {
            let mut input = filter.clone();
            input["page"] = json!(number);
            input["size"] = json!(size);
            town.numbers(input).await
        };
        let (whole, total) = page(1, 100).await;
        assert_eq!(total, Some(whole.len() as i64));
        for size in [1, 2, 3, 7] {
            let mut pieces = Vec::new();
            for number in 1.. {
                let (part, same) = page(number, size).await;
                assert_eq!(same, total);
                if part.is_empty() {
                    break;
                }
                pieces.extend(part);
            }
            assert_eq!(pieces, whole, "{filter} by {size}");
        }
        assert_eq!(page(1_000_000, 100).await, (vec![], total));
    }
}

#[tokio::test]
async fn who_waits_is_shut_out_or_gone_is_neither_listed_nor_counted() {
    let town = Town::of(&["Ann", "Anna", "Annette"]).await;
    assert_eq!(town.find("ann").await, [2, 3, 4]);
    town.operate("account.suspend", json!({ "account": "2" })).await;
    town.operate("account.erase", json!({ "account": "3" })).await;
    assert_eq!(town.find("ann").await, [4]);
    assert_eq!(town.numbers(json!({})).await, (vec![1, 4], Some(2)));
    town.operate("account.restore", json!({ "account": "2" })).await;
    assert_eq!(town.find("ann").await, [2, 4]);
    let left: i64 = sql("SELECT COUNT(*) FROM name_grams WHERE account = 3")
        .one(&mut town.world.daemun.db.reader())
        .await
        .unwrap();
    assert_eq!(left, 0, "nothing of a name stays");
    let strict = World::with(|app| app.policy.approval = Approval::Required).await;
    let waiting = strict.member("w@example.com").await["tokens"]["access"].clone();
    let refused = strict.run_with(waiting.as_str().unwrap(), "account.search", json!({})).await;
    assert_eq!(told(refused), "account_pending");
}

#[tokio::test]
async fn a_changed_name_is_found_and_the_old_one_is_not() {
    let town = Town::of(&["Ann"]).await;
    let world = &town.world;
    world.run_with(&town.access, "account.update", json!({ "name": "김수미" })).await.unwrap();
    assert_eq!(town.find("수미").await, [1]);
    assert_eq!(town.find("watch").await, Vec::<i64>::new());
    world.run_with(&town.access, "account.update", json!({ "name": null, "nickname": "별" })).await.unwrap();
    assert_eq!(town.find("별").await, [1]);
    assert_eq!(town.find("수미").await, Vec::<i64>::new());
}

#[tokio::test]
async fn a_list_refuses_what_it_cannot_give_and_names_every_fault() {
    let town = Town::of(&[]).await;
    let run = async |input| told(town.world.run_with(&town.access, "account.search", input).await);
    assert_eq!(
        run(json!({ "page": 0, "size": 101, "keyword": "x".repeat(201) })).await,
        "invalid (page: out_of_range, size: out_of_range, keyword: too_long)"
    );
    assert_eq!(run(json!({ "page": -1 })).await, "invalid (page: out_of_range)");
    assert_eq!(town.world.refusal("account.search", json!({})).await, "unauthenticated");
    let blank = town.numbers(json!({ "keyword": " \u{3000}" })).await;
    assert_eq!(blank, (vec![1], Some(1)), "a blank keyword means everybody");
}

#[tokio::test]
async fn accounts_from_before_the_directory_are_put_in() {
    let town = Town::of(&["김|수미", "Bob"]).await;
    let db = &town.world.daemun.db;
    db.write(async |tx| {
        for text in [
            "INSERT INTO directory_missing (account) SELECT number FROM accounts",
            "DELETE FROM directory",
            "DELETE FROM directory_counts",
            "DELETE FROM name_grams",
        ] {
            sql(text).execute(tx).await?;
        }
        Ok(())
    })
    .await
    .unwrap();
    assert_eq!(town.find("수미").await, Vec::<i64>::new());
    assert_eq!(daemun_store::directory::fill_missing(db).await.unwrap(), 3);
    assert_eq!(town.find("수미").await, [2]);
    assert_eq!(town.numbers(json!({})).await, (vec![1, 2, 3], Some(3)));
    assert_eq!(daemun_store::directory::fill_missing(db).await.unwrap(), 0);
}
