//! What cannot work is said at once, with a next step, and nothing is written.

use crate::support::proxy::Proxy;
use crate::support::samba::{Authority, Samba};
use crate::support::scene::Scene;

fn scene(name: &str) -> Scene {
    let scene = Scene::new(name);
    scene.container.add_member("ada");
    scene
}

#[test]
fn each_form_of_the_bind_name_works() {
    let mut scene = scene("bindforms");
    for name in [Samba::BIND_DN, Samba::BIND_UPN, Samba::BIND_NETBIOS] {
        name.clone_into(&mut scene.policy.bind);
        assert_eq!(scene.plan().count("create"), 2, "{name}");
    }
}

#[test]
fn a_wrong_password() {
    let mut scene = scene("password");
    scene.policy.password = "wrong-secret".to_owned();
    let said = scene.refused(1);
    assert!(said.contains("ad::credentials") && said.contains(Samba::BIND_DN), "{said}");
}

#[test]
fn an_empty_password() {
    let mut scene = scene("nopassword");
    scene.policy.password = String::new();
    let answer = scene.run(&["plan"]);
    assert_eq!(answer.code, 1, "{}", answer.stderr);
    assert!(answer.stderr.contains("AD_PASSWORD"), "{}", answer.stderr);
}

#[test]
fn an_untrusted_certificate() {
    let mut scene = scene("untrusted");
    scene.policy.ca_certificate = Some(Authority::new("Another CA").pem().to_owned());
    let said = scene.refused(1);
    assert!(said.contains("ad::untrusted_certificate"), "{said}");
    scene.policy.ca_certificate = None;
    let said = scene.refused(1);
    assert!(said.contains("ad::untrusted_certificate"), "the platform does not know it either: {said}");
}

#[test]
fn a_certificate_of_another_host() {
    let mut scene = scene("wronghost");
    let proxy = Proxy::with_the_name_of_another(scene.samba);
    scene.policy.server = proxy.url();
    let said = scene.refused(1);
    assert!(said.contains("ad::wrong_host_name") && said.contains("dc2.corp.example.com"), "{said}");
}

#[test]
fn a_missing_container() {
    let mut scene = scene("nocontainer");
    scene.policy.root_container = format!("OU=Nowhere,{}", scene.container.dn());
    let said = scene.refused(1);
    assert!(said.contains("ad::missing_container") && said.contains("OU=Nowhere"), "{said}");
}

#[test]
fn a_missing_security_group() {
    let mut scene = scene("nogroup");
    scene.policy.security_group = "JumpClod".to_owned();
    let said = scene.refused(1);
    assert!(said.contains("JumpClod"), "{said}");
}

#[test]
fn a_security_group_that_two_groups_match() {
    let mut scene = scene("twogroups");
    let unit = scene.container.add_unit("Unit");
    let again = format!("CN=JumpCloud,{unit}");
    scene.samba.add(&again, &[("objectClass", "group"), ("sAMAccountName", "again-twogroups")]);
    let said = scene.refused(1);
    assert!(said.contains(&again), "{said}");
    scene.policy.security_group = scene.container.security_group();
    assert_eq!(scene.plan().count("create"), 2);
}

#[test]
fn a_wrong_api_key() {
    let mut scene = scene("apikey");
    scene.policy.api_key = "not-the-key".to_owned();
    let said = scene.refused(1);
    assert!(said.contains("API key") && !said.contains("not-the-key"), "{said}");
}

#[test]
fn a_server_that_nobody_runs() {
    let mut scene = scene("noserver");
    scene.policy.server = "ldaps://127.0.54.1".to_owned();
    let said = scene.refused(6);
    assert!(said.contains("ad::unreachable"), "{said}");
}
