//! A real browser in a test: headless Chromium, driven as W3C WebDriver says.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use reqwest::{Client, Method};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::answer::Answer;

/// How long an element may take to appear, in milliseconds.
const PATIENCE: u64 = 15_000;

/// How often an element is looked for whose page gives way to the next.
const LOOKS: u32 = 20;

/// The key of an element's id in answers (WebDriver section 12.1).
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// A browser window. It is closed when this is dropped.
#[derive(Debug)]
pub struct Browser {
    driver: Child,
    port: u16,
    session: String,
    client: Client,
    _profile: TempDir,
}

impl Browser {
    /// Opens a window of this size in CSS pixels. `None` where Chromium or its driver is not installed, which is said.
    ///
    /// # Panics
    /// When they are there and do not start, or are required by `DAEMUN_TEST_REQUIRE` and missing.
    pub async fn open(width: u32, height: u32) -> Option<Self> {
        Self::open_with(width, height, &json!({})).await
    }

    /// Opens a window in which pages run no scripts.
    ///
    /// # Panics
    /// As [`Browser::open`].
    pub async fn open_without_scripts(width: u32, height: u32) -> Option<Self> {
        let blocked = json!({ "profile.managed_default_content_settings.javascript": 2 });
        Self::open_with(width, height, &blocked).await
    }

    async fn open_with(width: u32, height: u32, preferences: &Value) -> Option<Self> {
        let mut driver = start_driver()?;
        let port = port_of(&mut driver);
        let profile =
            TempDir::with_prefix("daemun-browser-").unwrap_or_else(|error| panic!("no folder: {error}"));
        let options = [
            "--headless".to_owned(),
            "--no-sandbox".to_owned(),
            "--disable-gpu".to_owned(),
            "--disable-quic".to_owned(),
            "--no-first-run".to_owned(),
            "--disable-background-networking".to_owned(),
            "--disable-component-update".to_owned(),
            "--disable-sync".to_owned(),
            format!("--window-size={width},{height}"),
            format!("--user-data-dir={}", profile.path().display()),
        ];
        let client = crate::server::client();
        let mut browser = Self { driver, port, session: String::new(), client, _profile: profile };
        let wanted = json!({ "capabilities": { "alwaysMatch": {
            "browserName": "chrome",
            "goog:chromeOptions": { "args": options, "prefs": preferences },
            "goog:loggingPrefs": { "browser": "ALL" },
            "timeouts": { "implicit": PATIENCE },
        } } });
        let opened = browser.ask(Method::POST, "", &wanted).await;
        browser.session = opened["sessionId"].as_str().unwrap_or_default().to_owned();
        Some(browser)
    }

    /// Opens an address and waits until it is loaded.
    ///
    /// # Panics
    /// When it cannot be opened.
    pub async fn go(&self, url: &str) {
        self.command("/url", &json!({ "url": url })).await;
    }

    /// Clicks on the first element that a CSS selector finds.
    ///
    /// # Panics
    /// When there is none, or something lies over it.
    pub async fn click(&self, selector: &str) {
        let element = self.find(selector).await;
        self.command(&format!("/element/{element}/click"), &json!({})).await;
    }

    /// Replaces what stands in a field.
    ///
    /// # Panics
    /// When there is no such field.
    pub async fn fill(&self, selector: &str, text: &str) {
        let element = self.find(selector).await;
        self.command(&format!("/element/{element}/clear"), &json!({})).await;
        self.command(&format!("/element/{element}/value"), &json!({ "text": text })).await;
    }

    /// Chooses a file of this machine in a field for files.
    ///
    /// # Panics
    /// When there is no such field.
    pub async fn choose(&self, selector: &str, file: &std::path::Path) {
        let element = self.find(selector).await;
        let file = json!({ "text": file.display().to_string() });
        self.command(&format!("/element/{element}/value"), &file).await;
    }

    /// The text of an element as it is shown; `""` while it is hidden. An element whose page gives way to the next one
    /// between two commands is looked for again.
    ///
    /// # Panics
    /// When there is no such element.
    pub async fn text(&self, selector: &str) -> String {
        for _ in 0..LOOKS {
            let path = format!("/element/{}/text", self.find(selector).await);
            let answer = self.answer(Method::GET, &path, &Value::Null).await;
            let value = &answer.json()["value"];
            if value["error"] != "stale element reference" {
                assert_eq!(answer.status, 200, "the browser refuses {path}: {}", value["message"]);
                return value.as_str().unwrap_or_default().to_owned();
            }
        }
        panic!("the page with {selector} is replaced again and again");
    }

    /// Presses keys, one after the other, wherever the focus is: letters, or the keys of WebDriver section 17.4.2.
    ///
    /// # Panics
    /// When the browser does not take them.
    pub async fn press(&self, keys: &str) {
        let strokes: Vec<_> = keys
            .chars()
            .flat_map(|key| {
                ["keyDown", "keyUp"].map(|kind| json!({ "type": kind, "value": key.to_string() }))
            })
            .collect();
        let keyboard = json!({ "type": "key", "id": "keyboard", "actions": strokes });
        self.command("/actions", &json!({ "actions": [keyboard] })).await;
    }

    /// The text of the element that has the focus and, of an input, its name.
    ///
    /// # Panics
    /// When the driver does not tell.
    pub async fn focused(&self) -> String {
        let found = self.ask(Method::GET, "/element/active", &Value::Null).await;
        let element = found[ELEMENT].as_str().unwrap_or_default().to_owned();
        let text = self.ask(Method::GET, &format!("/element/{element}/text"), &Value::Null).await;
        let name = self.ask(Method::GET, &format!("/element/{element}/attribute/name"), &Value::Null).await;
        format!("{} {}", text.as_str().unwrap_or_default(), name.as_str().unwrap_or_default())
    }

    /// Sets a cookie of the page that is open, for all its paths.
    ///
    /// # Panics
    /// When no page is open.
    pub async fn set_cookie(&self, name: &str, value: &str) {
        let cookie = json!({ "name": name, "value": value, "path": "/", "httpOnly": true });
        self.command("/cookie", &json!({ "cookie": cookie })).await;
    }

    /// Gives pages exactly this room in CSS pixels: windows have a least width that is larger than a phone's.
    ///
    /// # Panics
    /// When the browser is none of Chromium's kind.
    pub async fn resize(&self, width: u32, height: u32) {
        // The last key is an ordinary word here, and a contract's name in a string.
        let params =
            json!({ "width": width, "height": height, "deviceScaleFactor": 1, (stringify!(mobile)): false });
        let resized = json!({ "cmd": "Emulation.setDeviceMetricsOverride", "params": params });
        self.command("/goog/cdp/execute", &resized).await;
    }

    /// Shows pages as who prefers dark ones sees them, or light ones.
    ///
    /// # Panics
    /// When the browser is none of Chromium's kind.
    pub async fn prefer(&self, scheme: &str) {
        let features = json!([{ "name": "prefers-color-scheme", "value": scheme }]);
        let params = json!({ "features": features });
        self.command("/goog/cdp/execute", &json!({ "cmd": "Emulation.setEmulatedMedia", "params": params }))
            .await;
    }

    /// The page as a PNG file, up to so many CSS pixels of its height.
    ///
    /// # Panics
    /// When there is no picture.
    pub async fn picture(&self, width: u32, most: u32) -> Vec<u8> {
        let height = self.run("return document.documentElement.scrollHeight").await.as_u64().unwrap_or(0);
        let height = u32::try_from(height).unwrap_or(most).clamp(1, most);
        let clip = json!({ "x": 0, "y": 0, "width": width, "height": height, "scale": 1 });
        let params = json!({ "format": "png", "clip": clip, "captureBeyondViewport": true });
        let taken = json!({ "cmd": "Page.captureScreenshot", "params": params });
        let answer = self.command("/goog/cdp/execute", &taken).await;
        let text = answer["data"].as_str().unwrap_or_default();
        match data_encoding::BASE64.decode(text.as_bytes()) {
            Ok(picture) if !picture.is_empty() => picture,
            _ => panic!("there is no picture"),
        }
    }

    /// What a script returns.
    ///
    /// # Panics
    /// When it throws.
    pub async fn run(&self, script: &str) -> Value {
        self.command("/execute/sync", &json!({ "script": script, "args": [] })).await
    }

    /// What the browser's console has said since it was last asked: refusals by a content security policy, scripts that
    /// fail, answers of 400 and more.
    ///
    /// # Panics
    /// When the driver does not tell.
    pub async fn console(&self) -> Vec<String> {
        let entries = self.command("/se/log", &json!({ "type": "browser" })).await;
        let text = |entry: &Value| entry["message"].as_str().unwrap_or_default().to_owned();
        entries.as_array().into_iter().flatten().map(text).collect()
    }

    async fn find(&self, selector: &str) -> String {
        let found = self.command("/element", &json!({ "using": "css selector", "value": selector })).await;
        found[ELEMENT].as_str().unwrap_or_default().to_owned()
    }

    async fn command(&self, path: &str, body: &Value) -> Value {
        self.ask(Method::POST, path, body).await
    }

    async fn answer(&self, method: Method, path: &str, body: &Value) -> Answer {
        let session = if self.session.is_empty() { String::new() } else { format!("/{}", self.session) };
        let url = format!("http://127.0.0.1:{}/session{session}{path}", self.port);
        let request = self.client.request(method, url);
        let request = if body.is_null() { request } else { request.json(body) };
        crate::Answered::answer(request).await
    }

    async fn ask(&self, method: Method, path: &str, body: &Value) -> Value {
        let answer = self.answer(method, path, body).await;
        let value = answer.json()["value"].clone();
        assert_eq!(answer.status, 200, "the browser refuses {path} {body}: {}", value["message"]);
        value
    }
}

impl Drop for Browser {
    /// Closes the window, which alone ends Chromium, and then the driver. What fails here has no one to tell.
    fn drop(&mut self) {
        if let Ok(mut stream) = TcpStream::connect(("127.0.0.1", self.port)) {
            stream.set_read_timeout(Some(Duration::from_secs(10))).ok();
            let head = format!(
                "DELETE /session/{} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nConnection: close\r\n\r\n",
                self.session, self.port
            );
            stream.write_all(head.as_bytes()).ok();
            // The answer comes when the window is closed; the driver keeps the connection open after it.
            stream.read_exact(&mut [0]).ok();
        }
        self.driver.kill().ok();
        self.driver.wait().ok();
    }
}

#[expect(clippy::print_stderr, reason = "who runs the tests must see what was not tested")]
fn start_driver() -> Option<Child> {
    let driver =
        Command::new("chromedriver").arg("--port=0").stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
    match driver {
        Ok(driver) => Some(driver),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let required = std::env::var_os("DAEMUN_TEST_REQUIRE")
                .is_some_and(|list| list.to_string_lossy().contains("chromium"));
            assert!(!required, "DAEMUN_TEST_REQUIRE names chromium, but chromedriver is not installed");
            eprintln!(
                "skipped: chromedriver is not installed (Debian: apt-get install chromium chromium-driver)"
            );
            None
        }
        Err(error) => panic!("chromedriver: {error}"),
    }
}

/// The port that the driver chose and says.
fn port_of(driver: &mut Child) -> u16 {
    let lines = driver.stdout.take().map(|stdout| BufReader::new(stdout).lines());
    let mut lines = lines.into_iter().flatten().map_while(Result::ok);
    let port = lines
        .find_map(|line| line.trim_end_matches('.').rsplit_once("successfully on port ")?.1.parse().ok());
    port.unwrap_or_else(|| panic!("chromedriver did not say its port"))
}
