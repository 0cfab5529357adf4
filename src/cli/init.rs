//! `adjunct init`

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::credentials;
use super::directory::read_file;
use super::error::CliError;
use super::exit::Exit;
use super::init_args::InitArgs;
use super::init_error::InitError;
use super::terminal;
use crate::ad::{Access, CaCertificate, Credential, Survey};
use crate::model::{DirectoryGroup, Dn, fold};
use crate::policy::{
    self, LdapServer, SecretRef, Start, StartSource, StartTarget, common_container, policy_of_start,
    tests_of_start,
};
use crate::render::safe;

/// What the name of the security group has in it where nobody names it.
const USUAL_NAME: &str = "JumpCloud";
/// The variable with JumpCloud's API key where nobody names one.
const API_KEY: &str = "JUMPCLOUD_API_KEY";
/// Looks at the directory, and writes a policy for it.
pub(super) async fn run(args: &InitArgs) -> Result<Exit, CliError> {
    let place = Place::of(args)?;
    if let Some(file) = &args.file {
        ensure_absent(file)?;
    }
    let asked = args.security_group.as_deref();
    let survey = place.survey(args, asked.map_or(USUAL_NAME.to_owned(), name_of).as_str()).await?;
    let domain = survey.domain.domain().map(|domain| domain.to_string()).unwrap_or_default();
    let named = args.root_container.as_deref().map(|name| container_of(name, &survey)).transpose()?;
    let group = choose_group(&survey, named.as_ref(), asked, &domain)?;
    let root_container = match named {
        Some(container) => container,
        None => choose_container(&survey, group)?,
    };
    let name = domain.split('.').next().unwrap_or_default().to_owned();
    let file = args.file.clone().unwrap_or_else(|| PathBuf::from(format!("{name}.kdl")));
    ensure_absent(&file)?;
    let folder = file.parent().unwrap_or(Path::new(""));
    let start = Start {
        source: place.source(args, folder),
        target: if is_rehearsal(args)? {
            StartTarget::Sandbox(format!(".adjunct/{name}-org.json"))
        } else {
            let variable = args.api_key_env.as_deref().unwrap_or(API_KEY);
            StartTarget::Api(variable.to_owned())
        },
        security_group: written_name(group, &survey, &root_container),
        root_container,
        name,
    };
    let text = policy_of_start(&start);
    let tests_file = file.with_extension("test.kdl");
    let shown = file.to_string_lossy();
    policy::parse(&shown, &text).map_err(|errors| CliError::Policy(Box::new(errors)))?;
    write_new(&file, &text)?;
    // Tests that are there already are for a policy of this name as well.
    let tests = tests_of_start(&start).filter(|_| ensure_absent(&tests_file).is_ok());
    if let Some(tests) = &tests {
        write_new(&tests_file, tests)?;
    }
    let shown = safe(&shown);
    let (and, next) = if tests.is_some() {
        let file = safe(&tests_file.to_string_lossy());
        (format!(" and {file}, with a first test"), format!("  adjunct test {shown}\n"))
    } else {
        (String::new(), String::new())
    };
    terminal::print(&format!(
        "Read {domain}: the group {} has {}, and {} holds it all.\n\
         Wrote {shown}{and}. Read it, then:\n\n  adjunct validate {shown}\n{next}  adjunct plan {shown}\n",
        safe(&group.cn()),
        members(group.members.len()),
        safe(start.root_container.as_str()),
    ))?;
    Ok(Exit::Done)
}

fn members(count: usize) -> String {
    format!("{count} {}", if count == 1 { "member" } else { "members" })
}

/// Whether people go into a local organization.
fn is_rehearsal(args: &InitArgs) -> Result<bool, CliError> {
    if args.sandbox || args.api_key_env.is_some() || !terminal::can_ask() {
        return Ok(args.sandbox);
    }
    let answer = terminal::ask(
        "Rehearse with a local organization first, without a JumpCloud account (yes or no)",
        "no",
    )?;
    match answer.as_str() {
        "yes" | "y" => Ok(true),
        "no" | "n" => Ok(false),
        _ => Err(InitError::Unanswered.into()),
    }
}

/// Where people come from.
enum Place {
    Server { url: url::Url, bind: String },
    Ldif(PathBuf),
}

impl Place {
    /// What the arguments say, and a person where they do not.
    fn of(args: &InitArgs) -> Result<Self, CliError> {
        if let Some(file) = &args.ldif {
            return Ok(Self::Ldif(file.clone()));
        }
        if !terminal::can_ask() && (args.server.is_none() || args.bind.is_none()) {
            return Err(InitError::NoDirectory.into());
        }
        let server = match &args.server {
            Some(server) => server.clone(),
            None => terminal::ask(
                "A domain controller, such as ldaps://dc1.corp.example.com, or an LDIF file",
                "",
            )?,
        };
        if !server.contains("://") && args.server.is_none() {
            return Ok(Self::Ldif(PathBuf::from(server)));
        }
        let url = server
            .parse::<url::Url>()
            .ok()
            .filter(|url| matches!(url.scheme(), "ldaps" | "ldap") && url.has_host())
            .ok_or_else(|| InitError::NoServer { server: server.clone() })?;
        let bind = match &args.bind {
            Some(bind) => bind.clone(),
            None => terminal::ask("The account that reads it, such as CORP\\jcimport", "")?,
        };
        Ok(Self::Server { url, bind })
    }

    async fn survey(&self, args: &InitArgs, name: &str) -> Result<Survey, CliError> {
        match self {
            Self::Ldif(file) => {
                let bytes = read_file("the LDIF file", file)?;
                Ok(Survey::of_ldif(&file.to_string_lossy(), &bytes, name)?)
            }
            Self::Server { url, bind } => {
                let password = SecretRef::Env(args.password_env.clone());
                let password =
                    credentials::resolve(&password, Path::new(""), "the password of the bind account")?;
                let ca_certificate = args.ca_certificate.as_ref().map(|file| {
                    let pem = read_file("the CA certificate", file)?;
                    Ok::<_, CliError>(CaCertificate { file: file.to_string_lossy().into_owned(), pem })
                });
                let access = Access {
                    servers: vec![url.clone()],
                    allow_insecure: false,
                    bind: bind.clone(),
                    credential: Credential::Password(password),
                    ca_certificate: ca_certificate.transpose()?,
                    timeout: LdapServer::DEFAULT_TIMEOUT,
                    page_size: LdapServer::MOST_IN_A_PAGE,
                };
                let spinner = terminal::spinner("Looking at Active Directory");
                let survey = Survey::of_server(&access, name).await;
                spinner.finish_and_clear();
                Ok(survey?)
            }
        }
    }

    /// As a policy in this folder names it.
    fn source(&self, args: &InitArgs, folder: &Path) -> StartSource {
        match self {
            Self::Ldif(file) => StartSource::Ldif(seen_from(folder, file)),
            Self::Server { url, bind } => StartSource::Server {
                url: url.as_str().trim_end_matches('/').to_owned(),
                bind: bind.clone(),
                password: args.password_env.clone(),
                ca_certificate: args.ca_certificate.as_ref().map(|file| seen_from(folder, file)),
            },
        }
    }
}

/// The part of a DN or name that groups are searched by.
fn name_of(group: &str) -> String {
    Dn::parse_written(group).map_or_else(|_| group.to_owned(), |dn| dn.rdn_value())
}

/// Whether a policy that has this name means the group.
fn is_called(group: &DirectoryGroup, name: &str) -> bool {
    fold(&group.cn()) == fold(name) || group.attributes.has("sAMAccountName", name)
}

/// The group that is named, or the only one that can be meant, or the one that a person chooses.
fn choose_group<'s>(
    survey: &'s Survey,
    container: Option<&Dn>,
    asked: Option<&str>,
    domain: &str,
) -> Result<&'s DirectoryGroup, CliError> {
    let is_asked_for = |group: &&DirectoryGroup| {
        asked.is_none_or(|asked| match Dn::parse_written(asked) {
            Ok(dn) => group.dn == dn,
            Err(_) => is_called(group, asked),
        })
    };
    let groups = survey.groups.iter().filter(|group| group.group_type.is_security());
    let groups = groups.filter(|group| container.is_none_or(|container| group.dn.is_within(container)));
    let groups: Vec<&DirectoryGroup> = groups.filter(is_asked_for).collect();
    match groups.as_slice() {
        [] => {
            let name = asked.unwrap_or(USUAL_NAME).to_owned();
            Err(InitError::NoGroup { name, domain: domain.to_owned() }.into())
        }
        [group] => Ok(group),
        several => {
            let dns: Vec<String> = several.iter().map(|group| group.dn.to_string()).collect();
            if !terminal::can_ask() {
                return Err(InitError::SeveralGroups { groups: dns }.into());
            }
            for (number, dn) in dns.iter().enumerate() {
                terminal::say(&format!("  {}  {}\n", number + 1, safe(dn)));
            }
            let answer = terminal::ask("The security group, by its number", "1")?;
            let chosen = answer.parse::<usize>().ok().and_then(|number| several.get(number.checked_sub(1)?));
            chosen.copied().ok_or_else(|| InitError::SeveralGroups { groups: dns }.into())
        }
    }
}

/// The container of this name.
fn container_of(name: &str, survey: &Survey) -> Result<Dn, CliError> {
    let dn = Dn::parse_written(name).ok().filter(|dn| dn.is_within(&survey.domain));
    dn.ok_or_else(|| {
        InitError::NoContainer { container: name.to_owned(), domain: survey.domain.to_string() }.into()
    })
}

/// The lowest container that holds the group and its members, unless a person knows better.
fn choose_container(survey: &Survey, group: &DirectoryGroup) -> Result<Dn, CliError> {
    let inside = group.members.iter().map(|member| &member.dn).filter(|dn| dn.is_within(&survey.domain));
    let containers: Vec<Dn> = std::iter::once(&group.dn).chain(inside).filter_map(Dn::parent).collect();
    let lowest = common_container(&containers).unwrap_or_else(|| survey.domain.clone());
    if !terminal::can_ask() {
        return Ok(lowest);
    }
    let question = "The container under which everybody lives who may be imported";
    container_of(&terminal::ask(question, lowest.as_str())?, survey)
}

/// The group's name where it is the only one of that name in the container, else its DN.
fn written_name(group: &DirectoryGroup, survey: &Survey, root_container: &Dn) -> String {
    let name = group.cn();
    let namesakes =
        survey.groups.iter().filter(|other| other.dn.is_within(root_container) && is_called(other, &name));
    if namesakes.count() == 1 { name } else { group.dn.to_string() }
}

/// A file as a policy in a folder names it: relative where it lies there, else from the root.
fn seen_from(folder: &Path, file: &Path) -> String {
    if folder.as_os_str().is_empty() && file.is_relative() {
        return file.to_string_lossy().into_owned();
    }
    let whole = |path: &Path| fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let file = whole(file);
    let folder = whole(if folder.as_os_str().is_empty() { Path::new(".") } else { folder });
    file.strip_prefix(&folder).unwrap_or(&file).to_string_lossy().into_owned()
}

fn ensure_absent(path: &Path) -> Result<(), CliError> {
    match fs::symlink_metadata(path) {
        Ok(_) => Err(InitError::InTheWay { path: path.to_owned() }.into()),
        Err(_) => Ok(()),
    }
}

fn write_new(path: &Path, text: &str) -> Result<(), CliError> {
    let written = fs::File::create_new(path).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.sync_all()
    });
    written.map_err(|source| InitError::Unwritten { path: path.to_owned(), source }.into())
}
