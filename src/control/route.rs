//! The rows of the control API: one per operation, made by `get`, `post`, … as in the services of the clouds.

use crate::app::App;
use crate::engine::{Answer, BodyKind, Call, Live, OperationInfo};

/// One operation of the control API.
pub struct Route {
    /// `control.world.fork`
    pub name: &'static str,
    /// One sentence for `GET /operations?service=control`: `Forks a world.`
    pub summary: &'static str,
    pub method: &'static str,
    /// `/worlds/{world}`; under `/worlds/{world}` again for every world.
    pub path: &'static str,
    pub body_kind: BodyKind,
    /// True if it answers without waiting for anything, so that it need not leave the thread that reads requests.
    pub immediate: bool,
    pub handler: Handler,
}

/// Answers a request to the control API of the world `live`. Success is 200 unless the handler sets a status.
type Handler = fn(&App, &Live, &Call) -> Answer;

pub const fn get(path: &'static str, name: &'static str, handler: Handler) -> Route {
    row("GET", path, name, handler)
}

pub const fn post(path: &'static str, name: &'static str, handler: Handler) -> Route {
    row("POST", path, name, handler)
}

pub const fn put(path: &'static str, name: &'static str, handler: Handler) -> Route {
    row("PUT", path, name, handler)
}

pub const fn patch(path: &'static str, name: &'static str, handler: Handler) -> Route {
    row("PATCH", path, name, handler)
}

pub const fn delete(path: &'static str, name: &'static str, handler: Handler) -> Route {
    row("DELETE", path, name, handler)
}

const fn row(method: &'static str, path: &'static str, name: &'static str, handler: Handler) -> Route {
    Route { name, summary: "", method, path, body_kind: BodyKind::Json, immediate: false, handler }
}

impl Route {
    /// What the operation does, in one sentence.
    pub const fn summary(mut self, sentence: &'static str) -> Self {
        self.summary = sentence;
        self
    }

    /// The body may be large and is stored in [`Call::blob`].
    pub const fn blob_body(mut self) -> Self {
        self.body_kind = BodyKind::Blob;
        self
    }

    /// It answers at once, whatever else goes on.
    pub const fn immediate(mut self) -> Self {
        self.immediate = true;
        self
    }

    pub fn info(&self) -> OperationInfo {
        OperationInfo {
            service: "control",
            name: self.name,
            summary: self.summary,
            method: self.method,
            path: self.path.into(),
            public: true,
            success: 200,
            body_kind: Some(self.body_kind),
            ..OperationInfo::default()
        }
    }
}
