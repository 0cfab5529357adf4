//! The pages of a sandbox in a real browser.

use adjunct::sandbox::{Options, Sandbox};
use reqwest::Method;
use serde_json::{Value, json};

use crate::sandbox_api::call;
use crate::support::browser::{Page, WINDOW, Window, between, dom, dom_later, picture, title, visible};
use crate::support::jumpcloud::state;

const USER: &str = "5a0000000000000000000001";
const GROUP: &str = "5a0000000000000000000003";

const PAGES: [&str; 7] = [
    "/?live=no",
    "/users",
    "/users/5a0000000000000000000001",
    "/groups",
    "/groups/5a0000000000000000000003",
    "/requests?live=no",
    "/outbox?live=no",
];

/// An organization in which each text is `text`, as far as the API takes it, with a request and a mail.
async fn organization(text: &str) -> Sandbox {
    let document = json!({
        "organization": { "name": text },
        "users": [
            {
                "username": text, "email": "ada@example.com", "firstname": text, "lastname": text, "department": text,
                "attributes": [{ "name": "a", "value": text }], "phoneNumbers": [{ "type": text, "number": "1" }],
                "state": "STAGED",
            },
            { "username": "grace", "email": "grace@example.com", "manager": text },
        ],
        "groups": [{
            "name": text, "description": text, "members": ["grace", text], "membershipMethod": "DYNAMIC_AUTOMATED",
            "memberQuery": { text: [text] }, "attributes": { text: { text: text } },
        }],
        "activeDirectories": [{
            "domain": text, "users": [text], "groups": [text],
            "agents": [{ "agentType": "IMPORT", "state": "active", "hostname": text }],
        }],
        "targets": [{ "type": "application", "name": text, "groups": [text] }],
        "userStates": [{ "user": text, "state": "SUSPENDED", "scheduledDate": "2030-01-31T18:00:00Z" }],
    });
    let sandbox = Sandbox::start(state(&document), Options::default()).await.unwrap();
    let activate = format!("/api/systemusers/{USER}/state/activate?{text}");
    let body = json!({ "email": format!("{text}@example.com"), text: 1 });
    assert_eq!(call(&sandbox, Method::POST, &activate, Some(body)).await.0, 200);
    sandbox
}

#[tokio::test(flavor = "multi_thread")]
async fn each_page_shows_what_there_is() {
    let sandbox = organization("ada").await;
    let expected: [&[&str]; 7] = [
        &[
            "Users 2 2 active, 0 staged, 0 suspended",
            "Groups 1",
            "Requests 1",
            "Mails 1",
            "IMPORT active ada",
        ],
        &[
            "1–2 of 2",
            "ada ada ada ada@example.com activated ada 1",
            "grace – grace@example.com activated – 1",
        ],
        &["Member of ada", "Active Directory ada directly, through ada", "2030-01-31T18:00:00Z SUSPENDED"],
        &["1–1 of 1", "ada 2 dynamic ada"],
        &["Members 1–2 of 2", "memberQuery ada ada", "Application ada directly", "grace@example.com"],
        &[
            "200 POST /api/systemusers/5a0000000000000000000001/state/activate ? ada",
            "ada is not known here, and was skipped",
        ],
        &["1–1 of 1", "ada@example.com activation Choose a password ada"],
    ];
    for (path, expected) in PAGES.into_iter().zip(expected) {
        let shown = visible(&dom(sandbox.url().join(path).unwrap(), WINDOW).await);
        for text in expected {
            assert!(shown.contains(text), "{path}: {text:?} is not in {shown:?}");
        }
    }
    assert_eq!(sandbox.requests().len(), 1, "looking is no request");
}

#[tokio::test(flavor = "multi_thread")]
async fn values_are_shown_and_never_obeyed() {
    let text = "</title></td><script>document.title='ran'</script><img src=x onerror=\"document.title='ran'\">\
                <style>*{display:none}</style>\u{202e}\u{7}&lt;";
    let shown_as = "</title></td><script>document.title='ran'</script><img src=x onerror=\"document.title='ran'\">\
                    <style>*{display:none}</style> U+202E U+0007 &lt;";
    let sandbox = organization(text).await;
    for path in PAGES {
        let dom = dom(sandbox.url().join(path).unwrap(), WINDOW).await;
        let elements = ["<script", "<img", "<style", "onerror=\"\"", "\u{202e}", "\u{7}"];
        assert_eq!(elements.map(|element| dom.matches(element).count()), [0; 6], "{path}: {dom}");
        assert!(title(&dom).ends_with("&lt;/style&gt;&amp;lt;"), "{path}: {}", title(&dom));
        assert!(visible(&dom).contains(shown_as), "{path}: {}", visible(&dom));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_policy_keeps_scripts_from_running_even_if_one_got_in() {
    let sandbox = organization("ada").await;
    let planted = "<script>document.title = 'ran'</script></body>";
    for (keeps_policy, expected) in [(true, "Overview – ada"), (false, "ran")] {
        let alter = move |page: &mut Page| {
            page.html = page.html.replace("</body>", planted);
            page.policy = page.policy.take().filter(|_| keeps_policy);
        };
        let url = between(sandbox.url(), async |_| {}, alter).await;
        let dom = dom(url.join("/?live=no").unwrap(), WINDOW).await;
        assert_eq!(title(&dom), expected);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_shows_by_itself_what_happens_while_it_is_open() {
    let sandbox = std::sync::Arc::new(organization("ada").await);
    let writer = std::sync::Arc::clone(&sandbox);
    let before = move |number| {
        let writer = std::sync::Arc::clone(&writer);
        async move {
            // The page is open; it is about to be asked for once more.
            if number == 1 {
                let body = json!({ "username": "lin", "email": "lin@example.com" });
                let (status, _) = call(&writer, Method::POST, "/api/systemusers", Some(body)).await;
                assert_eq!(status, 200);
            }
        }
    };
    let alter = |page: &mut Page| {
        if page.number == 1 {
            // Or it would go on forever.
            assert!(page.html.contains("http-equiv=\"refresh\""));
            page.html = page.html.replace("http-equiv=\"refresh\"", "");
        }
    };
    let url = between(sandbox.url(), before, alter).await;
    let shown = visible(&dom_later(url).await);
    assert!(shown.contains("Users 3 3 active") && shown.contains("Mails 2"), "{shown}");
    assert!(shown.contains("200 POST /api/systemusers"), "{shown}");
}

/// What everybody needs to find their way: said by the browser itself, in a page from which the policy was taken off.
const AUDIT: &str = r#"<script>
addEventListener("load", () => {
  const problems = [];
  const expect = (holds, problem) => { if (!holds) problems.push(problem); };
  const all = selector => [...document.querySelectorAll(selector)];
  const root = document.documentElement;
  expect(root.scrollWidth <= innerWidth, `wider than the window: ${root.scrollWidth} > ${innerWidth}`);
  expect(root.lang === "en" && document.title, "no language or title");
  for (const one of ["h1", "main", "header nav", "footer"]) expect(all(one).length === 1, `not one ${one}`);
  expect(all("[aria-current=page]").length === 1, "not one current page");
  for (const cell of all("th")) expect(["col", "row"].includes(cell.scope), `no scope: ${cell.textContent}`);
  for (const field of all("input")) expect(field.labels.length === 1, `no label: ${field.name}`);
  for (const link of all("a")) expect(link.textContent.trim(), `an empty link to ${link.href}`);
  for (const part of all("[role=region], nav")) expect(part.getAttribute("aria-label"), "a part without a name");
  const ids = all("[id]").map(one => one.id);
  expect(new Set(ids).size === ids.length, "an id is there twice");
  const levels = all("h1, h2, h3").map(one => +one.tagName[1]);
  expect(levels.every((level, at) => at === 0 ? level === 1 : level <= levels[at - 1] + 1), "a heading is skipped");
  const channels = color => color.match(/[\d.]+/g).map(Number);
  const light = color => {
    const [red, green, blue] = channels(color).map(value => value / 255)
      .map(value => value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const paper = one => {
    const color = getComputedStyle(one).backgroundColor;
    return channels(color)[3] === 0 ? paper(one.parentElement) : color;
  };
  let read = 0;
  for (const one of all("body *")) {
    if (![...one.childNodes].some(node => node.nodeType === 3 && node.data.trim())) continue;
    if (one.tagName === "SCRIPT") continue;
    const pair = [light(getComputedStyle(one).color), light(paper(one))].sort((a, b) => b - a);
    const contrast = (pair[0] + 0.05) / (pair[1] + 0.05);
    expect(contrast >= 4.5, `contrast ${contrast.toFixed(2)}: ${one.textContent}`);
    read += 1;
  }
  document.title = JSON.stringify({ problems, read, dark: light(paper(document.body)) < 0.5 });
});
</script></body>"#;

#[tokio::test(flavor = "multi_thread")]
async fn everybody_can_find_their_way_in_light_and_dark_on_wide_and_narrow() {
    let long = "an-extraordinarily-long-word-without-any-gap-".repeat(8);
    let sandbox = organization(&long).await;
    let alter = |page: &mut Page| {
        page.html = page.html.replace("</body>", AUDIT);
        page.policy = None;
    };
    let url = between(sandbox.url(), async |_| {}, alter).await;
    for path in PAGES {
        for window in [Window { width: 500, is_dark: true }, Window { width: 1280, is_dark: false }] {
            let dom = dom(url.join(path).unwrap(), window).await;
            let verdict: Value = serde_json::from_str(&title(&dom).replace("&gt;", ">")).unwrap();
            assert_eq!(verdict["problems"], json!([]), "{path} {window:?}");
            assert_eq!(verdict["dark"], window.is_dark);
            assert!(verdict["read"].as_u64().unwrap() > 15, "{path}: {verdict}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_is_drawn() {
    let sandbox = organization("ada").await;
    let url = sandbox.url().join(&format!("/groups/{GROUP}")).unwrap();
    let empty = picture("data:text/html,".parse().unwrap(), WINDOW).await;
    let light = picture(url.clone(), WINDOW).await;
    let dark = picture(url, Window { is_dark: true, ..WINDOW }).await;
    for (name, drawn) in [("light", &light), ("dark", &dark)] {
        assert!(drawn.starts_with(b"\x89PNG"), "{name}");
        assert!(drawn.len() > 4 * empty.len(), "{name}: {} and {} bytes", drawn.len(), empty.len());
    }
    assert_ne!(light, dark);
}
