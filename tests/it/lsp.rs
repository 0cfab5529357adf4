//! An editor that is scripted, and the language server that serves it.

#![expect(clippy::needless_pass_by_value, reason = "messages are written where they are sent")]

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

/// An editor with one document.
struct Editor {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
    folder: TempDir,
    last: u64,
}

impl Editor {
    /// Starts the server, and does not greet it.
    fn start() -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_adjunct"))
            .arg("lsp")
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let (input, output) = (child.stdin.take(), BufReader::new(child.stdout.take().unwrap()));
        Self { child, input, output, folder: TempDir::new().unwrap(), last: 0 }
    }

    /// Starts the server, which counts as it is offered.
    fn greeted(encodings: &Value) -> Self {
        let mut editor = Self::start();
        let answer = editor
            .ask("initialize", json!({ "capabilities": { "general": { "positionEncodings": encodings } } }));
        assert_eq!(answer["result"]["serverInfo"]["name"], "adjunct", "{answer}");
        editor.tell("initialized", json!({}));
        editor
    }

    fn send(&mut self, message: &Value) {
        let text = message.to_string();
        write!(self.input.as_mut().unwrap(), "Content-Length: {}\r\n\r\n{text}", text.len()).unwrap();
    }

    fn tell(&mut self, method: &str, params: Value) {
        self.send(&json!({ "jsonrpc": "2.0", "method": method, "params": params }));
    }

    fn ask(&mut self, method: &str, params: Value) -> Value {
        self.last += 1;
        self.send(&json!({ "jsonrpc": "2.0", "id": self.last, "method": method, "params": params }));
        let answer = self.hear();
        assert_eq!(answer["id"], self.last, "{answer}");
        answer
    }

    fn hear(&mut self) -> Value {
        let (mut length, mut line) = (0, String::new());
        loop {
            line.clear();
            assert!(self.output.read_line(&mut line).unwrap() > 0, "the server is gone");
            match line.trim().split_once(": ") {
                Some((_, value)) => length = value.parse().unwrap(),
                None => break,
            }
        }
        let mut text = vec![0; length];
        self.output.read_exact(&mut text).unwrap();
        serde_json::from_slice(&text).unwrap()
    }

    fn uri(&self, name: &str) -> String {
        url::Url::from_file_path(self.folder.path().join(name)).unwrap().to_string()
    }

    /// Opens a text, and gives what is said to be wrong with it.
    fn open(&mut self, name: &str, text: &str) -> Vec<Value> {
        let uri = self.uri(name);
        let document = json!({ "uri": uri, "languageId": "kdl", "version": 1, "text": text });
        self.tell("textDocument/didOpen", json!({ "textDocument": document }));
        self.diagnostics(&uri)
    }

    fn diagnostics(&mut self, uri: &str) -> Vec<Value> {
        let said = self.hear();
        assert_eq!(
            (&said["method"], &said["params"]["uri"]),
            (&json!("textDocument/publishDiagnostics"), &json!(uri))
        );
        said["params"]["diagnostics"].as_array().unwrap().clone()
    }

    fn at(&mut self, request: &str, name: &str, line: u32, character: u32) -> Value {
        let params = json!({ "textDocument": { "uri": self.uri(name) }, "position": { "line": line, "character": character } });
        self.ask(&format!("textDocument/{request}"), params)["result"].clone()
    }

    /// Ends it, and gives its exit code and what it said to people.
    fn end(mut self) -> (i32, String) {
        drop(self.input.take());
        let mut said = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        (self.child.wait().unwrap().code().unwrap(), said)
    }
}

const POLICY: &str = r#"policy "corp" {
    active-directory { ldif "corp.ldif"; }
    jumpcloud { sandbox "org.json"; }
    root-container "OU=Staff,DC=corp,DC=example,DC=com"
    security-group "JumpCloud"
    dissociation "remove" after="7d"
    attributes {
        
    }
}
"#;

fn places(diagnostics: &[Value]) -> Vec<Value> {
    let place = |one: &Value| {
        let [start, end] = ["start", "end"].map(|side| one["range"][side].clone());
        json!([one["code"], start["line"], start["character"], end["line"], end["character"]])
    };
    diagnostics.iter().map(place).collect()
}

#[test]
fn three_errors_are_three_diagnostics_and_go_when_they_are_mended() {
    let mut editor = Editor::greeted(&Value::Null);
    assert_eq!(editor.open("sound.kdl", POLICY), Vec::<Value>::new());
    let broken = POLICY
        .replace("dissociation \"remove\"", "dissociation \"👩 remve\"")
        .replace("security-group", "security-grup")
        .replace("sandbox \"org.json\"", "api-key \"hunter2\"");
    let said = editor.open("broken.kdl", &broken);
    let expected = [
        json!(["policy::literal_secret", 2, 24, 2, 33]),
        json!(["policy::unknown_node", 4, 4, 4, 17]),
        json!(["policy::unknown_value", 5, 17, 5, 27]),
    ];
    assert_eq!(places(&said), expected, "{said:?}");
    assert!(said[1]["message"].as_str().unwrap().contains("did you mean `security-group`?"), "{said:?}");
    assert!(!format!("{said:?}").contains("hunter2"));
    let uri = editor.uri("broken.kdl");
    let change =
        json!({ "textDocument": { "uri": uri, "version": 2 }, "contentChanges": [{ "text": POLICY }] });
    editor.tell("textDocument/didChange", change);
    assert_eq!(editor.diagnostics(&uri), Vec::<Value>::new());
    editor.tell("textDocument/didClose", json!({ "textDocument": { "uri": uri } }));
    assert_eq!(editor.diagnostics(&uri), Vec::<Value>::new());
    assert_eq!(editor.ask("shutdown", Value::Null)["result"], Value::Null);
    for method in ["textDocument/hover", "initialize"] {
        assert_eq!(editor.ask(method, json!({}))["error"]["code"], -32600, "{method}");
    }
    editor.tell("exit", Value::Null);
    assert_eq!(editor.end(), (0, String::new()));
}

#[test]
fn an_editor_that_counts_bytes_is_answered_in_bytes() {
    let mut editor = Editor::greeted(&json!(["utf-32", "utf-8"]));
    let said = editor.open("corp.kdl", &POLICY.replace("\"remove\" after", "\"👩 remve\" after"));
    assert_eq!(places(&said), [json!(["policy::unknown_value", 5, 17, 5, 29])]);
}

#[test]
fn names_are_completed_explained_and_laid_out() {
    let mut editor = Editor::greeted(&Value::Null);
    assert_eq!(editor.open("corp.kdl", POLICY), Vec::<Value>::new());
    let completed = editor.at("completion", "corp.kdl", 7, 8);
    let labels: Vec<&str> =
        completed.as_array().unwrap().iter().map(|item| item["label"].as_str().unwrap()).collect();
    assert!(
        ["department", "jobTitle", "phone", "address", "manager", "custom"]
            .iter()
            .all(|name| labels.contains(name))
    );
    let values = editor.at("completion", "corp.kdl", 5, 20);
    assert_eq!(values[0]["textEdit"]["range"]["start"], json!({ "line": 5, "character": 17 }));
    let hover = editor.at("hover", "corp.kdl", 5, 8);
    let said = hover["contents"]["value"].as_str().unwrap();
    assert!(
        said.contains("What happens to owned users and groups that leave") && said.contains("`\"suspend\"`"),
        "{said}"
    );
    assert_eq!(hover["range"]["end"], json!({ "line": 5, "character": 16 }));
    assert_eq!(editor.at("hover", "corp.kdl", 7, 2), Value::Null);
    let params = json!({ "textDocument": { "uri": editor.uri("corp.kdl") }, "options": { "tabSize": 2, "insertSpaces": true } });
    let edits = editor.ask("textDocument/formatting", params)["result"].clone();
    let text = edits[0]["newText"].as_str().unwrap();
    assert!(
        text.contains("    attributes {}\n") && text.contains("    jumpcloud {\n        sandbox"),
        "{text}"
    );
    assert_eq!(edits[0]["range"]["end"], json!({ "line": 10, "character": 0 }));
}

#[test]
fn what_is_included_is_checked_found_and_checked_again_when_it_is_saved() {
    let mut editor = Editor::greeted(&Value::Null);
    let shared = editor.folder.path().join("common.kdl");
    fs::write(&shared, "shared {\n    takeover \"adpt\"\n}\n").unwrap();
    let policy = POLICY.replacen("{\n", "{\n    include \"common.kdl\"\n", 1);
    let said = editor.open("corp.kdl", &policy);
    assert_eq!(places(&said), [json!(["policy::unknown_value", 1, 12, 1, 24])]);
    assert!(said[0]["message"].as_str().unwrap().contains("common.kdl: "), "{said:?}");
    let definition = editor.at("definition", "corp.kdl", 1, 14);
    assert_eq!(definition["uri"], json!(editor.uri("common.kdl")));
    assert_eq!(editor.at("definition", "corp.kdl", 5, 8), Value::Null);
    let own = editor.open("common.kdl", &fs::read_to_string(&shared).unwrap());
    assert_eq!(places(&own), [json!(["policy::unknown_value", 1, 13, 1, 19])]);
    fs::write(&shared, "shared {\n    takeover \"adopt\"\n}\n").unwrap();
    let uri = editor.uri("common.kdl");
    editor.tell("textDocument/didSave", json!({ "textDocument": { "uri": uri } }));
    let said: Vec<_> = (0..2).map(|_| editor.hear()["params"].clone()).collect();
    let mended = said.iter().find(|params| params["uri"] == json!(editor.uri("corp.kdl"))).unwrap();
    assert_eq!(mended["diagnostics"], json!([]), "{said:?}");
}

#[test]
fn files_of_others_are_left_alone() {
    let mut editor = Editor::greeted(&Value::Null);
    assert_eq!(editor.open("zellij.kdl", "keybinds {\n  normal { bind \"a\" }\n}\n"), Vec::<Value>::new());
    let params = json!({ "textDocument": { "uri": editor.uri("zellij.kdl") }, "options": { "tabSize": 2, "insertSpaces": true } });
    assert_eq!(editor.ask("textDocument/formatting", params)["result"], Value::Null);
    assert_eq!(editor.open("corp.kdl", "polciy \"corp\" { }\n").len(), 1);
}

#[test]
fn what_is_included_and_is_no_file_is_not_waited_for() {
    let mut editor = Editor::greeted(&Value::Null);
    fs::create_dir(editor.folder.path().join("folder")).unwrap();
    for (path, why) in [("folder", "it is no file"), ("/dev/zero", "it is no file")] {
        let policy = POLICY.replacen("{\n", &format!("{{\n    include \"{path}\"\n"), 1);
        let said = editor.open("corp.kdl", &policy);
        assert_eq!(places(&said)[0][0], "policy::unreadable_include", "{said:?}");
        assert!(said[0]["message"].as_str().unwrap().contains(why), "{said:?}");
    }
}

#[test]
fn tests_of_policies_are_checked_as_such() {
    let mut editor = Editor::greeted(&Value::Null);
    let said = editor.open(
        "corp.test.kdl",
        "tests {\n    test \"a\" {\n        expect { user \"a\" \"creat\"; }\n    }\n}\n",
    );
    assert!(format!("{said:?}").contains("create"), "{said:?}");
}

#[test]
fn what_is_no_question_has_an_answer_too() {
    let mut editor = Editor::start();
    assert_eq!(editor.ask("textDocument/hover", json!({}))["error"]["code"], -32002);
    editor.ask("initialize", json!({ "capabilities": {} }));
    let wrong = editor.ask("initialize", json!({ "capabilities": "hunter2" }));
    assert_eq!(wrong["error"]["code"], -32602);
    assert!(!wrong.to_string().contains("hunter2"), "{wrong}");
    assert_eq!(editor.ask("textDocument/hover", json!({}))["error"]["code"], -32602);
    let unknown =
        json!({ "textDocument": { "uri": "file:///none.kdl" }, "position": { "line": 0, "character": 0 } });
    assert_eq!(editor.ask("textDocument/hover", unknown)["error"]["code"], -32602);
    assert_eq!(editor.ask("workspace/symbol", json!({}))["error"]["code"], -32601);
    editor.tell("textDocument/didOpen", json!({ "nothing": true }));
    assert_eq!(editor.open("corp.kdl", POLICY), Vec::<Value>::new());
    for (line, character) in [(5, 4_000_000_000), (4_000_000_000, 0)] {
        editor.at("hover", "corp.kdl", line, character);
        editor.at("completion", "corp.kdl", line, character);
    }
    assert_eq!(editor.end(), (0, String::new()), "an editor that is gone");
}

/// What is no message ends the server with an error, and is not repeated.
fn expect_refused(said: &[u8]) {
    let mut editor = Editor::start();
    // The server may be gone before it has heard all.
    let _ = editor.input.as_mut().unwrap().write_all(said);
    let (code, told) = editor.end();
    let shown = String::from_utf8_lossy(&said[..said.len().min(80)]);
    assert_eq!(code, 1, "{shown:?}: {told}");
    assert!(told.contains("cli::language_client") && !told.contains("hunter2"), "{shown:?}: {told}");
}

#[test]
fn what_is_no_message_is_an_error() {
    for said in [
        "hello\r\n\r\n",
        "Content-Length: 4\r\n\r\n{\"a\"",
        "Content-Length: x\r\n\r\n",
        "Content-Length: 2\r\n\r\n\u{e9}",
        "Content-Length: 40\r\n\r\n{\"jsonrpc\":\"2.0\",\"api-key\":\"hunter2..\"}",
        "Content-Length: 18446744073709551615\r\n\r\n{",
        "Content-Length: 9223372036854775807\r\n\r\n{",
        "Content-Length: 99999999999\r\n\r\n{",
        "Content-Length: 5000\r\n\r\n{\"hunter2\":",
        "Content-Length: 5\r\nhunter2",
        "Content-Type: a\r\n\r\n{}",
    ] {
        expect_refused(said.as_bytes());
    }
    expect_refused(b"Content-Length: 2\r\n\r\n\xff\xfe");
    expect_refused(&vec![b'x'; 100_000]);
    let mut editor = Editor::greeted(&Value::Null);
    editor.tell("exit", Value::Null);
    assert_eq!(editor.end().0, 1, "without a shutdown before it");
}
