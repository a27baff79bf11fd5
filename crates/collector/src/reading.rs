//! Bodies in progress, and the choice of the body that is given up for a new one.
//!
//! A client may send thousands of bodies very slowly. If there are too many, the one that has been read for the longest
//! time is given up, because an ordinary body arrives at once. So slow bodies only compete with other slow bodies. A
//! complete body keeps its place until it is answered and is never given up: it only waits for memory and the disk, and
//! its connection counts during that time.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use crate::client::ClientAddress;

/// The bodies in progress.
pub(crate) struct Bodies {
    most: usize,
    most_of_client: usize,
    under_way: Mutex<UnderWay>,
}

#[derive(Default)]
struct UnderWay {
    /// The number of the next body.
    next: u64,
    /// Bodies being read by number, so that the one read for the longest time comes first.
    reading: BTreeMap<u64, Body>,
    /// The number of complete bodies that are not answered yet.
    whole: usize,
    /// The number of bodies in progress for each client.
    by_client: BTreeMap<ClientAddress, usize>,
}

struct Body {
    client: Option<ClientAddress>,
    /// The bytes of memory that the body holds.
    bytes: usize,
    given_up: Arc<Notify>,
}

/// A place for a body in progress; dropping it releases it.
pub(crate) struct Place<'a> {
    bodies: &'a Bodies,
    number: u64,
    client: Option<ClientAddress>,
    is_whole: bool,
    given_up: Arc<Notify>,
}

impl Bodies {
    pub(crate) fn new(most: usize, most_of_client: usize) -> Self {
        Self {
            most,
            most_of_client,
            under_way: Mutex::default(),
        }
    }

    /// A place for a body of this client; `None` if there is none and no body can be given up for it.
    pub(crate) fn begin(&self, client: Option<ClientAddress>) -> Option<Place<'_>> {
        let mut under_way = self.under_way();
        if let Some(client) = client
            && under_way
                .by_client
                .get(&client)
                .is_some_and(|count| *count >= self.most_of_client)
            && !under_way.give_up_one(|body| body.client == Some(client))
        {
            return None;
        }
        if under_way.count() >= self.most && !under_way.give_up_one(|_| true) {
            return None;
        }
        let given_up = Arc::new(Notify::new());
        let number = under_way.next;
        under_way.next += 1;
        let body = Body {
            client,
            bytes: 0,
            given_up: Arc::clone(&given_up),
        };
        under_way.reading.insert(number, body);
        if let Some(client) = client {
            *under_way.by_client.entry(client).or_default() += 1;
        }
        Some(Place {
            bodies: self,
            number,
            client,
            is_whole: false,
            given_up,
        })
    }

    fn under_way(&self) -> MutexGuard<'_, UnderWay> {
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl UnderWay {
    fn count(&self) -> usize {
        self.reading.len() + self.whole
    }

    /// Gives up the body read for the longest time among those for which `may_be` is true. Returns whether there was
    /// one.
    fn give_up_one(&mut self, may_be: impl Fn(&Body) -> bool) -> bool {
        let found = self.reading.iter().find(|(_, body)| may_be(body));
        let Some(number) = found.map(|(number, _)| *number) else {
            return false;
        };
        self.give_up(number);
        true
    }

    fn give_up(&mut self, number: u64) {
        if let Some(body) = self.reading.remove(&number) {
            self.forget(body.client);
            body.given_up.notify_one();
        }
    }

    /// Counts one body less for this client.
    fn forget(&mut self, client: Option<ClientAddress>) {
        if let Some(client) = client
            && let Some(count) = self.by_client.get_mut(&client)
        {
            *count -= 1;
            if *count == 0 {
                self.by_client.remove(&client);
            }
        }
    }
}

impl Place<'_> {
    /// Resolves if this body is given up for another.
    pub(crate) async fn given_up(&self) {
        self.given_up.notified().await;
    }

    /// Marks the body as complete: it keeps its place until it is answered. Returns whether it still had its place.
    #[must_use]
    pub(crate) fn set_whole(&mut self) -> bool {
        let mut under_way = self.bodies.under_way();
        self.is_whole = under_way.reading.remove(&self.number).is_some();
        under_way.whole += usize::from(self.is_whole);
        self.is_whole
    }

    /// Counts more bytes of memory for this body.
    pub(crate) fn add_bytes(&self, bytes: usize) {
        if let Some(body) = self.bodies.under_way().reading.get_mut(&self.number) {
            body.bytes += bytes;
        }
    }

    /// Gives up bodies that have been read for longer than this one, the longest first, until this many bytes of memory
    /// are released; only bodies of `client`, if it is given. Returns whether there were enough; if not, no body is
    /// given up.
    pub(crate) fn give_up_others(&self, client: Option<ClientAddress>, bytes: usize) -> bool {
        let mut under_way = self.bodies.under_way();
        // Newer bodies have had less time, and bodies without bytes would release nothing.
        let older = under_way.reading.range(..self.number);
        let may_be = older.filter(|(_, body)| body.bytes > 0 && (client.is_none() || body.client == client));
        let mut freed = 0;
        let mut numbers = Vec::new();
        for (number, body) in may_be {
            if freed >= bytes {
                break;
            }
            freed += body.bytes;
            numbers.push(*number);
        }
        if freed < bytes {
            return false;
        }
        for number in numbers {
            under_way.give_up(number);
        }
        true
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut under_way = self.bodies.under_way();
        if self.is_whole {
            under_way.whole -= 1;
            under_way.forget(self.client);
        } else if under_way.reading.remove(&self.number).is_some() {
            under_way.forget(self.client);
        }
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
    fn the_body_read_for_the_longest_time_is_given_up_for_a_new_one() {
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
        assert!(bodies.under_way().by_client.is_empty());
    }

    #[test]
    fn a_whole_body_keeps_its_place_until_it_is_answered() {
        let bodies = Bodies::new(3, 2);
        let [mut first, mut second] = [(); 2].map(|()| bodies.begin(client(1)).unwrap());
        assert!(first.set_whole() && second.set_whole());
        assert!(bodies.begin(client(1)).is_none(), "the client's share is taken");
        let mut third = bodies.begin(client(2)).unwrap();
        let fourth = bodies.begin(client(3)).unwrap();
        assert!(is_given_up(&third) && !is_given_up(&first) && !is_given_up(&second));
        assert!(!third.set_whole(), "a body that was given up has no place");
        drop((third, fourth, first));
        let again = bodies.begin(client(1)).unwrap();
        drop((second, again));
        let under_way = bodies.under_way();
        assert_eq!((under_way.count(), under_way.by_client.len()), (0, 0));
    }

    #[test]
    fn memory_is_released_by_bodies_read_for_longer() {
        let bodies = Bodies::new(9, 9);
        let [first, second, third] = [1, 2, 2].map(|last| bodies.begin(client(last)).unwrap());
        for place in [&first, &second, &third] {
            place.add_bytes(10);
        }
        assert!(third.give_up_others(client(2), 10));
        assert!(is_given_up(&second) && !is_given_up(&first));
        assert!(!third.give_up_others(client(2), 1), "there is no other of this client");
        assert!(third.give_up_others(None, 10));
        assert!(is_given_up(&first));
        assert!(!third.give_up_others(None, 1));
    }

    #[test]
    fn only_as_many_bodies_are_given_up_as_needed() {
        let bodies = Bodies::new(9, 9);
        let [empty, first, second, third, new] = [1, 2, 3, 4, 5].map(|last| bodies.begin(client(last)).unwrap());
        first.add_bytes(1);
        second.add_bytes(1);
        second.add_bytes(8);
        third.add_bytes(10);
        assert!(!new.give_up_others(None, 21), "all together hold less");
        assert!(!is_given_up(&first) && !is_given_up(&second) && !is_given_up(&third));
        assert!(new.give_up_others(None, 10));
        assert!(is_given_up(&first) && is_given_up(&second));
        assert!(!is_given_up(&third) && !is_given_up(&empty));
    }
}
