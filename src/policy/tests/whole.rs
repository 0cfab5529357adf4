//! What a whole policy reads as, and what becomes of pieces of one.

use std::time::Duration;

use crate::model::{AttributeName, Attributes, Cause, Dn, Field, Value};
use crate::policy::{
    ActiveDirectory, ApiCredentials, Concerns, Condition, Credential, DirectoryUse, GroupSelector, JumpCloud,
    Leave, LeaveAction, Limit, NewUserState, NewUsers, PasswordAuthority, Policy, SecretRef, Takeover, parse,
};

use super::{WHOLE, render};

/// The least that is a policy.
const LEAST: &str = r#"
policy "corp" {
    active-directory { ldif "corp.ldif"; }
    jumpcloud { sandbox "org.json"; }
    root-container "OU=Staff;DC=Example;DC=com"
    security-group "JumpCloud"
}
"#;

fn mappings(policy: &Policy) -> Vec<String> {
    policy
        .mappings
        .iter()
        .map(|mapping| {
            let sources: Vec<&str> = mapping.attributes().into_iter().map(AttributeName::as_str).collect();
            let line = mapping.line.as_ref();
            let line = line.map_or_else(|| "preset".to_owned(), |line| line.number.to_string());
            format!("{} <- {} ({line})", mapping.field, sources.join(", "))
        })
        .collect()
}

#[test]
fn reads_every_node_that_has_an_effect() {
    let policy = parse("corp.kdl", WHOLE).unwrap();
    assert_eq!(policy.name, "corp");
    let ActiveDirectory::Ldap(server) = &policy.active_directory else { panic!("{policy:?}") };
    assert_eq!(server.servers[0].value.as_str(), "ldaps://dc1.corp.example.com");
    assert_eq!(server.bind.value, r"CORP\jcimport");
    let Credential::Password(password) = &server.credential else { panic!("{server:?}") };
    assert_eq!(password.value, SecretRef::Env("AD_PASSWORD".to_owned()));
    assert_eq!(server.ca_certificate.as_ref().unwrap().value, "corp-ca.pem");
    assert_eq!(server.timeout, Duration::from_mins(1));
    assert_eq!(server.page_size, 500);
    let JumpCloud::Api { url, credentials: ApiCredentials::ApiKey(api_key), organization, spacing: None } =
        &policy.jumpcloud
    else {
        panic!("{policy:?}")
    };
    assert_eq!(url.value.as_str(), "https://console.eu.jumpcloud.com/");
    assert_eq!(api_key.value, SecretRef::File("keys/jumpcloud".to_owned()));
    assert_eq!(organization.as_deref(), Some("5f1b881d9b3a4d2b3c4d5e6f"));
    assert_eq!(policy.domain.as_str(), "corp.example.com");
    assert_eq!(
        policy.root_container.value,
        Dn::parse("OU=Corporate Users,DC=corp,DC=example,DC=com").unwrap()
    );
    assert!(matches!(&policy.security_group.value, GroupSelector::Name(name) if name == "JumpCloud"));
    assert_eq!(policy.passwords, PasswordAuthority::JumpCloud);
    assert_eq!(
        mappings(&policy),
        [
            "username <- userPrincipalName (30)",
            "email <- mail, userPrincipalName (preset)",
            "firstname <- givenName (preset)",
            "lastname <- sn (preset)",
            "department <- department, division (31)",
            "attributes.costCode <- extensionAttribute1 (32)",
        ]
    );
    assert_eq!(policy.limits.removals, Limit { number: 30, percent: 5 });
    assert_eq!(policy.limits.suspensions, Limit { number: 20, percent: 10 });
    assert_eq!(policy.limits.membership_removals, Limit { number: 200, percent: 25 });
    assert_eq!(policy.limits.attribute_changes, Limit { number: 500, percent: 50 });
    let exclusions: Vec<_> = policy
        .exclusions
        .iter()
        .map(|exclusion| {
            (
                exclusion.concerns,
                exclusion.conditions.len(),
                exclusion.reason.as_deref(),
                exclusion.line.number,
            )
        })
        .collect();
    assert_eq!(
        exclusions,
        [
            (Concerns::Users, 1, Some("service accounts"), 36),
            (Concerns::Users, 2, None, 37),
            (Concerns::UsersAndGroups, 1, None, 38),
            (Concerns::Groups, 1, None, 39),
        ]
    );
}

#[test]
fn spans_are_the_bytes_of_the_values() {
    for text in [
        WHOLE.to_owned(),
        format!("\u{feff}{}", WHOLE.replace("The corp domain", "Zoë's 漢 domain")),
        WHOLE.replace('\n', "\r\n"),
    ] {
        let policy = parse("corp.kdl", &text).unwrap();
        assert_eq!(
            policy.root_container.span.slice(&text),
            "\"OU=Corporate Users,DC=corp,DC=example,DC=com\""
        );
        let ActiveDirectory::Ldap(server) = &policy.active_directory else { panic!("{policy:?}") };
        let Credential::Password(password) = &server.credential else { panic!("{server:?}") };
        assert_eq!(password.span.slice(&text), "\"AD_PASSWORD\"");
        assert_eq!(server.bind.span.slice(&text), "\"CORP\\\\jcimport\"");
        assert_eq!(policy.exclusions[0].line.number, 36);
    }
}

#[test]
fn what_is_left_out_has_its_default() {
    let policy = parse("corp.kdl", LEAST).unwrap();
    assert!(matches!(&policy.active_directory, ActiveDirectory::Ldif { file } if file.value == "corp.ldif"));
    assert!(
        matches!(&policy.jumpcloud, JumpCloud::Sandbox { state, seed: None } if state.value == "org.json")
    );
    assert_eq!(policy.domain.as_str(), "example.com");
    assert_eq!(policy.passwords, PasswordAuthority::Directory);
    assert_eq!(policy.mappings.len(), 4);
    assert!(policy.exclusions.is_empty());
    assert_eq!(policy.limits, crate::policy::Limits::default());

    let remote = LEAST
        .replace(
            "ldif \"corp.ldif\"",
            "server \"ldaps://dc1\"; bind \"jc\" password=(command)\"pass show ad\"",
        )
        .replace("sandbox \"org.json\"", "api-key (env)\"KEY\"");
    let policy = parse("corp.kdl", &remote).unwrap();
    let ActiveDirectory::Ldap(server) = &policy.active_directory else { panic!("{policy:?}") };
    assert_eq!((server.timeout, server.page_size), (Duration::from_secs(30), 1_000));
    let Credential::Password(password) = &server.credential else { panic!("{server:?}") };
    assert_eq!(password.value, SecretRef::Command("pass show ad".to_owned()));
    let JumpCloud::Api { url, organization, .. } = &policy.jumpcloud else { panic!("{policy:?}") };
    assert_eq!(url.value.as_str(), "https://console.jumpcloud.com/");
    assert_eq!(*organization, None);
}

#[test]
fn who_arrives_and_who_leaves_is_read() {
    let policy = parse("corp.kdl", LEAST).unwrap();
    let leave =
        |action, days: Option<u32>| Leave { action, grace: days.map(|days| Duration::from_hours(24) * days) };
    assert_eq!(policy.takeover, Takeover::Refuse);
    assert_eq!(policy.new_users, NewUsers { state: NewUserState::Activated, has_welcome_email: true });
    assert_eq!(policy.directory, DirectoryUse::Bind);
    assert!(policy.administrators_group.is_none());
    for cause in Cause::ALL {
        assert_eq!(policy.dissociation.of(cause), leave(LeaveAction::Remove, None), "{cause}");
    }

    let written = LEAST.replace(
        "security-group",
        "administrators-group \"Admins\"; takeover \"adopt\"; new-users state=\"staged\" welcome-email=#false
         dissociation \"suspend\" { disabled \"keep\"; left \"unbind\" after=\"1w\"; deleted \"remove\" after=\"2d\"; }
         security-group",
    );
    let policy = parse("corp.kdl", &written).unwrap();
    assert_eq!(policy.takeover, Takeover::Adopt);
    assert_eq!(policy.new_users, NewUsers { state: NewUserState::Staged, has_welcome_email: false });
    assert!(
        matches!(&policy.administrators_group.unwrap().value, GroupSelector::Name(name) if name == "Admins")
    );
    for (cause, expected) in [
        (Cause::Deleted, leave(LeaveAction::Remove, Some(2))),
        (Cause::Disabled, leave(LeaveAction::Keep, None)),
        (Cause::Expired, leave(LeaveAction::Suspend, None)),
        (Cause::Left, leave(LeaveAction::Unbind, Some(7))),
    ] {
        assert_eq!(policy.dissociation.of(cause), expected, "{cause}");
    }
}

#[test]
fn servers_keep_their_order_and_a_keytab_takes_the_place_of_a_password() {
    let read = |nodes: &str| {
        let text = LEAST.replace("ldif \"corp.ldif\"", nodes);
        match parse("corp.kdl", &text).unwrap().active_directory {
            ActiveDirectory::Ldap(server) => server,
            ActiveDirectory::Ldif { .. } => panic!("{text}"),
        }
    };
    let server = read(
        "server \"ldaps://dc2\" \"ldap://dc1\" \"ldaps://dc1:3636\"; bind \"jc@EXAMPLE.COM\" keytab=\"jc.keytab\"",
    );
    let urls: Vec<&str> = server.servers.iter().map(|server| server.value.as_str()).collect();
    assert_eq!(urls, ["ldaps://dc2", "ldap://dc1", "ldaps://dc1:3636"]);
    assert!(matches!(&server.credential, Credential::Keytab(file) if file.value == "jc.keytab"));
    assert_eq!((server.bind.value.as_str(), server.allow_insecure), ("jc@EXAMPLE.COM", false));
    let server =
        read("server \"ldap://dc1\"; bind \"jc\" password=(env)\"AD_PASSWORD\"; allow-insecure #true");
    assert!(server.allow_insecure);
}

#[test]
fn the_agents_preset_maps_what_the_agent_imports() {
    let text = LEAST.replace(
        "security-group",
        "attributes preset=\"agent\" { phone \"home\" \"otherHomePhone\"; }\n security-group",
    );
    let policy = parse("corp.kdl", &text).unwrap();
    assert_eq!(
        mappings(&policy),
        [
            "username <- sAMAccountName (preset)",
            "email <- mail, userPrincipalName (preset)",
            "firstname <- givenName (preset)",
            "lastname <- sn (preset)",
            "displayname <- displayName (preset)",
            "description <- description (preset)",
            "jobTitle <- title (preset)",
            "department <- department (preset)",
            "company <- company (preset)",
            "location <- physicalDeliveryOfficeName (preset)",
            "employeeType <- employeeType (preset)",
            "phoneNumbers.home <- otherHomePhone (6)",
            "phoneNumbers.mobile <- mobile (preset)",
            "phoneNumbers.work <- telephoneNumber (preset)",
            "phoneNumbers.work_fax <- facsimileTelephoneNumber (preset)",
            "addresses.work.streetAddress <- streetAddress (preset)",
            "addresses.work.poBox <- postOfficeBox (preset)",
            "addresses.work.locality <- l (preset)",
            "addresses.work.region <- st (preset)",
            "addresses.work.postalCode <- postalCode (preset)",
            "addresses.work.country <- co (preset)",
            "manager <- manager (preset)",
        ]
    );
}

#[test]
fn every_attribute_that_a_mapping_reads_is_asked_for_once() {
    let text = LEAST.replace(
        "security-group",
        "attributes preset=\"none\" { username \"uid\"; email template=\"{uid|lower}@{dnsRoot}\"; \
         address \"work\" country=\"co\" locality=\"l\"; manager \"boss\"; company value=\"Example\"; \
         custom \"units\" \"OU\" \"ou\" join=\", \"; }\n security-group",
    );
    let policy = parse("corp.kdl", &text).unwrap();
    let names = policy.attributes();
    let names: Vec<&str> = names.iter().map(AttributeName::as_str).collect();
    assert_eq!(names, ["boss", "co", "dnsRoot", "l", "OU", "uid"]);
}

#[test]
fn what_is_wrong_with_a_template_is_told_at_its_place_in_the_text() {
    let place = |written: &str| {
        let text = LEAST.replace(
            "security-group",
            &format!("attributes {{ displayname template={written}; }}\n security-group"),
        );
        let errors = parse("corp.kdl", &text).unwrap_err();
        let places = errors.errors().iter().map(|error| error.span().slice(&text).to_owned());
        places.collect::<Vec<_>>()
    };
    assert_eq!(place("\"é {sn|lowr} {a b}\""), ["|lowr", "a b"]);
    assert_eq!(place("#\"{sn|before}\"#"), ["|before"]);
    assert_eq!(place("\"\\u{e9} {sn|lowr}\""), ["\"\\u{e9} {sn|lowr}\""], "escapes have no places");
}

#[test]
fn a_service_account_and_a_rate_stand_in_the_policy() {
    let text = LEAST.replace(
        "sandbox \"org.json\";",
        "service-account \"5f1b\" secret=(file)\"jc.secret\"; rate \"20/s\";",
    );
    let policy = parse("corp.kdl", &text).unwrap();
    let JumpCloud::Api { credentials: ApiCredentials::ServiceAccount { id, secret }, spacing, .. } =
        &policy.jumpcloud
    else {
        panic!("{policy:?}")
    };
    assert_eq!((id.value.as_str(), &secret.value), ("5f1b", &SecretRef::File("jc.secret".to_owned())));
    assert_eq!(*spacing, Some(Duration::from_millis(50)));
}

#[test]
fn without_a_preset_only_the_written_fields_are_mapped() {
    let text = LEAST.replace(
        "security-group",
        "attributes preset=\"none\" { email \"mail\"; username \"uid\"; jobTitle \"title\"; }\n security-group",
    );
    let policy = parse("corp.kdl", &text).unwrap();
    assert_eq!(mappings(&policy), ["username <- uid (6)", "email <- mail (6)", "jobTitle <- title (6)"]);
    let fields: Vec<&Field> = policy.mappings.iter().map(|mapping| &mapping.field).collect();
    assert!(fields.is_sorted());
}

#[test]
fn exclusions_match_by_name_dn_and_attributes() {
    let policy = parse("corp.kdl", WHOLE).unwrap();
    let entry = |dn: &str, attributes: &[(&str, &str)]| {
        let mut all = Attributes::default();
        for (name, value) in attributes {
            all.extend(name, [Value::Text((*value).to_owned())]);
        }
        let dn = Dn::parse(dn).unwrap();
        policy.exclusions.iter().map(|exclusion| exclusion.matches(&dn, &all)).collect::<Vec<_>>()
    };
    assert_eq!(
        entry("CN=Backup,OU=a,DC=x", &[("sAMAccountName", "SVC-backup")]),
        [true, false, false, false]
    );
    assert_eq!(entry("CN=Domain Users,OU=a,DC=x", &[]), [false, false, false, true]);
    assert_eq!(entry("CN=b, OU=vendors, DC=x", &[]), [false, false, true, false]);
    assert_eq!(entry("CN=b,DC=x", &[("department", "Contractors EU")]), [false; 4]);
    assert_eq!(
        entry("CN=b,DC=x", &[("department", "contractors EU"), ("TITLE", "temp")]),
        [false, true, false, false]
    );
    assert!(
        matches!(&policy.exclusions[2].conditions[0], Condition::Dn(pattern) if pattern.as_str() == "*, OU=Vendors, *")
    );
}

#[test]
fn texts_without_a_policy_have_an_excerpt_too() {
    for text in ["", "\u{feff}", "\n\n", "policy", "policy \"x\" {", "é {", "漢漢 \"", "\u{feff}漢 }"] {
        let rendered = render(text);
        assert!(!rendered.contains("Failed to read"), "{rendered}");
    }
}

#[test]
fn no_cut_off_policy_is_a_smaller_valid_one() {
    let end = WHOLE.rfind('}').unwrap();
    for at in 0..=end {
        assert!(parse("corp.kdl", &WHOLE[..at]).is_err(), "cut at {at}");
    }
    for at in end + 1..=WHOLE.len() {
        assert!(parse("corp.kdl", &WHOLE[..at]).is_ok(), "cut at {at}");
    }
}

#[test]
fn no_policy_without_one_of_its_lines_loses_a_block_in_silence() {
    let lines: Vec<&str> = WHOLE.lines().collect();
    for (at, line) in lines.iter().enumerate().filter(|(_, line)| line.contains(['{', '}'])) {
        let rest: Vec<&str> =
            lines.iter().enumerate().filter(|(other, _)| *other != at).map(|(_, line)| *line).collect();
        assert!(parse("corp.kdl", &rest.join("\n")).is_err(), "without {line}");
    }
}

proptest::proptest! {
    #[test]
    fn any_text_ends_in_problems_with_excerpts(text in "(?s).{0,200}") {
        proptest::prop_assert!(!render(&text).contains("Failed to read"));
    }

    #[test]
    fn any_text_within_a_policy_ends_in_an_answer(at in 0..WHOLE.len(), length in 0..60_usize, text in "[a-z\"#{}()=/;*\\\\\n 0-9-]{0,20}") {
        let end = (at + length).min(WHOLE.len());
        let changed = format!("{}{text}{}", &WHOLE[..at], &WHOLE[end..]);
        if let Err(errors) = parse("corp.kdl", &changed) {
            proptest::prop_assert!(!errors.errors().is_empty());
            proptest::prop_assert!(!render(&changed).contains("Failed to read"));
        }
    }
}
