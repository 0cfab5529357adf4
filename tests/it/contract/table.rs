//! The table of the operations.

use std::fmt::Write as _;

use super::walk::Walk;

/// What the sandbox has beside the documents, with where it is published.
const BESIDE: [(&str, &str, &str); 12] = [
    ("POST", "/oauth2/token", "tokens of a service account (RFC 6749 4.4)"),
    (
        "PUT",
        "/api/v2/activedirectories/{id}",
        "changes of an Active Directory object, as the official PowerShell module makes them",
    ),
    ("POST", "/api/v2/usergroups/{id}/suggestions", "accepts suggestions of a dynamic group"),
    ("POST", "/insights/directory/v1/events", "events of Directory Insights"),
    ("POST", "/insights/directory/v1/events/count", "how many there are"),
    ("POST", "/insights/directory/v1/events/distinct", "the values of a field"),
    ("POST", "/insights/directory/v1/events/interval", "how many there are in each interval of time"),
    ("GET, PATCH", "/sandbox/conditions", "under which conditions the sandbox answers; the sandbox's own"),
    ("GET, POST, DELETE", "/sandbox/faults", "what goes wrong; the sandbox's own"),
    ("GET", "/sandbox/requests", "the latest requests; the sandbox's own"),
    (
        "GET",
        "/sandbox/mails, /sandbox/writebacks",
        "what JumpCloud would have sent and written elsewhere; the sandbox's own",
    ),
    ("GET", "/sandbox/state", "the organization as a state file holds it; the sandbox's own"),
];

pub(super) fn table(walk: &Walk) -> String {
    let mut text = "# The operations of the sandbox\n\n\
        Every operation of JumpCloud's published documents, as trimmed in `tests/openapi`, and the statuses that the sandbox \
        was seen to answer it with. Each of these answers fits its published schema. A test makes this table and fails where \
        it is out of date.\n\n\
        | request | operation | implemented | answers |\n| --- | --- | --- | --- |\n"
        .to_owned();
    for operation in &walk.documents.operations {
        let seen = walk.seen.get(&operation.id).cloned().unwrap_or_default();
        let is_implemented = seen.iter().any(|status| (200..300).contains(status));
        let answers: Vec<String> = seen.iter().map(u16::to_string).collect();
        writeln!(
            text,
            "| `{} {}` | `{}` | {} | {} |",
            operation.method,
            operation.path,
            operation.id,
            if is_implemented { "yes" } else { "no" },
            answers.join(", "),
        )
        .unwrap();
    }
    text.push_str("\nBeside these:\n\n| request | what it is |\n| --- | --- |\n");
    for (methods, path, what) in BESIDE {
        let paths = path.split(", ").map(|path| format!("`{path}`")).collect::<Vec<_>>().join(", ");
        writeln!(text, "| {methods} {paths} | {what} |").unwrap();
    }
    text
}
