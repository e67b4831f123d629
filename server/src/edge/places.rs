//! How many of something each address has at this moment.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::address::ClientAddress;

/// Who has how many. As large as there are connections, whose number is bounded: an address that has none takes no
/// memory.
#[derive(Debug, Default)]
pub(super) struct Places(Mutex<HashMap<ClientAddress, usize>>);

/// One of them, until it is dropped.
#[derive(Debug)]
pub(crate) struct Place {
    places: Arc<Places>,
    address: ClientAddress,
}

impl Places {
    /// A place for `address`, if it has fewer than `max`.
    pub(super) fn take(self: &Arc<Self>, address: ClientAddress, max: usize) -> Option<Place> {
        let mut taken = self.lock();
        let count = taken.get(&address).copied().unwrap_or_default();
        if count >= max {
            return None;
        }
        taken.insert(address, count + 1);
        Some(Place { places: Arc::clone(self), address })
    }

    /// A panic can't leave the map half changed: no code that may panic runs under the lock.
    fn lock(&self) -> MutexGuard<'_, HashMap<ClientAddress, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.lock();
        match taken.get_mut(&self.address) {
            Some(count) if *count > 1 => *count -= 1,
            _ => drop(taken.remove(&self.address)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_address_has_its_places_and_gets_them_back() {
        let address = |text: &str| ClientAddress::of(text.parse().unwrap()).unwrap();
        let (one, other) = (address("203.0.113.1"), address("203.0.113.2"));
        let places = Arc::new(Places::default());
        let first = places.take(one, 2).unwrap();
        let second = places.take(one, 2).unwrap();
        assert!(places.take(one, 2).is_none());
        assert!(places.take(other, 2).is_some());
        drop(first);
        let third = places.take(one, 2).unwrap();
        assert!(places.take(one, 2).is_none());
        drop((second, third));
        assert!(places.lock().is_empty());
    }
}
