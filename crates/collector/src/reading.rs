//! Bodies that are being read, and which one is given up to read a new one.
//!
//! A client may send thousands of bodies and a byte of each now and then. When there are too many, the one that has been read longest is
//! given up: an ordinary body is there at once. So slow bodies compete with slow bodies, and not with those that arrive.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use crate::client::ClientAddress;

/// The bodies being read.
pub(crate) struct Bodies {
    most: usize,
    most_of_client: usize,
    reading: Mutex<Reading>,
}

#[derive(Default)]
struct Reading {
    /// The number of the next body.
    next: u64,
    /// By number, the one that has been read longest first.
    bodies: BTreeMap<u64, Body>,
    by_client: BTreeMap<ClientAddress, usize>,
}

struct Body {
    client: Option<ClientAddress>,
    given_up: Arc<Notify>,
}

/// A place for a body being read; dropping it gives it back.
pub(crate) struct Place<'a> {
    bodies: &'a Bodies,
    number: u64,
    given_up: Arc<Notify>,
}

impl Bodies {
    pub(crate) fn new(most: usize, most_of_client: usize) -> Self {
        Self {
            most,
            most_of_client,
            reading: Mutex::default(),
        }
    }

    /// A place for a body of this client; `None` where there is no place at all.
    pub(crate) fn begin(&self, client: Option<ClientAddress>) -> Option<Place<'_>> {
        let mut reading = self.reading();
        if let Some(client) = client
            && reading
                .by_client
                .get(&client)
                .is_some_and(|count| *count >= self.most_of_client)
            && !reading.give_up_one(|_, body| body.client == Some(client))
        {
            return None;
        }
        if reading.bodies.len() >= self.most && !reading.give_up_one(|_, _| true) {
            return None;
        }
        let given_up = Arc::new(Notify::new());
        let number = reading.next;
        reading.next += 1;
        let body = Body {
            client,
            given_up: Arc::clone(&given_up),
        };
        reading.bodies.insert(number, body);
        if let Some(client) = client {
            *reading.by_client.entry(client).or_default() += 1;
        }
        Some(Place {
            bodies: self,
            number,
            given_up,
        })
    }

    fn reading(&self) -> MutexGuard<'_, Reading> {
        self.reading.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Reading {
    /// Gives up the body that has been read longest of those that may be. Returns whether there was one.
    fn give_up_one(&mut self, may_be: impl Fn(u64, &Body) -> bool) -> bool {
        let found = self.bodies.iter().find(|(number, body)| may_be(**number, body));
        let Some(number) = found.map(|(number, _)| *number) else {
            return false;
        };
        if let Some(body) = self.remove(number) {
            body.given_up.notify_one();
        }
        true
    }

    fn remove(&mut self, number: u64) -> Option<Body> {
        let body = self.bodies.remove(&number)?;
        if let Some(client) = body.client
            && let Some(count) = self.by_client.get_mut(&client)
        {
            *count -= 1;
            if *count == 0 {
                self.by_client.remove(&client);
            }
        }
        Some(body)
    }
}

impl Place<'_> {
    /// Resolves when this body is given up for another.
    pub(crate) async fn given_up(&self) {
        self.given_up.notified().await;
    }

    /// Gives up the body that has been read longest, to free the memory of what has come of it; of this client where `client` is
    /// given. Returns whether there was one besides this.
    pub(crate) fn give_up_other(&self, client: Option<ClientAddress>) -> bool {
        // A younger one has had less time: it goes on.
        let may_be = |number, body: &Body| number < self.number && (client.is_none() || body.client == client);
        self.bodies.reading().give_up_one(may_be)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.bodies.reading().remove(self.number);
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    fn client(last: u8) -> Option<ClientAddress> {
        Some(ClientAddress::of([192, 0, 2, last].into()))
    }

    fn is_given_up(place: &Place<'_>) -> bool {
        place.given_up().now_or_never().is_some()
    }

    #[test]
    fn the_body_that_is_read_longest_is_given_up_for_a_new_one() {
        let bodies = Bodies::new(2, 2);
        let [first, second, mut third] = [1, 2, 3].map(|last| bodies.begin(client(last)).unwrap());
        assert!(is_given_up(&first));
        drop(third);
        third = bodies.begin(client(4)).unwrap();
        assert!(!is_given_up(&second) && !is_given_up(&third));
        assert!(Bodies::new(0, 0).begin(client(1)).is_none());
    }

    #[test]
    fn a_client_with_too_many_bodies_loses_its_own() {
        let bodies = Bodies::new(9, 2);
        let other = bodies.begin(client(1)).unwrap();
        let own = [(); 3].map(|()| bodies.begin(client(2)).unwrap());
        assert!(is_given_up(&own[0]));
        assert!(!is_given_up(&own[1]) && !is_given_up(&own[2]) && !is_given_up(&other));
        drop((other, own));
        assert!(bodies.reading().by_client.is_empty());
    }

    #[test]
    fn memory_is_taken_from_bodies_that_are_read_longer() {
        let bodies = Bodies::new(9, 9);
        let [first, second, third] = [1, 2, 2].map(|last| bodies.begin(client(last)).unwrap());
        assert!(third.give_up_other(client(2)));
        assert!(is_given_up(&second) && !is_given_up(&first));
        assert!(!third.give_up_other(client(2)), "there is no other of this client");
        assert!(third.give_up_other(None));
        assert!(is_given_up(&first));
        assert!(!third.give_up_other(None));
    }
}
