//! The routes of the graph: memberships, bindings from each of their ends, and what is reached through groups.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State as Extract;
use axum::http::{StatusCode, Uri};
use axum::response::Response;
use axum::routing::get;
use serde_json::{Value, json};
use url::form_urlencoded;

use super::list::Listed;
use super::{Answer, Ids, Rows, Shared, list, object};
use crate::sandbox::refusal::Refusal;
use crate::sandbox::server::Server;
use crate::sandbox::state::State;
use crate::sandbox::state::bindings::{Op, Paths};
use crate::sandbox::state::fields::Record;
use crate::sandbox::state::graph::Attributes;
use crate::sandbox::state::id::{Id, Kind, Node};

/// What users and groups reach, as the last part of a path names it.
const REACHED: [(&str, Kind); 8] = [
    ("activedirectories", Kind::ActiveDirectory),
    ("applications", Kind::Application),
    ("gsuites", Kind::GSuite),
    ("ldapservers", Kind::LdapServer),
    ("office365s", Kind::Office365),
    ("radiusservers", Kind::RadiusServer),
    ("systemgroups", Kind::SystemGroup),
    ("systems", Kind::System),
];

/// What counts as a directory (`/users/{id}/directories`).
const DIRECTORIES: [Kind; 4] = [Kind::ActiveDirectory, Kind::GSuite, Kind::LdapServer, Kind::Office365];

pub(super) fn router() -> Router<Arc<Server>> {
    let mut router = Router::new()
        .route("/api/v2/usergroups/{id}/members", get(members).post(change_member))
        .route("/api/v2/usergroups/{id}/membership", get(membership))
        .route("/api/v2/users/{id}/memberof", get(member_of));
    for (path, kind) in [
        ("/api/v2/users/{id}", Kind::User),
        ("/api/v2/usergroups/{id}", Kind::UserGroup),
        ("/api/v2/activedirectories/{id}", Kind::ActiveDirectory),
    ] {
        let list = async move |server: Shared, Ids(id): Ids<Id>, uri: Uri| {
            bindings(server, Node::new(kind, id), &uri)
        };
        let change = async move |server: Shared, Ids(id): Ids<Id>, body: Bytes| {
            change(server, Node::new(kind, id), &body)
        };
        router = router.route(&format!("{path}/associations"), get(list).post(change));
        let reached: Vec<(&str, Vec<Kind>)> = if kind == Kind::ActiveDirectory {
            vec![("users", vec![Kind::User]), ("usergroups", vec![Kind::UserGroup])]
        } else {
            let each = REACHED.iter().map(|(name, kind)| (*name, vec![*kind]));
            each.chain([("directories", DIRECTORIES.to_vec())]).collect()
        };
        for (name, kinds) in reached {
            let list = async move |server: Shared, Ids(id): Ids<Id>, uri: Uri| {
                reach(server, Node::new(kind, id), &kinds, &uri)
            };
            router = router.route(&format!("{path}/{name}"), get(list));
        }
    }
    router
}

/// A connected object in a list.
struct Connected<'a> {
    node: Node,
    attributes: Option<&'a Attributes>,
    /// The groups on the ways to it.
    paths: Paths,
}

impl Listed for Connected<'_> {
    fn id(&self) -> Id {
        self.node.id
    }

    fn field(&self, name: &str) -> std::borrow::Cow<'_, str> {
        if matches!(name, "type" | "object_type") { self.node.kind.as_str().into() } else { "".into() }
    }
}

impl Connected<'_> {
    /// `GraphConnection`
    fn connection(&self) -> Value {
        connection(self.node, self.attributes)
    }

    /// `GraphObjectWithPaths`: the ways from a node.
    fn with_paths(&self, state: &State, from: Node) -> Value {
        let path = |groups: &Vec<Id>| {
            let mut from = from;
            let steps = groups.iter().map(|group| Node::group(*group)).chain([self.node]);
            let steps = steps.map(|step| {
                let connection = connection(step, state.graph.edge(from, step));
                from = step;
                connection
            });
            steps.collect::<Vec<Value>>()
        };
        let Node { kind, id } = self.node;
        json!({ "type": kind, "id": id, "paths": self.paths.iter().map(path).collect::<Vec<_>>() })
    }
}

fn connection(node: Node, attributes: Option<&Attributes>) -> Value {
    let mut connection = json!({ "to": node });
    if let (Some(Some(attributes)), Some(connection)) = (attributes, connection.as_object_mut()) {
        connection.insert("attributes".to_owned(), json!(**attributes));
    }
    connection
}

/// What of a kind a node is connected with directly.
fn connected(state: &State, node: Node, kind: Kind) -> Answer<Vec<Connected<'_>>> {
    if !state.has(node) {
        return Err(Refusal::missing());
    }
    let neighbours = state.graph.neighbours(node, kind);
    let connected = neighbours.map(|(id, attributes)| Connected {
        node: Node::new(kind, id),
        attributes: Some(attributes),
        paths: vec![Vec::new()],
    });
    Ok(connected.collect())
}

async fn members(Extract(server): Shared, Ids(id): Ids<Id>, uri: Uri) -> Answer<Response> {
    list(&server, &uri, |state, request, turn| {
        let members = connected(state, Node::group(id), Kind::User)?;
        let (page, total) = request.page_unsorted(&members, turn);
        Ok((Rows::Values(page.into_iter().map(Connected::connection).collect()), total))
    })
}

async fn membership(Extract(server): Shared, Ids(id): Ids<Id>, uri: Uri) -> Answer<Response> {
    list(&server, &uri, |state, request, turn| {
        let of = Node::group(id);
        let members = connected(state, of, Kind::User)?;
        let (page, total) = request.page(&members, turn);
        Ok((Rows::Values(page.into_iter().map(|each| each.with_paths(state, of)).collect()), total))
    })
}

async fn member_of(Extract(server): Shared, Ids(id): Ids<Id>, uri: Uri) -> Answer<Response> {
    list(&server, &uri, |state, request, turn| {
        let of = Node::user(id);
        let groups = connected(state, of, Kind::UserGroup)?;
        let (page, total) = request.page(&groups, turn);
        Ok((Rows::Values(page.into_iter().map(|each| each.with_paths(state, of)).collect()), total))
    })
}

fn bindings(Extract(server): Shared, node: Node, uri: &Uri) -> Answer<Response> {
    let kind = counterpart(node.kind, &targets(uri)?)?;
    list(&server, uri, |state, request, _| {
        let bound = connected(state, node, kind)?;
        let (page, total) = request.page_in_order(&bound);
        Ok((Rows::Values(page.into_iter().map(Connected::connection).collect()), total))
    })
}

fn reach(Extract(server): Shared, node: Node, kinds: &[Kind], uri: &Uri) -> Answer<Response> {
    list(&server, uri, |state, request, _| {
        if !state.has(node) {
            return Err(Refusal::missing());
        }
        let reached = |kind: &Kind| -> BTreeMap<Id, Paths> { state.reached(node, *kind) };
        let objects = kinds.iter().flat_map(|kind| {
            reached(kind).into_iter().map(|(id, paths)| {
                let node = Node::new(*kind, id);
                Connected { node, attributes: None, paths }
            })
        });
        let objects: Vec<Connected<'_>> = objects.collect();
        let (page, total) = request.page_in_order(&objects);
        Ok((Rows::Values(page.into_iter().map(|each| each.with_paths(state, node)).collect()), total))
    })
}

async fn change_member(Extract(server): Shared, Ids(id): Ids<Id>, body: Bytes) -> Answer<StatusCode> {
    let Operation { op, kind, id: user, attributes } = Operation::read(&body)?;
    if kind != "user" {
        return Err(Refusal::invalid("a user group has users as members only"));
    }
    server.write(|draft| draft.change_member(id, user.ok_or_else(Refusal::missing)?, op, attributes))?;
    Ok(StatusCode::NO_CONTENT)
}

fn change(Extract(server): Shared, node: Node, body: &Bytes) -> Answer<StatusCode> {
    let Operation { op, kind, id, attributes } = Operation::read(body)?;
    let kind = counterpart(node.kind, &kind)?;
    let other = Node::new(kind, id.ok_or_else(Refusal::missing)?);
    server.write(|draft| draft.change_binding(node, other, op, attributes))?;
    Ok(StatusCode::NO_CONTENT)
}

/// The parameter that says what to list; the API takes exactly one.
fn targets(uri: &Uri) -> Answer<String> {
    let query = uri.query().unwrap_or_default();
    let mut targets = form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name == "targets");
    match (targets.next(), targets.next()) {
        (Some((_, target)), None) => Ok(target.into_owned()),
        _ => Err(Refusal::invalid("targets must be there once")),
    }
}

/// The kind at the other end of a binding of an object of this kind.
fn counterpart(of: Kind, name: &str) -> Answer<Kind> {
    let fits = |kind: &Kind| {
        if of == Kind::ActiveDirectory {
            matches!(kind, Kind::User | Kind::UserGroup)
        } else {
            State::is_target(*kind)
        }
    };
    let wrong = || Refusal::invalid(format!("{} and {name:?} cannot be bound to each other", of.as_str()));
    Kind::parse(name).filter(fits).ok_or_else(wrong)
}

/// `GraphOperation`
struct Operation {
    op: Op,
    kind: String,
    /// None when it is no id: there is nothing of that id.
    id: Option<Id>,
    attributes: Option<Record>,
}

impl Operation {
    fn read(body: &[u8]) -> Answer<Self> {
        let body = object(body)?;
        let text = |name: &str| body.get(name).and_then(Value::as_str);
        let required = |name: &str| text(name).ok_or_else(|| Refusal::invalid(format!("{name} is required")));
        let attributes = match body.get("attributes") {
            None | Some(Value::Null) => None,
            Some(Value::Object(attributes)) => Some(attributes.clone()),
            Some(_) => return Err(Refusal::invalid("attributes must be an object")),
        };
        let op = Op::parse(text("op"))?;
        Ok(Self { op, kind: required("type")?.to_owned(), id: required("id")?.parse().ok(), attributes })
    }
}
