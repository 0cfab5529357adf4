//! Tests of the policy language as a whole.

mod codes;
mod effects;
mod effects_world;
mod format;
mod hostile;
mod rendered;
mod shared;
mod slips;
mod table;
mod uses;
mod variables;
mod whole;

use miette::{Diagnostic, GraphicalReportHandler, GraphicalTheme};

use super::{PolicyErrors, parse};

/// A policy with every node that has an effect.
const WHOLE: &str = r#"// The corp domain.
policy "corp" {
    active-directory {
        server "ldaps://dc1.corp.example.com"
        domain "DC=corp,DC=example,DC=com"
        bind "CORP\\jcimport" password=(env)"AD_PASSWORD"
        ca-certificate "corp-ca.pem"
        timeout "1m"
        page-size 500
    }
    jumpcloud {
        api-key (file)"keys/jumpcloud"
        organization "5F1b881d9b3a4d2b3c4d5e6f"
        url "https://console.eu.jumpcloud.com"
        directory "ignore"
    }

    root-container "OU=Corporate Users,DC=corp,DC=example,DC=com"
    security-group "JumpCloud"
    takeover "refuse"
    passwords "jumpcloud"
    new-users state="activated" welcome-email=#true

    dissociation "remove" {
        disabled "remove"
        left "remove"
    }

    attributes preset="core" {
        username "userPrincipalName"
        department "department" "division"
        custom "costCode" "extensionAttribute1"
    }

    exclude {
        user "svc-*" reason="service accounts"
        user department="Contractors*" title="Temp*"
        dn "*, OU=Vendors, *"
        group "Domain *"
    }

    limits {
        removals 30 percent=5
        membership-removals percent=25
    }
}
"#;

/// The codes of all problems, in the order of the text.
fn codes(errors: &PolicyErrors) -> Vec<String> {
    errors.errors().iter().map(|error| error.code().unwrap().to_string()).collect()
}

/// The problems of a text as a terminal of 100 columns without colours shows them.
fn render(text: &str) -> String {
    show(&parse("corp.kdl", text).unwrap_err())
}

fn show(errors: &PolicyErrors) -> String {
    let handler = GraphicalReportHandler::new_themed(GraphicalTheme::unicode_nocolor()).with_width(100);
    let mut rendered = String::new();
    handler.render_report(&mut rendered, errors).unwrap();
    // Lines that end in spaces would not survive in the tests.
    rendered.lines().map(str::trim_end).collect::<Vec<_>>().join("\n")
}
