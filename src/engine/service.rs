//! A service: one API of a cloud, with its operations and its dialect. [`Service::answer`] is the way of every request.

mod fetching;
mod head;
mod recording;
mod routing;
mod validation;

use super::faults::injection::{self, RequestInfo};
use super::journal::{Bodies, Touched, panic_message};
use super::limits::{self, Form};

use super::operation::{Handler, Write};
use super::routes::Routes;
use super::transition::Origin;
use super::{
    Answer, AnyService, BodyKind, Call, Clock, Cloud, Dialect, Limit, Live, Operation, OperationInfo, Problem,
    ProblemKind, Reception, Response, Schemas, World,
};
use bytes::Bytes;
use serde_json::Value;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// One API, such as Cinder, of clouds with the state `C`: a table of [`Operation`]s, and a [`Dialect`] that says how this
/// API authenticates, validates, and words its errors. It has no state of a cloud, so all clouds of one provider share
/// it.
pub struct Service<C: 'static> {
    pub name: &'static str,
    dialect: &'static dyn Dialect<C>,
    routes: Routes<Operation<C>>,
    /// All operations with their published paths.
    operations: Vec<(String, &'static Operation<C>)>,
    /// Further paths of operations.
    aliases: Vec<(String, &'static Operation<C>)>,
    schemas: Schemas,
    query_schemas: Schemas,
    body_limit: usize,
    /// True if no operation has a body other than JSON, or prepares something: then a small body is read before the operation
    /// is known.
    is_plain: bool,
    /// True if an operation fetches addresses.
    fetches: bool,
}

impl<C: Cloud> Service<C> {
    /// `prefixes` are put before the path of every operation, except those with `absolute_path`. The first prefix is the
    /// published one.
    pub fn new(
        name: &'static str,
        dialect: &'static dyn Dialect<C>,
        prefixes: &[&str],
        resources: &[&'static [Operation<C>]],
    ) -> Self {
        let (mut rows, mut operations) = (vec![], vec![]);
        for operation in resources.iter().copied().flatten() {
            let at: &[&str] = if operation.absolute_path { &[""] } else { prefixes };
            operations.push((format!("{}{}", at[0], operation.path), operation));
            rows.extend(at.iter().map(|prefix| (format!("{prefix}{}", operation.path), operation)));
        }
        let mut routes = Routes::default();
        routes.mount(name, rows);
        let new_schemas = || Schemas::new(dialect.formats(), dialect.error_order());
        let (schemas, query_schemas) = (new_schemas(), new_schemas());
        let all = || operations.iter().map(|(_, row): &(String, &'static Operation<C>)| row);
        let is_plain = all().all(|row| row.body_kind != BodyKind::Blob && row.prepares.is_none());
        let fetches = all().any(|row| row.fetches.is_some());
        let (aliases, body_limit) = (vec![], 1 << 20);
        Service { name, dialect, routes, operations, aliases, schemas, query_schemas, body_limit, is_plain, fetches }
    }

    /// Adds aliases of paths: for a pair `(alias, path)`, all operations at or under `path` are also at or under `alias`.
    pub fn aliased(mut self, aliases: &[(&str, &str)]) -> Self {
        let mut rows = vec![];
        for (alias, known) in aliases {
            for (path, operation) in &self.operations {
                let rest = path.strip_prefix(known).filter(|rest| rest.is_empty() || rest.starts_with('/'));
                rows.extend(rest.map(|rest| (format!("{alias}{rest}"), *operation)));
            }
        }
        self.aliases.extend(rows.iter().cloned());
        self.routes.mount(self.name, rows);
        self
    }

    /// Sets the largest body in bytes; the default is 1 MiB.
    pub fn limits_bodies_to(mut self, bytes: usize) -> Self {
        self.body_limit = bytes;
        self
    }

    /// The way of a request: route, connection faults, authentication, microversion and action, validation, policy, rate
    /// limit, injected errors, handler. Validation comes before authentication where the dialect says so.
    fn answer(&self, live: &Live, call: &mut Call, touched: &mut Touched) -> Answer {
        if let Some(answer) = self.locate(call) {
            return answer;
        }
        let (candidates, here) = self.route(call);
        call.unmatched = here.is_empty();
        let public = self.is_public(call, &here);
        let changes = here.iter().any(|row| matches!(row.handler, Handler::Write(_)));
        let (mut world, mut now) = if changes { live.read_published() } else { live.read_current() };
        if changes && !world.faults().all().is_empty() {
            // Faults may match the names of resources, so they need the latest ones.
            (world, now) = live.read_current();
        }
        let state: &C = world.cloud(&call.cloud).ok_or_else(|| self.dialect.no_such_path(call))?;
        call.now = now;
        if let [only] = here[..] {
            call.operation = only.name;
        }
        let faulty = !world.faults().all().is_empty();
        if faulty && let Some(answer) = self.disturb(live, call, state, &here) {
            return Ok(answer);
        }
        if call.oversized {
            return Err(self.dialect.too_large(call));
        }
        if !public && (call.unread || !self.dialect.validates_first()) {
            call.caller = self.dialect.authenticate(call, state)?;
        }
        if here.is_empty() {
            return Err(self.unknown(call, candidates));
        }
        let operation = self.recognise(call, &here)?;
        self.check(call, state, operation, !public)?;
        if let Some(limit) = world.limits().of(&call.cloud).filter(|_| self.dialect.is_limited()) {
            self.limit(live, call, limit)?;
        }
        if faulty && let Some(answer) = self.refused(live, call) {
            return answer;
        }
        if call.unread {
            return Err(self.refuse_unread(call, state, operation));
        }
        let mut response = match operation.handler {
            Handler::Read(handle) => match faulty.then(|| self.past(live, call)).flatten() {
                Some(past) => handled(operation, call, handle(call, past.cloud(&call.cloud).unwrap_or(state)))?,
                None => handled(operation, call, handle(call, state))?,
            },
            Handler::Write(handle) => {
                if let Some(prepares) = operation.prepares {
                    call.prepared = prepares(call, state, live.secret_seed())?;
                }
                drop(world);
                self.change(live, call, operation, handle, touched)?
            }
        };
        if response.status == 0 {
            response.status = operation.success;
        }
        Ok(response)
    }

    /// The operation of the call among the rows at its path and method, by microversion and action.
    fn recognise(&self, call: &mut Call, here: &[&'static Operation<C>]) -> Result<&'static Operation<C>, Problem> {
        call.version = self.dialect.negotiate(call)?;
        if here.iter().any(|row| row.body_kind == BodyKind::Json) {
            call.json = self.dialect.parse(call)?;
        } else if !call.bytes.is_empty() {
            self.dialect.unread_body(call)?;
        }
        let operation = here.iter().copied().find(|row| is_called(row, call));
        let Some(operation) = operation else {
            call.unmatched = true;
            return Err(self.dialect.no_such_action(call, here.iter().any(|row| has_action(row, call))));
        };
        call.operation = operation.name;
        call.policy = (operation.policy, operation.check);
        Ok(operation)
    }

    /// Validates the request and evaluates its policy rule. `authenticates`: the caller is authenticated here if the
    /// dialect validates first.
    fn check(
        &self,
        call: &mut Call,
        state: &C,
        operation: &'static Operation<C>,
        authenticates: bool,
    ) -> Result<(), Problem> {
        self.dialect.admit(call, state)?;
        if let Some(schema) = operation.schema.filter(|_| self.dialect.drops_unknown_properties(call)) {
            self.schemas.drop_unknown(operation.name, schema, call.version, &mut call.json);
        }
        self.validate(operation, call)?;
        if let Some(schema) = operation.schema.filter(|_| !self.dialect.validates_in_handlers()) {
            self.schemas.drop_absent(operation.name, schema, call.version, &mut call.json);
        }
        if authenticates && self.dialect.validates_first() {
            call.caller = self.dialect.authenticate(call, state)?;
        }
        if operation.check == super::Check::Before {
            self.dialect.authorize(call, state)?;
        }
        Ok(())
    }

    /// Connection faults. They come before authentication, but may match the caller and the action, so both are found out
    /// as far as possible.
    fn disturb(&self, live: &Live, call: &mut Call, state: &C, here: &[&'static Operation<C>]) -> Option<Response> {
        let caller = self.dialect.authenticate(call, state).unwrap_or_default();
        let body: Value = serde_json::from_slice(&call.bytes).unwrap_or_default();
        let may_be = here.iter().filter(|row| row.action.is_none_or(|key| body.get(key).is_some()));
        let mut names: Vec<_> = may_be.map(|row| row.name).collect();
        if names.is_empty() {
            names.push("");
        }
        injection::disturb(live, call, &RequestInfo { service: self.name, names, caller: &caller, body: &body })
    }

    /// Takes the request out of its caller's allowance, or refuses it.
    fn limit(&self, live: &Live, call: &mut Call, limit: &Limit) -> Result<(), Problem> {
        let allowance = live.allowance(limit, call, true);
        call.allowance = Some(allowance);
        match limit.refusal(allowance) {
            None => Ok(()),
            Some((Form::Service | Form::Window, message, wait)) => {
                Err(self.dialect.too_many(call, message).header("Retry-After", wait))
            }
            Some((Form::Gateway, message, wait)) => {
                call.disturbance.unanswered = true;
                Err(Problem::new(429, ProblemKind::Gateway, message).header("Retry-After", wait))
            }
        }
    }

    /// The error that a fault injects for a valid request.
    fn refused(&self, live: &Live, call: &mut Call) -> Option<Answer> {
        let (caller, body) = (call.caller.clone(), call.json.clone());
        let request = RequestInfo { service: self.name, names: vec![call.operation], caller: &caller, body: &body };
        injection::refuse(live, call, &request, |call, status, text| self.dialect.injected(call, status, text))
    }

    /// The earlier world that a fault makes a read see.
    fn past(&self, live: &Live, call: &mut Call) -> Option<World> {
        let (caller, body) = (call.caller.clone(), Value::Null);
        let request = RequestInfo { service: self.name, names: vec![call.operation], caller: &caller, body: &body };
        injection::past(live, call, &request)
    }

    /// Answers a call that another service of the same cloud makes on behalf of its caller, within the same change. The
    /// caller is already authenticated; limits and faults do not apply.
    pub fn relay(&self, call: &mut Call, state: &mut C, ctx: &mut super::Context) -> Answer {
        if let Some(answer) = self.locate(call) {
            return answer;
        }
        let (candidates, here) = self.route(call);
        if here.is_empty() {
            return Err(self.unknown(call, candidates));
        }
        let operation = self.recognise(call, &here)?;
        self.check(call, state, operation, false)?;
        match operation.handler {
            Handler::Read(handle) => handled(operation, call, handle(call, state)),
            Handler::Write(handle) => handled(operation, call, handle(call, state, ctx)),
        }
    }

    /// Runs a handler that writes, and stores the rows that it changed in `touched`.
    fn change(
        &self,
        live: &Live,
        call: &mut Call,
        operation: &'static Operation<C>,
        handle: Write<C>,
        touched: &mut Touched,
    ) -> Answer {
        let change = |world: &mut World| {
            let found = world.cloud_mut::<C>(&call.cloud);
            let (state, mut ctx) = found.ok_or_else(|| self.dialect.no_such_path(call))?;
            call.now = ctx.now();
            let request_id = call.request_id.as_str().into();
            let (user, project) = (call.caller.user.clone(), call.caller.project.clone());
            ctx.origin = Arc::new(Origin { request_id, user, project });
            let response = handled(operation, call, handle(call, state, &mut ctx))?;
            call.scheduled_faults = world.resolve_faults(&call.headers);
            Ok(response)
        };
        let (response, rows) = if operation.excluded_from_history {
            live.admin_write_tracked(change)
        } else {
            live.write_tracked(change)
        }?;
        *touched = rows.of(&call.cloud);
        Ok(response)
    }

    /// All other methods and paths of an operation.
    fn also_at(&self, path: &str, row: &'static Operation<C>) -> Vec<(&'static str, String)> {
        let aliases = self.aliases.iter().filter(|(_, one)| std::ptr::eq(*one, row)).map(|(alias, _)| alias.as_str());
        let ways = std::iter::once(path).chain(aliases).flat_map(|path| {
            [Some(row.method), row.also].into_iter().flatten().map(move |method| (method, path.to_owned()))
        });
        ways.skip(1).collect()
    }

    /// Answers the call. A panic in a handler becomes the service's internal error, with the message of the panic for the
    /// journal.
    fn catch_panic(&self, live: &Live, call: &mut Call, touched: &mut Touched) -> (Answer, Option<String>) {
        match catch_unwind(AssertUnwindSafe(|| self.answer(live, call, touched))) {
            Ok(answer) => (answer, None),
            Err(panic) => {
                tracing::error!(operation = call.operation, "a handler panicked");
                (Err(self.dialect.crashed(call)), Some(panic_message(&*panic)))
            }
        }
    }

    /// Makes the response of an answer: form, headers, injected damage, and what the journal keeps of the bodies.
    fn complete(&self, live: &Live, call: &mut Call, answer: Answer) -> (Response, Bodies) {
        let response = answer.unwrap_or_else(|problem| self.dialect.refuse(call, problem));
        let unanswered = call.disturbance.unanswered;
        let response = if unanswered { response } else { self.dialect.finish(call, response) };
        let response = injection::finish(live, call, response);
        let response = if self.dialect.is_limited() { limits::add_headers(live, call, response) } else { response };
        let bodies = self.journal_bodies(call, &response);
        (response, bodies)
    }

    /// As [`Service::complete`]. A panic there becomes the service's internal error, too.
    fn catch_late_panic(&self, live: &Live, call: &mut Call, answer: Answer) -> (Response, Bodies, Option<String>) {
        match catch_unwind(AssertUnwindSafe(|| self.complete(live, call, answer))) {
            Ok((response, bodies)) => (response, bodies, None),
            Err(panic) => {
                tracing::error!(operation = call.operation, "making a response panicked");
                let problem = self.dialect.crashed(call);
                let refused = catch_unwind(AssertUnwindSafe(|| self.dialect.refuse(call, problem)));
                let response = refused.unwrap_or_else(|_| Response::empty().status(500));
                (response, Bodies::of(&Bytes::new(), &Bytes::new()), Some(panic_message(&*panic)))
            }
        }
    }
}

/// The answer of a handler. One that has to evaluate the policy itself and succeeds without is reported.
fn handled<C>(operation: &Operation<C>, call: &Call, answer: Answer) -> Answer {
    let unchecked =
        operation.check == super::Check::OnTarget && answer.is_ok() && !call.checked.load(Ordering::Relaxed);
    if unchecked {
        tracing::warn!(operation = operation.name, "an operation succeeded without a check of its policy");
    }
    answer
}

/// True if the row exists in the microversion of the call and has its action.
fn is_called<C>(row: &Operation<C>, call: &Call) -> bool {
    (row.since..=row.until).contains(&call.version) && has_action(row, call)
}

/// True if the body has the key of the row's action, or the row is not an action.
fn has_action<C>(row: &Operation<C>, call: &Call) -> bool {
    row.action.is_none_or(|key| call.json.get(key).is_some())
}

impl<C: Cloud> AnyService for Service<C> {
    fn name(&self) -> &'static str {
        self.name
    }

    fn dispatch(&self, live: &Live, call: &mut Call) -> Response {
        let started = Clock::real();
        call.request_id = live.request_id();
        let mut touched = Touched::default();
        let (answer, panic) = self.catch_panic(live, call, &mut touched);
        let (response, bodies, late_panic) = self.catch_late_panic(live, call, answer);
        let panic = panic.or(late_panic);
        routing::forget(call);
        let mut entry = recording::entry(self.name, call, response.status, bodies, started, touched, panic);
        entry.secrets = self.dialect.secrets();
        live.record(entry);
        response
    }

    fn operations(&self) -> Vec<OperationInfo> {
        let info = |(path, row): &(String, &'static Operation<C>)| OperationInfo {
            service: self.name,
            name: row.name,
            summary: row.summary,
            method: row.method,
            path: path.clone(),
            also: self.also_at(path, row),
            action: row.action,
            policy: row.policy,
            public: row.public,
            success: row.success,
            since: row.since,
            until: row.until,
            body_kind: Some(row.body_kind),
            schema: row.schema.or(row.documented),
            query_schema: row.query_schema,
            query_is_required: row.query_is_required,
            answer_schema: row.answer_schema,
        };
        self.operations.iter().map(info).collect()
    }

    fn receive(&self, live: &Live, call: &mut Call, large: bool) -> Reception {
        if self.is_plain && !large {
            return Reception::of(BodyKind::Json);
        }
        let looked = catch_unwind(AssertUnwindSafe(|| self.look_at_head(live, call, large)));
        // What panicked here panics again when the request is dispatched, and is answered there.
        let reception = looked.unwrap_or(Reception::of(BodyKind::Json));
        routing::forget(call);
        call.unread = reception.refused;
        reception
    }

    fn body_limit(&self) -> usize {
        self.body_limit
    }

    fn fetches(&self, live: &Live, call: &mut Call) -> Vec<String> {
        if !self.fetches {
            return vec![];
        }
        self.addresses_to_fetch(live, call)
    }
}
