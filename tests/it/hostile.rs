//! Names that whoever may write to Active Directory chose: shown and kept, and interpreted by nothing.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::support::command::{Answer, adjunct_with, state_folder};
use crate::support::organization::Organization;
use crate::support::schema::Schema;
use crate::support::service::Service;
use tempfile::TempDir;

/// What a name may do to whoever shows it: turn red, clear the screen, ring, set a title, write from right to left, hide,
/// begin a line, end a string, be Markdown or HTML, be half a character's worth of NUL.
const NAMES: [&str; 9] = [
    "Red \u{1b}[31mRose",
    "Clear\u{1b}[2J\u{1b}]0;title\u{7}",
    "Bidi \u{202e}gpj.exe\u{2066}x",
    "Hidden\u{200b}\u{feff}\u{e0041}",
    "Line\nApplied: 1 of 1 changes.\r\n",
    "C1 \u{9b}31m\u{85}\u{2028}",
    "**bold** [link](https://evil.example) `code`",
    "<script>alert(1)</script>&amp;",
    "Quote \"}\\,{\" 'x",
];

/// With a NUL, for what takes one.
const NUL: &str = "Nul\u{0}End";

/// Who runs it.
const USER: &str = "eve\u{1b}[2J\u{202e}";

/// A policy, its export, and an organization that has some of the names already.
struct World {
    folder: TempDir,
    organization: Organization,
}

fn line(name: &str, value: &str) -> String {
    format!("{name}:: {}\n", STANDARD.encode(value))
}

fn guid(number: usize) -> String {
    STANDARD.encode([u8::try_from(number).unwrap() + 1; 16])
}

/// DNs with the characters that DNs escape.
fn dn(name: &str) -> String {
    let mut escaped = String::new();
    for c in name.chars() {
        match c {
            ',' | '+' | '"' | '\\' | '<' | '>' | ';' | '=' => escaped.extend(['\\', c]),
            '\0' => escaped.push_str("\\00"),
            '\n' => escaped.push_str("\\0A"),
            '\r' => escaped.push_str("\\0D"),
            c => escaped.push(c),
        }
    }
    format!("CN={escaped},OU=Staff,DC=corp,DC=example,DC=com")
}

impl World {
    /// Everybody has a hostile last name and department, and is in a group of a hostile name.
    fn new(organization: Organization) -> Self {
        let world = Self { folder: TempDir::new().unwrap(), organization };
        world.export(NAMES.len() + 1);
        world
    }

    /// Exports a directory with the first of the names.
    fn export(&self, count: usize) {
        let mut text = String::new();
        let mut security_group = format!(
            "\n{}objectClass: group\ncn: JumpCloud\nobjectGUID:: {}\ngroupType: -2147483646\n",
            line("dn", &dn("JumpCloud")),
            guid(200)
        );
        let names = NAMES.into_iter().chain([NUL]).take(count);
        for (number, name) in names.enumerate() {
            write!(
                text,
                "\n{}objectClass: user\nobjectGUID:: {}\nsAMAccountName: user{number}\nmail: user{number}@example.com\n\
                 givenName: Eve\n{}{}userAccountControl: 512\n",
                line("dn", &dn(name)),
                guid(number),
                line("sn", name),
                line("department", name),
            )
            .unwrap();
            let group = format!("Group {name}");
            write!(
                text,
                "\n{}objectClass: group\n{}objectGUID:: {}\ngroupType: -2147483646\n{}",
                line("dn", &dn(&group)),
                line("cn", &group),
                guid(100 + number),
                line("member", &dn(name)),
            )
            .unwrap();
            security_group.push_str(&line("member", &dn(name)));
            security_group.push_str(&line("member", &dn(&group)));
        }
        let text = format!("version: 1\n{text}{security_group}");
        fs::write(self.folder.path().join("staff.ldif"), text).unwrap();
    }

    /// Writes the policy into a file of this name.
    fn write(&self, name: &str) {
        let text = format!(
            r#"policy "test" {{
    active-directory {{
        ldif "staff.ldif"
    }}
    jumpcloud {{
        api-key (env)"KEY"
        url "{}"
    }}
    root-container "OU=Staff,DC=corp,DC=example,DC=com"
    security-group "JumpCloud"
    attributes preset="core" {{
        department "department"
    }}
}}
"#,
            self.organization.url()
        );
        fs::write(self.folder.path().join(name), text).unwrap();
    }

    fn run(&self, arguments: &[&str]) -> Answer {
        self.write("policy.kdl");
        adjunct_with(self.folder.path(), &[("KEY", Organization::API_KEY), ("USER", USER)], arguments)
    }

    /// Runs a command that shows names, as text and as JSON: both are inert, and this is in the text.
    fn shows(&self, code: i32, words: &str, arguments: &[&str]) {
        for format in ["text", "json"] {
            let answer = self.run(&[arguments, &["--format", format]].concat());
            assert_eq!(answer.code, code, "{answer:?}");
            expect_inert(
                &format!("{arguments:?} as {format}"),
                &format!("{}{}", answer.stdout, answer.stderr),
            );
            if format == "json" {
                assert!(answer.stdout.is_empty() || answer.json().is_object(), "{answer:?}");
            } else {
                assert!(answer.stdout.contains(words), "no {words} in {answer:?}");
            }
        }
    }

    /// Every file that runs have left.
    fn left(&self) -> Vec<(String, String)> {
        fn texts(folder: &Path, found: &mut Vec<(String, String)>) {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    texts(&path, found);
                } else {
                    found.push((path.display().to_string(), fs::read_to_string(&path).unwrap()));
                }
            }
        }
        let mut found = Vec::new();
        texts(&state_folder(self.folder.path()), &mut found);
        found
    }
}

/// What a terminal, or whoever opens a file, would interpret; line feeds lay texts out.
fn active(text: &str) -> Vec<String> {
    let is_active = |c: &char| *c != '\n' && adjunct::model::is_active(*c);
    text.chars().filter(is_active).map(|c| c.escape_unicode().to_string()).collect()
}

fn expect_inert(what: &str, text: &str) {
    assert_eq!(active(text), Vec::<String>::new(), "{what}: {text:?}");
    let forged = text.lines().filter(|line| line.trim_start().starts_with("Applied: 1 of 1"));
    assert_eq!(forged.count(), 0, "{what}: {text}");
}

#[test]
fn hostile_names_are_inert_in_every_output_and_file_and_come_through_as_they_are() {
    let world = World::new(Organization::empty());
    let text = world.run(&["plan", "policy.kdl"]);
    assert_eq!(text.code, 0, "{text:?}");
    expect_inert("plan", &format!("{}{}", text.stdout, text.stderr));
    assert!(text.stdout.contains(r"Red \u{1b}[31mRose"), "{}", text.stdout);
    let plan = world.run(&["plan", "policy.kdl", "--format", "json"]);
    expect_inert("plan as JSON", &plan.stdout);
    let applied = world.run(&["apply", "policy.kdl", "--auto-approve", "--format", "json", "--canary", "3"]);
    assert_eq!(applied.code, 0, "{applied:?}");
    expect_inert("apply as JSON", &format!("{}{}", applied.stdout, applied.stderr));
    assert_eq!(Schema::read("apply.schema.json").problems(&applied.json()), Vec::<String>::new());
    assert_eq!(applied.json()["plan"], plan.json());
    let left = world.left();
    assert!(left.iter().any(|(path, _)| Path::new(path).extension().is_some_and(|end| end == "jsonl")));
    for (path, text) in &left {
        expect_inert(path, text);
        for line in text.lines() {
            serde_json::from_str::<Value>(line).unwrap();
        }
    }
    let users = world.organization.users();
    for (number, name) in NAMES.into_iter().chain([NUL]).enumerate() {
        assert_eq!(users[&format!("user{number}")]["department"], name, "as it stands in Active Directory");
    }
    assert_eq!(world.run(&["plan", "policy.kdl", "--detailed-exitcode"]).code, 0);
}

#[test]
fn hostile_names_are_inert_in_what_is_saved_removed_listed_and_restored() {
    let red = r"Red \u{1b}[31mRose";
    let user = r"eve\u{1b}[2J\u{202e} on ";
    let world = World::new(Organization::empty());
    assert_eq!(world.run(&["plan", "policy.kdl", "--out", "first.plan"]).code, 0);
    world.shows(0, red, &["show", "first.plan"]);
    assert_eq!(world.run(&["apply", "first.plan", "--auto-approve"]).code, 0);
    // The saved plan does not fit any more: what differs is listed.
    world.export(NAMES.len());
    let allowed = ["--allow", "removals=9", "--allow", "membership-removals=99"];
    assert_eq!(world.run(&[&["plan", "policy.kdl", "--out", "second.plan"][..], &allowed].concat()).code, 0);
    world.export(1);
    let stopped = world.run(&["apply", "policy.kdl", "--auto-approve"]);
    assert_eq!(stopped.code, 3, "{stopped:?}");
    expect_inert("guards", &format!("{}{}", stopped.stdout, stopped.stderr));
    let removed = world.run(&[&["apply", "policy.kdl", "--auto-approve"][..], &allowed].concat());
    assert_eq!(removed.code, 0, "{removed:?}");
    expect_inert("removals", &format!("{}{}", removed.stdout, removed.stderr));
    let unmet = world.run(&["apply", "second.plan", "--auto-approve"]);
    assert_eq!(unmet.code, 5, "{unmet:?}");
    expect_inert("differences", &format!("{}{}", unmet.stdout, unmet.stderr));
    let journals = state_folder(world.folder.path()).join("adjunct/journal");
    fs::write(journals.join("no\u{1b}[31m\u{202e}.jsonl"), "{}\n").unwrap();
    world.shows(0, user, &["history"]);
    let journals = journals.to_str().unwrap();
    // Nobody is there to approve.
    world.shows(1, r"Group Clear\u{1b}[2J", &["restore", journals]);
    let missing = world.run(&["restore", journals, "--user", "no\u{1b}[31m\u{202e}"]);
    assert_eq!(missing.code, 1, "{missing:?}");
    expect_inert("who was not removed", &missing.stderr);
    let restored = world.run(&["restore", journals, "--auto-approve", "--group", "*", "--format", "json"]);
    assert_eq!(restored.code, 0, "{restored:?}");
    expect_inert("restored groups", &format!("{}{}", restored.stdout, restored.stderr));
    let restored = world.run(&["restore", journals, "--auto-approve"]);
    assert_eq!(restored.code, 0, "{restored:?}");
    expect_inert("restored users", &format!("{}{}", restored.stdout, restored.stderr));
    assert_eq!(world.organization.users()["user1"]["department"], NAMES[1], "as it was");
    world.shows(0, "Held back", &["restore", journals]);
    for (path, text) in world.left() {
        expect_inert(&path.replace(['\u{1b}', '\u{202e}'], ""), &text);
    }
}

#[test]
fn hostile_names_are_inert_in_the_log_of_the_service() {
    let name = "policy \u{1b}[31m\u{202e}.kdl";
    for format in ["text", "json"] {
        let faults = ["POST /api/v2/usergroups every=1 status=400".parse().unwrap()];
        let world = World::new(Organization::failing(&json!({}), faults.to_vec()));
        world.write(name);
        let mut command = Command::new(env!("CARGO_BIN_EXE_adjunct"));
        command
            .args(["watch", name, "--interval", "50ms", "--log-format", format])
            .env_clear()
            .env("KEY", Organization::API_KEY)
            .env("USER", USER)
            .env("XDG_STATE_HOME", state_folder(world.folder.path()))
            .current_dir(world.folder.path())
            .stdin(Stdio::null());
        let mut service = Service::start(command);
        service.wait_for("group Group <script>");
        fs::write(world.folder.path().join("staff.ldif"), "dn: torn \u{1b}[31m\u{202e}").unwrap();
        service.wait_for("staff.ldif");
        let log = service.kill().join("\n");
        expect_inert(&format!("the log as {format}"), &log);
        assert!(log.contains(r"[31m"), "{log}");
    }
}

#[test]
fn hostile_names_are_inert_in_reports_of_what_failed() {
    let faults = ["POST /api/systemusers every=2 status=422", "POST /api/v2/usergroups every=2 status=400"];
    let faults = || faults.map(|fault| fault.parse().unwrap()).to_vec();
    for options in [&["--format", "text"][..], &["--format", "json"]] {
        let world = World::new(Organization::failing(&json!({}), faults()));
        let answer = world.run(&[&["apply", "policy.kdl", "--auto-approve"], options].concat());
        assert_eq!(answer.code, 4, "{answer:?}");
        expect_inert("report", &format!("{}{}", answer.stdout, answer.stderr));
        assert!(answer.stdout.contains("failed"), "{answer:?}");
        for (path, text) in world.left() {
            expect_inert(&path, &text);
        }
    }
}

#[test]
fn hostile_values_of_jumpcloud_are_inert_in_what_a_canary_says() {
    use crate::support::altering::Altering;
    let world = World::new(Organization::empty());
    let altering = Altering::to(&world.organization.url(), |request, answer| {
        if request.starts_with("GET /api/systemusers/") {
            answer["department"] = json!(NAMES.join(" "));
        }
    });
    world.write("policy.kdl");
    let policy = fs::read_to_string(world.folder.path().join("policy.kdl")).unwrap();
    let policy = policy.replace(&world.organization.url(), altering.url());
    fs::write(world.folder.path().join("altered.kdl"), policy).unwrap();
    let answer = world.run(&["apply", "altered.kdl", "--auto-approve", "--canary", "1"]);
    assert_eq!(answer.code, 4, "{answer:?}");
    assert!(answer.stdout.contains("its department is "), "{answer:?}");
    expect_inert("report", &format!("{}{}", answer.stdout, answer.stderr));
    for (path, text) in world.left() {
        expect_inert(&path, &text);
    }
}

/// On a terminal of its own (`script`, of util-linux), where progress is shown.
#[cfg(target_os = "linux")]
#[test]
fn hostile_names_are_inert_in_progress() {
    let world = World::new(Organization::empty());
    world.write("policy.kdl");
    let command = format!("{} apply policy.kdl --auto-approve", env!("CARGO_BIN_EXE_adjunct"));
    let output = Command::new("script")
        .args(["--quiet", "--return", "--command", &command, "/dev/null"])
        .current_dir(world.folder.path())
        .env("KEY", Organization::API_KEY)
        .env("XDG_STATE_HOME", state_folder(world.folder.path()))
        .env("TERM", "xterm-256color")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let shown = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{shown}");
    assert!(shown.contains("creating user user"), "{shown:?}");
    // Colours and lines are our own; these are the names'.
    for theirs in [
        "\u{1b}[31mRose",
        "\u{1b}[2J\u{1b}]0;title",
        "\u{202e}",
        "\u{2066}",
        "\u{200b}",
        "\u{9b}",
        "\u{2028}",
    ] {
        assert!(!shown.contains(theirs), "{theirs:?} in {shown:?}");
    }
}

#[cfg(unix)]
#[test]
fn a_hostile_file_name_is_inert_in_the_lock_and_in_errors() {
    use crate::support::crossing::{Crossing, Cut, Side};
    let world = World::new(Organization::empty());
    let name = "policy \u{1b}[31m\u{202e}.kdl";
    let crossing = Crossing::to(&world.organization.url(), Cut { write: 1, side: Side::Before });
    world.write("policy.kdl");
    let policy = fs::read_to_string(world.folder.path().join("policy.kdl")).unwrap();
    fs::write(world.folder.path().join(name), policy.replace(&world.organization.url(), crossing.url()))
        .unwrap();
    let mut first = Command::new(env!("CARGO_BIN_EXE_adjunct"))
        .args(["apply", name, "--auto-approve"])
        .env_clear()
        .env("KEY", Organization::API_KEY)
        .env("USER", "eve\u{1b}[2J\u{202e}")
        .env("XDG_STATE_HOME", state_folder(world.folder.path()))
        .current_dir(world.folder.path())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    crossing.reached().unwrap();
    for (path, text) in world.left() {
        expect_inert(&path, &text);
    }
    let second = world.run(&["apply", name, "--auto-approve"]);
    first.kill().unwrap();
    first.wait().unwrap();
    assert_eq!(second.code, 7, "{second:?}");
    expect_inert("lock", &format!("{}{}", second.stdout, second.stderr));
    assert!(second.stderr.contains(r"\u{1b}[31m\u{202e}.kdl"), "{second:?}");
    let missing = world.run(&["plan", "none \u{1b}[31m\u{202e}.kdl"]);
    assert_eq!(missing.code, 1, "{missing:?}");
    expect_inert("error", &missing.stderr);
}
