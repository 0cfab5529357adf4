//! Whole runs of the binary on small worlds: each folder of `tests/scenarios` is a sentence that holds.
//!
//! A folder has a policy, sometimes with a part that it includes, a directory, an organization, and the plan that follows from them, as text and as JSON. Set
//! `ADJUNCT_WRITE_SCENARIOS=1` to write the plans anew; read every difference before you keep it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use adjunct::render::safe;
use adjunct::sandbox::State;
use serde_json::{Value, json};
use similar::TextDiff;
use tempfile::TempDir;

use crate::support::command::{Answer, adjunct};
use crate::support::organization::text;

const INPUTS: [&str; 3] = ["policy.kdl", "directory.ldif", "jumpcloud.json"];
const INCLUDED: &str = "common.kdl";

/// A copy of a scenario's inputs, and where its expected plans stand.
struct Scenario {
    folder: PathBuf,
    copy: TempDir,
}

impl Scenario {
    /// All of them, in the order of their names.
    fn all() -> Vec<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios");
        let mut folders: Vec<PathBuf> =
            fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path()).collect();
        folders.sort();
        assert!(!folders.is_empty());
        folders.into_iter().map(Self::open).collect()
    }

    fn open(folder: PathBuf) -> Self {
        let copy = TempDir::new().unwrap();
        let included = folder.join(INCLUDED).exists().then_some(INCLUDED);
        for name in INPUTS.into_iter().chain(included) {
            fs::copy(folder.join(name), copy.path().join(name)).unwrap();
        }
        Self { folder, copy }
    }

    fn name(&self) -> String {
        self.folder.file_name().unwrap().to_string_lossy().into_owned()
    }

    /// Runs a command on the policy, from the copy's folder.
    fn run(&self, command: &str, options: &[&str]) -> Answer {
        adjunct(self.copy.path(), &[&[command, "policy.kdl"], options].concat())
    }

    fn plan(&self) -> Value {
        self.run("plan", &["--format", "json"]).json()
    }

    /// Compares with the expected plan, or writes it.
    fn expect(&self, file: &str, actual: &str) {
        let path = self.folder.join(file);
        if std::env::var_os("ADJUNCT_WRITE_SCENARIOS").is_some() {
            fs::write(&path, actual).unwrap();
        }
        let expected = fs::read_to_string(&path).unwrap_or_default();
        let difference =
            TextDiff::from_lines(&expected, actual).unified_diff().header(file, "now").to_string();
        assert!(expected == actual, "{}\n{difference}", self.name());
    }

    /// What no change names is in the organization as it was given.
    fn expect_the_rest_untouched(&self, changes: &Value) {
        if !self.state_file().exists() {
            return;
        }
        let of_objects = changes.as_array().unwrap().iter().filter(|change| change["kind"] != "membership");
        let named: BTreeSet<&str> = of_objects.filter_map(|change| change["jumpcloud_id"].as_str()).collect();
        let after = objects(&self.state_file());
        for (id, before) in objects(&self.folder.join("jumpcloud.json")) {
            let is_kept = after.get(&id) == Some(&before);
            assert!(is_kept || named.contains(id.as_str()), "{}: not in the plan: {before:#}", self.name());
        }
    }

    fn state_file(&self) -> PathBuf {
        self.copy.path().join(".adjunct/org.json")
    }

    /// The names of everything in the copy's folder.
    fn files(&self) -> BTreeSet<String> {
        let entries = fs::read_dir(self.copy.path()).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }
}

#[test]
fn every_plan_is_the_expected_one_to_the_byte() {
    for scenario in Scenario::all() {
        let text = scenario.run("plan", &["--detailed-exitcode"]);
        let json = scenario.run("plan", &["--detailed-exitcode", "--format", "json"]);
        scenario.expect("plan.txt", &text.stdout);
        scenario.expect("plan.json", &json.stdout);
        let plan = json.json();
        let code = match (&plan["guards"], &plan["changes"]) {
            (guards, _) if *guards != json!([]) => 3,
            (_, changes) if *changes != json!([]) => 2,
            _ => 0,
        };
        for answer in [text, json] {
            let shown: Vec<String> = answer.stdout.lines().map(safe).collect();
            assert!(answer.stdout.lines().eq(&shown), "{}: a terminal would interpret it", scenario.name());
            assert_eq!((answer.code, answer.stderr), (code, String::new()), "{}", scenario.name());
        }
    }
}

#[test]
fn a_plan_comes_out_the_same_twice_and_leaves_nothing_behind() {
    for scenario in Scenario::all() {
        let before = scenario.files();
        for options in [&[][..], &["--format", "json"]] {
            let [first, second] = [scenario.run("plan", options), scenario.run("plan", options)];
            assert_eq!(first.stdout, second.stdout, "{}", scenario.name());
        }
        assert_eq!(scenario.files(), before, "{}", scenario.name());
        assert_eq!(before.len(), INPUTS.len() + usize::from(before.contains(INCLUDED)));
    }
}

#[test]
fn after_an_apply_the_plan_is_empty() {
    let mut stopped = 0;
    for scenario in Scenario::all() {
        let name = scenario.name();
        let plan = scenario.plan();
        let applied = scenario.run("apply", &["--auto-approve"]);
        if plan["guards"] != json!([]) {
            assert_eq!(applied.code, 3, "{name}\n{}", applied.stdout);
            assert!(!scenario.state_file().exists(), "{name}: a guard stopped it, and something was written");
            stopped += 1;
            continue;
        }
        assert_eq!(applied.code, 0, "{name}\n{}{}", applied.stdout, applied.stderr);
        assert_eq!(scenario.state_file().exists(), plan["changes"] != json!([]), "{name}");
        let again = scenario.run("plan", &["--detailed-exitcode"]);
        assert_eq!(again.code, 0, "{name}\n{}", again.stdout);
        // What was held back before still is, and nobody else.
        assert_eq!(scenario.plan()["held_back"], plan["held_back"], "{name}");
        scenario.expect_the_rest_untouched(&plan["changes"]);
        for input in INPUTS {
            let [kept, given] =
                [scenario.copy.path(), &scenario.folder].map(|at| fs::read(at.join(input)).unwrap());
            assert!(kept == given, "{name}: {input} is not what it was");
        }
    }
    assert!(stopped > 0, "no scenario trips a guard");
}

/// The users and groups of a local organization by id; of groups all but their members.
fn objects(file: &Path) -> BTreeMap<String, Value> {
    let state = State::parse("", &fs::read_to_string(file).unwrap()).unwrap();
    // Written by the sandbox itself, so that what people leave out is there in both.
    let mut document: Value = serde_json::from_str(&state.to_json()).unwrap();
    let lists = ["users", "groups"].map(|list| document[list].take());
    let all = lists.iter().flat_map(|list| list.as_array().unwrap()).map(|object| {
        let mut object = object.as_object().unwrap().clone();
        object.remove("members");
        let id = text(object.get("_id").or(object.get("id")).unwrap());
        (id, Value::Object(object))
    });
    all.collect()
}
