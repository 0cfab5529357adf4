//! Leaving and coming back, for every cause, action and grace period: what becomes of the user, its binding, its
//! memberships, its marks and what is not ours on it.
//!
//! The table stands in `snapshots/leaving.snap`, one line for each moment in the life of a user. A file and a real domain
//! controller ([`crate::samba_leaving`]) must both give it.

mod clock;
mod files;
mod groups;
mod table;

use std::collections::BTreeMap;
use std::thread;

use serde_json::{Value, json};

use crate::support::organization::text;
use crate::support::record::{attribute, find_user, group_mut, set_attribute, settle, user_mut};
use crate::support::scene::Plan;

use table::{COLUMNS, Course, Row, Table, deeds, look};

/// Why users leave; each is the name of one who does.
pub(crate) const CAUSES: [&str; 6] = ["deleted", "disabled", "expired", "moved", "excluded", "left"];
/// What the policy does with them.
const ACTIONS: [&str; 4] = ["remove", "unbind", "suspend", "keep"];
/// The clock of a grace period that is over.
const AGED: &str = "2026-01-01T00:00:00Z";

/// A directory and an organization, with one user for each cause in the groups `JumpCloud` and `Team`.
pub(crate) trait Stage {
    /// The logon name of the user of this cause.
    fn username(&self, cause: &str) -> String;
    /// Its objectGUID.
    fn guid(&self, cause: &str) -> String;
    /// Its DN.
    fn dn(&self, cause: &str) -> String;
    /// Lets the cause come about in the directory. For `excluded` the policy does.
    fn leave(&mut self, cause: &str);
    /// Undoes it.
    fn come_back(&mut self, cause: &str);
    /// Replaces the varying nodes of the policy.
    fn set_nodes(&mut self, nodes: &str);
    /// Applies to the end, after which a plan is empty.
    fn apply(&self) -> Plan;
    /// Everything in the organization.
    fn document(&self) -> Value;
    /// Changes the organization behind the back of adjunct.
    fn edit(&mut self, edit: &mut dyn FnMut(&mut Value));
}

/// The organization before anything is imported: a directory object, and a group of JumpCloud's own.
pub(crate) fn organization() -> Value {
    json!({
        "groups": [{ "name": "Canteen", "members": [] }],
        "activeDirectories": [{
            "domain": "DC=corp;DC=example;DC=com",
            "agents": [{ "agentType": "IMPORT", "state": "inactive", "hostname": "dc1" }],
        }],
    })
}

/// Plays everything on stages of this kind, a new one for each action and grace period, and compares the table.
pub(crate) fn expect_the_table<S: Stage>(new_stage: impl Fn(&str) -> S + Sync) {
    let new_stage = &new_stage;
    let table = thread::scope(|scope| {
        // All at the same time: whoever plays mostly waits.
        let plays: Vec<_> = ACTIONS
            .into_iter()
            .flat_map(|action| [(action, None), (action, Some("7d"))])
            .map(|(action, grace)| {
                scope.spawn(move || {
                    let name = format!("{action}{}", grace.unwrap_or_default());
                    Play {
                        stage: new_stage(&name),
                        action,
                        grace,
                        joined: BTreeMap::new(),
                        rows: BTreeMap::new(),
                    }
                    .run()
                })
            })
            .collect();
        Table(plays.into_iter().map(|play| play.join().unwrap()).collect())
    });
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_snapshot_path("../snapshots");
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!("leaving", table.to_text()));
}

/// One action with one grace period.
struct Play<S> {
    stage: S,
    action: &'static str,
    grace: Option<&'static str>,
    /// `_id`, objectGUID and DN of each user when it joined.
    joined: BTreeMap<&'static str, [String; 3]>,
    rows: BTreeMap<&'static str, Vec<Row>>,
}

impl<S: Stage> Play<S> {
    fn run(mut self) -> Course {
        self.set_nodes("");
        self.join();
        self.leave();
        if self.grace.is_some() {
            self.moment("leaves");
            self.come_back();
            self.moment("returns in time");
            self.leave();
            self.moment("leaves again");
            self.age();
            self.moment("period is over");
        } else {
            self.moment("leaves");
        }
        self.come_back();
        self.moment("returns");
        if self.action == "unbind" {
            self.set_nodes(r#"takeover "adopt""#);
            self.moment("takeover \"adopt\"");
        }
        let when = self.grace.map_or("at once".to_owned(), |grace| format!("after {grace}"));
        Course { title: format!("{}, {when}", self.action), rows: self.rows }
    }

    /// Everybody is imported, and JumpCloud adds what is not ours.
    fn join(&mut self) {
        let plan = self.stage.apply();
        self.stage.edit(&mut settle);
        let usernames = CAUSES.map(|cause| self.stage.username(cause));
        self.stage.edit(&mut |document| {
            for username in &usernames {
                let user = user_mut(document, username);
                set_attribute(user, "badge", Some("4711"));
                user["phoneNumbers"] = json!([{ "type": "home", "number": "+49 30 1" }]);
                user["restrictedFields"]
                    .as_array_mut()
                    .unwrap()
                    .push(json!({ "field": "jobTitle", "type": "scim" }));
            }
            group_mut(document, "Canteen")["members"] = json!(usernames);
        });
        let document = self.stage.document();
        for (cause, username) in CAUSES.iter().zip(&usernames) {
            let user = find_user(&document, username).unwrap();
            self.joined.insert(cause, [text(&user["_id"]), self.stage.guid(cause), self.stage.dn(cause)]);
        }
        self.note("joins", &plan);
    }

    fn leave(&mut self) {
        for cause in CAUSES {
            self.stage.leave(cause);
        }
        self.set_nodes(r#"exclude { user "excluded*" }"#);
    }

    fn come_back(&mut self) {
        for cause in CAUSES {
            self.stage.come_back(cause);
        }
        self.set_nodes("");
    }

    fn set_nodes(&mut self, more: &str) {
        let after = self.grace.map_or_else(String::new, |grace| format!(" after=\"{grace}\""));
        let lines = CAUSES.map(|cause| format!("{cause} \"{}\"{after}", self.action));
        self.stage.set_nodes(&format!("dissociation \"keep\" {{ {} }}\n    {more}", lines.join("; ")));
    }

    /// Lets the grace period of everybody have begun long ago, in JumpCloud alone.
    fn age(&mut self) {
        self.stage.edit(&mut |document| {
            for user in document["users"].as_array_mut().unwrap() {
                if let Some(leaving) = attribute(user, "adLeaving") {
                    let (cause, _) = leaving.split_once(' ').unwrap();
                    let aged = format!("{cause} {AGED}");
                    set_attribute(user, "adLeaving", Some(&aged));
                }
            }
        });
    }

    fn moment(&mut self, name: &str) {
        let plan = self.stage.apply();
        self.note(name, &plan);
    }

    fn note(&mut self, moment: &str, plan: &Plan) {
        let document = self.stage.document();
        for cause in CAUSES {
            let username = self.stage.username(cause);
            let mut row = [moment, &deeds(plan, &username)].map(str::to_owned).to_vec();
            let [id, guid, dn] = &self.joined[cause];
            match find_user(&document, &username) {
                Some(user) => row.extend(look(&document, user, [id, guid, dn])),
                None => row.resize(COLUMNS.len(), "-".to_owned()),
            }
            let row = row.into_iter().map(|cell| cell.replace(&format!("{cause}, "), "its cause, "));
            self.rows.entry(cause).or_default().push(row.collect::<Vec<_>>().try_into().unwrap());
        }
    }
}
