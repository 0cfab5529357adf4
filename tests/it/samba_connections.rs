//! The ways to a domain controller: by StartTLS, by what the platform trusts, and not in the clear.

use crate::support::samba::{Authority, Samba};
use crate::support::scene::Scene;

fn scene(name: &str) -> Scene {
    let scene = Scene::new(name);
    scene.container.add_member("ada");
    scene
}

fn plain_url(samba: &Samba) -> String {
    format!("ldap://{}", samba.address())
}

#[test]
fn a_password_goes_over_start_tls() {
    let mut scene = scene("starttls");
    scene.policy.server = plain_url(scene.samba);
    let plan = scene.plan();
    assert_eq!(plan.count("create"), 2);
    assert_eq!(plan.0["source"]["location"], plain_url(scene.samba));
    // Samba takes a password over TLS only, so it went over TLS.
    scene.policy.allow_insecure = true;
    let said = scene.refused(1);
    assert!(said.contains("ad::encryption_demanded") && said.contains("warning: "), "{said}");
}

#[test]
fn start_tls_with_a_stranger_ends_before_the_password() {
    let mut scene = scene("starttlsstranger");
    scene.policy.server = plain_url(scene.samba);
    scene.policy.ca_certificate = Some(Authority::new("Another CA").pem().to_owned());
    let said = scene.refused(1);
    assert!(said.contains("ad::untrusted_certificate"), "{said}");
}

#[test]
fn without_a_ca_in_the_policy_the_platform_decides() {
    let mut scene = scene("platformca");
    scene.policy.ca_certificate = None;
    scene.policy.platform_ca = Some(Authority::new("Another CA").pem().to_owned());
    let said = scene.refused(1);
    assert!(said.contains("ad::untrusted_certificate"), "{said}");
    scene.policy.platform_ca = Some(scene.samba.authority().pem().to_owned());
    for server in [scene.samba.url(), plain_url(scene.samba)] {
        scene.policy.server = server;
        assert_eq!(scene.plan().count("create"), 2);
    }
    // A CA in the policy counts instead of the platform's.
    scene.policy.ca_certificate = Some(Authority::new("Another CA").pem().to_owned());
    let said = scene.refused(1);
    assert!(said.contains("ad::untrusted_certificate"), "{said}");
}
