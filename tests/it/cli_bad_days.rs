//! `adjunct` on JumpCloud's bad days: slow, overrun, unreliable, and closed to it.

use adjunct::sandbox::{Conditions, Fault, Habit, Options};
use serde_json::Value;

use crate::cli_several::HR;
use crate::support::company::Companies;
use crate::support::organization::Organization;

/// An organization with nobody in it, under these conditions and with these faults, and the company of two that is to come
/// into it.
fn company(conditions: Conditions, faults: &[&str]) -> (Organization, Companies) {
    let faults: Vec<Fault> = faults.iter().map(|fault| fault.parse().unwrap()).collect();
    let options = Options { conditions, faults, ..Organization::options() };
    let organization = Organization::with(&serde_json::json!({}), options);
    let companies = Companies::of(&organization);
    companies.write(HR);
    (organization, companies)
}

#[test]
fn an_apply_gets_through_a_day_that_is_slow_overrun_and_unreliable() {
    let conditions = Conditions {
        rate: Some("600/m".parse().unwrap()),
        burst: std::num::NonZeroU32::new(6),
        retry_after: true,
        habits: [Habit::NoLink, Habit::NoTotalCount, Habit::ConflictOnDuplicates].into(),
        ..Conditions::default()
    };
    let faults =
        ["GET * every=4 status=503 retry-after=0", "POST * nth=2 drop=after", "PUT * nth=1 status=500"];
    let (organization, companies) = company(conditions, &faults);
    let answer = companies.run(&["apply", "hr.kdl", "--auto-approve"]);
    assert_eq!(answer.code, 0, "{answer:?}");
    assert_eq!(
        organization.users().into_keys().collect::<Vec<_>>(),
        ["ada", "grace"],
        "nobody is there twice"
    );
    let statuses: Vec<Option<u16>> =
        organization.sandbox().requests().into_iter().map(|request| request.status).collect();
    for status in [None, Some(429), Some(503)] {
        assert!(statuses.contains(&status), "{status:?} never came: {statuses:?}");
    }
    let plan = companies.run(&["plan", "hr.kdl", "--format", "json"]).json();
    assert_eq!(plan["changes"], Value::Array(Vec::new()), "{plan}");
}

#[test]
fn a_blocked_address_ends_the_run_and_is_called_that() {
    let (organization, companies) = company(Conditions::default(), &["* * ip-block"]);
    for command in [&["plan", "hr.kdl"][..], &["apply", "hr.kdl", "--auto-approve"]] {
        let answer = companies.run(command);
        assert_eq!(answer.code, 6, "{answer:?}");
        assert!(answer.stderr.contains("JumpCloud blocks this machine's address"), "{answer:?}");
    }
    assert_eq!(organization.writes(), 0);
}
