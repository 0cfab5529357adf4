//! A plan in a file, against the one that was made.
//!
//! What the plan is made of is not compared where the file is JSON: a comment in the policy changes its digest, and not the
//! plan.

use std::io::ErrorKind;
use std::path::Path;

use serde_json::Value;

use super::super::error::CliError;
use super::TestError;
use crate::plan::unit::Found;
use crate::plan::{Header, Plan};
use crate::render::{PlanDocument, render_plan, safe_json};

/// What a document has that is not the plan's own.
const OF_THE_SIDES: [&str; 4] = ["format_version", "policy", "source", "target"];

/// What differs; nothing where the file holds this plan. With `update`, it does afterwards.
pub(super) fn compare(
    path: &Path,
    plan: &Plan,
    header: &Header,
    update: bool,
) -> Result<Option<Found>, CliError> {
    let is_json = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json"));
    let written = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound && update => String::new(),
        Err(source) => {
            let path = path.to_owned();
            return Err(CliError::File { what: "the expected plan (--update writes it)", path, source });
        }
    };
    let shown = if is_json {
        let document = serde_json::to_value(PlanDocument::new(plan, header)).unwrap_or_default();
        pretty(&document)
    } else {
        anstream::adapter::strip_str(&render_plan(plan, header)).to_string()
    };
    let (expected, found) = if is_json {
        let expected = serde_json::from_str(&written).map_or_else(|_| written.clone(), own_part);
        (expected, serde_json::from_str(&shown).map_or_else(|_| shown.clone(), own_part))
    } else {
        (written.replace("\r\n", "\n"), shown.clone())
    };
    if expected == found {
        return Ok(None);
    }
    if update {
        if !written.is_empty() && !is_plan(&written, is_json) {
            return Err(TestError::NoPlan { path: path.to_owned() }.into());
        }
        let unwritable = |source| TestError::Update { path: path.to_owned(), source };
        std::fs::write(path, shown).map_err(unwritable)?;
        return Ok(None);
    }
    Ok(Some(Found::Text { expected, found }))
}

/// Whether a text is a plan, of whatever: nothing else is written over.
fn is_plan(text: &str, is_json: bool) -> bool {
    if is_json {
        let document: Result<Value, _> = serde_json::from_str(text);
        return document.is_ok_and(|document| {
            document.get("format_version").is_some() && document.get("changes").is_some()
        });
    }
    let last = text.lines().next_back().unwrap_or_default();
    last.starts_with("Plan: ") || last.starts_with("No changes")
}

/// The document without what it was made of, as text.
fn own_part(mut document: Value) -> String {
    if let Some(parts) = document.as_object_mut() {
        for part in OF_THE_SIDES {
            parts.remove(part);
        }
    }
    pretty(&document)
}

fn pretty(document: &Value) -> String {
    // A tree of maps, texts and numbers always has a JSON text.
    format!("{}\n", safe_json(&serde_json::to_string_pretty(document).unwrap_or_default()))
}
