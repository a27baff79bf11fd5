//! How much one client may hold of what the collector has: a part for each address, the whole for all together.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{Semaphore, SemaphorePermit};

use crate::Limits;
use crate::reading::{Bodies, Place};

/// The address of the client that sent a request, as an extension of the request. The server puts it there, because only it knows
/// which proxies may name another address than the connection's own. Requests without it share the limits of all clients.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ClientAddress(IpAddr);

impl ClientAddress {
    /// The client behind an address. Of an IPv6 address the first 64 bits count, since a home or a server has all that begin with them.
    pub fn of(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V6(address) => {
                let [a, b, c, d, ..] = address.segments();
                Self(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into())
            }
            address => Self(address),
        }
    }
}

/// What all clients share, and the parts of those that have requests under way.
pub(crate) struct Clients {
    limits: Limits,
    bodies: Bodies,
    all: Quota,
    by_address: Mutex<BTreeMap<ClientAddress, Part>>,
}

/// A client's part, while it has requests under way.
struct Part {
    quota: Arc<Quota>,
    requests: usize,
}

/// Bytes that may be held at once.
pub(crate) struct Quota {
    body_bytes: Semaphore,
    unfolded_bytes: Semaphore,
}

/// A client with a request under way. Its part is forgotten with its last request.
pub(crate) struct Client<'a> {
    clients: &'a Clients,
    address: Option<ClientAddress>,
    part: Arc<Quota>,
}

/// Something held of a client's part and of the whole.
pub(crate) struct Held<'a> {
    /// Given back first: a body that waits for its client's part looks at the whole as soon as it has it.
    whole: SemaphorePermit<'a>,
    part: SemaphorePermit<'a>,
}

impl Clients {
    pub(crate) fn new(limits: Limits) -> Self {
        Self {
            limits,
            bodies: Bodies::new(limits.bodies, limits.bodies_of_client),
            all: Quota::whole(limits),
            by_address: Mutex::default(),
        }
    }

    /// Begins a request of the client at `address`.
    pub(crate) fn enter(&self, address: Option<ClientAddress>) -> Client<'_> {
        let part = match address {
            Some(address) => {
                let mut parts = self.parts();
                let part = parts.entry(address).or_insert_with(|| Part {
                    quota: Arc::new(Quota::part(self.limits)),
                    requests: 0,
                });
                part.requests += 1;
                Arc::clone(&part.quota)
            }
            None => Arc::new(Quota::whole(self.limits)),
        };
        Client {
            clients: self,
            address,
            part,
        }
    }

    fn parts(&self) -> MutexGuard<'_, BTreeMap<ClientAddress, Part>> {
        // Each change of the map is a single step, so a panic elsewhere cannot leave it half done.
        self.by_address.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Quota {
    fn whole(limits: Limits) -> Self {
        Self {
            body_bytes: Semaphore::new(limits.bodies_bytes),
            unfolded_bytes: Semaphore::new(limits.unfolded_bytes),
        }
    }

    fn part(limits: Limits) -> Self {
        Self {
            body_bytes: Semaphore::new(limits.bodies_bytes / PARTS_OF_BYTES),
            unfolded_bytes: Semaphore::new(limits.unfolded_bytes / PARTS_OF_BYTES),
        }
    }
}

impl Client<'_> {
    /// A place for one body; `None` where there is none.
    pub(crate) fn body(&self) -> Option<Place<'_>> {
        self.clients.bodies.begin(self.address)
    }

    /// Room for so many more bytes of the body at `place`; `None` where there is none. Bodies that have been read longer make room.
    pub(crate) async fn body_bytes(&self, place: &Place<'_>, bytes: usize) -> Option<Held<'_>> {
        let count = count(bytes);
        let (part, whole) = (&self.part.body_bytes, &self.clients.all.body_bytes);
        let missing = bytes.saturating_sub(part.available_permits());
        if missing > 0 && !place.give_up_others(self.address, missing) {
            return None;
        }
        let part = part.acquire_many(count).await.ok()?;
        let missing = bytes.saturating_sub(whole.available_permits());
        if missing > 0 && !place.give_up_others(None, missing) {
            return None;
        }
        let whole = whole.acquire_many(count).await.ok()?;
        place.add_bytes(bytes);
        Some(Held { whole, part })
    }

    /// Room for a batch that may unfold to so many bytes. Waits for the client's other batches first and then for everybody's, so that
    /// a client with many large batches waits for itself.
    pub(crate) async fn unfolded_bytes(&self, bytes: usize) -> Option<Held<'_>> {
        let count = count(bytes);
        let part = self.part.unfolded_bytes.acquire_many(count).await.ok()?;
        let whole = self.clients.all.unfolded_bytes.acquire_many(count).await.ok()?;
        Some(Held { whole, part })
    }
}

impl Drop for Client<'_> {
    fn drop(&mut self) {
        let Some(address) = self.address else { return };
        let mut parts = self.clients.parts();
        if let Some(part) = parts.get_mut(&address) {
            part.requests -= 1;
            if part.requests == 0 {
                parts.remove(&address);
            }
        }
    }
}

impl<'a> Held<'a> {
    /// Gives back all but so many.
    pub(crate) fn keep(&mut self, bytes: usize) {
        for permit in [&mut self.part, &mut self.whole] {
            let surplus = permit.num_permits().saturating_sub(bytes);
            drop(permit.split(surplus));
        }
    }

    /// Holds what `other` holds, too.
    pub(crate) fn add(&mut self, other: Self) {
        self.part.merge(other.part);
        self.whole.merge(other.whole);
    }
}

fn count(bytes: usize) -> u32 {
    u32::try_from(bytes).unwrap_or(u32::MAX)
}

/// One client gets half of the bytes: a single one can use a server that is otherwise idle, and never keeps all others waiting.
const PARTS_OF_BYTES: usize = 2;

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    fn limits() -> Limits {
        Limits {
            bodies_bytes: 100,
            unfolded_bytes: 100,
            ..Limits::default()
        }
    }

    fn address(text: &str) -> Option<ClientAddress> {
        Some(ClientAddress::of(text.parse().unwrap()))
    }

    #[tokio::test]
    async fn memory_for_bodies_is_taken_from_those_that_are_read_longer() {
        let clients = Clients::new(limits());
        let (one, other) = (clients.enter(address("192.0.2.1")), clients.enter(address("192.0.2.2")));
        let (slow, new) = (one.body().unwrap(), one.body().unwrap());
        let held = one.body_bytes(&slow, 50).await.unwrap();
        let waits = tokio::join!(one.body_bytes(&new, 50), async {
            slow.given_up().await;
            drop(held);
        });
        assert!(waits.0.is_some());
        // The other client has room of its own.
        let body = other.body().unwrap();
        assert!(other.body_bytes(&body, 50).await.is_some());
        // The youngest of a client does not make room for itself.
        assert!(one.body_bytes(&new, 1).await.is_none());
    }

    #[tokio::test]
    async fn bodies_are_given_up_until_there_is_memory_enough() {
        let clients = Clients::new(limits());
        let one = clients.enter(address("192.0.2.1"));
        let slow = [(); 3].map(|()| one.body().unwrap());
        let mut held = Vec::new();
        for (place, bytes) in slow.iter().zip([1, 20, 29]) {
            held.push(one.body_bytes(place, bytes).await.unwrap());
        }
        let new = one.body().unwrap();
        let mut needs = Box::pin(one.body_bytes(&new, 20));
        assert!(needs.as_mut().now_or_never().is_none(), "nothing is free yet");
        let given_up = slow.each_ref().map(|place| place.given_up().now_or_never().is_some());
        assert_eq!(given_up, [true, true, false]);
        drop(held.drain(..2));
        assert!(needs.await.is_some());
    }

    #[test]
    fn a_part_is_forgotten_with_the_last_request_of_its_client() {
        let clients = Clients::new(limits());
        let one = clients.enter(address("192.0.2.1"));
        let same = clients.enter(address("192.0.2.1"));
        drop(one);
        assert_eq!(clients.parts().len(), 1);
        drop(same);
        assert_eq!(clients.parts().len(), 0);
    }

    #[tokio::test]
    async fn room_that_is_not_needed_is_given_back() {
        let clients = Clients::new(limits());
        let one = clients.enter(address("192.0.2.1"));
        let mut held = one.unfolded_bytes(50).await.unwrap();
        held.keep(10);
        held.add(one.unfolded_bytes(40).await.unwrap());
        assert_eq!(clients.all.unfolded_bytes.available_permits(), 50);
        drop(held);
        assert_eq!(clients.all.unfolded_bytes.available_permits(), 100);
    }

    #[test]
    fn addresses_of_one_customer_are_one_client() {
        for (one, other, same) in [
            ("192.0.2.1", "192.0.2.2", false),
            ("192.0.2.1", "::ffff:192.0.2.1", true),
            ("2001:db8:0:1::1", "2001:db8:0:1:2:3:4:5", true),
            ("2001:db8:0:1::1", "2001:db8:0:2::1", false),
        ] {
            assert_eq!(address(one) == address(other), same, "{one} {other}");
        }
    }
}
