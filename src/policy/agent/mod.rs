//! The configuration of JumpCloud's import agent (`jcadimportagent.config.json`, earlier `adint.config.json`) → a policy.
//!
//! JumpCloud publishes what its options mean and where they stand (`MainLoop`), and no whole file. So options are found by
//! their names wherever they stand, and what is not known by name is named in a comment, without its value: it may be a
//! secret.

mod settings;

use miette::Diagnostic;

use super::written::{inert, kdl, line};
use settings::Settings;

/// Why no policy can be made of a configuration.
#[derive(Debug, thiserror::Error, Diagnostic)]
pub enum AgentConfigError {
    /// It is no JSON.
    #[error("it is no JSON")]
    #[diagnostic(
        code(agent_config::no_json),
        help("name jcadimportagent.config.json, or adint.config.json of an older agent")
    )]
    NoJson(#[source] serde_json::Error),

    /// Nothing in it names the security group.
    #[error(
        "nothing in it names the security group by its DN, such as CN=JumpCloud;OU=Staff;DC=example;DC=com"
    )]
    #[diagnostic(
        code(agent_config::no_group),
        help("see that this is the agent's own configuration file, and that it is whole")
    )]
    NoGroup,

    /// Several DNs in it could be the security group.
    #[error("several DNs in it could be the security group: {}", names.join(", "))]
    #[diagnostic(
        code(agent_config::several_groups),
        help("leave one of them in a copy of the file, and read that")
    )]
    SeveralGroups {
        /// The options.
        names: Vec<String>,
    },
}

/// The policy that does what the agent does, as far as there is a counterpart. What has none is in its comments. It holds
/// no secret, but the names of the variables that are to hold them. `is_old` is whether the file is of an agent that knows
/// the four main attributes alone (`adint.config.json`).
///
/// # Errors
/// When it does not say which group is imported.
pub fn policy_of_agent(config: &str, is_old: bool) -> Result<String, AgentConfigError> {
    let settings = Settings::read(config)?;
    let mut out = String::from(
        "// Made of the configuration of JumpCloud's import agent. Before the first apply: put the two secrets into the\n\
         // variables named below, validate this file, plan, and read the plan. Then stop the agent's service on every\n\
         // server: it would overwrite and delete beside adjunct.\n",
    );
    let label = settings.domain.as_str().split('.').next().unwrap_or_default();
    line(&mut out, 0, &format!("policy {} {{", kdl(label)));
    active_directory(&mut out, &settings);
    line(&mut out, 1, "jumpcloud {");
    line(
        &mut out,
        2,
        "// The agent's connect key does not do: an administrator's API key, or a service account.",
    );
    line(&mut out, 2, "api-key (env)\"JUMPCLOUD_API_KEY\"");
    if let Some(organization) = &settings.organization {
        line(&mut out, 2, &format!("organization {}", kdl(organization)));
    }
    line(&mut out, 1, "}\n");
    line(&mut out, 1, &format!("root-container {}", kdl(&settings.container)));
    line(&mut out, 1, &format!("security-group {}", kdl(&settings.group)));
    line(
        &mut out,
        1,
        "// The agent gives administrator rights to the direct members of this group. Where it exists:",
    );
    line(&mut out, 1, "// administrators-group \"JumpCloud Admins\"\n");
    takeover(&mut out, &settings);
    line(&mut out, 1, &format!("dissociation {}\n", kdl(&settings.dissociation)));
    attributes(&mut out, &settings, is_old);
    if !settings.others.is_empty() {
        out.push('\n');
        line(
            &mut out,
            1,
            "// Options of the agent without a counterpart. Values are not copied: they may be secrets.",
        );
        for name in &settings.others {
            line(&mut out, 1, &format!("//     {}", inert(name)));
        }
    }
    line(&mut out, 0, "}");
    Ok(out)
}

fn active_directory(out: &mut String, settings: &Settings) {
    let Settings { domain, server, account, .. } = settings;
    line(out, 1, "active-directory {");
    if server.is_none() {
        line(
            out,
            2,
            "// The agent asks the server that it runs on. The domain's own name leads to any controller; its",
        );
        line(out, 2, "// certificate may not bear it: then name the controllers.");
    }
    let host = server.as_deref().unwrap_or(domain.as_str());
    line(out, 2, &format!("server {}", kdl(&format!("ldaps://{host}"))));
    if account.is_none() {
        line(out, 2, "// The configuration names no account: name the one that reads the directory.");
    }
    let account = account.clone().unwrap_or_else(|| format!("jcimport@{domain}"));
    line(out, 2, &format!("bind {} password=(env)\"AD_PASSWORD\"", kdl(&account)));
    line(out, 2, "// ca-certificate \"corp-ca.pem\"   // unless this machine trusts the CA of the domain");
    line(out, 1, "}");
}

fn takeover(out: &mut String, settings: &Settings) {
    line(
        out,
        1,
        "// The agent takes over users of the same mail address; \"refuse\" holds their namesakes back.",
    );
    if settings.takeover.as_deref() != Some("retain") {
        line(
            out,
            1,
            "// It also lets them set a password anew (UserTakeoverAction \"deactivate\"). adjunct leaves passwords alone.",
        );
    }
    line(out, 1, "takeover \"adopt\"");
}

fn attributes(out: &mut String, settings: &Settings, is_old: bool) {
    let is_more = settings.additional.unwrap_or(!is_old);
    if is_more {
        line(
            out,
            1,
            "// Clears in JumpCloud what Active Directory does not have, also what people entered there: see the plan.",
        );
    }
    let preset = if is_more { "agent" } else { "core" };
    line(out, 1, &format!("attributes preset=\"{preset}\" {{"));
    line(out, 2, &format!("username {}", kdl(&settings.username)));
    line(out, 1, "}");
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::policy::{LeaveAction, Takeover, parse};

    const FULL: &str = r#"{
        "LDAP": { "Hostname": "dc1.corp.example.com", "Port": 636, "UseLDAPS": true,
                  "DN": "CN=JumpCloud;OU=Corporate Users;DC=corp;DC=example;DC=com",
                  "Username": "CORP\\jcimport", "Password": "canary" },
        "Connect": { "OrgId": "5f1b881d9b3a4d2b3c4d5e6f", "ConnectKey": "canary", "Token\n}": ["canary"] },
        "MainLoop": {
            "UserDissociationAction": "unbind", "UserTakeoverAction": "retain", "SyncAdditionalAttributes": true,
            "UserFieldMapping": { "username": "userPrincipalName" },
            "PasswordChangeListener": { "PollTimeMillis": 5000 }
        }
    }"#;

    #[test]
    fn a_whole_configuration_is_a_policy_that_does_the_same() {
        let text = policy_of_agent(FULL, false).unwrap();
        assert!(!text.contains("canary"));
        let policy = parse("corp.kdl", &text).unwrap();
        assert_eq!(policy.dissociation.default.action, LeaveAction::Unbind);
        assert_eq!(policy.takeover, Takeover::Adopt);
        assert_eq!(policy.root_container.value.to_string(), "OU=Corporate Users,DC=corp,DC=example,DC=com");
    }

    #[test]
    fn the_least_configuration_is_a_policy_as_the_agent_takes_it() {
        for (is_old, preset) in [(false, "preset=\"agent\""), (true, "preset=\"core\"")] {
            let least =
                r#"{ "ldap": { "dn": "CN=JumpCloud;CN=Users;DC=a-b;DC=example", "host": "localhost" } }"#;
            let text = policy_of_agent(least, is_old).unwrap();
            assert!(text.contains(preset) && text.contains("ldaps://a-b.example"), "{text}");
            let policy = parse("corp.kdl", &text).unwrap();
            assert_eq!(policy.dissociation.default.action, LeaveAction::Remove);
        }
    }

    #[test]
    fn without_one_group_there_is_no_policy() {
        for (config, code) in [
            ("", "agent_config::no_json"),
            ("[]", "agent_config::no_group"),
            (r#"{ "LDAP": { "DN": "JumpCloud" } }"#, "agent_config::no_group"),
            (r#"{ "a": "CN=A;DC=x;DC=y", "b": "CN=B;DC=x;DC=y" }"#, "agent_config::several_groups"),
        ] {
            let error = policy_of_agent(config, false).unwrap_err();
            assert_eq!(error.code().unwrap().to_string(), code, "{config}");
        }
    }

    proptest! {
        #[test]
        fn whatever_stands_in_a_configuration_the_policy_is_one(
            group in "\\PC{1,12}",
            account in ".{0,12}",
            name in ".{0,12}",
        ) {
            let config = serde_json::json!({
                "dn": format!("CN=G;OU={};DC=x;DC=y", group.replace([';', ',', '\\', '+', '"', '<', '>', '=', '#'], "")),
                "username": account,
                name: "canary",
            });
            if let Ok(text) = policy_of_agent(&config.to_string(), false) {
                prop_assert!(parse("corp.kdl", &text).is_ok(), "{text}");
                prop_assert!(!text.contains("canary"));
            }
        }
    }
}
