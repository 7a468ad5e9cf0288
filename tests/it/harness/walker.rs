//! Somebody at a browser: a real Chromium, driven by its own driver on a port of its own. What they see is judged on the
//! way: no violation that axe finds, nothing in the console, and no request to anywhere but the node.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;
use thirtyfour::common::capabilities::chrome::ChromeCapabilities;
use thirtyfour::prelude::*;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use super::browser::{chromium, program};

/// axe-core, MPL-2.0 (see `assets/axe.LICENSE`).
const AXE: &str = include_str!("../assets/axe.min.js");
/// Longest wait for the driver, and for a page.
const PATIENCE: Duration = Duration::from_secs(60);

/// Somebody at a browser.
pub struct Walker {
    driver: WebDriver,
    base: String,
    script: bool,
    judged: std::cell::RefCell<BTreeSet<String>>,
    _driver_process: Child,
    _profile: TempDir,
}

impl Walker {
    /// Opens a browser for the node at `base`, with its language, and with or without scripts. `None` where there is no
    /// Chromium and none is required.
    pub async fn open(base: &str, language: &str, script: bool) -> Option<Self> {
        let (binary, driver) = (chromium()?, program("chromedriver")?);
        let profile = tempfile::tempdir().unwrap();
        let (process, url) = started(&driver).await;
        let driver = WebDriver::new(url, capabilities(&binary, &profile, language, script)).await.unwrap();
        driver.set_page_load_timeout(PATIENCE).await.unwrap();
        let base = base.trim_end_matches('/').to_owned();
        Some(Self { driver, base, script, judged: Default::default(), _driver_process: process, _profile: profile })
    }

    /// Goes to a page.
    pub async fn goes(&self, path: &str) {
        self.driver.goto(format!("{}{path}", self.base)).await.unwrap();
        self.judge().await;
    }

    /// Types into a field, in place of what stood there.
    pub async fn types(&self, name: &str, text: &str) {
        let field = self.field(name).await;
        if field.tag_name().await.unwrap() == "select" {
            let option = format!("option[value=\"{text}\"]");
            field.find(By::Css(option)).await.unwrap_or_else(|_| panic!("{name} has no {text}")).click().await.unwrap();
        } else if field.attr("type").await.unwrap().as_deref() == Some("date") {
            // The widget takes its parts by locale; a person picks from a calendar.
            self.driver
                .execute("arguments[0].value = arguments[1]", vec![field.to_json().unwrap(), json!(text)])
                .await
                .unwrap();
        } else {
            field.clear().await.unwrap();
            field.send_keys(text).await.unwrap();
        }
    }

    /// Ticks a box or picks one of several.
    pub async fn picks(&self, name: &str, value: &str) {
        let one = format!("[name=\"{name}\"][value=\"{value}\"]:not([type=hidden])");
        self.driver.find(By::Css(one)).await.unwrap_or_else(|_| panic!("no {name} = {value}")).click().await.unwrap();
    }

    /// Presses the button or follows the link of these words, and waits for what comes.
    pub async fn presses(&self, words: &str) {
        let text =
            |tag: &str| format!("//main//{tag}[normalize-space()=\"{words}\"]|//{tag}[normalize-space()=\"{words}\"]");
        let button = By::XPath(format!("{}|{}", text("button"), text("a")));
        let found = match self.driver.find(button).await {
            Ok(found) => found,
            Err(_) => panic!("nothing says {words} on {}:\n{}", self.path().await, self.reads().await),
        };
        self.follows(found).await;
    }

    /// What stands on the page.
    pub async fn reads(&self) -> String {
        self.driver.find(By::Css("body")).await.unwrap().text().await.unwrap()
    }

    /// Asserts that something stands on the page.
    pub async fn sees(&self, words: &str) {
        let text = self.reads().await;
        assert!(text.contains(words), "{words} is not on {}:\n{text}", self.path().await);
    }

    /// The path of the page.
    pub async fn path(&self) -> String {
        self.driver.current_url().await.unwrap().path().to_owned()
    }

    /// The page as HTML.
    pub async fn source(&self) -> String {
        self.driver.source().await.unwrap()
    }

    /// Logs in.
    pub async fn signs_in(&self, login: &str, password: &str) {
        self.goes("/sign-in").await;
        self.types("login", login).await;
        self.types("password", password).await;
        let button = self.driver.find(By::Css("main form button")).await.unwrap();
        self.follows(button).await;
        assert_ne!(self.path().await, "/sign-in", "{}", self.reads().await);
    }

    /// Does something to the page that a person could not.
    pub async fn runs(&self, script: &str) {
        self.driver.execute(script, vec![]).await.unwrap();
    }

    /// Takes a picture of the page at a width, as high as it is.
    pub async fn pictures(&self, width: u32, file: &Path) {
        self.driver.set_window_rect(0, 0, width, 1000).await.unwrap();
        let height = self.driver.execute("return document.documentElement.scrollHeight", vec![]).await.unwrap();
        let height: u32 = height.convert().unwrap();
        // The window is higher than what it shows.
        self.driver.set_window_rect(0, 0, width, (height + 160).clamp(700, 4000)).await.unwrap();
        self.driver.screenshot(file).await.unwrap();
    }

    /// Closes the browser.
    pub async fn leaves(self) {
        self.driver.clone().quit().await.unwrap();
    }

    /// Clicks on what leads to another page, and waits until that stands there.
    async fn follows(&self, element: WebElement) {
        let before = self.driver.find(By::Css("html")).await.unwrap();
        element.click().await.unwrap();
        let arrived = tokio::time::timeout(PATIENCE, async {
            while before.tag_name().await.is_ok() || !self.is_complete().await {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        });
        arrived.await.unwrap_or_else(|_| panic!("nothing followed"));
        self.judge().await;
    }

    async fn is_complete(&self) -> bool {
        let state = self.driver.execute("return document.readyState", vec![]).await;
        state.is_ok_and(|state| state.json() == "complete")
    }

    async fn field(&self, name: &str) -> WebElement {
        let css = format!("[name=\"{name}\"]:not([type=hidden])");
        match self.driver.find(By::Css(css)).await {
            Ok(field) => field,
            Err(_) => panic!("no field {name} on {}:\n{}", self.path().await, self.reads().await),
        }
    }

    /// Judges a page the first time it is seen in a state.
    async fn judge(&self) {
        if !self.script {
            return;
        }
        self.check_requests().await;
        let console = self.driver.browser_log().await.unwrap();
        let serious = console.iter().filter(|entry| ["SEVERE", "WARNING"].contains(&entry.level.as_str()));
        // A page that tells of a problem is answered with its status, which the console repeats.
        let repeated = "the server responded with a status of";
        let faults: Vec<&String> =
            serious.map(|entry| &entry.message).filter(|text| !text.contains(repeated)).collect();
        assert!(faults.is_empty(), "the console on {}: {faults:?}", self.path().await);
        let state = format!("{} {}", self.path().await, self.driver.title().await.unwrap());
        if self.judged.borrow_mut().insert(state) {
            let found = self.violations().await;
            assert!(found.is_empty(), "axe on {}:\n{}", self.path().await, found.join("\n"));
        }
    }

    /// What axe finds wrong with the page as it is.
    pub async fn violations(&self) -> Vec<String> {
        self.driver.execute(AXE, vec![]).await.unwrap();
        let run = "const done = arguments[0]; axe.run({ runOnly: ['wcag2a','wcag2aa','wcag21a','wcag21aa','wcag22aa','best-practice'] })\
                   .then(found => done(found.violations.map(one => one.id + ': ' + one.nodes.map(node => node.html + ' ' + node.any.map(a => a.message).join('; ')).join(' | '))), error => done(['axe: ' + error]))";
        self.driver.execute_async(run, vec![]).await.unwrap().convert().unwrap()
    }

    async fn check_requests(&self) {
        for entry in self.driver.get_log("performance").await.unwrap() {
            let event: Value = serde_json::from_str(&entry.message).unwrap();
            if event["message"]["method"] == "Network.requestWillBeSent" {
                let url = event["message"]["params"]["request"]["url"].as_str().unwrap_or_default();
                let own = url.starts_with(&self.base) || url.starts_with("data:") || url.starts_with("chrome");
                assert!(own, "a request left the node: {url}");
            }
        }
    }
}

fn capabilities(binary: &Path, profile: &TempDir, language: &str, script: bool) -> ChromeCapabilities {
    let mut wanted = DesiredCapabilities::chrome();
    wanted.set_binary(&binary.display().to_string()).unwrap();
    for argument in [
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--no-first-run",
        "--disable-background-networking",
        "--window-size=1280,1000",
    ] {
        wanted.add_arg(argument).unwrap();
    }
    wanted.add_arg(&format!("--user-data-dir={}", profile.path().display())).unwrap();
    wanted.add_arg(&format!("--accept-lang={language}")).unwrap();
    let scripts = if script { 1 } else { 2 };
    let preferences =
        json!({ "intl.accept_languages": language, "profile.managed_default_content_settings.javascript": scripts });
    wanted.add_experimental_option("prefs", preferences).unwrap();
    wanted.set("goog:loggingPrefs", json!({ "browser": "ALL", "performance": "ALL" })).unwrap();
    wanted
}

/// A driver on a port that was free.
async fn started(program: &Path) -> (Child, String) {
    let mut process = Command::new(program)
        .arg("--port=0")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
    let found = tokio::time::timeout(PATIENCE, async {
        while let Some(line) = lines.next_line().await.unwrap() {
            if let Some((_, rest)) = line.split_once("started successfully on port ") {
                return rest.trim_end_matches('.').to_owned();
            }
        }
        panic!("chromedriver ended");
    });
    let port = found.await.expect("chromedriver did not start");
    // What it says later must not fill the pipe.
    tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
    (process, format!("http://127.0.0.1:{port}"))
}
