//! From the path that a client sent to the operations that may answer it.

use super::Service;
use crate::engine::call::Routing;
use crate::engine::routes::{self, Found};
use crate::engine::{Answer, Break, Call, Cloud, Operation, Problem, Response, RoutedPath};

impl<C: Cloud> Service<C> {
    fn at<'s, 'p>(&'s self, call: &'p Call) -> Option<Found<'s, 'p, Operation<C>>> {
        if call.routing == Routing::Nowhere {
            return None;
        }
        self.routes.at(&call.path, self.dialect.ignores_trailing_slashes())
    }

    /// Replaces the call's path by the one that the router sees. An answer is that of a layer in front of the router.
    pub(super) fn locate(&self, call: &mut Call) -> Option<Answer> {
        call.sent.clone_from(&call.path);
        match self.dialect.path(call) {
            RoutedPath::AsSent => None,
            RoutedPath::At(path) => {
                (call.path, call.routing) = (path, Routing::Decoded);
                None
            }
            RoutedPath::Nowhere(path) => {
                (call.path, call.routing) = (path, Routing::Nowhere);
                None
            }
            RoutedPath::Refused(problem) => Some(Err(*problem)),
            RoutedPath::Dropped => {
                call.disturbance.broken = Some(Break::ResetBefore);
                call.disturbance.unanswered = true;
                Some(Ok(Response::empty().status(400)))
            }
        }
    }

    /// The rows at the call's path, and those of them with its method. The path's parameters are stored in the call.
    pub(super) fn route(&self, call: &mut Call) -> (&[&'static Operation<C>], Vec<&'static Operation<C>>) {
        let with_method = |rows: &[&'static Operation<C>]| {
            let here: Vec<_> = rows.iter().copied().filter(|row| self.serves(row, call)).collect();
            if !here.is_empty() {
                return here;
            }
            rows.iter().copied().filter(|row| row.any_method).collect()
        };
        let Some(found) = self.at(call) else { return (&[], vec![]) };
        let decoded = call.routing == Routing::Decoded;
        let (params, rows) = (routes::path_params(&found, decoded), found.value.as_slice());
        let here = with_method(rows);
        if here.is_empty() && self.dialect.tries_all_patterns() {
            let other = self.routes.first(&call.path, |row| self.serves(row, call));
            if let Some((params, rows)) = other {
                let here = with_method(rows);
                call.params = params;
                return (rows, here);
            }
        }
        call.params = params;
        (rows, here)
    }

    /// True if an operation has this method and decoded path.
    pub fn has(&self, method: &str, path: &str) -> bool {
        self.routes.first(path, |row| row.method == method || row.also == Some(method)).is_some()
    }

    /// True if the row has the call's method.
    fn serves(&self, row: &Operation<C>, call: &Call) -> bool {
        let has = |method: &str| row.method == method || row.also == Some(method);
        has(call.method) || has(self.dialect.method(call))
    }

    pub(super) fn unknown(&self, call: &Call, candidates: &[&'static Operation<C>]) -> Problem {
        if candidates.is_empty() {
            return self.dialect.no_such_path(call);
        }
        let mut allowed: Vec<_> = candidates.iter().map(|row| row.method).collect();
        allowed.sort_unstable();
        allowed.dedup();
        self.dialect.no_such_method(call, &allowed)
    }
}

/// Makes the path of a located call again what was sent.
pub(super) fn forget(call: &mut Call) {
    if !call.sent.is_empty() {
        (call.path, call.routing) = (std::mem::take(&mut call.sent), Routing::AsSent);
    }
}
