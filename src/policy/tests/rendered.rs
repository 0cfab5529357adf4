//! What people see.

use crate::policy::parse;

use super::render;

#[test]
fn six_mistakes_are_told_at_once() {
    let rendered = render(
        r#"policy "corp" {
    active-directory {
        server "ldaps://dc1.corp.example.com:3269"
        bind "CORP\\jcimport" pasword=(env)"AD_PASSWORD"
    }
    jumpcloud {
        api-key (env)"JUMPCLOUD_API_KEY"
    }
    root-container "OU=Staff,DC=corp,DC=example,DC=com"
    security-group "CN=JumpCloud,DC=corp,DC=example,DC=com"
    takeover "adpot"
    atributes preset="core"
    exclude {
        user reason="everybody?"
    }
}
"#,
    );
    insta::assert_snapshot!(rendered, @r#"
      × corp.kdl: 6 problems in the policy

    Error: policy::global_catalog

      × port 3269 is the global catalog, which has a part of the attributes only
       ╭─[corp.kdl:3:16]
     2 │     active-directory {
     3 │         server "ldaps://dc1.corp.example.com:3269"
       ·                ───────────────────────────────────
     4 │         bind "CORP\\jcimport" pasword=(env)"AD_PASSWORD"
       ╰────
      help: leave the port out: ldaps:// uses 636, ldap:// uses 389

    Error: policy::unknown_property

      × `bind` has no property `pasword`
       ╭─[corp.kdl:4:31]
     3 │         server "ldaps://dc1.corp.example.com:3269"
     4 │         bind "CORP\\jcimport" pasword=(env)"AD_PASSWORD"
       ·                               ───┬───
       ·                                  ╰── unknown
     5 │     }
       ╰────
      help: did you mean `password`? The form is: bind "CORP\\jcimport" password=(env)"AD_PASSWORD"

    Error: policy::outside_root_container

      × the security group lies outside of the root container
        ╭─[corp.kdl:10:20]
      8 │     }
      9 │     root-container "OU=Staff,DC=corp,DC=example,DC=com"
        ·                    ──────────────────┬─────────────────
        ·                                      ╰── the root container
     10 │     security-group "CN=JumpCloud,DC=corp,DC=example,DC=com"
        ·                    ────────────────────────────────────────
     11 │     takeover "adpot"
        ╰────
      help: only what lies in the root container is read: move the group or choose a root container
            above it

    Error: policy::unknown_value

      × `takeover` cannot be `adpot`
        ╭─[corp.kdl:11:14]
     10 │     security-group "CN=JumpCloud,DC=corp,DC=example,DC=com"
     11 │     takeover "adpot"
        ·              ───────
     12 │     atributes preset="core"
        ╰────
      help: did you mean "adopt"? It is one of "refuse" or "adopt"

    Error: policy::unknown_node

      × `atributes` is no part of `policy`
        ╭─[corp.kdl:12:5]
     11 │     takeover "adpot"
     12 │     atributes preset="core"
        ·     ────┬────
        ·         ╰── unknown
     13 │     exclude {
        ╰────
      help: did you mean `attributes`?

    Error: policy::no_condition

      × this exclusion has no condition and would take everybody out
        ╭─[corp.kdl:14:9]
     13 │     exclude {
     14 │         user reason="everybody?"
        ·         ────
     15 │     }
        ╰────
      help: the form is: user "svc-*" department="IT" reason="service accounts"
    "#);
}

#[test]
fn a_literal_secret_is_not_shown() {
    let text = r##"policy "corp" {
    active-directory {
        server "ldaps://jc:hunter2@dc1.corp.example.com"
        bind "CORP\\jcimport" password="hunter2"
    }
    jumpcloud {
        api-key #"hunter2"#
    }
    security-group "JumpCloud"
    root-container "OU=Staff"
}
"##;
    let rendered = render(text);
    assert!(!rendered.contains("hunter2"), "{rendered}");
    assert!(!format!("{:?}", parse("corp.kdl", text)).contains("hunter2"));
    insta::assert_snapshot!(rendered, @r##"
      × corp.kdl: 4 problems in the policy

    Error: policy::invalid_url

      × the server must not name a user
       ╭─[corp.kdl:3:16]
     2 │     active-directory {
     3 │         server "ldaps://**********@dc1.corp.example.com"
       ·                ─────────────────────────────────────────
     4 │         bind "CORP\\jcimport" password="*******"
       ╰────
      help: the form is: server "ldaps://dc1.corp.example.com"

    Error: policy::literal_secret

      × the property `password` of `bind` is a secret and must not stand in the policy
       ╭─[corp.kdl:4:40]
     3 │         server "ldaps://**********@dc1.corp.example.com"
     4 │         bind "CORP\\jcimport" password="*******"
       ·                                        ────┬────
       ·                                            ╰── a secret, written out
     5 │     }
       ╰────
      help: say where it is to be had: (env)"NAME" for an environment variable, (file)"path" for a
            file, (command)"pass show ad" for what a command prints; and change it if this file was
            ever shared

    Error: policy::literal_secret

      × the argument of `api-key` is a secret and must not stand in the policy
       ╭─[corp.kdl:7:17]
     6 │     jumpcloud {
     7 │         api-key #"*******"#
       ·                 ─────┬─────
       ·                      ╰── a secret, written out
     8 │     }
       ╰────
      help: say where it is to be had: (env)"NAME" for an environment variable, (file)"path" for a
            file, (command)"pass show ad" for what a command prints; and change it if this file was
            ever shared

    Error: policy::no_domain

      × the root container has no DC parts that name its domain
        ╭─[corp.kdl:10:20]
      9 │     security-group "JumpCloud"
     10 │     root-container "OU=Staff"
        ·                    ──────────
     11 │ }
        ╰────
      help: write its full DN, such as "OU=Staff,DC=example,DC=com"
    "##);
}

#[test]
fn a_literal_secret_in_a_text_that_is_no_kdl_is_not_shown() {
    for text in [
        "api-key = \"hunter2\"\n",
        "bind \"jc\" password=\"hunter2\n}",
        "bind \"jc\" password=\"x\\hunter2\" }",
        "{ \"password\": \"hunter2\" }",
        "{ \"api-key\": 5, \"password\" : [\"hunter2\"] }",
        "password: hunter2%\n{",
        "bind \"jc\" password=\"\"\"\n hunter2\n \"\"\"\n{",
        "api-key \"a\"hunter2\"\n",
        "// password=\"hunter2\"\n{",
    ] {
        let rendered = render(text);
        assert!(!rendered.contains("hunter2"), "{rendered}");
        assert!(!format!("{:?}", parse("corp.kdl", text)).contains("hunter2"), "{text}");
    }
}

#[test]
fn what_is_wrong_with_a_mapping_is_told_where_it_is() {
    let rendered = render(
        r#"policy "corp" {
    active-directory {
        ldif "corp.ldif"
    }
    jumpcloud {
        sandbox "org.json"
    }
    root-container "OU=Staff,DC=corp,DC=example,DC=com"
    security-group "JumpCloud"
    attributes {
        displayname template="{givenName|uper} {sn|before}"
        location template="{l"
        company template="Example Ltd"
        username value="ada"
        phone "wrok" "telephoneNumber"
        address "work"
    }
}
"#,
    );
    insta::assert_snapshot!(rendered, @r#"
      × corp.kdl: 7 problems in the policy

    Error: policy::unknown_filter

      × `uper` is no filter of templates
        ╭─[corp.kdl:11:41]
     10 │     attributes {
     11 │         displayname template="{givenName|uper} {sn|before}"
        ·                                         ──┬──
        ·                                           ╰── unknown
     12 │         location template="{l"
        ╰────
      help: did you mean `upper`? There are lower, upper, trim, before, after, replace, default

    Error: policy::filter_arguments

      × the filter `before` has not the arguments that it takes
        ╭─[corp.kdl:11:51]
     10 │     attributes {
     11 │         displayname template="{givenName|uper} {sn|before}"
        ·                                                   ───────
     12 │         location template="{l"
        ╰────
      help: the form is: {attribute|before:@}

    Error: policy::template_brace

      × in the template a brace is opened and not closed
        ╭─[corp.kdl:12:28]
     11 │         displayname template="{givenName|uper} {sn|before}"
     12 │         location template="{l"
        ·                            ─
     13 │         company template="Example Ltd"
        ╰────
      help: an AD attribute stands between { and }; a brace itself is written twice: {{

    Error: policy::no_placeholder

      × the template names no AD attribute
        ╭─[corp.kdl:13:26]
     12 │         location template="{l"
     13 │         company template="Example Ltd"
        ·                          ─────────────
     14 │         username value="ada"
        ╰────
      help: write one between braces, {givenName}, or value="…" for what is the same for everybody

    Error: policy::constant_name

      × the value of `username` cannot be the same for everybody
        ╭─[corp.kdl:14:24]
     13 │         company template="Example Ltd"
     14 │         username value="ada"
        ·                        ─────
     15 │         phone "wrok" "telephoneNumber"
        ╰────
      help: each user needs one of its own: name an AD attribute, or write a template

    Error: policy::unknown_value

      × the type of a telephone number cannot be `wrok`
        ╭─[corp.kdl:15:15]
     14 │         username value="ada"
     15 │         phone "wrok" "telephoneNumber"
        ·               ──────
     16 │         address "work"
        ╰────
      help: did you mean "work"? It is one of "work" or "mobile" or "home" or "work_mobile" or
            "work_fax"

    Error: policy::missing_property

      × `address` maps no part
        ╭─[corp.kdl:16:9]
     15 │         phone "wrok" "telephoneNumber"
     16 │         address "work"
        ·         ───────
     17 │     }
        ╰────
      help: name the AD attribute of each part: address "work" street="streetAddress" locality="l"
    "#);
}
