//! Pictures of the screens, for the guide and for whoever changes one: `scripts/screens`.

use std::path::PathBuf;

use daemun_testkit::{Answered, Browser};

use crate::places;

/// Makes a picture of each screen, at both widths, in both languages, light and dark; only of those that
/// `DAEMUN_SCREENS_ONLY` names, where it is set: `accounts-1280-en-light accounts-390-ko-dark …`.
#[tokio::test]
#[ignore = "makes pictures and proves nothing: scripts/screens"]
async fn pictures_of_the_screens() {
    let folder = PathBuf::from(std::env::var_os("DAEMUN_SCREENS").expect("DAEMUN_SCREENS is a folder"));
    let only = std::env::var_os("DAEMUN_SCREENS_ONLY").unwrap_or_default();
    let only = only.to_string_lossy();
    let (server, owner) = places::lived_in(400, 12).await;
    for width in [1280, 390] {
        let Some(browser) = Browser::open(width, 860).await else { return };
        browser.resize(width, 860).await;
        browser.go(&server.url("/healthz")).await;
        browser.set_cookie("daemun-console", &owner.cookie).await;
        let screens = places::all(&server, &browser).await;
        for (name, path) in screens {
            for (language, scheme) in [("en", "light"), ("ko", "light"), ("en", "dark"), ("ko", "dark")] {
                let file = format!("{name}-{width}-{language}-{scheme}");
                if !only.is_empty() && !only.split_whitespace().any(|wanted| wanted == file) {
                    continue;
                }
                browser.prefer(scheme).await;
                let separator = if path.contains('?') { '&' } else { '?' };
                browser.go(&server.url(&format!("{path}{separator}lang={language}"))).await;
                let picture = browser.picture(width, if only.is_empty() { 1_800 } else { 860 }).await;
                std::fs::write(folder.join(format!("{file}.png")), picture).unwrap();
            }
        }
    }
    assert_eq!(server.get("/healthz").answer().await.status, 200);
    server.stop().await;
}
