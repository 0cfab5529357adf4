//! The binary against a scripted domain controller that answers a part: nobody in JumpCloud loses anything.
//!
//! Everybody is in JumpCloud, no limit of the policy is in the way, and so whoever a read loses would go.

use serde_json::Value;

use crate::ad_read::{staff, users};
use crate::support::between::Between;
use crate::support::cases::at_each;
use crate::support::command::Answer;
use crate::support::ldap_server::{CutEnd, Ending, Entry, RangeFault, Script};
use crate::support::organization::Organization;

const PAGE: usize = 5;
/// Of each search: groups and users.
const ENTRIES: usize = 18;

/// Searches, by a part of their filter and by what messages call them.
const SEARCHES: [(&str, &str); 2] = [("objectClass=group", "groups"), ("objectClass=contact", "users")];
const POSITIONS: [usize; 7] = [0, 1, PAGE - 1, PAGE, PAGE + 1, ENTRIES - 1, ENTRIES];
const PLAN: &[&str] = &["plan", "--format", "json"];
const APPLY: &[&str] = &["apply", "--auto-approve", "--format", "json"];

/// The security group, and teams in it, each user in one or two of them.
fn directory() -> Script {
    let team = |index: usize| staff(&format!("CN=Team {index:02}"));
    let user = |index: usize| staff(&format!("CN=User {:04}", index % ENTRIES));
    let teams = (1..ENTRIES).map(|index| Entry::group(&team(index)).members([user(index), user(index + 1)]));
    Script::new()
        .entry(Entry::group(&staff("CN=JumpCloud")).members((1..ENTRIES).map(team)))
        .entries(teams)
        .entries(users(ENTRIES))
        .page_cap(PAGE)
}

/// An organization in step with the directory.
fn in_step(directory: Script) -> Organization {
    let organization = Organization::empty();
    let applied = Between::new(&directory.start(), &organization).run(APPLY);
    assert_eq!(applied.code, 0, "{}", applied.stderr);
    organization
}

/// What is wrong with an answer that should be a refusal which names the search and the place.
fn problem_of_refusal(answer: &Answer, search: &str) -> Option<String> {
    let is_refusal = answer.code == 6
        && answer.stdout.is_empty()
        && answer.stderr.contains(search)
        && answer.stderr.contains("help: ");
    (!is_refusal).then(|| format!("{answer:?}"))
}

/// What a plan takes away.
fn losses(plan: &Value) -> Vec<&Value> {
    let is_loss =
        |change: &&Value| !["create", "add", "adopt", "update"].contains(&change["action"].as_str().unwrap());
    plan["changes"].as_array().unwrap().iter().filter(is_loss).collect()
}

#[test]
fn a_search_that_is_cut_at_any_place_in_any_way_plans_nothing_and_writes_nothing() {
    const ENDINGS: [Ending; 15] = [
        Ending::Result(3),
        Ending::Result(4),
        Ending::Result(11),
        Ending::Result(51),
        Ending::Result(52),
        Ending::Result(53),
        Ending::Result(80),
        Ending::Referral,
        Ending::Close,
        Ending::Reset,
        Ending::TornMessage,
        Ending::Silence,
        Ending::Notice,
        Ending::NoPagingControl,
        Ending::RepeatedCookie,
    ];
    let organization = in_step(directory());
    let writes = organization.writes();
    let places = SEARCHES.into_iter().flat_map(|search| POSITIONS.map(|after| (search, after)));
    let cuts = places.flat_map(|(search, after)| ENDINGS.map(|ending| (search, after, ending)));
    let cases =
        cuts.flat_map(|(search, after, ending)| [PLAN, APPLY].map(|run| (search, after, ending, run)));
    at_each(cases, |((filter, name), after, ending, arguments)| {
        let server = directory().end_search(filter, after, ending).start();
        let timeout = if ending == Ending::Silence { "1s" } else { "60s" };
        let answer = Between { timeout, ..Between::new(&server, &organization) }.run(arguments);
        problem_of_refusal(&answer, &format!("the {name} in "))
            .map(|problem| format!("{arguments:?} after {after} {name}, {ending:?}: {problem}"))
    });
    assert_eq!(organization.writes(), writes, "nothing is written");
}

#[test]
fn an_empty_cookie_that_comes_too_early_takes_nobody_away() {
    let organization = in_step(directory());
    let writes = organization.writes();
    let places = SEARCHES.into_iter().flat_map(|(filter, _)| POSITIONS.map(|after| (filter, after)));
    at_each(places, |(filter, after)| {
        let server = directory().end_search(filter, after, Ending::EmptyCookie).start();
        let planned = Between::new(&server, &organization).run(PLAN);
        let applied = Between::new(&server, &organization).run(APPLY);
        let lost = if planned.stdout.is_empty() { 0 } else { losses(&planned.json()).len() };
        // Without the security group there is an error, and without one member of it the guard `empty`.
        let is_right = lost == 0 && planned.code == applied.code && [0, 1, 3].contains(&planned.code);
        (!is_right).then(|| format!("{filter}, after {after}: {planned:?}\n{applied:?}"))
    });
    assert_eq!(organization.writes(), writes, "nothing is written");
}

#[test]
fn a_piece_of_a_member_list_that_fails_plans_nothing_and_writes_nothing() {
    const FAULTS: [RangeFault; 8] = [
        RangeFault::Gap,
        RangeFault::Overlap,
        RangeFault::Short,
        RangeFault::Empty,
        RangeFault::Missing,
        RangeFault::Result(11),
        RangeFault::Close,
        RangeFault::Changes(usize::MAX / 2),
    ];
    let pieces = || directory().value_cap(4);
    let organization = in_step(pieces());
    let writes = organization.writes();
    let cases = FAULTS.into_iter().flat_map(|fault| [PLAN, APPLY].map(|arguments| (fault, arguments)));
    at_each(cases, |(fault, arguments)| {
        let server = pieces().range_fault(fault).start();
        let answer = Between::new(&server, &organization).run(arguments);
        problem_of_refusal(&answer, "member of CN=JumpCloud")
            .map(|problem| format!("{arguments:?}, {fault:?}: {problem}"))
    });
    assert_eq!(organization.writes(), writes, "nothing is written");
}

#[test]
fn a_member_that_goes_between_two_pieces_is_all_that_goes() {
    // In pieces of four, and each user directly in the security group.
    let names = || users(ENTRIES).into_iter().map(|user| user.dn);
    let flat = || {
        let group = Entry::group(&staff("CN=JumpCloud")).members(names());
        Script::new().entry(group).entries(users(ENTRIES)).value_cap(4)
    };
    let organization = in_step(flat());
    for changes in 1..=3 {
        let server = flat().range_fault(RangeFault::Changes(changes)).start();
        let planned = Between::new(&server, &organization).run(PLAN);
        let plan = planned.json();
        let gone: Vec<&str> = losses(&plan).iter().map(|change| change["name"].as_str().unwrap()).collect();
        assert_eq!(gone, ["user.0000", "user.0001", "user.0002"][..changes], "{changes} changes");
    }
}

#[test]
fn an_account_that_sees_a_tenth_of_the_directory_takes_nobody_away() {
    let organization = in_step(directory());
    let writes = organization.writes();
    // Sees every tenth entry of the container, in each of ten ways.
    let is_in_container = |entry: &Entry| entry.dn.ends_with(&staff("")) && entry.dn != staff("")[1..];
    at_each(0..10, |seen| {
        let server = directory().start();
        server.edit(|entries| {
            let contained = entries.iter_mut().filter(|entry| is_in_container(entry));
            for (_, entry) in contained.enumerate().filter(|(position, _)| position % 10 != seen) {
                entry.hide();
            }
        });
        let planned = Between::new(&server, &organization).run(PLAN);
        let applied = Between::new(&server, &organization).run(APPLY);
        let lost = if planned.stdout.is_empty() { 0 } else { losses(&planned.json()).len() };
        let is_right = lost == 0 && planned.code == applied.code && [0, 1, 3].contains(&planned.code);
        (!is_right).then(|| format!("{seen}: {planned:?}\n{applied:?}"))
    });
    assert_eq!(organization.writes(), writes, "nothing is written");
}

#[test]
fn a_session_cut_at_any_byte_plans_nothing_and_writes_nothing() {
    const SAMPLES: usize = 24;
    let organization = in_step(directory());
    let writes = organization.writes();
    let server = directory().start();
    assert_eq!(Between::new(&server, &organization).run(PLAN).code, 0);
    let length = server.bytes_sent();
    let cuts = (0..SAMPLES).map(|sample| sample * (length - 1) / (SAMPLES - 1));
    let cases = cuts.flat_map(|bytes| [CutEnd::Close, CutEnd::Reset].map(|end| (bytes, end)));
    at_each(cases, |(bytes, end)| {
        let server = directory().cut_after_bytes(bytes, end).start();
        let answer = Between::new(&server, &organization).run(APPLY);
        problem_of_refusal(&answer, "cannot").map(|problem| format!("{end:?} after {bytes}: {problem}"))
    });
    assert_eq!(organization.writes(), writes, "nothing is written");
}

#[test]
fn a_container_or_a_group_that_went_astray_takes_nobody_away() {
    type Edit = fn(&mut Vec<Entry>);
    fn rename(entries: &mut [Entry], from: &str, to: &str) {
        for entry in entries {
            entry.dn = entry.dn.replace(from, to);
        }
    }
    fn is_in_container(entry: &Entry) -> bool {
        entry.dn.ends_with(&staff(""))
    }
    fn is_security_group(entry: &Entry) -> bool {
        entry.dn == staff("CN=JumpCloud")
    }
    let cases: [(&str, Edit, i32); 7] = [
        ("the container renamed", |entries| rename(entries, "OU=Staff", "OU=People"), 1),
        ("the container deleted", |entries| entries.retain(|entry| !entry.dn.contains("OU=Staff")), 1),
        ("the container emptied", |entries| entries.retain(|entry| !is_in_container(entry)), 1),
        (
            "the container hidden",
            |entries| entries.iter_mut().filter(|entry| is_in_container(entry)).for_each(Entry::hide),
            1,
        ),
        (
            "the security group renamed",
            |entries| {
                let group = entries.iter_mut().find(|entry| is_security_group(entry)).unwrap();
                *group = Entry::group(&staff("CN=Cloud")).members(group.member_dns());
            },
            1,
        ),
        ("the security group deleted", |entries| entries.retain(|entry| !is_security_group(entry)), 1),
        (
            "the security group emptied",
            |entries| {
                let group = entries.iter_mut().find(|entry| is_security_group(entry)).unwrap();
                *group = group.clone().without("member");
            },
            3,
        ),
    ];
    let organization = in_step(directory());
    let writes = organization.writes();
    for (what, edit, code) in cases {
        let server = directory().start();
        server.edit(edit);
        for arguments in [PLAN, APPLY] {
            let answer = Between::new(&server, &organization).run(arguments);
            assert_eq!(answer.code, code, "{what}: {answer:?}");
        }
    }
    assert_eq!(organization.writes(), writes, "nothing is written");
}
