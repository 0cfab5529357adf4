//! A plan that is saved on one occasion and applied on another.

use std::fs;
use std::path::PathBuf;

use adjunct::plan::saved::{SavedPlan, seal};
use serde_json::Value;

use super::command::Answer;
use super::desk::Desk;
use super::organization::Organization;
use super::staff::Staff;
use super::wire;

/// What every plan is saved as.
pub(crate) const PLAN: &str = "today.plan";

/// A desk, and an organization that may change between the two occasions.
#[derive(Debug)]
pub(crate) struct Approval {
    pub(crate) desk: Desk,
    pub(crate) organization: Organization,
    /// The policy file.
    pub(crate) policy: String,
}

impl Approval {
    /// A directory, an organization, and a policy with these nodes between them.
    pub(crate) fn new(nodes: &str, staff: &Staff, document: &Value) -> Self {
        let (desk, organization) = (Desk::new(nodes, staff), Organization::of(document));
        let policy = desk.write_policy(&organization.url());
        Self { desk, organization, policy }
    }

    /// Like [`Approval::new`], with the plan saved.
    pub(crate) fn saved(nodes: &str, staff: &Staff, document: &Value) -> Self {
        let approval = Self::new(nodes, staff, document);
        let answer = approval.save(&[]);
        assert_eq!(answer.code, 0, "{answer:?}");
        approval
    }

    /// Saves the plan.
    pub(crate) fn save(&self, options: &[&str]) -> Answer {
        let writes = self.organization.writes();
        let answer = self.run(&[&["plan", &self.policy, "--out", PLAN], options].concat());
        assert_eq!(self.organization.writes(), writes, "a plan writes nothing");
        answer
    }

    /// Applies what is saved, one request at a time.
    pub(crate) fn apply(&self, options: &[&str]) -> Answer {
        self.run(&[&["apply", PLAN, "--auto-approve", "--parallelism", "1"], options].concat())
    }

    /// Applies, which must be refused with exit code 5, this diagnostic and a next step, without a write, and without
    /// using the plan up. Gives what was said.
    pub(crate) fn refused(&self, code: &str) -> String {
        let (writes, used) = (self.organization.writes(), self.used());
        let answer = self.apply(&[]);
        assert_eq!((answer.code, answer.stdout.as_str()), (5, ""), "{answer:?}");
        let said = answer.stderr.replace("\n  │ ", " ");
        for words in [code, "nothing was written", "help: "] {
            assert!(said.contains(words), "no {words:?} in:\n{said}");
        }
        assert_eq!(self.organization.writes(), writes, "nothing is written");
        assert_eq!(self.used(), used, "the plan is not used up");
        said
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Answer {
        self.desk.adjunct(&[], arguments)
    }

    /// The saved plan's file.
    pub(crate) fn file(&self) -> PathBuf {
        self.desk.path().join(PLAN)
    }

    /// Changes the saved plan, and seals it anew.
    pub(crate) fn reseal(&self, change: impl FnOnce(&mut SavedPlan)) {
        let (mut saved, _) = SavedPlan::parse(&fs::read(self.file()).unwrap()).unwrap();
        change(&mut saved);
        fs::write(self.file(), seal(&saved.to_json().unwrap())).unwrap();
    }

    /// How many plans were used up.
    pub(crate) fn used(&self) -> usize {
        fs::read_dir(self.desk.used_plans()).map_or(0, Iterator::count)
    }

    /// Does something in the organization by hand.
    pub(crate) fn by_hand(&self, method: &str, path: &str, body: &Value) {
        let headers = format!("x-api-key: {}\r\nContent-Type: application/json\r\n", Organization::API_KEY);
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let url: url::Url = self.organization.url().parse().unwrap();
        let address = url.socket_addrs(|| None).unwrap()[0];
        let host = format!("Host: {address}");
        let request = String::from_utf8(wire::request(method, path, &headers, &body)).unwrap();
        let replies = wire::exchange(address, request.replace("Host: sandbox", &host).as_bytes());
        assert!((200..300).contains(&replies[0].status), "{method} {path}: {replies:?}");
    }
}
