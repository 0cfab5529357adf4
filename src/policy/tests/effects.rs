//! Every node and every property makes a difference, and is told when it is wrong. The grammar's own table says which there
//! are, so a new one without both fails here.

use std::collections::BTreeSet;

use regex::Regex;

use crate::model::Field;
use crate::policy::grammar::places_for_tests;
use crate::policy::{Included, Policy, PolicyErrors, Source};

use super::codes;
use super::effects_world::plan_of;
use super::uses::policy_with;

struct Effect {
    place: String,
    property: Option<String>,
    differs: String,
    block: String,
    with: String,
    without: String,
    wrong: String,
    codes: Vec<String>,
}

impl Effect {
    fn read(line: &str) -> Self {
        // A column may be empty.
        let line = line.replace(" | |", " |  |");
        let columns: Vec<&str> = line.split(" | ").map(str::trim).collect();
        let [place, differs, block, with, without, wrong, codes] = columns[..] else { panic!("{line}") };
        let (place, property) = match place.split_once(' ') {
            Some((place, property)) => (place, Some(property.trim().to_owned())),
            None => (place, None),
        };
        Self {
            place: place.to_owned(),
            property,
            differs: differs.to_owned(),
            block: block.to_owned(),
            with: with.to_owned(),
            without: without.to_owned(),
            wrong: wrong.to_owned(),
            codes: codes.split(' ').map(|code| format!("policy::{code}")).collect(),
        }
    }

    fn name(&self) -> String {
        format!("{} {}", self.place, self.property.as_deref().unwrap_or_default())
    }

    /// Whether only the wrong use counts: there is no right one, or it says what is so without it.
    fn has_no_effect(&self) -> bool {
        let is_of = |names: &[&str]| names.iter().any(|name| self.place == format!("attributes/{name}"));
        match self.property.as_deref() {
            Some("value") => is_of(&["username", "email"]),
            Some("required") => is_of(&["username", "email", "firstname", "lastname"]),
            _ => false,
        }
    }

    fn source(&self, line: &str) -> Source {
        let text = match (&*self.block, line.strip_prefix('^')) {
            ("policy", _) => policy_with("", "").replace("\"corp\"", &format!("\"{line}\"")),
            (_, Some(line)) => policy_with("", line),
            (block, None) => policy_with(block, line),
        };
        let mut source = Source::new("effects.kdl", &text);
        for path in source.includes() {
            let text = Ok("shared { takeover \"adopt\"; }".to_owned());
            source.include(Included { name: path.clone(), identity: path.clone(), path, text });
        }
        source
    }

    /// What of a policy this is about, in words that two policies have in common exactly when it is the same.
    fn seen(&self, source: &Source) -> String {
        let policy = source.read().unwrap_or_else(|errors| panic!("{}: {:?}", self.name(), codes(&errors)));
        let seen = match &*self.differs {
            "plan" => format!("{:#?}", plan_of(&policy)),
            "guards" => {
                let guards = plan_of(&policy).guards;
                let names = guards.iter().map(|guard| format!("{} of {}", guard.guard, guard.of));
                names.collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>().join(", ")
            }
            "access" => format!("{:?} {:?}", policy.active_directory, policy.jumpcloud),
            "environment" => format!("{:?}", source.variables()),
            "told" => format!("{:?}", policy.exceptions),
            other => panic!("{other}"),
        };
        // Where something stands is no difference.
        let place = Regex::new(r"Span \{ start: \d+, length: \d+ \}|line \d+|number: \d+").unwrap();
        if self.differs == "guards" { seen } else { place.replace_all(&seen, "").into_owned() }
    }
}

/// The lines of the table, those of the text fields once for each.
fn effects() -> Vec<Effect> {
    let table = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/src/policy/tests/effects.txt"));
    let table = table.unwrap();
    let lines = table.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let (of_fields, others): (Vec<&str>, Vec<&str>) = lines.partition(|line| line.contains("NAME"));
    let fields =
        Field::text_names().flat_map(|name| of_fields.iter().map(move |line| line.replace("NAME", name)));
    others.into_iter().map(str::to_owned).chain(fields).map(|line| Effect::read(&line)).collect()
}

fn errors_of(result: Result<Policy, PolicyErrors>) -> Vec<String> {
    result.map_or_else(|errors| codes(&errors), |_| Vec::new())
}

#[test]
fn every_place_of_the_grammar_has_its_effect() {
    let known: Vec<(String, Option<String>)> =
        effects().into_iter().map(|effect| (effect.place, effect.property)).collect();
    let places = places_for_tests().into_iter();
    let places: BTreeSet<(String, Option<String>)> =
        places.map(|(place, property)| (place, property.map(str::to_owned))).collect();
    let is_new = |place: &&(String, Option<String>)| !known.contains(place);
    let new: Vec<_> = places.iter().filter(is_new).collect();
    assert!(new.is_empty(), "no line in effects.txt for {new:?}");
    let gone: Vec<_> = known.iter().filter(|place| !places.contains(place)).collect();
    assert!(gone.is_empty(), "no place of the grammar: {gone:?}");
    assert_eq!(known.len(), places.len(), "two lines for one place");
}

#[test]
fn every_node_and_property_makes_a_difference() {
    let mut same = Vec::new();
    for effect in effects().iter().filter(|effect| !effect.has_no_effect()) {
        let (with, without) = (effect.source(&effect.with), effect.source(&effect.without));
        let differs = std::panic::catch_unwind(|| {
            if effect.differs == "refused" {
                errors_of(without.read()).is_empty() && !errors_of(with.read()).is_empty()
            } else {
                effect.seen(&with) != effect.seen(&without)
            }
        });
        // What panics has told why.
        if !differs.unwrap_or_default() {
            same.push(effect.name());
        }
    }
    assert!(same.is_empty(), "no difference: {same:#?}");
}

#[test]
fn every_node_and_property_is_told_when_it_is_wrong() {
    let mut other = Vec::new();
    for effect in effects() {
        let found = errors_of(effect.source(&effect.wrong).read());
        if found != effect.codes {
            other.push(format!("{}: {} gives {found:?}", effect.name(), effect.wrong));
        }
    }
    assert!(other.is_empty(), "{other:#?}");
}
