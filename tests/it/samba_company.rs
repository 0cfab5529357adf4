//! A whole company, with every oddity that a directory can have.

use crate::support::samba::Samba;
use crate::support::scene::{Scene, pairs, set};

#[test]
fn a_company_is_imported_and_then_nothing_is_left_to_do() {
    let mut scene = Scene::new("company");
    Samba::CORPORATE.clone_into(&mut scene.policy.root_container);
    let plan = scene.apply();

    let expected = pairs([
        ("odd-admin", "privileged"),
        ("odd-cher", "missing-lastname"),
        ("odd-no-given", "missing-firstname"),
        ("odd-no-upn", "missing-email"),
        ("1st-floor", "invalid-username"),
        ("odd-bad-mail", "invalid-email"),
        ("odd-shared-1", "duplicate-email"),
        ("odd-shared-2", "duplicate-email"),
    ]);
    assert_eq!(plan.held_back(), expected);
    // 320 people less 7 who are disabled; of the oddities 20 odd names and no-mail, never-ends, inet and primary.
    assert_eq!(plan.changes("user", "create").len(), 313 + 24);
    // 8 departments of 5 teams; of the oddities a chain, a diamond, a cycle and 5 more; the security group.
    assert_eq!(plan.changes("group", "create").len(), 8 + 40 + 12 + 4 + 3 + 5 + 1);

    let organization = &scene.organization;
    assert_eq!(organization.members("JumpCloud").len(), 313 + 24);
    assert_eq!(organization.members("Engineering").len(), 39);
    for number in 1..=12 {
        assert_eq!(organization.members(&format!("Chain {number:02}")), set(["odd-comma"]));
    }
    assert_eq!(organization.members("Diamond Top"), set(["odd-plus"]));
    for letter in ["A", "B", "C"] {
        assert_eq!(organization.members(&format!("Cycle {letter}")), set(["odd-emoji"]));
    }
    assert_eq!(organization.members("Self"), set(["odd-cjk"]));
    assert_eq!(organization.members("Primary Group"), set(["odd-primary"]));
    assert_eq!(organization.members("Empty"), set([]));
    assert_eq!(organization.user("odd-no-mail")["email"], "odd-no-mail@corp.example.com");
    assert_eq!(
        organization.user("odd-dnlike")["external_dn"],
        r"CN=CN\3Dfake\,DC\3Devil,OU=Oddities,OU=Corporate Users,DC=corp,DC=example,DC=com"
    );
    let notes = plan.0["notes"].to_string();
    for name in ["Mailing List", "Elsewhere", "CN=Outsider", "Partner", "PC01", "gmsa", "1111111111"] {
        assert!(notes.contains(name), "no note on {name} in {notes}");
    }
}
