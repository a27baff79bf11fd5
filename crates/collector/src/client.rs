//! Limits of the collector's resources per client address and for all clients together.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{Semaphore, SemaphorePermit};

use crate::Limits;
use crate::reading::{Bodies, Place};

/// The address of the client that sent a request, as an extension of the request. The server sets it, because only the
/// server knows which proxies it trusts to name the client. Requests without it only share the limits of all clients.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ClientAddress(IpAddr);

impl ClientAddress {
    /// The client with this address. For IPv6 only the first 64 bits count, because a home or server usually has all
    /// addresses with these bits.
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

/// The shared limits and the shares of clients with requests in progress.
pub(crate) struct Clients {
    limits: Limits,
    bodies: Bodies,
    all: Quota,
    by_address: Mutex<BTreeMap<ClientAddress, Part>>,
}

/// The share of a client with requests in progress.
struct Part {
    quota: Arc<Quota>,
    requests: usize,
}

/// Limits of bytes held at the same time.
pub(crate) struct Quota {
    body_bytes: Semaphore,
    unfolded_bytes: Semaphore,
}

/// A client with a request in progress. Its share is removed with its last request.
pub(crate) struct Client<'a> {
    clients: &'a Clients,
    address: Option<ClientAddress>,
    part: Arc<Quota>,
}

/// Bytes held of a client's share and of the total.
pub(crate) struct Held<'a> {
    /// Dropped first: a body that waits for its client's share tries to get the total as soon as it has the share.
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

    /// Starts a request of the client at `address`.
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
    /// A place for one body; `None` if all are in use.
    pub(crate) fn body(&self) -> Option<Place<'_>> {
        self.clients.bodies.begin(self.address)
    }

    /// Reserves bytes for the body at `place`; `None` if there are not enough. Bodies that have been read for longer
    /// are given up if necessary.
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

    /// Reserves bytes for a batch that may decode to this size. It waits first for the client's other batches and then
    /// for those of all clients, so that a client with many large batches only delays itself.
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
    /// Releases all but `bytes`.
    pub(crate) fn keep(&mut self, bytes: usize) {
        for permit in [&mut self.part, &mut self.whole] {
            let surplus = permit.num_permits().saturating_sub(bytes);
            drop(permit.split(surplus));
        }
    }

    /// Also holds the bytes of `other`.
    pub(crate) fn add(&mut self, other: Self) {
        self.part.merge(other.part);
        self.whole.merge(other.whole);
    }
}

fn count(bytes: usize) -> u32 {
    u32::try_from(bytes).unwrap_or(u32::MAX)
}

/// The divisor of a client's share: half of the bytes, so that a single client can use an idle server but never blocks
/// all others.
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
    async fn bodies_read_for_longer_are_given_up_for_memory() {
        let clients = Clients::new(limits());
        let (one, other) = (clients.enter(address("192.0.2.1")), clients.enter(address("192.0.2.2")));
        let (slow, new) = (one.body().unwrap(), one.body().unwrap());
        let held = one.body_bytes(&slow, 50).await.unwrap();
        let waits = tokio::join!(one.body_bytes(&new, 50), async {
            slow.given_up().await;
            drop(held);
        });
        assert!(waits.0.is_some());
        // The other client has its own share.
        let body = other.body().unwrap();
        assert!(other.body_bytes(&body, 50).await.is_some());
        // The newest body of a client is not given up for itself.
        assert!(one.body_bytes(&new, 1).await.is_none());
    }

    #[tokio::test]
    async fn bodies_are_given_up_until_there_is_enough_memory() {
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
    fn a_share_is_removed_with_the_last_request_of_its_client() {
        let clients = Clients::new(limits());
        let one = clients.enter(address("192.0.2.1"));
        let same = clients.enter(address("192.0.2.1"));
        drop(one);
        assert_eq!(clients.parts().len(), 1);
        drop(same);
        assert_eq!(clients.parts().len(), 0);
    }

    #[tokio::test]
    async fn unused_bytes_are_released() {
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
    fn ipv6_addresses_with_the_same_64_bits_are_one_client() {
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
