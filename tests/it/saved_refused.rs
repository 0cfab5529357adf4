//! A saved plan that does not fit any more is refused with exit code 5 and what differs, without a write.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::support::approval::{Approval, PLAN};
use crate::support::junction::Junction;
use crate::support::organization::{Organization, text};
use crate::support::remains::list;
use crate::support::staff::Staff;
use crate::support::two_days::{NODES, in_step, morning, today, yesterday};

fn small() -> Approval {
    Approval::saved("", &Staff::new().users(["ada"]), &json!({}))
}

/// Everything of the second day, approved.
fn rich() -> Approval {
    Approval::saved(NODES, &today(), &morning())
}

/// What is refused after something was done by hand in the organization: the lines of the table, without the head.
fn unmet(approval: &Approval) -> Vec<String> {
    let said = approval.refused("cli::unmet");
    let table = said.split_once("found\n").unwrap_or_else(|| panic!("no table in {said}")).1;
    let lines: Vec<String> = table
        .lines()
        .take_while(|line| !line.is_empty())
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
        .collect();
    assert!(said.contains(&format!("{} difference", lines.len())), "{said}");
    lines
}

fn user_path(approval: &Approval, username: &str) -> String {
    format!("/api/systemusers/{}", approval.organization.user_id(username))
}

fn group_id(approval: &Approval, name: &str) -> String {
    text(&approval.organization.groups()[name]["id"])
}

#[test]
fn a_file_that_was_touched_is_refused_wherever_it_was_touched() {
    let approval = small();
    let whole = fs::read(approval.file()).unwrap();
    let places = (0..120).step_by(7).chain((120..whole.len()).step_by(whole.len() / 12));
    for place in places {
        let mut changed = whole.clone();
        changed[place] ^= 1;
        fs::write(approval.file(), &changed).unwrap();
        approval.refused("plan::");
    }
    for length in [0, 1, 8, 60, 90, 120, 400, whole.len() / 2, whole.len() - 1] {
        fs::write(approval.file(), &whole[..length]).unwrap();
        approval.refused("plan::broken_seal");
    }
    for more in [&b"\n"[..], b" ", b"{}", &whole] {
        fs::write(approval.file(), [&whole, more].concat()).unwrap();
        approval.refused("plan::broken_seal");
        fs::write(approval.file(), [more, &whole].concat()).unwrap();
        approval.refused("plan::broken_seal");
    }
    fs::write(approval.file(), &whole).unwrap();
    assert_eq!(approval.apply(&[]).code, 0, "untouched it is applied");
}

#[test]
fn a_plan_is_for_a_day_and_for_the_version_that_made_it() {
    let approval = small();
    approval.reseal(|saved| saved.expires = saved.created);
    assert!(approval.refused("cli::expired").contains("expired at"));
    let approval = small();
    approval.reseal(|saved| saved.tool_version = "0.0.9".to_owned());
    assert!(approval.refused("cli::other_version").contains("0.0.9"));
}

#[test]
fn the_policy_must_be_where_it_was_and_as_it_was() {
    let approval = small();
    let policy = approval.desk.path().join(&approval.policy);
    let text = fs::read_to_string(&policy).unwrap();
    for changed in
        [format!("{text}\n"), text.replacen("policy", "Policy", 1), text.replacen("test", "tesT", 1)]
    {
        fs::write(&policy, changed).unwrap();
        approval.refused("cli::policy_changed");
    }
    fs::write(&policy, [0xff, 0xfe]).unwrap();
    approval.refused("cli::policy_changed");
    fs::rename(&policy, policy.with_extension("moved")).unwrap();
    approval.refused("cli::policy_gone");
    #[cfg(unix)]
    {
        fs::write(policy.with_extension("moved"), &text).unwrap();
        std::os::unix::fs::symlink(policy.with_extension("moved"), &policy).unwrap();
        approval.refused("cli::policy_gone");
        fs::remove_file(&policy).unwrap();
    }
    fs::write(&policy, text).unwrap();
    assert_eq!(approval.apply(&[]).code, 0);
}

#[test]
fn the_key_must_lead_to_the_organization_of_the_plan() {
    let (ours, theirs) = (
        Organization::empty(),
        Organization::with(
            &json!({ "organization": { "_id": "5fffffffffffffffffffffff" } }),
            adjunct::sandbox::Options { api_key: Some("another".into()), ..Organization::options() },
        ),
    );
    let junction = Junction::of([(Organization::API_KEY, ours.url()), ("another", theirs.url())]);
    let approval = Approval::new("", &Staff::new().users(["ada"]), &json!({}));
    let policy = approval.desk.write_policy(junction.url());
    let saved = approval.run(&["plan", &policy, "--out", PLAN]);
    assert_eq!(saved.code, 0, "{saved:?}");
    let apply = ["apply", PLAN, "--auto-approve"];
    let answer = approval.desk.adjunct(&[("KEY", "another")], &apply);
    assert_eq!(answer.code, 5, "{answer:?}");
    assert!(answer.stderr.contains("cli::other_organization"), "{answer:?}");
    assert!(answer.stderr.contains("5fffffffffffffffffffffff"), "{answer:?}");
    assert_eq!((ours.writes(), theirs.writes(), approval.used()), (0, 0, 0));
    assert_eq!(approval.desk.adjunct(&[("KEY", "wrong")], &apply).code, 1);
    assert_eq!(approval.desk.adjunct(&[], &apply).code, 0);
    assert_eq!((ours.users().len(), theirs.writes()), (1, 0));
}

#[test]
fn another_address_is_another_organization() {
    let approval = small();
    approval.reseal(|saved| saved.header.target.location = "https://console.jumpcloud.com".to_owned());
    approval.refused("cli::other_organization");
}

#[test]
fn a_saved_plan_is_applied_alone() {
    let approval = small();
    for arguments in [[PLAN, approval.policy.as_str()], [approval.policy.as_str(), PLAN], [PLAN, PLAN]] {
        let answer = approval.run(&[&["apply"], &arguments[..], &["--auto-approve"]].concat());
        assert!(answer.code == 1 && answer.stderr.contains("cli::mixed"), "{answer:?}");
    }
    assert_eq!(approval.organization.writes(), 0);
}

#[test]
fn a_target_that_somebody_changed_by_hand_is_listed() {
    let approval = rich();
    approval.by_hand("PUT", &user_path(&approval, "ada"), &json!({ "email": "countess@example.com" }));
    approval.by_hand("PUT", &user_path(&approval, "rita"), &json!({ "state": "SUSPENDED" }));
    // Whatever the plan leaves alone is nobody's business.
    approval.by_hand("PUT", &user_path(&approval, "zoe"), &json!({ "email": "else@example.com" }));
    approval.by_hand("PUT", &user_path(&approval, "ada"), &json!({ "location": "London" }));
    assert_eq!(
        unmet(&approval),
        [
            "user bob email \"ada@example.com\" \"countess@example.com\"",
            "user rita state \"ACTIVATED\" \"SUSPENDED\"",
        ]
    );
}

#[test]
fn a_target_that_is_gone_or_is_not_ours_any_more_is_listed() {
    let approval = rich();
    let lena = approval.organization.user_id("lena");
    let sam = approval.organization.user("sam");
    approval.by_hand("DELETE", &user_path(&approval, "lena"), &Value::Null);
    let mut attributes = sam["attributes"].clone();
    for attribute in list(&mut attributes) {
        if attribute["name"] == "adPolicy" {
            attribute["value"] = "other".into();
        }
    }
    approval.by_hand("PUT", &user_path(&approval, "sam"), &json!({ "attributes": attributes }));
    let gone = group_id(&approval, "Gone");
    approval.by_hand("DELETE", &format!("/api/v2/usergroups/{gone}"), &Value::Null);
    let lines = unmet(&approval);
    let starts = [
        format!("group Gone id {gone} not in JumpCloud any more"),
        format!("user lena id {lena} not in JumpCloud any more"),
        "user sam mark [ad:".to_owned(),
    ];
    assert_eq!(lines.len(), starts.len(), "{lines:?}");
    for (line, start) in lines.iter().zip(&starts) {
        assert!(line.starts_with(start.as_str()), "{line} does not begin with {start}");
    }
    assert!(lines[2].ends_with("@corp.example.com/other]"), "{}", lines[2]);
}

#[test]
fn names_that_were_taken_meanwhile_are_listed() {
    let approval = rich();
    let nora = json!({ "username": "Nora", "email": "n@example.com" });
    let nils = json!({ "username": "somebody", "email": "NILS@example.com" });
    for body in [&nora, &nils] {
        approval.by_hand("POST", "/api/systemusers", body);
    }
    approval.by_hand("POST", "/api/v2/usergroups", &json!({ "name": "new" }));
    let lines = unmet(&approval);
    let starts = [
        "group New name \"New\" free \"new\" has it (",
        "user nils email \"nils@example.com\" free \"somebody\" has it (",
        "user nora username \"nora\" free \"Nora\" has it (",
    ];
    assert_eq!(lines.len(), starts.len(), "{lines:?}");
    for (line, start) in lines.iter().zip(starts) {
        assert!(line.starts_with(start), "{line} does not begin with {start}");
    }
}

#[test]
fn memberships_and_bindings_that_changed_meanwhile_are_listed() {
    let approval = rich();
    let (engineering, ines) = (group_id(&approval, "Engineering"), approval.organization.user_id("ines"));
    let members = format!("/api/v2/usergroups/{engineering}/members");
    approval.by_hand("POST", &members, &json!({ "op": "add", "type": "user", "id": ines }));
    let dora = approval.organization.user_id("dora");
    approval.by_hand("POST", &members, &json!({ "op": "remove", "type": "user", "id": dora }));
    let directory = text(&approval.organization.document()["activeDirectories"][0]["id"]);
    let bound = format!("/api/v2/activedirectories/{directory}/associations");
    let (lena, bruno) = (approval.organization.user_id("lena"), approval.organization.user_id("bruno"));
    approval.by_hand("POST", &bound, &json!({ "op": "remove", "type": "user", "id": lena }));
    approval.by_hand("POST", &bound, &json!({ "op": "add", "type": "user", "id": bruno }));
    let old = group_id(&approval, "Old");
    approval.by_hand("POST", &bound, &json!({ "op": "remove", "type": "user_group", "id": old }));
    assert_eq!(
        unmet(&approval),
        [
            format!("group Old directory \"{directory}\" nothing"),
            "member dora of Engineering membership a member no member".to_owned(),
            "member ines of Engineering membership no member a member".to_owned(),
            format!("user bruno directory nothing \"{directory}\""),
            format!("user lena directory \"{directory}\" nothing"),
        ]
    );
}

#[test]
fn a_sync_agent_that_was_attached_meanwhile_is_listed() {
    let staff = yesterday().users(["nils"]);
    let approval = Approval::saved(NODES, &staff, &in_step(NODES, &yesterday(), &json!({})));
    let directory = text(&approval.organization.document()["activeDirectories"][0]["id"]);
    approval.by_hand(
        "POST",
        &format!("/api/v2/activedirectories/{directory}/agents"),
        &json!({ "agentType": "SYNC" }),
    );
    assert_eq!(unmet(&approval), ["directory object sync agents 0 1"]);
}

#[test]
fn a_directory_object_that_is_gone_is_listed() {
    let approval = rich();
    let directory = text(&approval.organization.document()["activeDirectories"][0]["id"]);
    approval.by_hand("DELETE", &format!("/api/v2/activedirectories/{directory}"), &Value::Null);
    let lines = unmet(&approval);
    assert_eq!(lines[0], format!("directory object id {directory} not in JumpCloud any more"));
}

#[test]
fn a_hostile_value_in_the_list_is_shown_and_not_interpreted() {
    let approval = rich();
    let hostile = json!({ "email": "\u{1b}[2J\u{202e}a@example.com" });
    approval.by_hand("PUT", &user_path(&approval, "ada"), &hostile);
    let said = approval.refused("cli::unmet");
    assert!(!said.contains(['\u{1b}', '\u{202e}']) && said.contains("[2J"), "{said:?}");
}

#[test]
fn what_cannot_be_read_whole_is_no_difference() {
    let approval = small();
    let fault = json!({ "fault": "* /api/search/* ip-block" });
    approval.by_hand("POST", "/sandbox/faults", &fault);
    let groups = json!({ "fault": "* /api/v2/usergroups* ip-block" });
    approval.by_hand("POST", "/sandbox/faults", &groups);
    let answer = approval.apply(&[]);
    assert_eq!(answer.code, 6, "{answer:?}");
    assert_eq!((approval.organization.writes(), approval.used()), (0, 0));
}

#[test]
fn no_key_is_said_at_any_refusal() {
    let approval = rich();
    approval.by_hand("DELETE", &user_path(&approval, "rita"), &Value::Null);
    let said = approval.refused("cli::unmet");
    assert!(!said.contains(Organization::API_KEY), "{said}");
    let holds_the_key = |path: &Path| {
        fs::read(path).is_ok_and(|bytes| String::from_utf8_lossy(&bytes).contains(Organization::API_KEY))
    };
    let files = fs::read_dir(approval.desk.path()).unwrap();
    let told: Vec<_> = files.map(|entry| entry.unwrap().path()).filter(|path| holds_the_key(path)).collect();
    assert!(told.is_empty(), "{told:?}");
}
