//! What a request makes the listener fetch.

use super::{Service, routing};
use crate::engine::{Call, Cloud, Live, Problem};

/// The largest number of addresses that are fetched for one request.
const MAX_FETCHES: usize = 3;

impl<C: Cloud> Service<C> {
    /// The first few different addresses; none if the request will be refused, which `dispatch` then does.
    pub(super) fn addresses_to_fetch(&self, live: &Live, call: &mut Call) -> Vec<String> {
        let addresses = self.addresses(live, call).unwrap_or_default();
        routing::forget(call);
        let mut distinct = vec![];
        for address in addresses {
            if distinct.len() < MAX_FETCHES && !distinct.contains(&address) {
                distinct.push(address);
            }
        }
        distinct
    }

    /// The addresses that an operation fetches for this request. Fails for callers who may not use the operation.
    fn addresses(&self, live: &Live, call: &mut Call) -> Result<Vec<String>, Problem> {
        if self.locate(call).is_some() || call.oversized {
            return Ok(vec![]);
        }
        let (_, here) = self.route(call);
        let Some(fetches) = here.iter().find_map(|row| row.fetches) else { return Ok(vec![]) };
        let (world, now) = live.read_current();
        call.now = now;
        let state: &C = world.cloud(&call.cloud).ok_or_else(|| self.dialect.no_such_path(call))?;
        if !self.dialect.validates_first() {
            call.caller = self.dialect.authenticate(call, state)?;
        }
        let operation = self.recognise(call, &here)?;
        self.check(call, state, operation, true)?;
        Ok(fetches(call, state))
    }
}
