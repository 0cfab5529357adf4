//! How many requests each change costs, as the README says.

use serde_json::{Value, json};

use crate::support::desk::Desk;
use crate::support::organization::Organization;
use crate::support::remains::list;
use crate::support::staff::Staff;
use crate::support::two_days::{NODES, edit, in_step, suspend, yesterday};

const README: &str = include_str!("../../README.md");

/// A change, the rows of the README that it is made of, and its requests.
struct Case<'a> {
    rows: &'a [(&'a str, usize)],
    start: Value,
    today: Staff,
    requests: &'a [&'a str],
}

const BIND: &str = "POST /api/v2/activedirectories/{id}/associations";
const CREATE_USER: &str = "POST /api/systemusers";
const GET_USER: &str = "GET /api/systemusers/{id}";
const PUT_USER: &str = "PUT /api/systemusers/{id}";
const ACTIVATE: &str = "POST /api/systemusers/{id}/state/activate";
const CREATE_GROUP: &str = "POST /api/v2/usergroups";
const GET_GROUP: &str = "GET /api/v2/usergroups/{id}";
const PUT_GROUP: &str = "PUT /api/v2/usergroups/{id}";
const MEMBER: &str = "POST /api/v2/usergroups/{id}/members";

impl Case<'_> {
    fn check(self, nodes: &str) {
        self.check_with(nodes, &[]);
    }

    /// Like [`Case::check`], with more options of `apply`.
    fn check_with(self, nodes: &str, options: &[&str]) {
        let (made, requests) = (self.made(nodes, options), self.requests);
        assert_eq!(made, requests, "{:?}", self.rows);
    }

    /// Where requests are sent at the same time.
    fn check_in_any_order(self, nodes: &str) {
        let (mut made, mut requests) = (self.made(nodes, &[]), self.requests.to_vec());
        made.sort();
        requests.sort_unstable();
        assert_eq!(made, requests, "{:?}", self.rows);
    }

    /// The requests that an apply makes, and that the README counts.
    fn made(&self, nodes: &str, options: &[&str]) -> Vec<String> {
        let Self { rows, start, today, requests } = self;
        let (desk, organization) = (Desk::new(nodes, today), Organization::of(start));
        desk.plan(&organization);
        let reads = organization.requests().len();
        let policy = desk.write_policy(&organization.url());
        let arguments = [&["apply", &policy, "--auto-approve", "--parallelism", "1"], options].concat();
        assert!(desk.command(&arguments).output().unwrap().status.success(), "{rows:?}");
        let made = organization.requests().split_off(2 * reads);
        assert_eq!(rows.iter().map(|(_, count)| count).sum::<usize>(), requests.len(), "{rows:?}");
        for (row, count) in *rows {
            let start = format!("| {row} | {count}");
            let line = README.lines().find(|line| line.starts_with(&start));
            let rest = line.and_then(|line| line.strip_prefix(&start));
            assert!(rest.is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_digit())), "{start}");
        }
        made
    }
}

/// In step with the directory of yesterday, and then changed.
fn start(change: impl FnOnce(&mut Value)) -> Value {
    let mut document = in_step(NODES, &yesterday(), &json!({}));
    change(&mut document);
    Organization::of(&document).document()
}

const CREATION: (&str, usize) = ("creating a user or a group", 1);
const BINDING: (&str, usize) =
    ("binding a user or a group to the directory object, or taking the binding off", 1);
const REMOVAL: (&str, usize) = ("removing a user or a group, behind its backup reads", 1);
const MEMBERSHIP: (&str, usize) = ("adding or removing a member", 1);

#[test]
fn a_user_or_group_that_comes_costs_what_the_readme_says() {
    let as_is = || start(|_| ());
    Case {
        rows: &[CREATION, BINDING, MEMBERSHIP],
        start: as_is(),
        today: yesterday().users(["nils"]),
        requests: &[CREATE_USER, BIND, MEMBER],
    }
    .check(NODES);
    Case {
        rows: &[
            CREATION,
            CREATION,
            BINDING,
            BINDING,
            MEMBERSHIP,
            MEMBERSHIP,
            ("naming a manager who comes into being in the same run", 1),
            ("naming a manager who comes into being in the same run", 1),
        ],
        start: as_is(),
        today: yesterday().users(["nils", "nora"]).manage("nils", "nora").manage("sam", "nils"),
        requests: &[CREATE_USER, BIND, CREATE_USER, BIND, PUT_USER, PUT_USER, MEMBER, MEMBER],
    }
    .check(NODES);
    Case {
        rows: &[CREATION, BINDING, ("activating a staged user", 1), MEMBERSHIP],
        start: as_is(),
        today: yesterday().users(["nils"]),
        requests: &[CREATE_USER, BIND, ACTIVATE, MEMBER],
    }
    .check(&format!("{NODES}\n    new-users welcome-email=#false"));
    Case {
        rows: &[CREATION, BINDING],
        start: as_is(),
        today: yesterday().group("New", []),
        requests: &[CREATE_GROUP, BIND],
    }
    .check(NODES);
    let tom = |document: &mut Value| {
        list(&mut document["users"]).push(json!({ "username": "tom", "email": "tom@example.com" }));
    };
    Case {
        rows: &[("adopting a user or a group", 2), BINDING, MEMBERSHIP],
        start: start(tom),
        today: yesterday().users(["tom"]),
        requests: &[GET_USER, PUT_USER, BIND, MEMBER],
    }
    .check(NODES);
    let finance = |document: &mut Value| {
        list(&mut document["groups"]).push(json!({ "name": "Finance" }));
        list(&mut document["activeDirectories"][0]["groups"]).push("Finance".into());
    };
    Case {
        rows: &[("adopting a user or a group", 2)],
        start: start(finance),
        today: yesterday().group("Finance", []),
        requests: &[GET_GROUP, PUT_GROUP],
    }
    .check(NODES);
}

#[test]
fn a_change_costs_what_the_readme_says() {
    Case {
        rows: &[("updating a user", 1)],
        start: start(|_| ()),
        today: yesterday().rename("sam", "samuel"),
        requests: &[PUT_USER],
    }
    .check(NODES);
    Case {
        rows: &[
            ("updating a user", 1),
            ("parking a name, when names go round in a cycle", 1),
            ("updating a user", 1),
        ],
        start: start(|_| ()),
        today: yesterday().rename("sam", "rita").rename("rita", "sam"),
        requests: &[PUT_USER; 3],
    }
    .check(NODES);
    Case {
        rows: &[
            ("updating a user whose custom attributes, telephone numbers, addresses or read-only fields change", 2),
        ],
        start: start(|_| ()),
        today: yesterday().set("sam", "telephoneNumber", "1"),
        requests: &[GET_USER, PUT_USER],
    }
    .check(NODES);
    Case {
        rows: &[("updating a user", 1)],
        start: start(|_| ()),
        today: yesterday().manage("sam", "rita"),
        requests: &[PUT_USER],
    }
    .check(NODES);
    let half_marked = |document: &mut Value| {
        edit(document, "sam", |sam| drop(sam.as_object_mut().unwrap().remove("restrictedFields")));
    };
    Case {
        rows: &[
            ("updating a user whose custom attributes, telephone numbers, addresses or read-only fields change", 2),
        ],
        start: start(half_marked),
        today: yesterday(),
        requests: &[GET_USER, PUT_USER],
    }
    .check(NODES);
    let half_bound = |document: &mut Value| {
        for (kind, name) in [("users", "sam"), ("groups", "Old")] {
            list(&mut document["activeDirectories"][0][kind]).retain(|bound| bound != name);
        }
    };
    Case { rows: &[BINDING, BINDING], start: start(half_bound), today: yesterday(), requests: &[BIND, BIND] }
        .check(NODES);
    let misnamed = |document: &mut Value| {
        let old = list(&mut document["groups"]).iter_mut().find(|group| group["name"] == "Old").unwrap();
        old["name"] = "New".into();
        let bound = list(&mut document["activeDirectories"][0]["groups"]);
        *bound.iter_mut().find(|bound| *bound == "Old").unwrap() = "New".into();
    };
    Case {
        rows: &[("renaming a group", 2)],
        start: start(misnamed),
        today: yesterday(),
        requests: &[GET_GROUP, PUT_GROUP],
    }
    .check(NODES);
    Case {
        rows: &[MEMBERSHIP, MEMBERSHIP],
        start: start(|_| ()),
        today: yesterday().leave("Engineering", "dora").join("Engineering", ["ines"]),
        requests: &[MEMBER, MEMBER],
    }
    .check(NODES);
}

#[test]
fn looking_at_a_canary_costs_what_the_readme_says() {
    let object = ("looking again at a user or a group of a canary", 1);
    let binding = ("looking again at a binding of a canary", 1);
    let membership = ("looking again at a membership of a canary", 1);
    Case {
        rows: &[CREATION, BINDING, MEMBERSHIP, object, binding, membership],
        start: start(|_| ()),
        today: yesterday().users(["nils"]),
        requests: &[
            CREATE_USER,
            BIND,
            MEMBER,
            GET_USER,
            "GET /api/v2/users/{id}/associations",
            "GET /api/v2/users/{id}/memberof",
        ],
    }
    .check_with(NODES, &["--canary", "1"]);
    Case {
        rows: &[CREATION, BINDING, object, binding],
        start: start(|_| ()),
        today: yesterday().group("New", []),
        requests: &[CREATE_GROUP, BIND, GET_GROUP, "GET /api/v2/usergroups/{id}/associations"],
    }
    .check_with(NODES, &["--canary", "1"]);
}

#[test]
fn a_user_or_group_that_goes_costs_what_the_readme_says() {
    let released = ("giving a user or a group back (`unbind`)", 3);
    let external = |document: &mut Value| {
        edit(document, "lena", |lena| lena["externally_managed"] = true.into());
    };
    Case {
        rows: &[BINDING, ("ending `externally_managed` of a user who is given back", 1), released],
        start: start(external),
        today: yesterday().leave_all("lena"),
        requests: &[GET_USER, BIND, PUT_USER, GET_USER, PUT_USER],
    }
    .check(NODES);
    Case {
        rows: &[BINDING, released],
        start: start(|_| ()),
        today: yesterday().leave_all("Old"),
        requests: &[GET_GROUP, BIND, GET_GROUP, PUT_GROUP],
    }
    .check(NODES);
    Case {
        rows: &[released, released],
        start: start(|document| document["activeDirectories"] = json!([])),
        today: yesterday().leave_all("lena").leave_all("Old"),
        requests: &[GET_USER, GET_USER, PUT_USER, GET_GROUP, GET_GROUP, PUT_GROUP],
    }
    .check(NODES);
    Case {
        rows: &[("suspending a user", 3)],
        start: start(|_| ()),
        today: yesterday().disable("sam"),
        requests: &[GET_USER, GET_USER, PUT_USER],
    }
    .check(NODES);
    Case {
        rows: &[("activating a user who returns", 2)],
        start: start(|document| suspend(document, "bruno", "disabled")),
        today: yesterday(),
        requests: &[GET_USER, PUT_USER],
    }
    .check(NODES);
}

#[test]
fn a_removal_costs_its_backup_reads_as_the_readme_says() {
    const BACKUP_OF_USER: [&str; 14] = [
        "GET /api/systemusers/{id}/sshkeys",
        "GET /api/v2/users/{id}/memberof",
        BINDINGS,
        BINDINGS,
        BINDINGS,
        BINDINGS,
        BINDINGS,
        BINDINGS,
        BINDINGS,
        BINDINGS,
        BINDINGS,
        BINDINGS,
        SEARCH,
        "GET /api/v2/bulk/userstates",
    ];
    const BINDINGS: &str = "GET /api/v2/users/{id}/associations";
    const BINDINGS_OF_GROUP: &str = "GET /api/v2/usergroups/{id}/associations";
    const SEARCH: &str = "POST /api/search/systemusers";
    let row = "a removal: its backup reads";
    // A user in two groups: the security group and Engineering.
    let user =
        [&BACKUP_OF_USER[..], &[GET_GROUP, GET_GROUP, GET_USER, "DELETE /api/systemusers/{id}"]].concat();
    Case {
        rows: &[
            (row, 15),
            ("each group that a removed user is in", 1),
            ("each group that a removed user is in", 1),
            REMOVAL,
        ],
        start: start(|_| ()),
        today: yesterday().delete("rita"),
        requests: &user,
    }
    .check_in_any_order(NODES);
    let managed = |document: &mut Value| {
        let ada = list(&mut document["users"]).iter().find(|user| user["username"] == "ada").unwrap()["_id"]
            .clone();
        edit(document, "rita", |rita| rita["manager"] = ada);
    };
    let with_manager = [&user[..], &[SEARCH]].concat();
    Case {
        rows: &[
            (row, 15),
            ("each group that a removed user is in", 1),
            ("each group that a removed user is in", 1),
            ("the manager of a removed user", 1),
            REMOVAL,
        ],
        start: start(managed),
        today: yesterday().delete("rita"),
        requests: &with_manager,
    }
    .check_in_any_order(NODES);
    // A group with one member.
    let bindings = [BINDINGS_OF_GROUP; 10];
    let group = [
        &["GET /api/v2/usergroups/{id}/membership", SEARCH, GET_GROUP, "DELETE /api/v2/usergroups/{id}"][..],
        &bindings,
    ]
    .concat();
    Case {
        rows: &[
            ("a removal of a group: its backup reads", 12),
            ("each 100 members of a removed group", 1),
            REMOVAL,
        ],
        start: start(|_| ()),
        today: yesterday().delete("Gone"),
        requests: &group,
    }
    .check_in_any_order(NODES);
}
