//! A process that is killed between any two requests: nobody is stranded meanwhile, and the next run finishes.

use serde_json::{Value, json};

use crate::support::crossing::{Cut, Side, at_every_cut};
use crate::support::desk::Desk;
use crate::support::organization::Organization;
use crate::support::remains::{difference, essence, list, stranded};
use crate::support::two_days::{NODES, in_step, morning, today, yesterday};

/// What a run that nothing interrupts makes of an organization.
struct Whole {
    end: Value,
    mails: Vec<String>,
    writes: usize,
    summary: Value,
}

impl Whole {
    fn of(desk: &Desk, start: &Value) -> Self {
        let organization = Organization::of(start);
        let plan = desk.plan(&organization);
        assert_eq!(plan.code, 2, "{plan:?}");
        let applied = desk.apply(&organization);
        assert_eq!(applied.code, 0, "{applied:?}");
        assert_eq!(stranded(start, &organization.document()), Vec::<String>::new());
        Self {
            end: essence(&organization.document(), start),
            mails: organization.mails(),
            writes: organization.writes(),
            summary: plan.json()["summary"].clone(),
        }
    }
}

/// Kills a run at this place and runs again. Says what is not as it should be.
fn problems(desk: &Desk, start: &Value, whole: &Whole, cut: Cut) -> Vec<String> {
    let organization = Organization::of(start);
    let Some(write) = desk.apply_until(&organization, cut) else {
        return vec![format!("{cut}: the run did not come so far")];
    };
    let mut problems = stranded(start, &organization.document());
    let again = desk.apply(&organization);
    if again.code != 0 {
        problems.push(format!("the next run ended with {}:\n{}{}", again.code, again.stdout, again.stderr));
    }
    let end = essence(&organization.document(), start);
    if end != whole.end {
        problems.push(format!("the next run ended elsewhere:\n{}", difference(&whole.end, &end)));
    }
    if organization.mails() != whole.mails {
        problems.push(format!("the mails are {:?}", organization.mails()));
    }
    let third = desk.plan(&organization);
    if third.code != 0 {
        problems.push(format!("a third run would change something:\n{}", third.json()["changes"]));
    }
    problems.into_iter().map(|problem| format!("{cut}, {write}: {problem}")).collect()
}

#[test]
fn a_run_that_is_killed_at_any_write_strands_nobody_and_the_next_one_finishes() {
    let (desk, start) = (Desk::new(NODES, &today()), morning());
    let whole = Whole::of(&desk, &start);
    for action in ["create", "adopt", "update", "suspend", "activate", "unbind", "remove"] {
        assert!(whole.summary[action].as_u64() > Some(0), "no {action} in {}", whole.summary);
    }
    assert!((40..=80).contains(&whole.writes), "{} writes", whole.writes);
    at_every_cut(whole.writes, |cut| problems(&desk, &start, &whole, cut));
}

#[test]
fn a_silent_creation_that_is_killed_at_any_write_is_finished_without_a_mail() {
    let nodes = format!("{NODES}\n    new-users welcome-email=#false");
    let mut start = in_step(&nodes, &yesterday(), &json!({}));
    // Somebody staged whom nobody owns yet is no other case.
    let jan = json!({ "username": "jan", "email": "jan@example.com", "state": "STAGED" });
    list(&mut start["users"]).push(jan);
    let start = Organization::of(&start).document();
    let staff = yesterday().users(["nils", "nora", "jan"]).group("New", ["nils"]).join("Admins", ["nora"]);
    let desk = Desk::new(&nodes, &staff);
    let whole = Whole::of(&desk, &start);
    assert_eq!(whole.mails, Vec::<String>::new());
    // Three users in three writes each, a group in two, and four places in groups.
    assert_eq!(whole.writes, 3 * 3 + 2 + 4);
    at_every_cut(whole.writes, |cut| problems(&desk, &start, &whole, cut));
}

#[test]
fn runs_that_are_killed_after_one_write_each_get_there_with_no_write_too_many() {
    let (desk, start) = (Desk::new(NODES, &today()), morning());
    let whole = Whole::of(&desk, &start);
    let organization = Organization::of(&start);
    let mut runs = 0;
    while desk.plan(&organization).code == 2 && runs <= whole.writes {
        desk.apply_until(&organization, Cut { write: 1, side: Side::After }).unwrap();
        assert_eq!(stranded(&start, &organization.document()), Vec::<String>::new(), "after {runs} runs");
        runs += 1;
    }
    let end = essence(&organization.document(), &start);
    assert!(end == whole.end, "{}", difference(&whole.end, &end));
    // Nils, who is new, is there by the next run: nora comes into being under him, and ines gets him with what else changes.
    assert_eq!((runs, organization.mails()), (whole.writes - 2, whole.mails));
}
