//! What people see who are new to KDL.

use super::render;

#[test]
fn slips_in_values_get_hints_of_their_own() {
    let rendered = render(
        r#"policy "corp" {
    active-directory {
        bind "CORP\jcimport" password=(env)"AD_PASSWORD"
        timeout 30s
    }
    jumpcloud {
        api-key (env)"JUMPCLOUD_API_KEY
    }
    new-users welcome-email=true
    limits {
        removals 20 percent=5%
    }
}
"#,
    );
    insta::assert_snapshot!(rendered, @r##"
      × corp.kdl: 5 problems in the policy

    Error: policy::syntax

      × not KDL: a backslash in quotes begins an escape, and this is none
       ╭─[corp.kdl:3:19]
     2 │     active-directory {
     3 │         bind "CORP\jcimport" password=(env)"AD_PASSWORD"
       ·                   ──
     4 │         timeout 30s
       ╰────
      help: double it, as in "CORP\\jcimport", or write a raw string: #"CORP\jcimport"#

    Error: policy::syntax

      × not KDL: this begins as a number and is none
       ╭─[corp.kdl:4:17]
     3 │         bind "CORP\jcimport" password=(env)"AD_PASSWORD"
     4 │         timeout 30s
       ·                 ───
     5 │     }
       ╰────
      help: put it in quotes: timeout "30s"

    Error: policy::syntax

      × not KDL: a text in quotes is not closed in its line
       ╭─[corp.kdl:7:22]
     6 │     jumpcloud {
     7 │         api-key (env)"JUMPCLOUD_API_KEY
       ·                      ──────────────────
     8 │     }
       ╰────
      help: add the closing quotes

    Error: policy::syntax

      × not KDL: `true` is no value of KDL 2
        ╭─[corp.kdl:9:29]
      8 │     }
      9 │     new-users welcome-email=true
        ·                             ────
     10 │     limits {
        ╰────
      help: write #true

    Error: policy::syntax

      × not KDL: a number has no `%`
        ╭─[corp.kdl:11:29]
     10 │     limits {
     11 │         removals 20 percent=5%
        ·                             ──
     12 │     }
        ╰────
      help: write it without, as in: percent=5
    "##);
}

#[test]
fn slips_between_values_get_hints_of_their_own() {
    let rendered = render(
        r#"# The corp domain.
policy "corp" {
    active-directory {
        server = "ldaps://dc1.corp.example.com"
    }
    root-container OU=Staff,DC=corp
    attributes {
        email "mail", "userPrincipalName"
        department ["department"]
    }
"#,
    );
    insta::assert_snapshot!(rendered, @r#"
      × corp.kdl: 7 problems in the policy

    Error: policy::syntax

      × not KDL: a lone `#` means nothing
       ╭─[corp.kdl:1:1]
     1 │ # The corp domain.
       · ─
     2 │ policy "corp" {
       ╰────
      help: comments begin with //

    Error: policy::syntax

      × not KDL: a block is not closed
       ╭─[corp.kdl:2:15]
     1 │ # The corp domain.
     2 │ policy "corp" {
       ·               ─
     3 │     active-directory {
       ╰────
      help: a closing `}` is missing; was the file cut off?

    Error: policy::syntax

      × not KDL: no `=` stands between a node and its value
       ╭─[corp.kdl:4:16]
     3 │     active-directory {
     4 │         server = "ldaps://dc1.corp.example.com"
       ·                ─
     5 │     }
       ╰────
      help: write: takeover "refuse"; only properties have a `=`

    Error: policy::syntax

      × not KDL: this `=` belongs to no property
       ╭─[corp.kdl:6:31]
     5 │     }
     6 │     root-container OU=Staff,DC=corp
       ·                               ─
     7 │     attributes {
       ╰────
      help: put a text with `=` in it in quotes: "OU=Staff,DC=example,DC=com"

    Error: policy::syntax

      × not KDL: values are separated by spaces
       ╭─[corp.kdl:8:21]
     7 │     attributes {
     8 │         email "mail", "userPrincipalName"
       ·                     ─
     9 │         department ["department"]
       ╰────
      help: leave the comma out: email "mail" "userPrincipalName"

    Error: policy::syntax

      × not KDL: KDL has no lists in brackets
        ╭─[corp.kdl:9:20]
      8 │         email "mail", "userPrincipalName"
      9 │         department ["department"]
        ·                    ─
     10 │     }
        ╰────
      help: write the values one after the other: email "mail" "userPrincipalName"

    Error: policy::syntax

      × not KDL: KDL has no lists in brackets
        ╭─[corp.kdl:9:33]
      8 │         email "mail", "userPrincipalName"
      9 │         department ["department"]
        ·                                 ─
     10 │     }
        ╰────
      help: write the values one after the other: email "mail" "userPrincipalName"
    "#);
}

#[test]
fn slips_that_are_kdl_get_hints_too() {
    let rendered = render(
        r#"policy "corp" {
    active-directory {
        server ldaps://dc1.corp.example.com
        bind "CORP\nora" password: (env)"AD_PASSWORD"
    }
    jumpcloud {
        api-key: (env)"JUMPCLOUD_API_KEY"
        timeout "30s"
    }
    root-container "OU=Staff,DC=corp,DC=example,DC=com"
    security-group "JumpCloud"
    security-group "Others"
}
"#,
    );
    insta::assert_snapshot!(rendered, @r##"
      × corp.kdl: 6 problems in the policy

    Error: policy::invalid_url

      × the server ends before its //
       ╭─[corp.kdl:3:16]
     2 │     active-directory {
     3 │         server ldaps://dc1.corp.example.com
       ·                ──────
     4 │         bind "CORP\nora" password: (env)"AD_PASSWORD"
       ╰────
      help: without quotes, // begins a comment: put the URL in quotes

    Error: policy::stray_escape

      × the argument of `bind` has a control character or a white-space escape in it
       ╭─[corp.kdl:4:14]
     3 │         server ldaps://dc1.corp.example.com
     4 │         bind "CORP\nora" password: (env)"AD_PASSWORD"
       ·              ───────────
     5 │     }
       ╰────
      help: a backslash in quotes begins an escape: double it, or write a raw string: #"CORP\jc"#

    Error: policy::unexpected_argument

      × `bind` takes one argument
       ╭─[corp.kdl:4:26]
     3 │         server ldaps://dc1.corp.example.com
     4 │         bind "CORP\nora" password: (env)"AD_PASSWORD"
       ·                          ─────────
     5 │     }
       ╰────
      help: a property is written with `=` and without spaces; the form is: bind "CORP\\jcimport"
            password=(env)"AD_PASSWORD"

    Error: policy::unknown_node

      × `api-key:` is no part of `jumpcloud`
       ╭─[corp.kdl:7:9]
     6 │     jumpcloud {
     7 │         api-key: (env)"JUMPCLOUD_API_KEY"
       ·         ────┬───
       ·             ╰── unknown
     8 │         timeout "30s"
       ╰────
      help: KDL has no colons; write it like this: api-key (env)"JUMPCLOUD_API_KEY"

    Error: policy::unknown_node

      × `timeout` is no part of `jumpcloud`
       ╭─[corp.kdl:8:9]
     7 │         api-key: (env)"JUMPCLOUD_API_KEY"
     8 │         timeout "30s"
       ·         ───┬───
       ·            ╰── unknown
     9 │     }
       ╰────
      help: it belongs into the block of `active-directory`

    Error: policy::duplicate_node

      × `security-group` is here twice
        ╭─[corp.kdl:12:5]
     10 │     root-container "OU=Staff,DC=corp,DC=example,DC=com"
     11 │     security-group "JumpCloud"
        ·     ───────┬──────
        ·            ╰── here before
     12 │     security-group "Others"
        ·     ───────┬──────
        ·            ╰── again
     13 │ }
        ╰────
      help: keep one of the two
    "##);
}

#[test]
fn nesting_is_refused_before_it_is_parsed() {
    let rendered = render(&format!("{}\n{}", "a { ".repeat(17), "} ".repeat(17)));
    insta::assert_snapshot!(rendered, @r#"
      × corp.kdl: 1 problem in the policy

    Error: policy::too_deep

      × blocks are nested more than 16 deep
       ╭─[corp.kdl:1:67]
     1 │ a { a { a { a { a { a { a { a { a { a { a { a { a { a { a { a { a {
       ·                                                                   ─
     2 │ } } } } } } } } } } } } } } } } }
       ╰────
      help: a policy needs four levels; is a closing one missing?
    "#);
    // Braces in strings and comments are none.
    let text = format!("policy \"{{\" {{ /* {} */\n// {{{{\n}}", "{".repeat(20));
    assert!(render(&text).contains("policy::missing_node"));
}

#[test]
fn a_missing_brace_is_looked_for() {
    let rendered = render(
        "policy \"corp\" {\n    jumpcloud {\n        url \"x\"\n    limits {\n        removals 5\n    }\n}\n",
    );
    insta::assert_snapshot!(rendered, @r#"
      × corp.kdl: 1 problem in the policy

    Error: policy::syntax

      × not KDL: a block is not closed
       ╭─[corp.kdl:1:15]
     1 │ policy "corp" {
       ·               ─
     2 │     jumpcloud {
       ·               ┬
       ·               ╰── perhaps that of this one
     3 │         url "x"
       ╰────
      help: a closing `}` is missing; was the file cut off?
    "#);
}
