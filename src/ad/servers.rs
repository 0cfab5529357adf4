//! Which of several servers is read: the first that can be used.
//!
//! A server is passed over as long as nothing secret was judged there: it is down, silent, refused by TLS, not
//! synchronized, or says at the bind that it is busy. All of that but the last is known before credentials are sent.
//! Whatever else a bind is answered with ends the run, and so does a bind that is not answered: a password that is
//! wrong would count against the account on each server.

use url::Url;

use super::connection::{Connection, Dial, check_address, name_of};
use super::root_dse::read_root_dse;
use super::{Access, AdError, bind};

/// A server that was passed over.
#[derive(Debug)]
pub struct SkippedServer {
    /// Its URL, without a path.
    pub server: String,
    /// Why it could not be used.
    pub reason: AdError,
}

/// The server that is read.
#[derive(Debug)]
pub(super) struct Chosen {
    /// Bound.
    pub(super) connection: Connection,
    /// Its URL, without a path.
    pub(super) server: String,
    /// `defaultNamingContext` of its rootDSE.
    pub(super) naming_context: String,
    /// Those before it in the list.
    pub(super) skipped: Vec<SkippedServer>,
}

/// Connects to the first server that can be used, and binds. Nothing is sent before all that is said of the access has been
/// looked at.
pub(super) async fn connect(access: &Access) -> Result<Chosen, AdError> {
    for server in &access.servers {
        check_address(server)?;
    }
    let dial = Dial::new(access)?;
    let proof = bind::prove(access).await?;
    let mut skipped = Vec::new();
    for url in &access.servers {
        let server = name_of(url);
        let reason = match reach(url, &dial).await {
            Ok((connection, naming_context)) => {
                match bind::bind(&connection, url, &naming_context, access, &proof).await {
                    Ok(()) => return Ok(Chosen { connection, server, naming_context, skipped }),
                    Err(refusal) if refusal.is_unjudged => refusal.error,
                    Err(refusal) => return Err(refusal.error),
                }
            }
            Err(error) => error,
        };
        skipped.push(SkippedServer { server, reason });
    }
    let mut reasons: Vec<AdError> = skipped.into_iter().map(|skipped| skipped.reason).collect();
    Err(match (reasons.pop(), reasons.is_empty()) {
        (Some(only), true) => only,
        (last, _) => {
            reasons.extend(last);
            AdError::NoServer { reasons }
        }
    })
}

/// All that shows whether a server can be used, up to the bind.
async fn reach(url: &Url, dial: &Dial) -> Result<(Connection, String), AdError> {
    let connection = Connection::open(url, dial).await?;
    let naming_context = read_root_dse(&connection, &name_of(url)).await?;
    Ok((connection, naming_context))
}
