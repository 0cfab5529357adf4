//! Nothing is removed before all that goes with it is in the journal.

use std::collections::BTreeSet;

use adjunct::journal::{Entry, journals_in, read};
use adjunct::model::Removed;
use adjunct::sandbox::Fault;

use crate::support::desk::Desk;
use crate::support::organization::Organization;
use crate::support::removal::{Removal, after, full};

#[test]
fn what_cannot_be_read_whole_is_not_removed_and_fails_alone() {
    let start = full();
    let (user, group) = ("not removed, because what it holds cannot be read whole", "group Gone  failed");
    for (fault, kept, words) in [
        ("GET /api/systemusers/*/sshkeys status=403", "rita", user),
        ("GET /api/v2/users/*/memberof status=403", "rita", user),
        ("GET /api/v2/users/*/associations nth=9 status=403", "rita", user),
        ("POST /api/search/systemusers nth=1 status=400", "rita", user),
        ("GET /api/v2/bulk/userstates status=400", "rita", user),
        ("GET /api/v2/usergroups/*/associations nth=10 status=403", "Gone", group),
    ] {
        let parsed: Fault = fault.parse().unwrap();
        let (desk, organization) = (Desk::new("", &after()), Organization::failing(&start, vec![parsed]));
        let answer = desk.apply(&organization);
        assert_eq!(answer.code, 4, "{fault}: {answer:?}");
        assert!(answer.stdout.contains(words), "{fault}: {}", answer.stdout);
        let names: BTreeSet<String> =
            organization.users().into_keys().chain(organization.groups().into_keys()).collect();
        let left: Vec<&str> = ["rita", "Gone"].into_iter().filter(|name| names.contains(*name)).collect();
        assert_eq!(left, [kept], "{fault}: the other one goes");
        let journal = read(&journals_in(&desk.journals()).unwrap()[0]).unwrap();
        assert!(!journal.removals().any(|removed| removed.name() == kept), "{fault}");
    }
}

#[test]
fn everything_that_goes_is_in_the_journal() {
    let removal = Removal::new();
    let record = removal.record();
    let removed: Vec<&Removed> = record.removals().collect();
    let [Removed::User(rita), Removed::Group(gone)] = removed[..] else { panic!("{removed:?}") };
    let groups: Vec<&str> = rita.memberships.iter().map(|group| group.name.as_str()).collect();
    assert_eq!(
        groups.iter().collect::<BTreeSet<_>>(),
        BTreeSet::from([&"Chess", &"Engineering", &"JumpCloud"])
    );
    assert_eq!(rita.manager.as_deref(), Some("ada"));
    let reports: Vec<&str> = rita.reports.iter().map(|report| report.username.as_str()).collect();
    assert_eq!(reports, ["bob", "dora"]);
    assert_eq!((rita.ssh_keys.len(), rita.bindings.len()), (2, 10));
    assert_eq!(rita.scheduled_states.as_ref().map(Vec::len), Some(2), "those of others are not hers");
    let members: BTreeSet<&str> = gone.members.iter().map(|member| member.username.as_str()).collect();
    assert_eq!(members, BTreeSet::from(["bob", "dora", "zoe"]));
    assert_eq!(gone.bindings.len(), 10);
    let removals = record.lines.iter().filter(|line| matches!(line.entry, Entry::Removal { .. }));
    assert_eq!(removals.count(), 2);
}

#[test]
fn who_is_gone_at_the_last_look_counts_as_removed() {
    let start = full();
    let organization = Organization::of(&start);
    let desk = Desk::new("", &after());
    let id = organization.user_id("rita");
    let fault: Fault = format!("GET /api/systemusers/{id} status=404").parse().unwrap();
    let gone = Organization::failing(&start, vec![fault]);
    let answer = desk.apply(&gone);
    assert_eq!(answer.code, 0, "who is gone by then counts as removed: {answer:?}");
    assert!(!gone.written().iter().any(|write| write.starts_with("DELETE /api/systemusers/")));
}
