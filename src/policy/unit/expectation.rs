//! What a test expects of the plan.

use super::super::Spanned;
use super::super::error::Problems;
use super::super::read::value::choose;
use super::super::suggest::{closest, quote};
use super::super::syntax::{Node, Property};
use super::TestProblem;
use crate::model::{Cause, Field, Reason};

/// One line of an `expect` block.
#[derive(Debug, Clone)]
pub struct Expectation {
    /// Where it stands, from 1.
    pub line: usize,
    /// What is expected.
    pub expected: Expected,
}

/// What can be expected.
#[derive(Debug, Clone)]
pub enum Expected {
    /// Something becomes of a user or a group.
    Object {
        /// Users or groups; never memberships.
        of: Objects,
        /// Its name, in Active Directory or in JumpCloud.
        name: String,
        /// What becomes of it.
        deed: Deed,
        /// Why it leaves, where that is said.
        cause: Option<Cause>,
        /// Why it is held back, where that is said.
        reason: Option<Reason>,
        /// What fields hold afterwards; none for no value.
        fields: Vec<(Field, Option<String>)>,
    },
    /// A membership begins or ends.
    Membership {
        /// The user.
        user: String,
        /// The group.
        group: String,
        /// [`Deed::Add`] or [`Deed::Remove`].
        deed: Deed,
    },
    /// Nothing of this kind becomes of anything.
    None {
        /// What becomes of nothing; none for all that changes something.
        deed: Option<Deed>,
        /// Of these. Never empty.
        of: Vec<Objects>,
    },
    /// A guard stops the plan: one of [`GUARDS`].
    Guard(&'static str),
    /// The plan is exactly that of a file: the JSON of it where its name ends in `.json`, else the text.
    Plan(String),
}

/// What a plan is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Objects {
    /// Users.
    Users,
    /// Groups.
    Groups,
    /// Memberships.
    Memberships,
}

/// What becomes of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    /// It comes into being.
    Create,
    /// It gets the policy's mark.
    Adopt,
    /// It changes in place.
    Update,
    /// It cannot log in until it returns.
    Suspend,
    /// It can log in again.
    Activate,
    /// It stays, with JumpCloud in charge of it.
    Unbind,
    /// It is deleted, or a membership ends.
    Remove,
    /// A membership begins.
    Add,
    /// It would be written, and is left as it is.
    HeldBack,
    /// The plan does not touch it, and does not hold it back.
    Unchanged,
}

/// The guards that a test can name.
pub const GUARDS: [&str; 6] =
    ["empty", "removals", "suspensions", "membership-removals", "attribute-changes", "sync-agent"];

/// What a test can say of a user or a group.
const OF_OBJECTS: [Deed; 9] = [
    Deed::Create,
    Deed::Adopt,
    Deed::Update,
    Deed::Suspend,
    Deed::Activate,
    Deed::Unbind,
    Deed::Remove,
    Deed::HeldBack,
    Deed::Unchanged,
];

/// The word for all that changes something.
const CHANGE: &str = "change";

impl Deed {
    /// The word of tests for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Adopt => "adopt",
            Self::Update => "update",
            Self::Suspend => "suspend",
            Self::Activate => "activate",
            Self::Unbind => "unbind",
            Self::Remove => "remove",
            Self::Add => "add",
            Self::HeldBack => "held-back",
            Self::Unchanged => "unchanged",
        }
    }

    fn leaves(self) -> bool {
        matches!(self, Self::Suspend | Self::Unbind | Self::Remove)
    }
}

/// Reads a sound line of an `expect` block.
pub(super) fn read_expectation(node: &Node, problems: &mut Problems) -> Option<Expectation> {
    let first = node.text(0)?;
    let expected = match node.name.value.as_str() {
        "user" => read_object(Objects::Users, node, problems)?,
        "group" => read_object(Objects::Groups, node, problems)?,
        "membership" => {
            let deed = choose_deed(&node.text(2)?, &[Deed::Add, Deed::Remove], problems)?;
            let group = node.text(1)?.value.to_owned();
            Expected::Membership { user: first.value.to_owned(), group, deed }
        }
        "none" => read_none(node, problems)?,
        "guard" => Expected::Guard(choose("the guard", &first, &GUARDS, problems)?),
        "plan" => Expected::Plan(first.value.to_owned()),
        _ => return None,
    };
    Some(Expectation { line: node.line.number, expected })
}

fn choose_deed(written: &Spanned<&str>, deeds: &[Deed], problems: &mut Problems) -> Option<Deed> {
    let words: Vec<&str> = deeds.iter().map(|deed| deed.word()).collect();
    let word = choose("what is expected", written, &words, problems)?;
    deeds.iter().copied().find(|deed| deed.word() == word)
}

fn read_object(of: Objects, node: &Node, problems: &mut Problems) -> Option<Expected> {
    let deed = choose_deed(&node.text(1)?, &OF_OBJECTS, problems);
    let before = problems.count();
    let (mut cause, mut reason, mut fields) = (None, None, Vec::new());
    for Property { name, value } in &node.properties {
        match (name.value.as_str(), value.text()) {
            ("cause", Some(text)) => cause = choose_of("the cause", &text, &Cause::ALL, problems),
            ("reason", Some(text)) => reason = choose_of("the reason", &text, &Reason::ALL, problems),
            (written, text) => {
                let text = text.map(|text| text.value.to_owned());
                let name = Spanned::new(written, name.span);
                fields.extend(read_field(of, &name, problems).map(|field| (field, text)));
            }
        }
        let help = match (name.value.as_str(), deed?) {
            ("reason", Deed::HeldBack) => None,
            ("reason", _) => Some("a reason is for \"held-back\""),
            ("cause", deed) if deed.leaves() => None,
            ("cause", _) => Some("a cause is for \"remove\", \"unbind\" and \"suspend\""),
            (_, Deed::Remove) => Some("what is removed holds no values afterwards"),
            _ => None,
        };
        if let Some(help) = help {
            let (property, action) = (quote(&name.value), deed?.word());
            problems.report(name.span, TestProblem::MisplacedProperty { property, action, help }.into());
        }
    }
    (problems.count() == before).then_some(())?;
    let name = node.text(0)?.value.to_owned();
    Some(Expected::Object { of, name, deed: deed?, cause, reason, fields })
}

/// The one of a closed set that the text is.
fn choose_of<T: Copy + ToString>(
    what: &'static str,
    written: &Spanned<&str>,
    all: &[T],
    problems: &mut Problems,
) -> Option<T> {
    let words: Vec<String> = all.iter().map(ToString::to_string).collect();
    let choices: Vec<&str> = words.iter().map(String::as_str).collect();
    let word = choose(what, written, &choices, problems)?;
    all.iter().copied().find(|one| one.to_string() == word)
}

fn read_field(of: Objects, name: &Spanned<&str>, problems: &mut Problems) -> Option<Field> {
    if of == Objects::Groups {
        return read_group_field(name, problems);
    }
    if let Ok(field) = name.value.parse() {
        return Some(field);
    }
    let others = ["name", "manager", "state", "sudo", "externally_managed", "external_dn"];
    let help = match closest(name.value, Field::text_names().chain(others)) {
        Some(close) => format!("did you mean `{close}`?"),
        None => "fields are called as plans call them: jobTitle, phoneNumbers.work, attributes.costCode"
            .to_owned(),
    };
    problems.report(name.span, TestProblem::UnknownField { name: quote(name.value), help }.into());
    None
}

fn read_group_field(name: &Spanned<&str>, problems: &mut Problems) -> Option<Field> {
    let field = [Field::Name, Field::Description].into_iter().find(|field| field.to_string() == name.value);
    if field.is_none() {
        let help = "a group has `name` and `description`".to_owned();
        problems.report(name.span, TestProblem::UnknownField { name: quote(name.value), help }.into());
    }
    field
}

fn read_none(node: &Node, problems: &mut Problems) -> Option<Expected> {
    let words: Vec<&str> = OF_OBJECTS
        .iter()
        .chain(&[Deed::Add])
        .map(|deed| deed.word())
        .filter(|word| *word != "unchanged")
        .collect();
    let choices: Vec<&str> = words.iter().copied().chain([CHANGE]).collect();
    let word = choose("what is expected of nothing", &node.text(0)?, &choices, problems);
    let kinds: Vec<Option<Objects>> = node
        .arguments
        .iter()
        .skip(1)
        .filter_map(super::super::syntax::Value::text)
        .map(|kind| match choose("the kind", &kind, &["user", "group", "membership"], problems)? {
            "user" => Some(Objects::Users),
            "group" => Some(Objects::Groups),
            _ => Some(Objects::Memberships),
        })
        .collect();
    let mut of: Vec<Objects> = kinds.into_iter().collect::<Option<_>>()?;
    let deed = OF_OBJECTS.into_iter().chain([Deed::Add]).find(|deed| Some(deed.word()) == word);
    if of.is_empty() {
        of = match (word?, deed) {
            (CHANGE, _) => vec![Objects::Users, Objects::Groups, Objects::Memberships],
            (_, Some(Deed::Add)) => vec![Objects::Memberships],
            _ => vec![Objects::Users, Objects::Groups],
        };
    }
    Some(Expected::None { deed, of })
}
