//! What a second look at an object finds.

use adjunct::ad::Source;
use adjunct::model::SecondLook;

use crate::ad_read::{dn, guid, settings, staff, users};
use crate::support::ldap_server::{DOMAIN, Ending, Entry, Script};

#[tokio::test]
async fn finds_an_object_where_it_is_now() {
    let ada = Entry::user(&staff("CN=Ada"));
    let group = Entry::group(&staff("CN=JumpCloud")).members([ada.dn.clone()]);
    let server = Script::new().entry(ada.clone()).entry(group.clone()).start();
    let mut source = Source::connect(settings(&server)).await.unwrap();
    source.read().await.unwrap();
    let moved = format!("CN=Ada Lovelace,CN=Users,{DOMAIN}");
    server.edit(|entries| {
        for entry in entries.iter_mut() {
            if entry.guid() == ada.guid() {
                *entry = entry
                    .clone()
                    .with("userAccountControl", ["514"])
                    .with("accountExpires", ["131277024000000000"]);
                entry.dn = moved.clone();
            } else if entry.guid() == group.guid() {
                *entry = entry.clone().members([moved.clone()]);
            }
        }
    });

    let looks = source.second_look(&[guid(&ada), guid(&group)]).await.unwrap();

    let SecondLook::Found { dn: now, member_of, user_account_control, account_expires } = &looks[&guid(&ada)]
    else {
        panic!("{looks:?}")
    };
    assert_eq!(*now, dn(&moved));
    assert_eq!(*member_of, [dn(&group.dn)]);
    assert!(user_account_control.is_disabled());
    assert_eq!(account_expires.at().unwrap().to_string(), "2017-01-01T00:00:00Z");
    assert!(matches!(&looks[&guid(&group)], SecondLook::Found { dn, .. } if dn.as_str() == group.dn));
}

#[tokio::test]
async fn tells_what_is_gone_from_what_is_hidden() {
    let there = users(4);
    let hidden = ["userAccountControl", "accountExpires", "primaryGroupID"];
    let server = Script::new().entries(there.clone()).start();
    let mut source = Source::connect(settings(&server)).await.unwrap();
    source.read().await.unwrap();
    server.edit(|entries| {
        entries.retain(|entry| entry.guid() != there[3].guid());
        for (user, attribute) in there.iter().zip(hidden) {
            let entry = entries.iter_mut().find(|entry| entry.guid() == user.guid()).unwrap();
            *entry = entry.clone().without(attribute);
        }
    });
    let guids: Vec<_> = there.iter().map(guid).collect();

    let looks = source.second_look(&guids).await.unwrap();

    assert_eq!(looks[&guids[3]], SecondLook::Gone);
    for (guid, attribute) in guids.iter().zip(hidden) {
        assert_eq!(looks[guid], SecondLook::Unreadable, "{attribute}");
    }
}

#[tokio::test]
async fn an_object_that_we_may_not_read_is_unreadable_and_not_gone() {
    let ada = Entry::user(&staff("CN=Ada"));
    let server = Script::new().entry(ada.clone()).start();
    let mut source = Source::connect(settings(&server)).await.unwrap();
    server.end_searches("(objectClass=*)", 0, Ending::Result(50));
    let looks = source.second_look(&[guid(&ada)]).await.unwrap();
    assert_eq!(looks[&guid(&ada)], SecondLook::Unreadable);
    server.end_searches("(objectClass=*)", 0, Ending::Result(32));
    let looks = source.second_look(&[guid(&ada)]).await.unwrap();
    assert_eq!(looks[&guid(&ada)], SecondLook::Gone);
}

#[tokio::test]
async fn takes_one_read_for_each_object() {
    let there = users(40);
    let server = Script::new().entries(there.clone()).start();
    let mut source = Source::connect(settings(&server)).await.unwrap();
    source.read().await.unwrap();
    let before = server.requests().len();
    let guids: Vec<_> = there.iter().map(guid).collect();
    let looks = source.second_look(&guids).await.unwrap();
    assert_eq!(looks.len(), 40);
    assert_eq!(server.requests().len(), before + 40);
    let last = source.evidence().searches.last().unwrap();
    assert_eq!((last.name.as_str(), last.pages, last.entries), ("second look", 40, 40));
}
