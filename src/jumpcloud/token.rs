//! The token of a service account: kept while it lasts, and renewed by one request at a time.

use std::time::Duration;

use secrecy::SecretString;
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::exchange::Failure;
use super::grant::Grant;

/// How long a token lasts when the answer does not say.
const USUAL_LIFETIME: Duration = Duration::from_hours(1);
/// The longest that a token is kept, whatever the answer says.
const LONGEST_LIFETIME: Duration = Duration::from_hours(24);
/// How long before its end a token is renewed, so that it does not end on the way.
const MARGIN: Duration = Duration::from_secs(30);

/// The number of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Lease(u64);

/// The current token.
#[derive(Default)]
pub(super) struct Tokens {
    /// Held while a token is asked for: whoever needs one meanwhile waits for that answer.
    current: Mutex<Current>,
}

#[derive(Default)]
struct Current {
    /// How many tokens there were.
    count: u64,
    token: Option<Token>,
}

struct Token {
    text: SecretString,
    /// When it is to be renewed.
    stale: Instant,
}

impl Tokens {
    /// The current token, or a new one where there is none that lasts.
    pub(super) async fn take(
        &self,
        now: Instant,
        fetch: impl AsyncFnOnce() -> Result<Grant, Failure>,
    ) -> Result<(Lease, SecretString), Failure> {
        let mut current = self.current.lock().await;
        if let Some(token) = current.token.as_ref().filter(|token| now < token.stale) {
            return Ok((Lease(current.count), token.text.clone()));
        }
        let Grant { token, lifetime } = fetch().await?;
        let lifetime = lifetime.map_or(USUAL_LIFETIME, Duration::from_secs).min(LONGEST_LIFETIME);
        // It counts from before the request, which is on the safe side.
        let stale = now + lifetime.saturating_sub(MARGIN);
        current.count += 1;
        current.token = Some(Token { text: token.clone(), stale });
        Ok((Lease(current.count), token))
    }

    /// Forgets a token that was refused; a newer one stays.
    pub(super) async fn give_up(&self, lease: Lease) {
        let mut current = self.current.lock().await;
        if Lease(current.count) == lease {
            current.token = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use secrecy::ExposeSecret;

    use super::*;

    /// Takes a token at each of these seconds, from answers with this lifetime: which tokens, by number.
    async fn taken(lifetime: Option<u64>, seconds: &[u64]) -> Vec<String> {
        let (tokens, start, count) = (Tokens::default(), Instant::now(), Cell::new(0));
        let mut taken = Vec::new();
        for second in seconds {
            let fetch = async || {
                count.set(count.get() + 1);
                Ok(Grant { token: count.get().to_string().into(), lifetime })
            };
            let now = start + Duration::from_secs(*second);
            taken.push(tokens.take(now, fetch).await.ok().unwrap().1.expose_secret().to_owned());
        }
        taken
    }

    #[tokio::test]
    async fn a_token_is_renewed_thirty_seconds_before_its_end() {
        assert_eq!(taken(Some(100), &[0, 69, 70, 139, 140]).await, ["1", "1", "2", "2", "3"]);
        assert_eq!(taken(None, &[0, 3569, 3570]).await, ["1", "1", "2"]);
        assert_eq!(taken(Some(10), &[0, 0]).await, ["1", "2"], "one that is as good as over is used once");
        assert_eq!(taken(Some(u64::MAX), &[0, 86_369, 86_370]).await, ["1", "1", "2"]);
    }

    #[tokio::test]
    async fn a_token_that_was_refused_is_given_up_and_its_successor_stays() {
        let tokens = Tokens::default();
        let grant = |text: &str| Grant { token: text.into(), lifetime: None };
        let now = Instant::now();
        let (first, _) = tokens.take(now, async || Ok(grant("1"))).await.ok().unwrap();
        tokens.give_up(first).await;
        let (_, text) = tokens.take(now, async || Ok(grant("2"))).await.ok().unwrap();
        tokens.give_up(first).await;
        let (_, same) = tokens.take(now, async || Ok(grant("3"))).await.ok().unwrap();
        assert_eq!((text.expose_secret(), same.expose_secret()), ("2", "2"));
    }

    #[tokio::test]
    async fn whoever_needs_a_token_meanwhile_waits_for_that_answer() {
        let (tokens, now, asked) = (Tokens::default(), Instant::now(), Cell::new(0));
        let take = || {
            tokens.take(now, async || {
                asked.set(asked.get() + 1);
                tokio::task::yield_now().await;
                Ok(Grant { token: "1".into(), lifetime: None })
            })
        };
        tokio::try_join!(take(), take(), take()).ok().unwrap();
        assert_eq!(asked.get(), 1);
    }
}
