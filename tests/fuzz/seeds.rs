//! What mutations begin with: real inputs, and the words of each language.

use std::fs;
use std::path::{Path, PathBuf};

use crate::targets::Target;

/// The inputs of a target, and its words.
pub(crate) struct Seeds {
    pub(crate) inputs: Vec<Vec<u8>>,
    pub(crate) words: &'static [&'static str],
}

impl Seeds {
    pub(crate) fn of(target: Target) -> Self {
        let (inputs, words): (Vec<Vec<u8>>, _) = match target {
            Target::Ldif => (ldif(), LDIF_WORDS),
            Target::Dn => (dns(), DN_WORDS),
            Target::Template => (bytes_of(TEMPLATES), TEMPLATE_WORDS),
            Target::Policy => (files(|path| has_extension(path, "kdl") && !is_tests(path)), POLICY_WORDS),
            Target::Tests => (files(is_tests), TESTS_WORDS),
        };
        assert!(!inputs.is_empty(), "no seeds of {target:?}");
        Self { inputs, words }
    }
}

fn bytes_of(texts: &[&str]) -> Vec<Vec<u8>> {
    texts.iter().map(|text| text.as_bytes().to_vec()).collect()
}

fn name_of(path: &Path) -> String {
    path.file_name().unwrap().to_string_lossy().into_owned()
}

fn has_extension(path: &Path, extension: &str) -> bool {
    path.extension().is_some_and(|name| name == extension)
}

fn is_tests(path: &Path) -> bool {
    name_of(path).ends_with(".test.kdl")
}

/// The files of the examples and the scenarios, in ascending order of path.
fn files(is_wanted: impl Fn(&Path) -> bool) -> Vec<Vec<u8>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found: Vec<PathBuf> = Vec::new();
    let mut folders = vec![root.join("policies"), root.join("tests/scenarios")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if is_wanted(&path) {
                found.push(path);
            }
        }
    }
    found.sort();
    found.iter().map(|path| fs::read(path).unwrap()).collect()
}

/// The exports as they are, but for the large one, and each entry of all of them alone.
fn ldif() -> Vec<Vec<u8>> {
    let files = files(|path| has_extension(path, "ldif"));
    let mut inputs: Vec<Vec<u8>> = files.iter().filter(|file| file.len() < 8_000).cloned().collect();
    for file in &files {
        let text = str::from_utf8(file).unwrap();
        inputs.extend(text.split_inclusive("\n\n").map(|entry| entry.as_bytes().to_vec()));
    }
    inputs.extend(bytes_of(EXPORTS));
    inputs
}

/// The names in the exports, and some that are written in every other way.
fn dns() -> Vec<Vec<u8>> {
    let mut inputs = bytes_of(DNS);
    for file in files(|path| has_extension(path, "ldif")) {
        let text = String::from_utf8(file).unwrap();
        let lines = text.lines().filter_map(|line| line.strip_prefix("dn: "));
        inputs.extend(lines.map(|dn| dn.as_bytes().to_vec()));
    }
    inputs
}

const EXPORTS: &[&str] = &[
    "# extended LDIF\n#\n# LDAPv3\nversion: 1\n\ndn: DC=example,DC=com\nobjectClass: domain\n\nsearch: 2\nresult: 0 Success\n\n# numResponses: 2\n# numEntries: 1\n",
    "dn: CN=All,DC=example,DC=com\nchangetype: add\nobjectClass: group\nobjectGUID:: AAAAAAAAAAAAAAAAAAAAAQ==\n\
     groupType: -2147483646\nmember;range=0-1: CN=a,DC=example,DC=com\nmember;range=0-1: CN=b,DC=example,DC=com\n\
     member;range=2-*: <GUID=00000000-0000-0000-0000-000000000002>;<SID=S-1-5-21-1-2-3-500>;CN=c,DC=example,DC=com\n\
     objectSid:: AQUAAAAAAAUVAAAAa/MkRpL2iaUgmiDUUAQAAA==\n\n",
    "dn:: RE49YQ==\nobjectClass: user\n\nref: ldap://x/DC=x\n\nresult: 4 Size limit exceeded\n\
     # pagedresults: cookie=abc\n",
    "\u{feff}dn: CN=a,DC=example,DC=com\r\nobjectClass: user\r\nobjectGUID:: AAAAAAAAAAAAAAAAAAAAAg==\r\ncn: a\r\n\
      folded\r\nuserAccountControl: 514\r\naccountExpires: 9223372036854775807\r\n\r\n",
];

const LDIF_WORDS: &[&str] = &[
    "\n",
    "\n\n",
    "\r\n",
    "\n ",
    ":",
    "::",
    ": ",
    ":: ",
    ":<",
    ": <GUID=",
    ">;<SID=",
    "#",
    "dn: ",
    "dn:: ",
    "version: 1\n",
    "objectClass: user\n",
    "objectClass: group\n",
    "objectClass: computer\n",
    "objectGUID:: ",
    "objectGUID:: AAAAAAAAAAAAAAAAAAAAAQ==\n",
    "objectSid:: ",
    "userAccountControl: ",
    "accountExpires: ",
    "groupType: ",
    "primaryGroupID: ",
    "member: ",
    "member;range=0-*: ",
    "member;range=0-1499: ",
    ";range=",
    ";binary",
    "memberOf: ",
    "changetype: add\n",
    "changetype: modify\n",
    "control: ",
    "# numEntries: 1\n",
    "# LDAPv3\n",
    "search: 2\n",
    "result: 0 Success\n",
    "result: 4\n",
    "# pagedresults: cookie=\n",
    "ref: ldap://x\n",
    "-1",
    "0",
    "18446744073709551616",
    "9223372036854775807",
    "-2147483648",
    "=",
    "==",
    "AQEAAA==",
    "CN=a,DC=example,DC=com",
    "\u{feff}",
    "\0",
    "\u{1b}[2J",
    "\u{202e}",
    "é",
    "\u{fffd}",
];

const DNS: &[&str] = &[
    "CN=Ada,OU=Staff,DC=Example,DC=com",
    "CN=Users;DC=example;DC=com",
    r"CN=Lovelace\, Ada,DC=example",
    r"CN=Lovelace\2C Ada ,DC=example",
    r#"CN="Lovelace, Ada" , DC=example"#,
    r"CN=Zo\C3\AB+UID=b,DC=x",
    "CN=Zoe\u{308},DC=x",
    r"CN=a\ ,DC=x",
    r"CN=\#a\00\+\;\<\>\=,O=x",
    "1.2.840=#04024869,DC=x",
    "CN=,DC=x",
    "CN=Stra\u{df}e,DC=\u{130}",
    "CN=a\\0ADEL:01234567,CN=Deleted Objects,DC=x",
];

const DN_WORDS: &[&str] = &[
    ",",
    ";",
    "+",
    "=",
    "\\",
    "\"",
    "#",
    " ",
    "<",
    ">",
    "\\,",
    "\\;",
    "\\+",
    "\\ ",
    "\\\\",
    "\\\"",
    "\\2C",
    "\\00",
    "\\C3",
    "\\A9",
    "\\FF",
    "CN=",
    "OU=",
    "DC=",
    "uid=",
    "1.2.3=",
    ",DC=example,DC=com",
    ";DC=com",
    "\0",
    "\u{1}",
    "\n",
    "é",
    "e\u{301}",
    "\u{130}",
    "\u{df}",
    "\u{3a3}",
    "\u{345}",
    "\u{1fb3}",
    "\u{fb01}",
    "\u{10400}",
    "\u{1e9e}",
    "\u{390}",
    "\u{149}",
    "\u{200d}",
    "\u{202e}",
];

const TEMPLATES: &[&str] = &[
    "{givenName} {sn}",
    "{mail|before:@|lower}",
    "{mail|after:.|before:.}",
    "{sn|upper}",
    "<{l|trim}>",
    "{mail|replace:a:}",
    "{mail|replace:example.com:x:y}",
    "{title|default:none at all}",
    "{{{sn}}}",
    "{{{{{sn}",
    "room {title}, {l}",
    "{givenName|replace:A:::}",
    "ä{sn}é",
    "ad-{cn}",
];

const TEMPLATE_WORDS: &[&str] = &[
    "{",
    "}",
    "{{",
    "}}",
    "|",
    ":",
    "::",
    " ",
    "{sn}",
    "{mail",
    "|lower",
    "|upper",
    "|trim",
    "|before:",
    "|after:",
    "|replace:",
    "|replace:a:aa",
    "|default:",
    "@",
    "a",
    "A",
    "é",
    "\u{130}",
    "\u{df}",
    "\u{149}",
    "\0",
    "\u{301}",
    "\u{202e}",
];

const POLICY_WORDS: &[&str] = &[
    "{",
    "}",
    "{ ",
    " }\n",
    "\n",
    "\r\n",
    ";",
    "=",
    "\"",
    "\"\"\"",
    "#\"",
    "\"#",
    "##\"",
    "\\",
    "\\\n",
    "\\u{",
    "\\u{10ffff}",
    "/-",
    "/*",
    "*/",
    "//",
    "(",
    ")",
    "(env)",
    "(file)",
    "(command)",
    "(var)",
    "(var)\"ou\"",
    "#true",
    "#false",
    "#null",
    "#inf",
    "#-inf",
    "#nan",
    "true",
    "null",
    "0",
    "-1",
    "1.5",
    "1e999",
    "0x",
    "0b1",
    "1_000",
    "99999999999999999999",
    "policy ",
    "shared ",
    "include ",
    "include \"common.kdl\"\n",
    "variable ",
    " env=",
    " default=",
    "active-directory ",
    "server ",
    "\"ldaps://dc1\" ",
    "ldap://",
    "domain ",
    "bind ",
    " password=",
    " keytab=",
    "ca-certificate ",
    "timeout ",
    "\"30s\"",
    "page-size ",
    "allow-insecure ",
    "ldif ",
    "jumpcloud ",
    "api-key ",
    "service-account ",
    " secret=",
    "organization ",
    "url ",
    "rate ",
    "\"20/s\"",
    "directory ",
    "sandbox ",
    " seed=",
    "root-container ",
    "security-group ",
    "administrators-group ",
    "group-name ",
    " template=",
    "takeover ",
    "passwords ",
    "new-users ",
    " state=",
    " welcome-email=",
    "dissociation ",
    " after=",
    "\"7d\"",
    "deleted ",
    "disabled ",
    "expired ",
    "moved ",
    "excluded ",
    "left ",
    "\"suspend\"",
    "\"remove\"",
    "\"keep\"",
    "attributes ",
    " preset=",
    "\"core\"",
    "\"agent\"",
    "username ",
    "email ",
    "phone ",
    "address ",
    " street=",
    "manager ",
    "custom ",
    " value=",
    " join=",
    " required=",
    "exclude ",
    "user ",
    "group ",
    "dn ",
    " reason=",
    "limits ",
    "removals ",
    " percent=",
    "suspensions ",
    "membership-removals ",
    "attribute-changes ",
    "{mail|before:@}",
    "\"OU=Staff,DC=example,DC=com\"",
    "hunter2",
    "://a:b@",
    "\u{feff}",
    "\u{85}",
    "\u{2028}",
    "\u{1b}[31m",
    "\u{202e}",
    "\0",
    "é",
    "*",
    "?",
    "[",
    "]",
];

const TESTS_WORDS: &[&str] = &[
    "{",
    "}",
    "{ ",
    " }\n",
    "\n",
    ";",
    "=",
    "\"",
    "#\"",
    "\\",
    "/-",
    "/*",
    "*/",
    "//",
    "(",
    ")",
    "#null",
    "#true",
    "0",
    "-1",
    "1.5",
    "tests ",
    "test ",
    "policy ",
    "variable ",
    "directory ",
    "jumpcloud ",
    "before ",
    " now=",
    "now ",
    "\"2025-12-01T08:00:00Z\"",
    "\"-9999-01-02T00:00:00Z\"",
    "\"9999-12-30T22:00:00Z\"",
    "expect ",
    "user ",
    "group ",
    "membership ",
    "none ",
    "guard ",
    "\"create\"",
    "\"update\"",
    "\"suspend\"",
    "\"remove\"",
    "\"held-back\"",
    "\"unchanged\"",
    "\"activate\"",
    "\"add\"",
    "\"drop\"",
    " cause=",
    " reason=",
    " department=",
    " attributes.costCode=",
    " disabled=",
    " expires=",
    " dn=",
    " objectGUID=",
    "ou ",
    "container ",
    "hunter2",
    " password=",
    "\u{feff}",
    "\u{1b}[31m",
    "\u{202e}",
    "\0",
    "é",
    "*",
];
