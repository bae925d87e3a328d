//! The console as a moderator uses it: with a keyboard and nothing else, with and without scripts.

use daemun_model::Role;
use daemun_operations::{Call, Client, Operator, seed};
use daemun_testkit::{Administrator, Browser, CLUB, Setup, TestServer};
use serde_json::json;

use crate::places;

/// A club with four applicants, and a moderator who sits at the browser.
async fn at_work(browser: &Browser) -> (TestServer, Administrator) {
    let server = Setup::default().contract("club", CLUB).start().await;
    let client = Client { address: [127, 0, 0, 1].into(), user_agent: None };
    let call = Call { operator: Some(Operator::cli()), ..Call::new(server.app("club"), client, "request-1") };
    seed::apply(server.daemun(), &call, "correct horse battery", 4, |_| {}).await.unwrap();
    let moderator = server.administrator(Role::Moderator).await;
    browser.go(&server.url("/healthz")).await;
    browser.set_cookie("daemun-console", &moderator.cookie).await;
    browser.go(&server.url("/console/club/approvals?lang=en")).await;
    (server, moderator)
}

/// Waits until the page of this applicant is there and takes letters, which decide on nobody who was not there for a moment.
async fn at(browser: &Browser, number: i64) {
    browser.text(&format!("html.ready main[data-account=\"{number}\"] h1")).await;
}

/// Waits until the page of this applicant is there, where no scripts are.
async fn seen(browser: &Browser, number: i64) {
    browser.text(&format!("main[data-account=\"{number}\"] h1")).await;
}

/// How many applicants are of a status.
async fn count(server: &TestServer, status: &str) -> usize {
    let client = Client { address: [127, 0, 0, 1].into(), user_agent: None };
    let call = Call { operator: Some(Operator::cli()), ..Call::new(server.app("club"), client, "request-2") };
    let input =
        daemun_operations::approval::list::Input { status: Some(status.to_owned()), ..Default::default() };
    let found = daemun_operations::approval::list::list(server.daemun().clone(), call, input).await.unwrap();
    found.applications.len()
}

#[tokio::test]
async fn a_moderator_with_only_a_keyboard_gets_through_the_queue() {
    let Some(browser) = Browser::open(1280, 900).await else { return };
    let (server, _) = at_work(&browser).await;
    at(&browser, 1).await;
    let refused =
        browser.run("return [...document.images].filter(one => one.naturalWidth === 0).length").await;
    assert_eq!(refused, json!(0), "every picture is shown");
    browser.click("[data-letters]").await;
    browser.press("a").await;
    assert_eq!(browser.text("[data-letters]").await, "Turn the letters on", "nothing was pressed");
    assert_eq!(count(&server, "approved").await, 0);
    browser.click("[data-letters]").await;
    browser.press("v").await;
    browser.text("dialog[open] img").await;
    browser.press("\u{e014}").await; // to the right
    browser.press("\u{e00c}").await; // Escape
    browser.press("a").await;
    at(&browser, 2).await;
    browser.press("n").await;
    at(&browser, 3).await;
    browser.press("k").await;
    at(&browser, 2).await;
    browser.press("r").await;
    browser.press("2").await;
    browser.press("\u{e007}").await; // Enter
    at(&browser, 3).await;
    assert_eq!((count(&server, "approved").await, count(&server, "rejected").await), (1, 1));
    browser.press("u").await;
    at(&browser, 2).await;
    assert_eq!((count(&server, "pending").await, count(&server, "rejected").await), (3, 0));
    for next in [3, 4] {
        browser.press("a").await;
        at(&browser, next).await;
    }
    browser.press("a").await;
    assert_eq!(browser.text(".empty-title").await, "Nobody waits");
    assert_eq!(count(&server, "approved").await, 4);
    let refused: Vec<_> =
        browser.console().await.into_iter().filter(|line| line.contains("Content Security Policy")).collect();
    assert_eq!(refused, Vec::<String>::new());
    server.stop().await;
}

#[tokio::test]
async fn a_letter_that_is_pressed_twice_decides_on_one() {
    let Some(browser) = Browser::open(1280, 900).await else { return };
    let (server, _) = at_work(&browser).await;
    at(&browser, 1).await;
    browser.press("aaa").await;
    at(&browser, 2).await;
    // As if it had come just after the page.
    browser.run("document.documentElement.classList.remove('ready'); return 0").await;
    browser.press("a").await;
    browser.run("document.documentElement.classList.add('ready'); return 0").await;
    browser.press("r").await;
    assert_eq!(browser.focused().await.trim(), "template");
    browser.press("\u{e00c}").await; // Escape
    let chosen = browser.run("return document.querySelectorAll('[name=template]:checked').length").await;
    assert_eq!(chosen, json!(0), "taken back");
    assert_eq!((count(&server, "approved").await, count(&server, "pending").await), (1, 3));
    server.stop().await;
}

#[tokio::test]
async fn the_letters_work_while_a_korean_keyboard_writes_others() {
    let Some(browser) = Browser::open(1280, 900).await else { return };
    let (server, _) = at_work(&browser).await;
    at(&browser, 1).await;
    let press = async |key: &str, code: &str| {
        let event =
            format!("new KeyboardEvent('keydown', {{ key: '{key}', code: '{code}', bubbles: true }})");
        browser.run(&format!("document.activeElement.dispatchEvent({event}); return 0")).await;
    };
    press("ㅁ", "KeyA").await;
    at(&browser, 2).await;
    press("Process", "KeyN").await;
    at(&browser, 3).await;
    assert_eq!((count(&server, "approved").await, count(&server, "pending").await), (1, 3));
    server.stop().await;
}

#[tokio::test]
async fn a_picture_that_is_lost_says_so() {
    let Some(browser) = Browser::open(1280, 900).await else { return };
    let (server, _) = at_work(&browser).await;
    at(&browser, 1).await;
    let mut folders = vec![server.folder().join("data/files")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                std::fs::write(path, b"no picture").unwrap();
            }
        }
    }
    browser.press("n").await;
    at(&browser, 2).await;
    assert_eq!(browser.text("figure .missing").await, "This picture cannot be shown: it is damaged or lost.");
    browser.press("a").await;
    at(&browser, 3).await;
    assert_eq!(count(&server, "approved").await, 1);
    server.stop().await;
}

/// Goes on by Tab until the element with this text, or of this name, has the focus.
async fn tab_to(browser: &Browser, wanted: &str) {
    for _ in 0..80 {
        browser.press("\u{e004}").await;
        if browser.focused().await.trim() == wanted {
            return;
        }
    }
    panic!("Tab does not reach {wanted}");
}

#[tokio::test]
async fn without_scripts_tab_and_enter_are_enough() {
    let Some(browser) = Browser::open_without_scripts(1280, 900).await else { return };
    let (server, _) = at_work(&browser).await;
    seen(&browser, 1).await;
    tab_to(&browser, "Approve").await;
    browser.press("\u{e007}").await;
    seen(&browser, 2).await;
    // From the second applicant on the keyboard stands before the buttons.
    browser.press("\u{e004}").await;
    assert_eq!(browser.focused().await.trim(), "Approve");
    tab_to(&browser, "template").await;
    browser.press(" ").await;
    browser.press("\u{e007}").await;
    seen(&browser, 3).await;
    tab_to(&browser, "Undo").await;
    browser.press("\u{e007}").await;
    seen(&browser, 2).await;
    tab_to(&browser, "Skip").await;
    browser.press("\u{e007}").await;
    seen(&browser, 3).await;
    assert_eq!((count(&server, "approved").await, count(&server, "pending").await), (1, 3));
    server.stop().await;
}

/// What is cut off, too faint, too small, or has no name.
const FAULTS: &str = include_str!("faults.js");

/// Signs the owner in at a window of this width.
async fn signed_in(server: &TestServer, owner: &Administrator, width: u32) -> Option<Browser> {
    let browser = Browser::open(width, 844).await?;
    browser.resize(width, 844).await;
    browser.go(&server.url("/healthz")).await;
    browser.set_cookie("daemun-console", &owner.cookie).await;
    Some(browser)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_screen_fits_a_phone_and_a_desk_can_be_read_and_names_what_it_has() {
    let (server, owner) = places::lived_in(60, 3).await;
    let mut faults = Vec::new();
    let phone = [("ko", "light"), ("en", "dark")];
    for (width, ways) in [(390, &phone[..]), (1280, &[("en", "light")])] {
        let Some(browser) = signed_in(&server, &owner, width).await else { return };
        let screens = places::all(&server, &browser).await;
        for (language, scheme) in ways.iter().copied() {
            browser.prefer(scheme).await;
            for (name, path) in &screens {
                let separator = if path.contains('?') { '&' } else { '?' };
                browser.go(&server.url(&format!("{path}{separator}lang={language}"))).await;
                for fault in browser.run(FAULTS).await.as_array().unwrap() {
                    faults.push(format!("{name} {width} {language} {scheme}: {fault}"));
                }
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_on_a_phone_finds_and_helps_who_cannot_sign_in() {
    let (server, _) = places::lived_in(60, 3).await;
    let operator = server.administrator(Role::Operator).await;
    let Some(browser) = signed_in(&server, &operator, 390).await else { return };

    // By the number as it is said, in the wrong app.
    browser.go(&server.url("/console/solgik/accounts?lang=en")).await;
    browser.fill("#q", "010 1000-0000").await;
    browser.press("\u{e007}").await;
    assert_eq!(browser.text(".row.center strong").await, "Found in other apps");
    browser.click(".row.center a").await;
    browser.click("td.lead a").await;
    assert_eq!(browser.text(".trouble strong").await, "The account waits for approval.");

    // By an address, after too many wrong passwords.
    browser.go(&server.url("/console/solgik/accounts?lang=en")).await;
    browser.fill("#q", "member60@seed.example").await;
    browser.press("\u{e007}").await;
    assert_eq!(browser.text(".filters .button.quiet").await, "Clear");
    browser.click("td.lead a").await;
    let told = browser.text(".trouble strong").await;
    assert_eq!(told, "After wrong passwords the next one is not looked at yet:");
    browser.click(".trouble a[href$=open-sign-in]").await;
    browser.click("form.card button.primary").await;
    assert_eq!(browser.text(".notice.good[role=status]").await, "The sign-in is open again.");
    assert_eq!(browser.run(FAULTS).await, json!([]));
    server.stop().await;
}

/// A picture of one point that a browser can show.
const POINT: &str =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

/// Fills in a new item with a picture, and looks at it in the list.
async fn upload_a_picture(browser: &Browser) -> TestServer {
    let server = Setup::default().contract("club", CLUB).start().await;
    let operator = server.administrator(Role::Operator).await;
    let file = server.folder().join("golf.bin");
    std::fs::write(&file, data_encoding::BASE64.decode(POINT.as_bytes()).unwrap()).unwrap();
    browser.go(&server.url("/healthz")).await;
    browser.set_cookie("daemun-console", &operator.cookie).await;
    browser.go(&server.url("/console/club/catalogs/interests/new?lang=en")).await;
    browser.fill("#name", "Golf").await;
    browser.choose("#picture", &file).await;
    browser.click("form.card button.primary").await;
    assert_eq!(browser.text(".notice.good[role=status]").await, "The item is saved.");
    assert_eq!(
        browser.text("td[data-label=Picture] small").await.split('_').next(),
        Some("images/interests/interest")
    );
    browser.click("td.lead a").await;
    browser.text("form.card .hint").await;
    server
}

#[tokio::test]
async fn a_picture_is_uploaded_with_scripts() {
    let Some(browser) = Browser::open(390, 844).await else { return };
    let server = upload_a_picture(&browser).await;
    assert_eq!(browser.run(FAULTS).await, json!([]));
    let shown = browser.run("return document.querySelector('img.preview').naturalWidth").await;
    assert_eq!(shown, json!(1));
    server.stop().await;
}

#[tokio::test]
async fn a_picture_is_uploaded_without_scripts() {
    let Some(browser) = Browser::open_without_scripts(1280, 900).await else { return };
    let server = upload_a_picture(&browser).await;
    server.stop().await;
}
