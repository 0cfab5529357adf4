//! `adjunct snapshot`

use std::path::Path;

use serde_json::json;

use super::args::SnapshotArgs;
use super::error::CliError;
use super::exit::Exit;
use super::organization;
use super::policies::{self, PolicyFile};
use super::sides::Access;
use super::target::{self, Target};
use super::terminal;
use super::variables::Values;
use crate::jumpcloud::{Client, JumpCloudError, Record};
use crate::model::{Departure, JumpCloudUserId};
use crate::model::{DirectoryId, JumpCloudGroupId, Mark, RemovedUser};
use crate::render::safe;
use crate::sandbox::{Copied, Meaning, Snapshot, SnapshotDirectory, StateFile};

/// The groups whose members are read between two steps of the bar.
const GROUPS_AT_A_TIME: usize = 64;

/// How many of the values that are not copied are named.
const NAMED: usize = 5;

/// What marks say must stay as it is: by it a plan knows what is owned, and who is on the way out.
const MEANING: Meaning = Meaning {
    attributes: &[
        Mark::GUID,
        Mark::DOMAIN,
        Mark::POLICY,
        Departure::LEAVING,
        Departure::SUSPENDED,
        RemovedUser::RESTORING,
    ],
    own_description: Mark::unmark_description,
};

/// Copies an organization into a file.
pub(super) async fn run(args: &SnapshotArgs) -> Result<Exit, CliError> {
    let file = policies::read(&args.policy, &Values::from(&args.values))?;
    if file.target == Target::Sandbox(target::canonical(&args.out)) {
        return Err(CliError::OntoItself { path: args.out.clone() });
    }
    // Before a long read, and once more after it.
    StateFile::check_new(&args.out, args.force)?;
    let folder = file.folder().to_owned();
    let PolicyFile { policy, .. } = file;
    // Serves a local organization until the copy is made.
    let (client, _sandbox) = organization::open(&policy, &folder, Access::ReadOnly).await?;
    let mut snapshot = read(&client).await?;
    let left_out = snapshot.left_out();
    if args.pseudonymize {
        snapshot.pseudonymize(&MEANING);
    }
    let counts = (snapshot.users.len(), snapshot.groups.len(), snapshot.memberships());
    StateFile::create(&args.out, &snapshot.into_state()?, args.force)?;
    warn(&left_out);
    terminal::print(&summary(counts, &args.out))?;
    Ok(Exit::Done)
}

/// Reads everything that a sandbox holds, with nothing but GETs.
async fn read(client: &Client) -> Result<Snapshot, CliError> {
    let spinner = terminal::spinner("reading JumpCloud");
    // First: without the right organization all other lists are refused, for reasons that say less.
    let id = client.read_organization().await?;
    let mut organization = match &id {
        Some(id) => client.organization_record(id).await?.unwrap_or_default(),
        None => Record::new(),
    };
    if let Some(id) = id {
        organization.insert("_id".to_owned(), json!(id));
    }
    let (users, groups, objects, user_states) = tokio::try_join!(
        client.user_records(Copied::user),
        client.group_records(Copied::group),
        client.directory_records(Copied::directory),
        client.user_state_records(Copied::user_state),
    )?;
    let mut directories = Vec::new();
    for object in objects {
        directories.push(read_directory(client, object).await?);
    }
    spinner.finish_and_clear();
    if user_states.is_none() {
        terminal::say(
            "Warning: planned changes of users' states are not in the copy: JumpCloud does not tell\n",
        );
    }
    let mut snapshot = Snapshot {
        organization,
        users,
        groups,
        directories,
        user_states: user_states.unwrap_or_default(),
        ..Snapshot::default()
    };
    read_members(client, &mut snapshot).await?;
    Ok(snapshot)
}

async fn read_directory(client: &Client, object: Copied) -> Result<SnapshotDirectory, JumpCloudError> {
    let id = DirectoryId::new(object.id());
    let (agents, bound) =
        tokio::try_join!(client.agent_records(&id, Copied::agent), client.read_bindings(&id))?;
    let users = bound.users.iter().map(ToString::to_string).collect();
    let groups = bound.groups.iter().map(ToString::to_string).collect();
    Ok(SnapshotDirectory { object, agents, users, groups })
}

async fn read_members(client: &Client, snapshot: &mut Snapshot) -> Result<(), JumpCloudError> {
    let groups: Vec<JumpCloudGroupId> =
        snapshot.groups.iter().map(|group| JumpCloudGroupId::new(group.id())).collect();
    let bar = terminal::bar(groups.len()).with_message("reading the members of groups");
    for some in groups.chunks(GROUPS_AT_A_TIME) {
        for (group, members) in client.read_members(some).await? {
            let members = members.iter().map(JumpCloudUserId::to_string).collect();
            snapshot.members.insert(group.to_string(), members);
        }
        bar.inc(u64::try_from(some.len()).unwrap_or_default());
    }
    bar.finish_and_clear();
    Ok(())
}

/// Says what the copy lacks.
fn warn(left_out: &[String]) {
    if left_out.is_empty() {
        return;
    }
    let named: Vec<String> = left_out.iter().take(NAMED).map(|one| safe(one)).collect();
    let more = if left_out.len() > NAMED { ", …" } else { "" };
    terminal::say(&format!(
        "Warning: values that a sandbox does not hold are not in the copy, {} in all: {}{more}\n",
        left_out.len(),
        named.join(", ")
    ));
}

fn summary((users, groups, memberships): (usize, usize, usize), out: &Path) -> String {
    let counted = |count: usize, one: &str| format!("{count} {one}{}", if count == 1 { "" } else { "s" });
    format!(
        "Copied {}, {} and {} to {}\n",
        counted(users, "user"),
        counted(groups, "group"),
        counted(memberships, "membership"),
        safe(&out.to_string_lossy())
    )
}
