//! A directory that a test writes down: who is there, who is in which group, and nothing of what every entry has.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use sha2::{Digest, Sha256};

use super::super::Spanned;
use super::super::error::Problems;
use super::super::problem::Problem;
use super::super::read::value::read_attribute;
use super::super::suggest::{closest, quote};
use super::super::syntax::{Content, Node, Property};
use super::TestProblem;
use super::read::read_time;
use crate::model::{AttributeName, Dn, DnError, ObjectGuid, fold};

/// A directory in the words of a test.
#[derive(Debug, Clone, Default)]
pub struct WrittenDirectory {
    entries: Vec<Entry>,
}

#[derive(Debug, Clone)]
struct Entry {
    class: Class,
    /// `sAMAccountName`, unless the attributes say otherwise.
    name: String,
    /// The container, below the root container unless it has a domain.
    container: Option<Dn>,
    /// What is written, in the place of what every entry has.
    attributes: BTreeMap<AttributeName, String>,
    guid: ObjectGuid,
    is_disabled: bool,
    expires: Option<Timestamp>,
    members: Vec<Member>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    User,
    Group,
}

/// Who is in a group.
#[derive(Debug, Clone)]
enum Member {
    /// An entry of this directory.
    Entry(usize),
    /// Something that this directory does not hold.
    Stranger(Dn),
}

/// The seconds from the beginning of Active Directory's time, 1601-01-01, to that of Unix.
const EPOCH_OFFSET: i64 = 11_644_473_600;

impl WrittenDirectory {
    /// The export of such a directory, whole, for a policy with this root container.
    ///
    /// # Errors
    /// When the names of entries and containers make no DN together.
    pub fn ldif(&self, root_container: &Dn) -> Result<String, DnError> {
        let dns: Vec<Dn> =
            self.entries.iter().map(|entry| entry.dn(root_container)).collect::<Result<_, _>>()?;
        let mut groups: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (group, entry) in self.entries.iter().enumerate() {
            for member in &entry.members {
                if let Member::Entry(member) = member {
                    groups.entry(*member).or_default().push(group);
                }
            }
        }
        let mut text = String::from("version: 1\n\n");
        line(&mut text, "dn", root_container.as_str());
        line(&mut text, "objectClass", "organizationalUnit");
        for (index, (entry, dn)) in self.entries.iter().zip(&dns).enumerate() {
            text.push('\n');
            line(&mut text, "dn", dn.as_str());
            entry.write(&mut text);
            for member in &entry.members {
                let dn = match member {
                    Member::Entry(member) => dns.get(*member),
                    Member::Stranger(dn) => Some(dn),
                };
                if let Some(dn) = dn {
                    line(&mut text, "member", dn.as_str());
                }
            }
            for group in groups.get(&index).into_iter().flatten().filter_map(|group| dns.get(*group)) {
                line(&mut text, "memberOf", group.as_str());
            }
        }
        // Writing to a String cannot fail.
        let _ = writeln!(text, "\n# numEntries: {}", self.entries.len() + 1);
        Ok(text)
    }
}

/// A line in base64, in which no value can be taken for anything else.
fn line(text: &mut String, attribute: &str, value: impl AsRef<[u8]>) {
    // Writing to a String cannot fail.
    let _ = writeln!(text, "{attribute}:: {}", STANDARD.encode(value));
}

impl Entry {
    fn dn(&self, root_container: &Dn) -> Result<Dn, DnError> {
        let cn = self.attributes.get(&AttributeName::new("cn")).unwrap_or(&self.name);
        let container = match &self.container {
            None => root_container.clone(),
            Some(whole) if whole.domain().is_some() => whole.clone(),
            Some(below) => Dn::parse(&format!("{below},{root_container}"))?,
        };
        container.child("CN", cn)
    }

    fn write(&self, text: &mut String) {
        let classes: &[&str] = match self.class {
            Class::User => &["top", "person", "organizationalPerson", "user"],
            Class::Group => &["top", "group"],
        };
        for class in classes {
            line(text, "objectClass", class);
        }
        line(text, "objectGUID", self.guid.to_ldap_bytes());
        for (name, value) in self.usual() {
            if !self.attributes.contains_key(&AttributeName::new(name)) {
                line(text, name, value);
            }
        }
        for (name, value) in &self.attributes {
            line(text, name.as_str(), value);
        }
    }

    /// What an entry has that nobody writes down.
    fn usual(&self) -> Vec<(&'static str, String)> {
        let mut usual = vec![("cn", self.name.clone()), ("sAMAccountName", self.name.clone())];
        match self.class {
            Class::Group => usual.push(("groupType", "-2147483646".to_owned())),
            Class::User => {
                let flags = if self.is_disabled { "514" } else { "512" };
                usual.push(("userAccountControl", flags.to_owned()));
                usual.push(("accountExpires", self.expires.map_or(0, ticks).to_string()));
            }
        }
        usual
    }
}

/// Hundreds of nanoseconds since 1601.
fn ticks(time: Timestamp) -> i64 {
    time.as_second().saturating_add(EPOCH_OFFSET).saturating_mul(10_000_000)
}

/// Reads the block of a directory.
pub(super) fn read_written(node: &Node, problems: &mut Problems) -> Option<WrittenDirectory> {
    let nodes: Vec<&Node> = node.children().filter(|child| class_of(child).is_some()).collect();
    let mut names: BTreeMap<String, (usize, Spanned<()>)> = BTreeMap::new();
    for (index, node) in nodes.iter().enumerate() {
        let Some(name) = node.text(0) else { continue };
        // One kind of a name twice was reported before.
        if let Some((first, place)) = names.get(&fold(name.value))
            && nodes.get(*first).is_some_and(|first| class_of(first) != class_of(node))
        {
            let problem = Problem::DuplicateNode { name: format!("`{}`", quote(name.value)) };
            problems.report_beside(name.span, problem, place.span, "here before");
        }
        names.entry(fold(name.value)).or_insert((index, Spanned::new((), name.span)));
    }
    let entries: Vec<Option<Entry>> =
        nodes.iter().map(|node| read_entry(node, &nodes, &names, problems)).collect();
    Some(WrittenDirectory { entries: entries.into_iter().collect::<Option<_>>()? })
}

fn class_of(node: &Node) -> Option<Class> {
    match node.name.value.as_str() {
        "user" => Some(Class::User),
        "group" => Some(Class::Group),
        _ => None,
    }
}

fn read_entry(
    node: &Node,
    nodes: &[&Node],
    names: &BTreeMap<String, (usize, Spanned<()>)>,
    problems: &mut Problems,
) -> Option<Entry> {
    let class = class_of(node)?;
    let members = read_members(node, nodes, names, problems);
    if !node.is_sound {
        return None;
    }
    let name = node.text(0)?.value.to_owned();
    let mut entry = Entry {
        class,
        container: None,
        attributes: BTreeMap::new(),
        guid: guid_of(class, &name)?,
        name,
        is_disabled: false,
        expires: None,
        members: Vec::new(),
    };
    let before = problems.count();
    for Property { name, value } in &node.properties {
        match (name.value.as_str(), value.text()) {
            ("disabled", _) => entry.is_disabled = value.content == Content::Boolean(true),
            ("expires", Some(text)) => entry.expires = read_time("`expires`", &text, problems),
            ("container", Some(text)) => entry.container = read_container(&text, problems),
            (written, Some(text)) if written.eq_ignore_ascii_case("objectGUID") => match text.value.parse() {
                Ok(guid) => entry.guid = guid,
                Err(_) => problems.report(text.span, TestProblem::InvalidGuid.into()),
            },
            (written, Some(text)) => {
                if let Some(attribute) = read_attribute(&Spanned::new(written, name.span), problems) {
                    entry.attributes.insert(attribute, text.value.to_owned());
                }
            }
            (_, None) => {}
        }
    }
    (problems.count() == before).then_some(())?;
    Some(Entry { members: members?, ..entry })
}

fn read_container(written: &Spanned<&str>, problems: &mut Problems) -> Option<Dn> {
    match Dn::parse_written(written.value) {
        Ok(dn) => Some(dn),
        Err(source) => {
            problems.report(written.span, Problem::InvalidDn { what: "the container", source });
            None
        }
    }
}

fn read_members(
    node: &Node,
    nodes: &[&Node],
    names: &BTreeMap<String, (usize, Spanned<()>)>,
    problems: &mut Problems,
) -> Option<Vec<Member>> {
    // Behind a user's name stands nothing.
    let written = node.arguments.iter().skip(1).filter_map(super::super::syntax::Value::text);
    let members: Vec<Option<Member>> = written
        .map(|written| {
            if let Some((index, _)) = names.get(&fold(written.value)) {
                return Some(Member::Entry(*index));
            }
            if let Ok(dn) = Dn::parse(written.value) {
                return Some(Member::Stranger(dn));
            }
            let known = nodes.iter().filter_map(|node| Some(node.text(0)?.value));
            let help = match closest(written.value, known) {
                Some(close) => format!("did you mean `{}`?", quote(close)),
                None => "write a line for it here, or its whole DN where it is to lie elsewhere".to_owned(),
            };
            problems
                .report(written.span, TestProblem::UnknownMember { name: quote(written.value), help }.into());
            None
        })
        .collect();
    members.into_iter().collect()
}

/// The same name has the same identity in every test, so that a plan can be compared with a file.
fn guid_of(class: Class, name: &str) -> Option<ObjectGuid> {
    let class = match class {
        Class::User => "user",
        Class::Group => "group",
    };
    let digest = Sha256::digest(format!("{class} {}", fold(name)).as_bytes());
    ObjectGuid::from_ldap_bytes(digest.get(..16)?).ok()
}
