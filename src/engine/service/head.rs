//! What the head of a request decides, before its body is taken in.

use super::Service;
use crate::engine::{BodyKind, Call, Check, Cloud, Live, Operation, Pace, Problem, Reception};

impl<C: Cloud> Service<C> {
    /// Refuses a request whose body was not taken in.
    pub(super) fn refuse_unread(&self, call: &Call, state: &C, operation: &Operation<C>) -> Problem {
        let refusal = operation.admits.and_then(|admits| admits(call, state).err());
        // What refused its head has changed since. The client may ask again.
        refusal.unwrap_or_else(|| self.dialect.injected(call, 503, None))
    }

    /// True if the rows at the path and method of the call ask for no token, or if there are none and the dialect says so.
    pub(super) fn is_public(&self, call: &Call, here: &[&'static Operation<C>]) -> bool {
        here.iter().any(|row| row.public) || (here.is_empty() && !self.dialect.hides_unknown_paths(call))
    }

    /// The checks that need no body: who asks and, where the operation has such checks, whether they may. They come in the
    /// order of [`Service::answer`].
    pub(super) fn admit(&self, call: &mut Call, state: &C, here: &[&'static Operation<C>]) -> Result<(), Problem> {
        if !self.is_public(call, here) {
            call.caller = self.dialect.authenticate(call, state)?;
        }
        let [operation] = here else { return Ok(()) };
        if operation.body_kind != BodyKind::Blob {
            return Ok(());
        }
        call.version = self.dialect.negotiate(call)?;
        call.operation = operation.name;
        call.policy = (operation.policy, operation.check);
        if operation.check == Check::Before {
            self.dialect.authorize(call, state)?;
        }
        operation.admits.map_or(Ok(()), |admits| admits(call, state))
    }

    /// Looks at the head of a request; see [`AnyService::receive`].
    pub(super) fn look_at_head(&self, live: &Live, call: &mut Call, large: bool) -> Reception {
        let mut reception = Reception::of(BodyKind::Json);
        if large {
            reception.pace = Pace::Computes;
        }
        if self.locate(call).is_some() {
            return reception;
        }
        let (_, here) = self.route(call);
        reception.body = here.first().map_or(BodyKind::Json, |row| row.body_kind);
        if here.iter().any(|row| row.prepares.is_some()) {
            reception.pace = Pace::Computes;
        }
        if large || reception.body == BodyKind::Blob {
            let (world, now) = live.read_current();
            call.now = now;
            let state = world.cloud::<C>(&call.cloud);
            reception.refused = state.is_some_and(|state| self.admit(call, state, &here).is_err());
        }
        reception
    }
}
