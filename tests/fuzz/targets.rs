//! What is given each input, and what must hold whatever the input is.

use adjunct::ad::{Source as Export, Survey};
use adjunct::model::{Dn, DomainName, SecondLook, is_active};
use adjunct::policy::{self, Included, PolicyErrors, Source, Template, unit};
use miette::{GraphicalReportHandler, GraphicalTheme};

/// What an input is given to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Target {
    Ldif,
    Dn,
    Template,
    Policy,
    Tests,
}

impl Target {
    pub(crate) const ALL: [Self; 5] = [Self::Ldif, Self::Dn, Self::Template, Self::Policy, Self::Tests];

    /// Its name, which is that of its folder in the corpus.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Ldif => "ldif",
            Self::Dn => "dn",
            Self::Template => "template",
            Self::Policy => "policy",
            Self::Tests => "tests",
        }
    }

    /// Panics when something does not hold.
    pub(crate) fn run(self, input: &[u8]) {
        let text = String::from_utf8_lossy(input);
        match self {
            Self::Ldif => read_ldif(input),
            Self::Dn => read_dn(&text),
            Self::Template => fill_template(&text),
            Self::Policy => read_policy(&text),
            Self::Tests => read_tests(&text),
        }
    }
}

fn read_ldif(bytes: &[u8]) {
    let root = Dn::parse("DC=example,DC=com").unwrap();
    let open = |bytes| Export::open_ldif("x.ldif", bytes, root.clone(), DomainName::new("example.com"));
    if let Err(error) = Survey::of_ldif("x.ldif", bytes, "a") {
        assert!(!error.to_string().is_empty());
    }
    match open(bytes) {
        Err(error) => assert!(!error.to_string().is_empty()),
        Ok(mut export) => {
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            let directory = runtime.block_on(export.read()).unwrap();
            assert!(directory.users.iter().all(|user| user.dn.is_within(&root)));
            assert!(directory.groups.iter().all(|group| group.dn.is_within(&root)));
            let guids: Vec<_> = directory.users.iter().map(|user| user.guid).collect();
            assert!(guids.is_sorted(), "users out of order");
            let looks = runtime.block_on(export.second_look(&guids)).unwrap();
            assert!(looks.values().all(|look| *look != SecondLook::Gone), "a user who is there is gone");
            for dn in directory.users.iter().map(|user| &user.dn) {
                assert_eq!(Dn::parse(dn.as_str()).unwrap(), *dn);
            }
            // What is cut within a line is never a smaller directory.
            let torn = bytes.strip_suffix(b"\n").unwrap();
            if !torn.ends_with(b"\n") {
                assert!(open(torn).unwrap_err().is_incomplete(), "a torn export is read");
            }
        }
    }
}

fn read_dn(text: &str) {
    if let Ok(dn) = Dn::parse(text) {
        assert_eq!(dn.as_str(), text);
        hold_dn(&dn);
    }
    if let Ok(dn) = Dn::parse_written(text) {
        hold_dn(&dn);
        let again = Dn::parse_written(dn.as_str()).unwrap();
        assert_eq!(again, dn, "written twice");
        assert_eq!(again.as_str(), dn.as_str(), "spelled twice");
    }
}

fn hold_dn(dn: &Dn) {
    assert_eq!(Dn::parse(dn.as_str()).as_ref(), Ok(dn), "the same text");
    assert!(dn.is_within(dn));
    let normalized = Dn::parse(&dn.normalized()).unwrap();
    assert_eq!(normalized, *dn, "normalized");
    assert_eq!(normalized.normalized(), dn.normalized(), "normalized twice");
    assert_eq!(normalized.domain(), dn.domain());
    match dn.parent() {
        None => assert_eq!(dn.depth(), 1),
        Some(parent) => {
            assert_eq!(parent.depth() + 1, dn.depth());
            assert!(dn.is_within(&parent) && !parent.is_within(dn));
        }
    }
    let value = dn.rdn_value();
    let child = dn.child("CN", &value).unwrap();
    assert_eq!(child.rdn_value(), value);
    assert_eq!(child.parent().as_ref(), Some(dn), "the parent of a child");
}

fn fill_template(text: &str) {
    let Some(template) = Template::parse(text) else { return };
    assert_eq!(Template::parse(text).as_ref(), Some(&template));
    assert!(template.attributes().next().is_some());
    // Values are as much somebody else's as the text is.
    for value in ["", " ", "a", "Ada.King@example.com", "\u{130}\u{df}\u{149} {sn|upper} \u{3a3}", text] {
        let filled = template.fill(|_| Some(value.to_owned()));
        assert_eq!(filled, template.fill(|_| Some(value.to_owned())));
        assert!(filled.is_none_or(|filled| !filled.is_empty() && filled.trim() == filled));
    }
}

/// Stands between a policy and what it includes, where an input has both.
const CUT: &str = "\nshared ";

fn read_policy(text: &str) {
    hold_text(text);
    // An input that is a whole policy and a shared part gives the one what the other has.
    let (own, shared) = text.split_once(CUT).map_or((text, "{ }"), |(own, shared)| (own, shared));
    let mut source = Source::new("fuzz.kdl", own);
    for path in source.includes() {
        let identity = path.to_lowercase();
        let text = Ok(format!("shared {shared}"));
        source.include(Included { name: path.clone(), path, identity, text });
    }
    let variables = source.variables();
    assert!(variables.is_sorted_by(|one, other| one.name < other.name));
    if let Err(errors) = source.check() {
        assert!(source.read().is_err(), "read, and not checked");
        hold_errors(&errors);
    }
    match source.read() {
        Err(errors) => hold_errors(&errors),
        Ok(policy) => {
            let mut laid_out = Source::new("fuzz.kdl", &policy::format("fuzz.kdl", own).unwrap());
            for path in laid_out.includes() {
                let identity = path.to_lowercase();
                let text = Ok(format!("shared {shared}"));
                laid_out.include(Included { name: path.clone(), path, identity, text });
            }
            let again = laid_out.read().unwrap();
            assert_eq!(again.name, policy.name);
            assert_eq!(again.mappings.len(), policy.mappings.len());
            assert_eq!(again.exclusions.len(), policy.exclusions.len());
        }
    }
    for variable in &variables {
        source.give(&variable.name, "OU=Staff,DC=example,DC=com");
    }
    if let Err(errors) = source.read() {
        hold_errors(&errors);
    }
}

fn read_tests(text: &str) {
    hold_text(text);
    match unit::parse("fuzz.test.kdl", text) {
        Err(errors) => hold_errors(&errors),
        Ok(tests) => {
            assert!(!tests.tests.is_empty());
            let laid_out = policy::format("fuzz.test.kdl", text).unwrap();
            assert_eq!(unit::parse("fuzz.test.kdl", &laid_out).unwrap().tests.len(), tests.tests.len());
        }
    }
}

/// What holds of every KDL text, and of what is none.
fn hold_text(text: &str) {
    let masked = policy::masked(text);
    assert_eq!(masked.len(), text.len(), "masked");
    let ends = |text: &str| text.match_indices('\n').map(|(at, _)| at).collect::<Vec<_>>();
    assert_eq!(ends(&masked), ends(text), "masked lines");
    let shown = masked.strip_prefix('\u{feff}').unwrap_or(&masked);
    assert!(
        shown.chars().all(|c| matches!(c, '\n' | '\t' | '\r') || !is_active(c)),
        "masked, and a terminal obeys"
    );
    match policy::format("fuzz.kdl", text) {
        Ok(laid_out) => {
            let twice = policy::format("fuzz.kdl", &laid_out).unwrap();
            assert_eq!(twice, laid_out, "formatted twice");
        }
        Err(policy::FormatError::Syntax(errors)) => hold_errors(&errors),
        Err(error @ policy::FormatError::Unfaithful { .. }) => panic!("{error}"),
    }
}

fn hold_errors(errors: &PolicyErrors) {
    assert!(!errors.errors().is_empty());
    let handler = GraphicalReportHandler::new_themed(GraphicalTheme::unicode_nocolor()).with_width(100);
    let mut shown = String::new();
    handler.render_report(&mut shown, errors).unwrap();
    assert!(
        shown.chars().all(|c| matches!(c, '\n' | '\u{feff}') || !is_active(c)),
        "a diagnostic that a terminal obeys: {shown:?}"
    );
}
