//! How often a client may give a wrong token.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use wayside_collector::ClientAddress;

/// Wrong tokens by client, of those that gave one lately.
#[derive(Default)]
pub(super) struct Tries(Mutex<BTreeMap<Option<ClientAddress>, Wrong>>);

struct Wrong {
    count: u32,
    first: Instant,
}

impl Tries {
    /// How long the client has to wait before it may try again; nothing where it may try now.
    pub(super) fn wait(&self, client: Option<ClientAddress>, now: Instant) -> Option<Duration> {
        let clients = self.lock();
        let wrong = clients.get(&client).filter(|wrong| wrong.count >= WRONG_MAX)?;
        (wrong.first + FORGOTTEN_AFTER)
            .checked_duration_since(now)
            .filter(|wait| !wait.is_zero())
    }

    /// Counts a wrong token.
    pub(super) fn wrong(&self, client: Option<ClientAddress>, now: Instant) {
        let mut clients = self.lock();
        clients.retain(|_, wrong| now < wrong.first + FORGOTTEN_AFTER);
        if !clients.contains_key(&client) && clients.len() >= CLIENTS_MAX {
            let oldest = clients.iter().min_by_key(|(_, wrong)| wrong.first);
            if let Some(oldest) = oldest.map(|(client, _)| *client) {
                clients.remove(&oldest);
            }
        }
        let wrong = clients.entry(client).or_insert(Wrong { count: 0, first: now });
        wrong.count += 1;
    }

    /// Forgets the wrong tokens of a client that has given the right one.
    pub(super) fn right(&self, client: Option<ClientAddress>) {
        self.lock().remove(&client);
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<Option<ClientAddress>, Wrong>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Wrong tokens that a client may give in a row: more than slips of a hand, and far too few to guess one of 16 characters.
const WRONG_MAX: u32 = 10;

/// How long wrong tokens count. It is short enough for a reader who has confused two passwords.
const FORGOTTEN_AFTER: Duration = Duration::from_secs(5 * 60);

/// Clients that are remembered, at about a hundred bytes each; beyond that, the one that began first is forgotten.
const CLIENTS_MAX: usize = 10_000;

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    fn client(number: u32) -> Option<ClientAddress> {
        Some(ClientAddress::of(Ipv4Addr::from(number).into()))
    }

    #[test]
    fn a_client_with_too_many_wrong_tokens_waits() {
        let (tries, start) = (Tries::default(), Instant::now());
        for _ in 1..WRONG_MAX {
            tries.wrong(client(1), start);
            assert_eq!(tries.wait(client(1), start), None);
        }
        tries.wrong(client(1), start);
        let minute = Duration::from_secs(60);
        assert_eq!(tries.wait(client(1), start + minute), Some(FORGOTTEN_AFTER - minute));
        assert_eq!(tries.wait(client(2), start), None);
        assert_eq!(tries.wait(client(1), start + FORGOTTEN_AFTER), None);
        tries.wrong(client(1), start + FORGOTTEN_AFTER);
        assert_eq!(tries.wait(client(1), start + FORGOTTEN_AFTER), None, "counted anew");
    }

    #[test]
    fn the_right_token_forgets_the_wrong_ones() {
        let (tries, start) = (Tries::default(), Instant::now());
        for _ in 1..WRONG_MAX {
            tries.wrong(client(1), start);
        }
        tries.right(client(1));
        tries.wrong(client(1), start);
        assert_eq!(tries.wait(client(1), start), None);
    }

    #[test]
    fn no_more_clients_are_remembered_than_have_room() {
        let (tries, start) = (Tries::default(), Instant::now());
        for number in 0..=CLIENTS_MAX as u32 {
            tries.wrong(client(number), start + Duration::from_millis(number.into()));
        }
        let clients = tries.lock();
        assert_eq!(clients.len(), CLIENTS_MAX);
        assert!(!clients.contains_key(&client(0)) && clients.contains_key(&client(1)));
    }
}
