//! Calls about kinds of things that no provider of this crate has. Hosts make none of them, because no schema names such
//! a thing; the response to any is a diagnostic that names the thing.

use std::pin::Pin;

use tokio_stream::Stream;
use tonic::{Request, Response, Status};

use crate::framework::diagnostics::Diagnostics;
use crate::plugin::convert;
use crate::plugin::messages::tfplugin6 as wire;

/// A kind of thing that no provider of this crate has.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
    EphemeralResource,
    ListResource,
    Action,
    StateStore,
}

/// A stream of responses.
pub(super) type Responses<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

type Asked = Request<wire::unsupported::Request>;

pub(super) fn response(kind: Kind, request: &Asked) -> Response<wire::unsupported::Response> {
    Response::new(wire::unsupported::Response { diagnostics: diagnostics(kind, request) })
}

pub(super) fn lookup(kind: Kind, request: &Asked) -> Response<wire::unsupported::Lookup> {
    Response::new(wire::unsupported::Lookup { diagnostics: diagnostics(kind, request) })
}

pub(super) fn chunk(kind: Kind, request: &Asked) -> Response<Responses<wire::unsupported::Chunk>> {
    once(wire::unsupported::Chunk { diagnostics: diagnostics(kind, request) })
}

pub(super) fn completion(kind: Kind, request: &Asked) -> Response<Responses<wire::unsupported::Completion>> {
    let completed = Some(wire::unsupported::Response { diagnostics: diagnostics(kind, request) });
    once(wire::unsupported::Completion { completed })
}

fn once<T: Send + 'static>(response: T) -> Response<Responses<T>> {
    Response::new(Box::pin(tokio_stream::once(Ok(response))))
}

fn diagnostics(kind: Kind, request: &Asked) -> Vec<wire::Diagnostic> {
    let what = match kind {
        Kind::EphemeralResource => "ephemeral resource",
        Kind::ListResource => "list resource",
        Kind::Action => "action",
        Kind::StateStore => "state store",
    };
    let mut diagnostics = Diagnostics::new();
    diagnostics.error(
        format!("Unknown {what}"),
        format!("This provider has no {what} {:?}, nor any other.", request.get_ref().type_name),
    );
    convert::diagnostics(diagnostics)
}
