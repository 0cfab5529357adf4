//! Groups with more members than a server sends at once.

use adjunct::ad::{AdError, Source};
use adjunct::model::{Directory, SecondLook};

use crate::ad_read::{guid, read, settings, staff};
use crate::support::ldap_server::{Entry, RangeFault, Script};

/// A group with so many members, none of which need exist.
fn group(members: usize) -> Entry {
    Entry::group(&staff("CN=Big")).members((0..members).map(|index| staff(&format!("CN=Member {index:05}"))))
}

async fn read_group(script: Script) -> Result<Directory, AdError> {
    read(&script.start()).await
}

#[tokio::test]
async fn reads_all_members_around_every_border_of_a_piece() {
    for cap in [1500, 5000] {
        for members in [1, cap - 1, cap, cap + 1, 2 * cap, 3 * cap + 1] {
            for script in [Script::new(), Script::new().without_empty_member()] {
                let directory = read_group(script.value_cap(cap).entry(group(members))).await.unwrap();
                assert_eq!(directory.groups[0].members.len(), members);
                assert_eq!(directory.evidence.ranges_closed, u64::from(members > cap), "{members} of {cap}");
            }
        }
    }
}

#[tokio::test]
async fn reads_many_ranged_groups_beside_each_other() {
    let groups = (0..30).map(|index| {
        let members = (0..=index).map(|member| staff(&format!("CN=Member {index} {member}")));
        Entry::group(&staff(&format!("CN=Group {index}"))).members(members)
    });
    let directory = read_group(Script::new().value_cap(4).entries(groups)).await.unwrap();
    assert_eq!(directory.groups.len(), 30);
    for group in &directory.groups {
        let index: usize = group.cn().trim_start_matches("Group ").parse().unwrap();
        assert_eq!(group.members.len(), index + 1);
        let prefix = format!("CN=Member {index} ");
        assert!(group.members.iter().all(|member| member.dn.as_str().starts_with(&prefix)));
    }
    assert_eq!(directory.evidence.ranges_closed, 26);
}

#[tokio::test]
async fn a_piece_that_does_not_fit_is_never_taken() {
    for fault in [
        RangeFault::Gap,
        RangeFault::Overlap,
        RangeFault::Short,
        RangeFault::Empty,
        RangeFault::Missing,
        RangeFault::Result(1),
        RangeFault::Result(11),
        RangeFault::Result(32),
        RangeFault::Result(80),
        RangeFault::Close,
        RangeFault::Changes(usize::MAX / 2),
    ] {
        let error =
            read_group(Script::new().value_cap(10).entry(group(45)).range_fault(fault)).await.unwrap_err();
        assert!(error.is_incomplete(), "{fault:?}: {error}");
        let message = error.to_string();
        assert!(message.contains("CN=Big") && message.contains("groups"), "{fault:?}: {message}");
    }
}

#[tokio::test]
async fn starts_over_when_a_member_goes_between_two_pieces() {
    for changes in 1..=3 {
        let script = Script::new().value_cap(10).entry(group(45)).range_fault(RangeFault::Changes(changes));
        let directory = read_group(script).await.unwrap();
        let [group] = directory.groups.as_slice() else { panic!("{:?}", directory.groups) };
        assert_eq!(group.members.len(), 45 - changes, "{changes} changes");
        let gone =
            group.members.iter().filter(|member| member.dn.rdn_value() < format!("Member {changes:05}"));
        assert_eq!(gone.count(), 0, "a mix of two states");
    }
}

#[tokio::test]
async fn reads_member_of_to_its_end_in_a_second_look() {
    let ada = Entry::user(&staff("CN=Ada"));
    let groups =
        (0..25).map(|index| Entry::group(&staff(&format!("CN=Group {index}"))).members([ada.dn.clone()]));
    let server = Script::new().value_cap(10).entry(ada.clone()).entries(groups).start();
    let mut source = Source::connect(settings(&server)).await.unwrap();
    let looks = source.second_look(&[guid(&ada)]).await.unwrap();
    let SecondLook::Found { member_of, .. } = &looks[&guid(&ada)] else { panic!("{looks:?}") };
    assert_eq!(member_of.len(), 25);
    assert_eq!(source.evidence().ranges_closed, 1);
}
