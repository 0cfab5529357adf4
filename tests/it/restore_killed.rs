//! A restore that ends anywhere is gone on with by running it again.

use serde_json::Value;

use crate::support::crossing::{Cut, Side, at_every_cut};
use crate::support::organization::Organization;
use crate::support::remains::difference;
use crate::support::removal::{Removal, comparable};

fn problems(removal: &Removal, expected: &Value, cut: Cut) -> Vec<String> {
    let organization = Organization::of(&removal.removed);
    let Some(write) = removal.restore_until(&organization, cut) else {
        return vec![format!("{cut}: the run did not come so far")];
    };
    let mut problems = Vec::new();
    let again = removal.restore(&organization, &[]);
    if again.code != 0 {
        problems.push(format!("the next run ended with {}:\n{}{}", again.code, again.stdout, again.stderr));
    }
    let end = comparable(&organization.document());
    if end != *expected {
        problems.push(format!("the next run ended elsewhere:\n{}", difference(expected, &end)));
    }
    if organization.users().len() != 5 {
        problems.push(format!("{} users", organization.users().len()));
    }
    let writes = organization.writes();
    let third = removal.restore(&organization, &[]);
    if third.code != 0 || organization.writes() != writes {
        problems.push(format!("a third run does something:\n{}{}", third.stdout, third.stderr));
    }
    problems.into_iter().map(|problem| format!("{cut}, {write}: {problem}")).collect()
}

#[test]
fn a_restore_that_is_killed_at_any_write_is_finished_by_the_next_with_nothing_twice() {
    let removal = Removal::new();
    let organization = Organization::of(&removal.removed);
    assert_eq!(removal.restore(&organization, &[]).code, 0);
    let writes = organization.writes();
    // Each is created and ends with one write; two keys, three groups, ten bindings, two reports and two planned states;
    // three members and ten bindings.
    assert_eq!(writes, (1 + 2 + 3 + 10 + 2 + 2 + 1) + (1 + 3 + 10 + 1));
    let expected = comparable(&removal.start);
    at_every_cut(writes, |cut| problems(&removal, &expected, cut));
}

#[test]
fn restores_that_are_killed_after_one_write_each_get_there_with_no_write_too_many() {
    let removal = Removal::new();
    let whole = Organization::of(&removal.removed);
    assert_eq!(removal.restore(&whole, &[]).code, 0);
    let organization = Organization::of(&removal.removed);
    for _ in 0..whole.writes() {
        removal.restore_until(&organization, Cut { write: 1, side: Side::After }).unwrap();
    }
    assert_eq!(removal.restore(&organization, &[]).code, 0);
    assert_eq!(organization.writes(), whole.writes());
    let (expected, end) = (comparable(&removal.start), comparable(&organization.document()));
    assert!(end == expected, "{}", difference(&expected, &end));
}
