//! A JumpCloud organization: the sandbox over HTTP, beside the test.

use std::collections::{BTreeMap, BTreeSet};

use adjunct::sandbox::{Clock, Fault, Options, Request, Sandbox, State};
use secrecy::SecretString;
use serde_json::Value;
use tokio::runtime::Runtime;

/// A running sandbox. It keeps its state in memory.
#[derive(Debug)]
pub(crate) struct Organization {
    sandbox: Sandbox,
    /// Serves it.
    _runtime: Runtime,
}

impl Organization {
    /// The key that requests must carry.
    pub(crate) const API_KEY: &str = "f00dfeed";

    /// An organization with nobody in it.
    pub(crate) fn empty() -> Self {
        Self::start(State::empty())
    }

    /// An organization from a document as in `policies/example-org.json`.
    pub(crate) fn of(document: &Value) -> Self {
        Self::with(document, Self::options())
    }

    /// Like [`Organization::of`], with things that go wrong.
    pub(crate) fn failing(document: &Value, faults: Vec<Fault>) -> Self {
        Self::with(document, Options { faults, ..Self::options() })
    }

    /// An organization that is run in another way; see [`Organization::options`].
    pub(crate) fn with(document: &Value, options: Options) -> Self {
        Self::run(State::parse("the test's organization", &document.to_string()).unwrap(), options)
    }

    /// How an organization is run when nothing else is said.
    pub(crate) fn options() -> Options {
        Options {
            api_key: Some(SecretString::from(Self::API_KEY)),
            // Long ago: who is deleted in Active Directory right after his creation is a case of its own.
            clock: Clock::Stopped("2026-01-01T00:00:00Z".parse().unwrap()),
            ..Options::default()
        }
    }

    fn start(state: State) -> Self {
        Self::run(state, Self::options())
    }

    fn run(state: State, options: Options) -> Self {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let sandbox = runtime.block_on(Sandbox::start(state, options)).unwrap();
        Self { sandbox, _runtime: runtime }
    }

    /// The sandbox itself.
    pub(crate) fn sandbox(&self) -> &Sandbox {
        &self.sandbox
    }

    /// What `url` of a policy takes.
    pub(crate) fn url(&self) -> String {
        self.sandbox.url().to_string()
    }

    /// How many requests could have changed something.
    pub(crate) fn writes(&self) -> usize {
        self.sandbox.writes()
    }

    /// Every request so far, with `{id}` for each id.
    pub(crate) fn requests(&self) -> Vec<String> {
        let is_id = |part: &str| part.len() == 24 && part.bytes().all(|byte| byte.is_ascii_hexdigit());
        let words = |request: Request| {
            let parts: Vec<&str> =
                request.path.split('/').map(|part| if is_id(part) { "{id}" } else { part }).collect();
            format!("{} {}", request.method, parts.join("/"))
        };
        self.sandbox.requests().into_iter().map(words).collect()
    }

    /// The mails that JumpCloud would have sent, as `Activation ada@example.com`, in the order of the alphabet.
    pub(crate) fn mails(&self) -> Vec<String> {
        let mails = self.sandbox.mails().into_iter().map(|mail| format!("{:?} {}", mail.kind, mail.to));
        let mut mails: Vec<String> = mails.collect();
        mails.sort();
        mails
    }

    /// The methods and paths of all requests that could have changed something.
    pub(crate) fn written(&self) -> Vec<String> {
        let writes = self.sandbox.requests().into_iter().filter(Request::is_write);
        writes.map(|request| format!("{} {}", request.method, request.path)).collect()
    }

    /// Everything in it.
    pub(crate) fn document(&self) -> Value {
        serde_json::from_str(&self.sandbox.state().to_json()).unwrap()
    }

    /// Its users, by username.
    pub(crate) fn users(&self) -> BTreeMap<String, Value> {
        let document = self.document();
        let users = document["users"].as_array().unwrap().iter();
        users.map(|user| (text(&user["username"]), user.clone())).collect()
    }

    /// The user of this name.
    pub(crate) fn user(&self, username: &str) -> Value {
        let mut users = self.users();
        users.remove(username).unwrap_or_else(|| panic!("no user {username} among {:?}", users.keys()))
    }

    /// `_id` of the user of this name.
    pub(crate) fn user_id(&self, username: &str) -> String {
        text(&self.user(username)["_id"])
    }

    /// Its groups, by name.
    pub(crate) fn groups(&self) -> BTreeMap<String, Value> {
        let document = self.document();
        let groups = document["groups"].as_array().unwrap().iter();
        groups.map(|group| (text(&group["name"]), group.clone())).collect()
    }

    /// The usernames of a group's members.
    pub(crate) fn members(&self, group: &str) -> BTreeSet<String> {
        let group = self.groups().remove(group).unwrap_or_else(|| panic!("no group {group}"));
        group["members"].as_array().unwrap().iter().map(text).collect()
    }
}

/// A JSON string as text.
pub(crate) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("not a text: {value}")).to_owned()
}
