//! The domain controller of the tests is what the other tests take it for.

use std::net::TcpStream;

use ldap3::{Scope, SearchEntry};

use crate::support::samba::{Denied, GroupKind, Samba, read};

fn found(samba: &Samba, base: &str, filter: &str) -> Vec<SearchEntry> {
    let mut reader = samba.reader();
    let (entries, _) =
        reader.search(base, Scope::Subtree, filter, ["cn", "member"]).unwrap().success().unwrap();
    entries.into_iter().map(SearchEntry::construct).collect()
}

#[test]
fn the_import_account_binds_by_each_form_of_its_name() {
    let samba = Samba::shared();
    for name in [Samba::BIND_DN, Samba::BIND_UPN, Samba::BIND_NETBIOS] {
        samba.try_bind(name, Samba::PASSWORD).unwrap();
    }
    let refusal = samba.try_bind(Samba::BIND_DN, "wrong").unwrap_err();
    assert!(refusal.contains("rc=49"), "{refusal}");
}

#[test]
fn the_company_is_there() {
    let samba = Samba::shared();
    assert_eq!(found(samba, Samba::CORPORATE, "(sAMAccountName=e0*)").len(), 320);
    let group = found(samba, Samba::CORPORATE, "(cn=JumpCloud)");
    assert_eq!(group[0].attrs["member"].len(), 9);
}

#[test]
fn the_administrator_changes_what_the_import_account_sees() {
    let samba = Samba::shared();
    let own = samba.container("changes");
    let ada = own.add_member("ada");
    let group = own.add_nested_group("Group1");
    let guid = samba.guid(&ada);
    assert_eq!(found(samba, own.dn(), "(cn=JumpCloud)")[0].attrs["member"].len(), 2);

    let ada = samba.rename(&ada, "CN=Ada Lovelace");
    let unit = own.add_unit("Moved");
    let ada = samba.move_to(&ada, &unit);
    assert_eq!(samba.guid(&ada), guid);
    samba.disable(&ada);
    assert_eq!(found(samba, own.dn(), "(userAccountControl=514)").len(), 1);
    samba.enable(&ada);
    samba.add_member(&group, &ada);
    samba.set_primary_group(&ada, &group);
    assert_eq!(found(samba, own.dn(), "(cn=Group1)")[0].attrs.get("member"), None);
    samba.remove_member(&own.security_group(), &ada);
    assert_eq!(found(samba, own.dn(), "(cn=JumpCloud)")[0].attrs["member"], [group]);
    samba.delete(&ada);
    assert_eq!(found(samba, own.dn(), "(objectClass=user)").len(), 0);
}

#[test]
fn a_hidden_object_is_hidden() {
    let samba = Samba::shared();
    let own = samba.container("hiddenobject");
    let group = own.add_nested_group("Secret");
    let unit = own.add_unit("Dark");
    samba.add(&format!("CN=Unseen,{unit}"), &[("objectClass", "group"), ("sAMAccountName", "unseen")]);
    assert_eq!(found(samba, own.dn(), "(objectClass=group)").len(), 3);

    samba.deny(&group, Denied::Everything);
    samba.deny(&unit, Denied::Children);
    let seen = found(samba, own.dn(), "(objectClass=group)");
    assert_eq!(seen.len(), 1);
    assert_eq!(
        seen[0].attrs["member"],
        *std::slice::from_ref(&group),
        "its name still shows in the group that holds it"
    );
    assert_eq!(read(&mut samba.reader(), &group, &["*"]).unwrap().attrs.len(), 0);
    assert!(read(&mut samba.reader(), &format!("CN=Unseen,{unit}"), &["*"]).is_none());
}

#[test]
fn a_hidden_member_attribute_is_hidden() {
    let samba = Samba::shared();
    let own = samba.container("hiddenmember");
    own.add_member("ada");
    let list = own.add_group("List", GroupKind::Distribution);
    samba.add_member(&own.security_group(), &list);
    samba.deny(&own.security_group(), Denied::Member);
    let group = &found(samba, own.dn(), "(cn=JumpCloud)")[0];
    assert_eq!(group.attrs["cn"], ["JumpCloud"]);
    assert_eq!(group.attrs.get("member"), None);
}

#[test]
fn it_ends_with_the_process_and_leaves_nothing() {
    let samba = Samba::start().unwrap();
    let (address, folder) = (samba.address(), samba.folder().to_owned());
    TcpStream::connect((address, 636)).unwrap();
    assert!(folder.exists());
    samba.let_go();
    TcpStream::connect((address, 636)).unwrap_err();
    assert!(!folder.exists());
}
