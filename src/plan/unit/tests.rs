use crate::plan::GuardName;
use crate::policy::unit::GUARDS;

#[test]
fn a_test_can_name_every_guard() {
    let all = [
        GuardName::Empty,
        GuardName::Removals,
        GuardName::Suspensions,
        GuardName::MembershipRemovals,
        GuardName::AttributeChanges,
        GuardName::SyncAgent,
    ];
    for guard in all {
        // A new guard does not compile before it is here.
        match guard {
            GuardName::Empty
            | GuardName::Removals
            | GuardName::Suspensions
            | GuardName::MembershipRemovals
            | GuardName::AttributeChanges
            | GuardName::SyncAgent => assert!(GUARDS.contains(&guard.to_string().as_str()), "{guard}"),
        }
    }
    assert_eq!(GUARDS.len(), all.len());
}
