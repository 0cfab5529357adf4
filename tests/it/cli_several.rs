//! Several policies in one run.

use std::fs;
#[cfg(unix)]
use std::process::{Command, Stdio};

use adjunct::sandbox::{Fault, FaultKind};
use serde_json::Value;

use crate::support::command::Answer;
use crate::support::company::{Companies, Company};
use crate::support::jumpcloud::fault;
use crate::support::organization::{Organization, text};
use crate::support::schema::Schema;

/// Two people; ada is in both companies.
pub(crate) const HR: Company<'_> =
    Company { name: "hr", domain: 1, group: "JumpCloud HR", people: &[(1, "ada"), (2, "grace")] };
pub(crate) const SALES: Company<'_> =
    Company { name: "sales", domain: 2, group: "JumpCloud Sales", people: &[(1, "ada"), (2, "omar")] };

/// Both companies, in one empty local organization.
fn both() -> Companies {
    let companies = Companies::local();
    companies.write(HR);
    companies.write(SALES);
    companies
}

/// The documents of a run, and its exit code.
fn documents(companies: &Companies, arguments: &[&str]) -> (i32, Vec<Value>) {
    let answer = companies.run(&[arguments, &["--format", "json"]].concat());
    (answer.code, serde_json::from_str(&answer.stdout).unwrap_or_else(|error| panic!("{error}: {answer:?}")))
}

/// `+ user ada`, `~ user ada`, `- member ada of JumpCloud HR`
fn lines(plan: &Value) -> Vec<String> {
    let line = |change: &Value| {
        let symbol = match text(&change["action"]).as_str() {
            "create" | "add" => '+',
            "update" => '~',
            _ => '-',
        };
        let group = change.get("group").map(|group| format!(" of {}", text(&group["name"])));
        let kind = text(&change["kind"]);
        format!("{symbol} {kind} {}{}", text(&change["name"]), group.unwrap_or_default())
    };
    plan["changes"].as_array().unwrap().iter().map(line).collect()
}

/// `ada: taken-username`
pub(crate) fn held(plan: &Value) -> Vec<String> {
    let held = plan["held_back"].as_array().unwrap().iter();
    held.map(|held| format!("{}: {}", text(&held["name"]), text(&held["reason"]))).collect()
}

/// Subjects and messages of the notes on conflicts.
fn conflicts(plan: &Value) -> Vec<(String, String)> {
    let notes = plan["notes"].as_array().unwrap().iter().filter(|note| note["code"] == "policy-conflict");
    notes.map(|note| (text(&note["subject"]), text(&note["message"]))).collect()
}

fn names(state: &Value, list: &str, name: &str) -> Vec<String> {
    let mut names: Vec<String> = state[list].as_array().unwrap().iter().map(|one| text(&one[name])).collect();
    names.sort();
    names
}

#[test]
fn whoever_comes_first_has_the_name_and_the_other_is_told_by_whom() {
    let companies = both();
    for [first, second] in [["hr", "sales"], ["sales", "hr"]] {
        let files = [format!("{first}.kdl"), format!("{second}.kdl")];
        let (code, plans) = documents(&companies, &["plan", &files[0], &files[1]]);
        assert_eq!(code, 0);
        assert_eq!([&plans[0]["policy"]["name"], &plans[1]["policy"]["name"]], [first, second]);
        assert!(lines(&plans[0]).contains(&"+ user ada".to_owned()));
        assert_eq!((held(&plans[0]), conflicts(&plans[0])), (Vec::new(), Vec::new()));
        assert_eq!(held(&plans[1]), ["ada: taken-username"]);
        let because = text(&plans[1]["held_back"][0]["because"]);
        assert!(because.contains(&format!("policy {first:?}")), "{because}");
        let conflicts = conflicts(&plans[1]);
        let subjects: Vec<&str> = conflicts.iter().map(|(subject, _)| subject.as_str()).collect();
        assert_eq!(subjects, ["ada", "ada@example.com"]);
        for (_, message) in &conflicts {
            assert!(message.contains(&format!("{first:?}")) && message.contains(&format!("{second:?}")));
        }
    }
    // Alone, either would have it.
    let alone = companies.run(&["plan", "sales.kdl", "--format", "json"]).json();
    assert_eq!(held(&alone), [""; 0]);
}

#[test]
fn a_group_that_an_earlier_policy_creates_is_taken_too() {
    let companies = both();
    companies.write(Company { group: "JumpCloud HR", people: &[(2, "omar")], ..SALES });
    let (_, plans) = documents(&companies, &["plan", "hr.kdl", "sales.kdl"]);
    assert_eq!(held(&plans[1]), ["JumpCloud HR: taken-name"]);
    assert_eq!(conflicts(&plans[1])[0].0, "JumpCloud HR");
    assert_eq!(lines(&plans[1]), ["+ user omar"]);
}

#[test]
fn one_state_file_takes_what_every_policy_writes() {
    let companies = both();
    let (code, applied) = documents(&companies, &["apply", "hr.kdl", "sales.kdl", "--auto-approve"]);
    assert_eq!((code, applied.len()), (0, 2));
    let state = companies.state();
    assert_eq!(names(&state, "users", "username"), ["ada", "grace", "omar"]);
    assert_eq!(names(&state, "groups", "name"), ["JumpCloud HR", "JumpCloud Sales"]);
    for applied in &applied {
        assert_eq!(applied["complete"], true);
        assert_eq!(applied["applied"], applied["plan"]["changes"].as_array().unwrap().len());
    }
    // And again, in any order: everything is in step, and the conflict is still told.
    let before = companies.state();
    for files in [["hr.kdl", "sales.kdl"], ["sales.kdl", "hr.kdl"]] {
        let (code, plans) = documents(&companies, &["plan", files[0], files[1], "--detailed-exitcode"]);
        assert_eq!(code, 0);
        assert_eq!(plans.iter().flat_map(lines).collect::<Vec<_>>(), [""; 0]);
        let of_sales = plans.iter().find(|plan| plan["policy"]["name"] == "sales").unwrap();
        assert_eq!(conflicts(of_sales).len(), 2);
    }
    assert_eq!(companies.state(), before);
}

#[test]
fn a_name_that_an_earlier_policy_frees_can_be_taken() {
    let companies = both();
    assert_eq!(companies.run(&["apply", "hr.kdl", "--auto-approve"]).code, 0);
    companies.write(Company { people: &[(1, "augusta"), (2, "grace")], ..HR });
    let (_, plans) = documents(&companies, &["plan", "hr.kdl", "sales.kdl"]);
    assert_eq!(lines(&plans[0]), ["~ user augusta"]);
    assert!(lines(&plans[1]).contains(&"+ user ada".to_owned()), "{:?}", lines(&plans[1]));
    let (_, plans) = documents(&companies, &["plan", "sales.kdl", "hr.kdl"]);
    assert_eq!(held(&plans[0]), ["ada: taken-username"], "the order counts");
    let (code, applied) = documents(&companies, &["apply", "hr.kdl", "sales.kdl", "--auto-approve"]);
    assert_eq!(code, 0, "{applied:?}");
    assert_eq!(names(&companies.state(), "users", "username"), ["ada", "augusta", "grace", "omar"]);
}

#[test]
fn one_policy_is_an_object_and_several_are_an_array() {
    let companies = both();
    let schemas = [Schema::read("plan.schema.json"), Schema::read("apply.schema.json")];
    for (command, schema) in [&["plan"][..], &["apply", "--auto-approve"]].into_iter().zip(&schemas) {
        let (_, several) = documents(&companies, &[command, &["hr.kdl", "sales.kdl"]].concat());
        assert_eq!(several.len(), 2);
        let one = companies.run(&[command, &["hr.kdl", "--format", "json"]].concat()).json();
        for document in several.iter().chain([&one]) {
            assert_eq!(schema.problems(document), Vec::<String>::new());
        }
    }
}

#[test]
fn one_that_fails_does_not_stop_the_others() {
    let companies = both();
    companies.write(Company { name: "torn", domain: 3, ..HR });
    let torn = companies.path().join("torn.ldif");
    let ldif = fs::read_to_string(&torn).unwrap();
    fs::write(&torn, ldif.replace("# numEntries: 3", "# numEntries: 4")).unwrap();
    fs::write(companies.path().join("wrong.kdl"), "policy \"x\" {}\n").unwrap();
    for (failing, code, says) in [
        ("missing.kdl", 1, "missing.kdl could not be read"),
        ("wrong.kdl", 1, "policy::"),
        ("torn.kdl", 6, "torn.ldif"),
    ] {
        for files in [["hr.kdl", failing, "sales.kdl"], [failing, "hr.kdl", "sales.kdl"]] {
            let json = companies.run(&[&["plan"][..], &files, &["--format", "json"]].concat());
            assert_eq!(json.code, code, "{json:?}");
            let plans: Vec<Value> = serde_json::from_str(&json.stdout).unwrap();
            assert_eq!((plans.len(), held(&plans[1])), (2, vec!["ada: taken-username".to_owned()]));
            let plain = companies.run(&[&["plan", "--detailed-exitcode"][..], &files].concat());
            assert_eq!(plain.code, code);
            assert!(plain.stdout.contains("\nPolicies: 2 of 3 planned, 8 changes\n"), "{}", plain.stdout);
            for answer in [json, plain] {
                assert!(answer.stderr.starts_with(&format!("{failing}:\n")), "{}", answer.stderr);
                assert!(answer.stderr.contains(says), "no {says:?} in:\n{}", answer.stderr);
            }
        }
    }
    let answer = companies.run(&["apply", "torn.kdl", "hr.kdl", "--auto-approve"]);
    assert_eq!(answer.code, 6);
    assert_eq!(names(&companies.state(), "users", "username"), ["ada", "grace"]);
    let nobody = companies.run(&["plan", "missing.kdl", "wrong.kdl", "--format", "json"]);
    assert_eq!((nobody.code, nobody.stdout.as_str()), (1, "[]\n"));
}

#[test]
fn plans_stand_below_each_other_with_one_sum() {
    let answer = both().run(&["plan", "hr.kdl", "sales.kdl"]);
    assert_eq!((answer.code, answer.stderr.as_str()), (0, ""));
    let paragraphs: Vec<&str> = answer.stdout.split("\n\n").collect();
    let headings = [
        "hr  DC=corp1,DC=example in hr.ldif → org.json",
        "sales  DC=corp2,DC=example in sales.ldif → org.json",
    ];
    for heading in headings {
        assert_eq!(
            paragraphs.iter().filter(|paragraph| **paragraph == heading).count(),
            1,
            "{}",
            answer.stdout
        );
    }
    assert_eq!(paragraphs.last(), Some(&"Policies: 2 of 2 planned, 8 changes\n"));
    let one = both().run(&["plan", "hr.kdl"]);
    assert!(!one.stdout.contains("Policies:"), "{}", one.stdout);
}

#[test]
fn the_worst_exit_code_counts() {
    let companies = both();
    companies.write(Company { name: "nobody", domain: 3, group: "Nobody", people: &[] });
    let code = |arguments: &[&str]| companies.run(arguments).code;
    assert_eq!(code(&["plan", "hr.kdl", "sales.kdl"]), 0);
    assert_eq!(code(&["plan", "hr.kdl", "sales.kdl", "--detailed-exitcode"]), 2);
    assert_eq!(code(&["plan", "nobody.kdl", "hr.kdl", "--detailed-exitcode"]), 3);
    assert_eq!(code(&["plan", "nobody.kdl", "missing.kdl"]), 1);
    assert_eq!(code(&["plan", "hr.kdl", "nobody.kdl", "--allow", "empty", "--detailed-exitcode"]), 2);
}

#[test]
fn a_policy_that_a_guard_stops_is_neither_applied_nor_counted_on() {
    let companies = both();
    // With a limit of nothing at all, and ada to rename.
    assert_eq!(companies.run(&["apply", "hr.kdl", "--auto-approve"]).code, 0);
    let renamed = Company { people: &[(1, "augusta"), (2, "grace")], ..HR };
    companies.write_with(renamed, "limits { attribute-changes 0 percent=0; }");
    let before = companies.state();
    let text = companies.run(&["apply", "hr.kdl", "sales.kdl", "--auto-approve"]);
    assert_eq!(text.code, 3, "{text:?}");
    assert!(
        text.stdout.contains("\nPolicies: 2 of 2 planned, 1 stopped by a guard, 3 changes\n"),
        "{}",
        text.stdout
    );
    assert!(text.stdout.contains("its username belongs to the JumpCloud user \"ada\""), "hr keeps the name");
    assert_eq!(names(&companies.state(), "users", "username"), ["ada", "grace", "omar"]);
    let of_hr = |state: &Value| -> Vec<Value> {
        let users = state["users"].as_array().unwrap().iter();
        users.filter(|user| user["username"] != "omar").cloned().collect()
    };
    assert_eq!(of_hr(&companies.state()), of_hr(&before), "nothing of the stopped policy is written");
    // One flag lifts it in every policy.
    let lifted = ["apply", "sales.kdl", "hr.kdl", "--auto-approve", "--allow", "attribute-changes"];
    assert_eq!(companies.run(&lifted).code, 0);
    assert_eq!(names(&companies.state(), "users", "username"), ["augusta", "grace", "omar"]);
}

/// An error that ends the run before anything is read.
fn expect_refused(companies: &Companies, files: &[&str], code: &str) -> Answer {
    for command in [&["plan"][..], &["apply", "--auto-approve"]] {
        let answer = companies.run(&[command, files].concat());
        assert_eq!((answer.code, answer.stdout.as_str()), (1, ""), "{answer:?}");
        assert!(answer.stderr.contains(code) && answer.stderr.contains("help: "), "{}", answer.stderr);
        assert!(companies.is_untouched());
    }
    companies.run(&[&["plan"][..], files].concat())
}

#[test]
fn one_file_twice_is_an_error() {
    let companies = both();
    fs::create_dir(companies.path().join("folder")).unwrap();
    for other in ["hr.kdl", "./hr.kdl", "folder/../hr.kdl"] {
        expect_refused(&companies, &["hr.kdl", "sales.kdl", other], "cli::same_file");
    }
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("hr.kdl", companies.path().join("link.kdl")).unwrap();
        expect_refused(&companies, &["hr.kdl", "link.kdl"], "cli::same_file");
    }
}

#[test]
fn one_name_for_one_domain_in_one_organization_is_an_error() {
    let companies = both();
    let copy = |to: &str, edit: &dyn Fn(String) -> String| {
        let text = fs::read_to_string(companies.path().join("hr.kdl")).unwrap();
        fs::write(companies.path().join(to), edit(text)).unwrap();
    };
    fs::create_dir(companies.path().join("folder")).unwrap();
    copy("copy.kdl", &|text| text);
    copy("folder/hr.kdl", &|text| {
        text.replace("\"org.json\"", "\"../org.json\"").replace("\"hr.ldif\"", "\"../hr.ldif\"")
    });
    for other in ["copy.kdl", "folder/hr.kdl"] {
        let answer = expect_refused(&companies, &["sales.kdl", "hr.kdl", other], "cli::same_mark");
        for says in ["hr.kdl", other, "\"hr\" for corp1.example"] {
            assert!(answer.stderr.contains(says), "no {says:?} in:\n{}", answer.stderr);
        }
    }
    // Another name, another domain or another organization is another owner.
    copy("name.kdl", &|text| text.replace("\"hr\"", "\"HR\""));
    copy("organization.kdl", &|text| text.replace("\"org.json\"", "\"other.json\""));
    companies.write(Company { name: "domain", domain: 3, ..SALES });
    let path = companies.path().join("domain.kdl");
    fs::write(&path, fs::read_to_string(&path).unwrap().replace("policy \"domain\"", "policy \"hr\""))
        .unwrap();
    for other in ["name.kdl", "organization.kdl", "domain.kdl"] {
        let answer = companies.run(&["plan", "hr.kdl", other]);
        assert!(answer.stdout.contains("Policies: 2 of 2 planned"), "{answer:?}");
    }
}

#[test]
fn an_organization_is_its_address_its_id_and_where_its_key_is() {
    let organization = Organization::empty();
    let companies = Companies::of(&organization);
    companies.write(HR);
    let same = |jumpcloud: &str| {
        let text = fs::read_to_string(companies.path().join("hr.kdl")).unwrap();
        fs::write(companies.path().join("copy.kdl"), text.replace(&companies.jumpcloud, jumpcloud)).unwrap();
        let answer = companies.run(&["plan", "hr.kdl", "copy.kdl"]);
        answer.stderr.contains("cli::same_mark")
    };
    let url = organization.url();
    assert!(same(&companies.jumpcloud));
    assert!(same(&format!("api-key (env)\"KEY\"\n url \"{}\"", url.trim_end_matches('/'))));
    assert!(!same(&format!("api-key (env)\"OTHER\"\n url \"{url}\"")));
    assert!(!same(&format!("api-key (file)\"KEY\"\n url \"{url}\"")));
    assert!(!same(&format!(
        "api-key (env)\"KEY\"\n url \"{url}\"\n organization \"5f1b881d9b3a4d2b3c4d5e6f\""
    )));
    assert!(!same("api-key (env)\"KEY\"\n url \"http://127.0.0.1:9\""));
}

/// An organization in which the policy `hr` of [`HR`] was applied and to which this happens now, with both companies.
fn after_hr(faults: Vec<Fault>) -> (Organization, Companies) {
    let before = Organization::empty();
    let companies = Companies::of(&before);
    companies.write(HR);
    assert_eq!(companies.run(&["apply", "hr.kdl", "--auto-approve"]).code, 0);
    let organization = Organization::failing(&before.document(), faults);
    let companies = Companies::of(&organization);
    companies.write(HR);
    companies.write(SALES);
    (organization, companies)
}

#[test]
fn a_plan_that_counted_on_what_failed_is_not_applied() {
    let refusal = fault("PUT", "/api/systemusers/", 1, FaultKind::Status(400));
    let (organization, companies) = after_hr(vec![refusal]);
    companies.write(Company { people: &[(1, "augusta"), (2, "grace")], ..HR });
    companies.write(Company { name: "other", domain: 3, group: "Other", people: &[(5, "olga")] });
    let (code, applied) =
        documents(&companies, &["apply", "hr.kdl", "sales.kdl", "other.kdl", "--auto-approve"]);
    assert_eq!(code, 5, "worse than the 4 of the first");
    assert_eq!(applied[0]["results"][0]["outcome"], "failed", "the rename that frees the name");
    assert_eq!((&applied[1]["complete"], &applied[1]["applied"]), (&false.into(), &0.into()));
    let results = applied[1]["results"].as_array().unwrap();
    assert_eq!(results.len(), applied[1]["plan"]["changes"].as_array().unwrap().len());
    assert!(results.iter().all(|result| result["outcome"] == "skipped"), "{results:?}");
    assert_eq!(applied[2]["complete"], true, "whom it does not concern goes on");
    let users: Vec<String> = organization.users().into_keys().collect();
    assert_eq!(users, ["ada", "grace", "olga"]);

    // The same for people; now the rename goes through.
    let answer = companies.run(&["apply", "hr.kdl", "sales.kdl", "--auto-approve"]);
    assert_eq!(answer.code, 0, "{answer:?}");
    let reports: Vec<&str> = answer.stdout.rsplit("\n\n").take(2).collect();
    assert!(
        reports[1].starts_with("hr  DC=corp1")
            && reports[1].contains("\nApplied: 1 of 1 changes.\nJournal: ")
    );
    assert!(
        reports[0].starts_with("sales  DC=corp2")
            && reports[0].contains("\nApplied: 5 of 5 changes.\nJournal: ")
    );
}

#[test]
fn a_plan_that_is_overtaken_says_so_under_its_file() {
    let refusal = fault("PUT", "/api/systemusers/", 1, FaultKind::Status(400));
    let (_organization, companies) = after_hr(vec![refusal]);
    companies.write(Company { people: &[(1, "augusta"), (2, "grace")], ..HR });
    let answer = companies.run(&["apply", "hr.kdl", "sales.kdl", "--auto-approve"]);
    assert_eq!(answer.code, 5);
    assert!(answer.stderr.starts_with("sales.kdl:\ncli::overtaken\n"), "{}", answer.stderr);
    assert!(answer.stdout.contains("Applied in part: 0 of 1 changes"), "{}", answer.stdout);
    assert_eq!(answer.stdout.matches("Applied").count(), 1, "{}", answer.stdout);
}

#[test]
fn a_plan_in_part_does_not_hold_up_the_next() {
    let refusal = fault("PUT", "/api/systemusers/", 1, FaultKind::Status(400));
    let (organization, companies) = after_hr(vec![refusal]);
    // What fails is none of the other's business.
    companies.write(Company { people: &[(1, "ada"), (2, "hopper")], ..HR });
    let (code, applied) = documents(&companies, &["apply", "hr.kdl", "sales.kdl", "--auto-approve"]);
    assert_eq!((code, &applied[1]["complete"]), (4, &true.into()));
    let users: Vec<String> = organization.users().into_keys().collect();
    assert_eq!(users, ["ada", "grace", "omar"]);
}

/// Applies both companies to an empty organization and sends Ctrl-C as soon as `writes` requests were made, the last of
/// which waits for two seconds. Gives the documents.
#[cfg(unix)]
fn interrupted(hr: Company<'_>, slow: Fault, writes: usize) -> (Vec<Value>, Organization) {
    let slow = Fault { retry_after: Some("2".to_owned()), ..slow };
    let organization = Organization::failing(&Organization::empty().document(), vec![slow]);
    let companies = Companies::of(&organization);
    companies.write(hr);
    companies.write(SALES);
    let mut child = Command::new(assert_cmd::cargo::cargo_bin!("adjunct"))
        .args(["apply", "hr.kdl", "sales.kdl", "--auto-approve", "--format", "json"])
        .env_clear()
        .env("KEY", Organization::API_KEY)
        .env("XDG_STATE_HOME", companies.path())
        .current_dir(companies.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    while organization.writes() < writes {
        assert!(child.try_wait().unwrap().is_none(), "it ended before it wrote");
        std::thread::yield_now();
    }
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130));
    (serde_json::from_slice(&output.stdout).unwrap(), organization)
}

#[cfg(unix)]
#[test]
fn an_interrupt_ends_the_run_for_all() {
    let slow = fault("POST", "/api/v2/usergroups", 1, FaultKind::Status(429));
    let (applied, organization) = interrupted(HR, slow, 1);
    for applied in &applied {
        assert_eq!((&applied["interrupted"], &applied["complete"]), (&true.into(), &false.into()));
    }
    assert_eq!(applied[1]["applied"], 0, "the second is not begun");
    assert!(organization.members("JumpCloud HR").is_empty(), "the first is not gone on with");
}

#[cfg(unix)]
#[test]
fn an_interrupt_at_the_end_of_one_plan_is_for_the_next() {
    let hr = Company { people: &[(1, "ada")], ..HR };
    let last = fault("POST", "/api/v2/usergroups/", 1, FaultKind::Status(429));
    let (applied, organization) = interrupted(hr, last, 3);
    assert_eq!((&applied[0]["interrupted"], &applied[0]["complete"]), (&false.into(), &true.into()));
    assert_eq!((&applied[1]["interrupted"], &applied[1]["applied"]), (&true.into(), &0.into()));
    assert_eq!(organization.users().len(), 1);
}

#[test]
fn secrets_are_looked_for_beside_their_own_policy() {
    let organization = Organization::empty();
    let mut companies = Companies::of(&organization);
    companies.jumpcloud = companies.jumpcloud.replace("(env)\"KEY\"", "(file)\"key\"");
    companies.write(HR);
    companies.write(SALES);
    let folder = companies.path().join("sales");
    fs::create_dir(&folder).unwrap();
    for file in ["sales.kdl", "sales.ldif"] {
        fs::rename(companies.path().join(file), folder.join(file)).unwrap();
    }
    fs::write(companies.path().join("key"), Organization::API_KEY).unwrap();
    fs::write(folder.join("key"), "another key").unwrap();
    let (code, plans) = documents(&companies, &["plan", "hr.kdl", "sales/sales.kdl"]);
    assert_eq!((code, plans.len()), (1, 1), "the second has no access");
    fs::write(folder.join("key"), Organization::API_KEY).unwrap();
    assert_eq!(documents(&companies, &["plan", "hr.kdl", "sales/sales.kdl"]).1.len(), 2);
}
