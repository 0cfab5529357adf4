//! What a server says about itself.

use super::connection::{Connection, RawEntry};
use super::search::{DnForm, One, read_one};
use super::{AdError, ReadProblem};

/// Reads the rootDSE (RFC 4512 5.1, MS-ADTS 3.1.1.3.2): refuses a server that is not synchronized, and answers the
/// DN of its domain.
pub(super) async fn read_root_dse(connection: &Connection, server: &str) -> Result<String, AdError> {
    let attributes = ["defaultNamingContext", "isSynchronized"];
    let search = || format!("the rootDSE of {server}");
    let one = read_one(connection, "", &attributes, DnForm::Plain)
        .await
        .map_err(|problem| AdError::stopped(search(), problem))?;
    let One::Entry(RawEntry { attributes, .. }) = one else {
        return Err(AdError::stopped(search(), ReadProblem::Count(0)));
    };
    // The rootDSE's name is empty, so it is no entry like others.
    let value = |name: &str| {
        let (_, values) =
            attributes.iter().find(|(description, _)| description.eq_ignore_ascii_case(name))?;
        values.first().and_then(|value| str::from_utf8(value).ok())
    };
    if value("isSynchronized").is_some_and(|value| value.eq_ignore_ascii_case("FALSE")) {
        return Err(AdError::NotSynchronized { server: server.to_owned() });
    }
    match value("defaultNamingContext") {
        Some(naming_context) => Ok(naming_context.to_owned()),
        None => Err(AdError::stopped(
            search(),
            ReadProblem::Undecodable("a rootDSE without defaultNamingContext"),
        )),
    }
}
