//! A browser without a window, and what can stand between it and a sandbox.

use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use reqwest::Url;
use tempfile::TempDir;
use tokio::net::TcpListener;

/// How the window is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Window {
    pub(crate) width: u32,
    pub(crate) is_dark: bool,
}

pub(crate) const WINDOW: Window = Window { width: 1280, is_dark: false };

/// The elements of a page after it was loaded, and whatever ran, ran.
pub(crate) async fn dom(url: Url, window: Window) -> String {
    run(url, window, vec!["--dump-dom".to_owned()], |_, text| text).await
}

/// The elements of a page after it had five seconds, by a clock of the browser's own that does not wait for them.
pub(crate) async fn dom_later(url: Url) -> String {
    let arguments = ["--dump-dom", "--virtual-time-budget=5000"].map(str::to_owned).to_vec();
    run(url, WINDOW, arguments, |_, text| text).await
}

/// A picture of a page, as PNG.
pub(crate) async fn picture(url: Url, window: Window) -> Vec<u8> {
    let take = |folder: &TempDir, _| std::fs::read(folder.path().join("picture.png")).unwrap();
    run(url, window, vec!["--hide-scrollbars".to_owned(), "--screenshot=picture.png".to_owned()], take).await
}

async fn run<T: Send + 'static>(
    url: Url,
    window: Window,
    arguments: Vec<String>,
    take: impl FnOnce(&TempDir, String) -> T + Send + 'static,
) -> T {
    let browse = move || {
        let folder = TempDir::new().unwrap();
        let Window { width, is_dark } = window;
        // What Chromium takes for dark and for light.
        let scheme = u8::from(!is_dark);
        let output = Command::new("chromium")
            .current_dir(folder.path())
            .args(["--headless", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"])
            // Chromium's own confinement does not work for root; it sees nothing but these tests.
            .args(["--no-sandbox", "--disable-background-networking", "--no-proxy-server"])
            .arg(format!("--user-data-dir={}", folder.path().join("profile").display()))
            .arg(format!("--window-size={width},1000"))
            .arg(format!("--blink-settings=preferredColorScheme={scheme}"))
            .args(arguments)
            .arg(url.as_str())
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        take(&folder, String::from_utf8(output.stdout).unwrap())
    };
    tokio::task::spawn_blocking(browse).await.unwrap()
}

/// The text of a page, as it was written for people.
pub(crate) fn visible(dom: &str) -> String {
    let body = &dom[dom.find("<body").unwrap()..];
    let mut text = String::new();
    let mut is_tag = false;
    for character in body.chars() {
        match character {
            '<' => is_tag = true,
            '>' if is_tag => {
                is_tag = false;
                text.push(' ');
            }
            _ if !is_tag => text.push(character),
            _ => {}
        }
    }
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ").replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&")
}

/// The title of a page.
pub(crate) fn title(dom: &str) -> &str {
    dom.split_once("<title>").and_then(|(_, rest)| rest.split_once("</title>")).unwrap().0
}

/// A page on its way to the browser.
#[derive(Debug)]
pub(crate) struct Page {
    /// Which page it is, from 0; what is no page is not counted.
    pub(crate) number: usize,
    pub(crate) html: String,
    /// What the browser is told to keep from running.
    pub(crate) policy: Option<String>,
}

/// Stands between a browser and a sandbox: `before` runs before each page is asked for, `alter` changes it on its way.
pub(crate) async fn between<F: Future<Output = ()> + Send>(
    sandbox: Url,
    before: impl Fn(usize) -> F + Send + Sync + 'static,
    alter: impl Fn(&mut Page) + Send + Sync + 'static,
) -> Url {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = Url::parse(&format!("http://{}/", listener.local_addr().unwrap())).unwrap();
    let shared = Arc::new((sandbox, before, alter, AtomicUsize::new(0)));
    let handler = async move |request: Request| -> Response {
        let (sandbox, before, alter, pages) = &*shared;
        let path = request.uri().path_and_query().unwrap().as_str();
        let is_page = !path.contains('.');
        let number = if is_page { pages.fetch_add(1, Ordering::Relaxed) } else { 0 };
        if is_page {
            before(number).await;
        }
        let client = reqwest::Client::builder().no_proxy().tls_certs_only([]).build().unwrap();
        let answer = client.get(sandbox.join(path).unwrap()).send().await.unwrap();
        let status = StatusCode::from_u16(answer.status().as_u16()).unwrap();
        let header = |name: &str| answer.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
        let kind = header(CONTENT_TYPE.as_str()).unwrap_or_default();
        let policy = header(CONTENT_SECURITY_POLICY.as_str());
        let mut page = Page { number, html: answer.text().await.unwrap(), policy };
        if is_page {
            alter(&mut page);
        }
        let mut response = (status, [(CONTENT_TYPE, kind)], page.html).into_response();
        if let Some(policy) = page.policy {
            response.headers_mut().insert(CONTENT_SECURITY_POLICY, policy.parse().unwrap());
        }
        response
    };
    tokio::spawn(axum::serve(listener, Router::new().fallback(handler)).into_future());
    url
}
