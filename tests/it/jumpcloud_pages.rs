//! Lists of any length, from a server that pages as JumpCloud may: 10 rows unless asked for more, 100 at most, in an order
//! that holds only where one was asked for.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use adjunct::jumpcloud::JumpCloudError;
use adjunct::model::{JumpCloudGroupId, JumpCloudUserId};
use adjunct::sandbox::{Conditions, Habit, Options};
use axum::response::Response;
use serde_json::{Value, json};

use crate::ad_read::{staff, users};
use crate::support::between::Between;
use crate::support::jumpcloud::client;
use crate::support::ldap_server::{Entry, Script};
use crate::support::organization::Organization;
use crate::support::scripted::{Scripted, Seen, json as answer};

const COUNTS: [usize; 9] = [0, 9, 10, 11, 99, 100, 101, 200, 1001];

/// A list that the client reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum List {
    Users,
    Groups,
    Members,
}

/// What the header `Link` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Link {
    Right,
    Absent,
    /// The next page, at another server.
    WrongHost,
}

/// Whether an answer says how long its list is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Total {
    Told,
    Untold,
}

const LISTS: [List; 3] = [List::Users, List::Groups, List::Members];

fn id(number: usize) -> String {
    format!("{number:024}")
}

impl List {
    /// A page of these rows.
    fn page(self, ids: &[String], total: Total, request: &Seen) -> Response {
        let has_order = request.target.contains("sort=");
        let rows: Vec<&String> = if has_order { ids.iter().collect() } else { ids.iter().rev().collect() };
        let limit = if request.target.contains("limit=") { request.number("limit").min(100) } else { 10 };
        let skip = request.number("skip");
        let page: Vec<Value> = rows.into_iter().skip(skip).take(limit).map(|id| self.row(id)).collect();
        match (self, total) {
            (Self::Users, Total::Told) => answer(200, &json!({ "results": page, "totalCount": ids.len() })),
            (Self::Users, Total::Untold) => answer(200, &json!({ "results": page })),
            (Self::Groups | Self::Members, Total::Untold) => answer(200, &json!(page)),
            (Self::Groups | Self::Members, Total::Told) => {
                let mut response = answer(200, &json!(page));
                response.headers_mut().insert("x-total-count", ids.len().into());
                response
            }
        }
    }

    fn row(self, id: &str) -> Value {
        match self {
            Self::Users => json!({ "_id": id, "username": id }),
            Self::Groups => json!({ "id": id, "name": id }),
            Self::Members => {
                json!({ "to": { "type": "user", "id": id }, "type": "user", "id": id, "paths": [] })
            }
        }
    }

    /// The ids that the client reads.
    async fn read(self, server: &Scripted) -> Result<BTreeSet<String>, JumpCloudError> {
        let client = client(server.url.clone());
        let users = |ids: BTreeSet<JumpCloudUserId>| ids.iter().map(ToString::to_string).collect();
        Ok(match self {
            Self::Users => users(client.read_users().await?.into_keys().collect()),
            Self::Groups => client.read_groups().await?.keys().map(ToString::to_string).collect(),
            Self::Members => {
                let group = JumpCloudGroupId::new("5f0000000000000000000001");
                users(client.read_members(std::slice::from_ref(&group)).await?.remove(&group).unwrap())
            }
        })
    }
}

#[tokio::test]
async fn reads_every_list_whole_at_every_length_whatever_the_answers_say_of_it() {
    let thief = Scripted::start(|_, _| answer(200, &json!([]))).await;
    for (list, link) in LISTS
        .into_iter()
        .flat_map(|list| [Link::Right, Link::Absent, Link::WrongHost].map(|link| (list, link)))
    {
        for (count, total) in
            COUNTS.into_iter().flat_map(|count| [(count, Total::Told), (count, Total::Untold)])
        {
            let ids: Vec<String> = (0..count).map(id).collect();
            let (rows, host) = (ids.clone(), thief.url.clone());
            let server = Scripted::start(move |_, request| {
                let mut response = list.page(&rows, total, request);
                let base = match link {
                    Link::Right => "http://127.0.0.1",
                    Link::WrongHost => host.as_str(),
                    Link::Absent => return response,
                };
                let next = format!("<{base}/next?skip={}>; rel=\"next\"", request.number("skip") + 100);
                response.headers_mut().insert("link", next.parse().unwrap());
                response
            })
            .await;
            let read = list.read(&server).await.unwrap();
            assert_eq!(read, ids.into_iter().collect(), "{count} {list:?}, {link:?}, {total:?}");
        }
    }
    assert!(thief.seen().is_empty());
}

#[tokio::test]
async fn reads_any_list_again_when_rows_come_or_go_between_pages() {
    type Change = fn(&mut Vec<String>);
    let changes: [(&str, Change); 4] = [
        ("a deletion ahead", |rows| drop(rows.remove(5))),
        ("a creation at the end", |rows| rows.push(id(300))),
        ("a deletion and a creation", |rows| {
            rows.remove(5);
            rows.push(id(300));
        }),
        ("a deletion of everything", Vec::clear),
    ];
    let before: Vec<String> = (0..300).map(id).collect();
    for (list, total) in LISTS.into_iter().flat_map(|list| [(list, Total::Told), (list, Total::Untold)]) {
        for (what, change) in changes {
            for position in [1, 2, 3] {
                let state = Arc::new(Mutex::new(before.clone()));
                let server = Scripted::start(move |now, request| {
                    let mut state = state.lock().unwrap();
                    if now == position {
                        change(&mut state);
                    }
                    list.page(&state, total, request)
                })
                .await;
                let mut after = before.clone();
                change(&mut after);
                let moments = [before.clone(), after].map(BTreeSet::from_iter);
                let read = list.read(&server).await.unwrap();
                assert!(moments.contains(&read), "{list:?}, {total:?}, {what} at {position}: {read:?}");
            }
        }
    }
}

#[test]
fn whatever_jumpcloud_says_of_its_lists_a_plan_creates_nobody_twice_and_loses_nobody() {
    const COUNT: usize = 201;
    let names = users(COUNT).into_iter().map(|user| user.dn);
    let server = Script::new()
        .entry(Entry::group(&staff("CN=JumpCloud")).members(names))
        .entries(users(COUNT))
        .start();
    let first = Organization::empty();
    assert_eq!(Between::new(&server, &first).run(&["apply", "--auto-approve"]).code, 0);
    let document = first.document();
    for (habits, code) in [
        (&[Habit::NoLink][..], 0),
        (&[Habit::NoTotalCount], 0),
        (&[Habit::NoLink, Habit::NoTotalCount], 0),
        (&[Habit::StableOrder], 0),
        (&[Habit::ShiftingPages], 6),
        (&[Habit::ShiftingPages, Habit::NoTotalCount], 6),
    ] {
        let conditions = Conditions { habits: habits.iter().copied().collect(), ..Conditions::default() };
        let options = Options { conditions, ..Organization::options() };
        let organization = Organization::with(&document, options);
        for arguments in [&["plan", "--detailed-exitcode"][..], &["apply", "--auto-approve"]] {
            let answer = Between::new(&server, &organization).run(arguments);
            assert_eq!(answer.code, code, "{habits:?}: {answer:?}");
            assert!(code == 0 || answer.stderr.contains("/api/"), "names the list: {answer:?}");
        }
        assert_eq!(organization.writes(), 0, "{habits:?}");
    }
}
