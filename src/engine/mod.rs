//! The engine that all emulated clouds share. It knows no cloud and no HTTP library.
//!
//! A request arrives as a [`Call`]. A [`Service`] finds its [`Operation`], checks the request as its [`Dialect`] says,
//! and runs the operation's handler on the state of one [`Cloud`] in a [`World`]. A world is a value: a reader takes a
//! version of it, and a change that fails is undone. Whatever takes time is a [`Transition`] that a handler schedules
//! with [`Context::later`]. [`Live`] is a world that serves requests, [`Worlds`] are all of them.

mod answer;
mod any_service;
mod blob;
mod call;
mod change;
mod clock;
mod dialect;
mod event_queue;
mod faults;
mod fields;
mod glob;
mod history;
mod journal;
mod json;
mod limits;
mod live;
mod masking;
mod metrics;
mod names;
mod operation;
mod rng;
mod routes;
mod scenario;
mod schema;
mod secrets;
mod service;
mod snapshot_file;
mod snapshots;
mod strict;
mod table;
mod timing;
mod transition;
mod world;
mod worlds;

pub use answer::{Answer, Body, Problem, ProblemKind, Response};
pub use any_service::{AnyService, FETCH_AGENT, OperationInfo, Pace, Reception};
pub use blob::{Blob, BlobRoom, BlobWriter, Sums, Unstored};
pub use call::{Call, Caller, Endpoints, Version, parse_version, without_port};
pub use clock::{Clock, wait};
pub use dialect::{Dialect, RoutedPath};
pub use faults::injection::Disturbance;
pub use faults::{ActiveFault, Break, Effect, Fault, FaultPlan, Outage, Outcome, Refusal, Trigger};
pub use fields::{ConfigError, Fields};
pub use glob::Glob;
pub use journal::{Entry, Follow, Followed, Journal, MAX_FOLLOWERS, Touched, panic_message};
pub use json::{List, Object, from_json, object};
pub use limits::{Limit, LimitPlan};
pub use live::{Live, MOST_TRANSITIONS, NotMoved};
pub use metrics::Metrics;
pub use names::{Names, nearest};
pub use operation::{
    BodyKind, Check, Operation, Prepared, delete, get, get_changing, head, patch, post, put, schema_of,
};
pub use routes::Routes;
pub(crate) use routes::path_params;
pub use scenario::{Applied, Scenario, parse as parse_scenario};
pub use schema::{ErrorOrder, Formats, Schemas, declared, with_bounded_integers};
pub use service::Service;
pub use snapshots::Snapshots;
pub use strict::{StrictLog, StrictReport, UnmatchedRequest};
pub use table::{AnyTable, Id, Index, Row, Table, UndoEntry};
pub use timing::{Profile, Range, Timing, milliseconds};
pub use transition::{Context, Transition, transition};
pub use world::{Cloud, VisitTable, World};
pub use worlds::{DEFAULT, NotAdded, Worlds};
