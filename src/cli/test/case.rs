//! One test: its directory and its organization in the place of the policy's, the plan of a real run, and what was expected
//! of it.

use std::path::Path;

use jiff::Timestamp;

use super::super::directory;
use super::super::error::CliError;
use super::super::organization;
use super::super::policies::PolicyFile;
use super::super::sides;
use super::expected_plan;
use crate::ad::Source;
use crate::desired::Desired;
use crate::jumpcloud::Client;
use crate::model::{Directory, Organization};
use crate::plan::unit::{Examined, Miss, examine};
use crate::plan::{self, Allowances, Plan};
use crate::policy::unit::{Expected, Fixture, UnitTest};
use crate::policy::{ActiveDirectory, JumpCloud, Policy, Spanned};
use crate::sandbox::Sandbox;

/// What plans of a directory call it that stands in the test.
const WRITTEN: &str = "the directory of the test";
/// What plans call an organization without a file.
const EMPTY: &str = "an empty organization";

/// The organization of a file, as the policy reads it. Tests that name the file share it; none of them writes.
pub(super) struct Standing {
    organization: Organization,
    client: Client,
    /// Serves it while the client is used.
    _sandbox: Sandbox,
}

impl Standing {
    /// Reads the organization of a file.
    pub(super) async fn read(policy: &Policy, path: &Path) -> Result<Self, CliError> {
        let (client, sandbox) = organization::serve_file(path).await?;
        let id = client.read_organization().await?;
        let organization = organization::read(policy, &client, id).await?;
        Ok(Self { organization, client, _sandbox: sandbox })
    }
}

/// Makes the plan of a test and gives the expectations that do not hold. `folder` is that of the test's file, `standing` the organization that it
/// names. With `update`,
/// files of plans are written anew.
pub(super) async fn run(
    file: &PolicyFile,
    folder: &Path,
    test: &UnitTest,
    standing: Option<&Standing>,
    update: bool,
) -> Result<Vec<Miss>, CliError> {
    let mut policy = file.policy.clone();
    let state = test.jumpcloud.as_deref().unwrap_or(EMPTY);
    policy.jumpcloud = JumpCloud::Sandbox { state: place(&policy, state), seed: None };
    let client = standing.map(|standing| &standing.client);
    let mut organization = standing.map(|standing| standing.organization.clone()).unwrap_or_default();
    for before in &test.before {
        let run =
            Run::over(&policy, &before.directory, folder, before.now, &mut organization, client).await?;
        organization = plan::simulate(&run.plan, &organization, before.now);
    }
    let location = match &test.directory {
        Fixture::File(ldif) => ldif,
        Fixture::Written(_) => WRITTEN,
    };
    policy.active_directory = ActiveDirectory::Ldif { file: place(&policy, location) };
    let Run { directory, desired, plan } =
        Run::over(&policy, &test.directory, folder, test.now, &mut organization, client).await?;
    let examined = Examined {
        policy: &policy,
        directory: &directory,
        desired: &desired,
        organization: &organization,
        plan: &plan,
        now: test.now,
    };
    let mut misses = examine(test.line, &test.expectations, &examined);
    let bound_to = plan::directory_object(&policy, &organization.directories)?;
    let header = sides::header(
        &policy,
        &file.source.whole(),
        location.to_owned(),
        &directory,
        &desired,
        &organization,
        bound_to,
    );
    for expectation in &test.expectations {
        if let Expected::Plan(name) = &expectation.expected {
            let found = expected_plan::compare(&folder.join(name), &plan, &header, update)?;
            misses.extend(found.map(|found| Miss {
                line: expectation.line,
                expected: format!("the plan is that of {name}"),
                found: vec![found],
            }));
        }
    }
    misses.sort_by_key(|miss| miss.line);
    Ok(misses)
}

/// A name in the place of what the policy says, for those who show it.
fn place(policy: &Policy, name: &str) -> Spanned<String> {
    Spanned { value: name.to_owned(), span: policy.root_container.span }
}

/// A plan and the directory that it is made of.
struct Run {
    directory: Directory,
    desired: Desired,
    plan: Plan,
}

impl Run {
    /// Plans as `plan` does. Members of groups that are adopted are read into the organization.
    async fn over(
        policy: &Policy,
        fixture: &Fixture,
        folder: &Path,
        now: Timestamp,
        organization: &mut Organization,
        client: Option<&Client>,
    ) -> Result<Self, CliError> {
        let mut source = open(policy, fixture, folder)?;
        let mut directory = source.read().await?;
        let desired = sides::desire(policy, &mut source, &mut directory, organization, now).await?;
        if let Some(client) = client {
            organization::read_adopted(policy, &desired, client, organization).await?;
        }
        let plan = plan::plan(policy, &directory, &desired, organization, &Allowances::default(), now);
        Ok(Self { directory, desired, plan })
    }
}

fn open(policy: &Policy, fixture: &Fixture, folder: &Path) -> Result<Source, CliError> {
    match fixture {
        Fixture::File(file) => directory::open_ldif(policy, &folder.join(file)),
        Fixture::Written(written) => {
            let root = policy.root_container.value.clone();
            let text = written.ldif(&root).map_err(super::TestError::Names)?;
            Ok(Source::open_ldif(WRITTEN, text.as_bytes(), root, policy.domain.clone())?)
        }
    }
}
