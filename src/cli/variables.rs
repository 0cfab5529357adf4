//! Values of variables: from the command line, and from the environment where a policy says so.

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

use clap::Args;

use super::error::CliError;
use crate::policy::{Source, nearest};

/// The arguments of every command that reads a policy.
#[derive(Debug, Clone, Default, Args)]
pub(super) struct VariableArgs {
    /// Give a variable that a policy declares its value, before the environment and the policy's default; may be given
    /// several times, and of one name the last counts
    #[arg(long = "var", value_name = "NAME=VALUE")]
    pub(super) variables: Vec<Assignment>,
}

/// `NAME=VALUE`
#[derive(Debug, Clone)]
pub(super) struct Assignment {
    name: String,
    value: String,
}

impl FromStr for Assignment {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once('=') {
            Some((name, value)) if !name.is_empty() => {
                Ok(Self { name: name.to_owned(), value: value.to_owned() })
            }
            _ => Err("the form is NAME=VALUE, such as ou=Staff"),
        }
    }
}

/// Where variables have their values from.
#[derive(Debug, Clone)]
pub(super) enum Values {
    /// Those of the command line, then those of the environment.
    Given(BTreeMap<String, String>),
    /// Those of a saved plan, and nothing else.
    Recorded(BTreeMap<String, String>),
}

impl From<&VariableArgs> for Values {
    fn from(args: &VariableArgs) -> Self {
        let pairs = args.variables.iter().map(|one| (one.name.clone(), one.value.clone()));
        Self::Given(pairs.collect())
    }
}

impl Values {
    /// Gives the variables of a policy their values.
    pub(super) fn fill(&self, source: &mut Source) -> Result<(), CliError> {
        for variable in source.variables() {
            let value = match self {
                Self::Given(given) => match (given.get(&variable.name), variable.env) {
                    (Some(value), _) => Some(value.clone()),
                    (None, Some(env)) => of_environment(&variable.name, env)?,
                    (None, None) => None,
                },
                Self::Recorded(recorded) => recorded.get(&variable.name).cloned(),
            };
            if let Some(value) = value {
                source.give(&variable.name, &value);
            }
        }
        Ok(())
    }

    /// Whether each value of the command line is of a variable that one of the policies declares.
    pub(super) fn ensure_declared<'s>(
        &self,
        sources: impl Iterator<Item = &'s Source>,
    ) -> Result<(), CliError> {
        let Self::Given(given) = self else { return Ok(()) };
        if given.is_empty() {
            return Ok(());
        }
        let declared: BTreeSet<String> =
            sources.flat_map(Source::variables).map(|variable| variable.name).collect();
        let Some(name) = given.keys().find(|name| !declared.contains(*name)) else { return Ok(()) };
        let help = match nearest(name, declared.iter().map(String::as_str)) {
            Some(near) => format!("did you mean --var {near}=…?"),
            None if declared.is_empty() => format!("declare it in the block of `policy`: variable {name:?}"),
            None => {
                let declared: Vec<&str> = declared.iter().map(String::as_str).collect();
                format!("declared: {}", declared.join(", "))
            }
        };
        Err(CliError::UndeclaredVariable { name: name.clone(), help })
    }
}

fn of_environment(variable: &str, env: String) -> Result<Option<String>, CliError> {
    match std::env::var(&env) {
        Ok(value) => Ok(Some(value)),
        Err(std::env::VarError::NotPresent) => Ok(None),
        Err(std::env::VarError::NotUnicode(_)) => {
            Err(CliError::NotUnicodeVariable { env, variable: variable.to_owned() })
        }
    }
}
