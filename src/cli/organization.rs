//! The side of JumpCloud: opens the organization of a policy, and reads it whole.

use std::collections::BTreeMap;
use std::path::Path;

use secrecy::SecretString;

use super::clock;
use super::credentials;
use super::error::CliError;
use super::sides::Access;
use crate::desired::Desired;
use crate::jumpcloud::{self, Client, Credentials, JumpCloudError};
use crate::model::{Agent, Bindings, DirectoryId, Organization};
use crate::plan::{self, TargetKind};
use crate::policy::{ApiCredentials, JumpCloud, Policy};
use crate::sandbox::{self, Clock, Sandbox, StateFile};

/// Requests in flight while only reading.
const READ_PARALLELISM: usize = 8;

/// A client of the policy's organization; with a local one, what serves it. Sends nothing.
pub(super) async fn open(
    policy: &Policy,
    folder: &Path,
    access: Access,
) -> Result<(Client, Option<Sandbox>), CliError> {
    let parallelism = match access {
        Access::ReadOnly => READ_PARALLELISM,
        Access::ReadWrite { parallelism, .. } => parallelism,
    };
    match &policy.jumpcloud {
        JumpCloud::Api { url, credentials, organization, spacing } => {
            let settings = jumpcloud::Settings {
                url: url.value.clone(),
                credentials: resolve(credentials, folder)?,
                organization: organization.clone(),
                parallelism,
                spacing: *spacing,
            };
            Ok((Client::new(settings)?, None))
        }
        JumpCloud::Sandbox { state, seed } => {
            let (kept, file) = StateFile::open(&folder.join(&state.value))?;
            let start = match (kept, seed) {
                (Some(kept), _) => kept,
                (None, Some(seed)) => read_seed(&folder.join(&seed.value))?,
                (None, None) => sandbox::State::empty(),
            };
            let state_file = match access {
                Access::ReadOnly => None,
                Access::ReadWrite { .. } => {
                    file.check()?;
                    Some(file)
                }
            };
            let options = sandbox::Options {
                state_file,
                clock: Clock::Stopped(clock::now()),
                ..sandbox::Options::default()
            };
            let (client, sandbox) = serve(start, options, parallelism).await?;
            Ok((client, Some(sandbox)))
        }
    }
}

/// Serves a local organization, to a client of its own.
async fn serve(
    start: sandbox::State,
    options: sandbox::Options,
    parallelism: usize,
) -> Result<(Client, Sandbox), CliError> {
    let sandbox = Sandbox::start(start, options).await.map_err(CliError::ServeSandbox)?;
    let settings = jumpcloud::Settings {
        url: sandbox.url(),
        credentials: Credentials::ApiKey(SecretString::from("local")),
        organization: None,
        parallelism,
        spacing: None,
    };
    Ok((Client::new(settings)?, sandbox))
}

/// Serves the organization of a file, which stays as it is.
pub(super) async fn serve_file(file: &Path) -> Result<(Client, Sandbox), CliError> {
    serve(read_seed(file)?, sandbox::Options::default(), READ_PARALLELISM).await
}

fn resolve(credentials: &ApiCredentials, folder: &Path) -> Result<Credentials, CliError> {
    Ok(match credentials {
        ApiCredentials::ApiKey(key) => {
            Credentials::ApiKey(credentials::resolve(&key.value, folder, "the JumpCloud API key")?)
        }
        ApiCredentials::ServiceAccount { id, secret } => {
            let purpose = "the secret of the JumpCloud service account";
            let secret = credentials::resolve(&secret.value, folder, purpose)?;
            Credentials::ServiceAccount { id: id.value.clone(), secret }
        }
    })
}

/// The organization that a local one begins as.
fn read_seed(path: &Path) -> Result<sandbox::State, CliError> {
    let unreadable =
        |source| CliError::File { what: "the local organization", path: path.to_owned(), source };
    let text = std::fs::read_to_string(path).map_err(unreadable)?;
    Ok(sandbox::State::parse(&path.to_string_lossy(), &text)?)
}

/// Where the changes of a policy go: the API's URL, or the state file as the policy names it.
pub(super) fn location(policy: &Policy) -> (TargetKind, String) {
    match &policy.jumpcloud {
        JumpCloud::Api { url, .. } => (TargetKind::Api, url.value.as_str().trim_end_matches('/').to_owned()),
        JumpCloud::Sandbox { state, .. } => (TargetKind::Sandbox, state.value.clone()),
    }
}

/// Reads everything that a plan looks at. Bindings and agents are those of the Active Directory object of the policy's
/// domain, where there is one. `id` is the organization's, which is read first: without the right organization all other
/// lists are refused, for reasons that say less.
pub(super) async fn read(
    policy: &Policy,
    client: &Client,
    id: Option<String>,
) -> Result<Organization, CliError> {
    let (users, groups, directories) =
        tokio::try_join!(client.read_users(), client.read_groups(), client.read_directories(),)?;
    let object = plan::directory_object(policy, &directories)?.map(|object| object.id.clone());
    let mut organization =
        Organization { id, users, groups, members: BTreeMap::new(), directories, agents: Vec::new() };
    let owned = plan::owned_groups(policy, &organization);
    let (members, bound) =
        tokio::try_join!(client.read_members(&owned), read_bound(client, object.as_ref()))?;
    organization.members = members;
    if let (Some(object), Some((agents, bindings))) = (&object, bound) {
        organization.bind(object, &bindings);
        organization.agents = agents;
    }
    Ok(organization)
}

/// What is attached to the Active Directory object and bound to it.
async fn read_bound(
    client: &Client,
    object: Option<&DirectoryId>,
) -> Result<Option<(Vec<Agent>, Bindings)>, JumpCloudError> {
    let Some(object) = object else { return Ok(None) };
    tokio::try_join!(client.read_agents(object), client.read_bindings(object)).map(Some)
}

/// Reads the members of groups that the plan adopts: which those are, only both sides together tell.
pub(super) async fn read_adopted(
    policy: &Policy,
    desired: &Desired,
    client: &Client,
    organization: &mut Organization,
) -> Result<(), CliError> {
    let adopted = plan::adopted_groups(policy, desired, organization);
    organization.members.extend(client.read_members(&adopted).await?);
    Ok(())
}
