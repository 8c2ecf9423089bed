//! The parts of a setup in AWS, and the contract that every part keeps.
//!
//! A *part* is one object in AWS with everything that belongs to it: the KMS key with its alias ([`kms_key`]), the S3
//! bucket ([`bucket`]), the log group ([`log_group`]) and the Session Manager preferences ([`session_document`]). For
//! an organization it is the delegation to a member account ([`delegation`]). This layer knows AWS and nothing else: no
//! Terraform, no schema, no defaults. Specs and SDK clients are passed in.
//!
//! Each part has the same four verbs:
//!
//! * `observe` reads the part from AWS. `None` means that AWS says explicitly that it does not exist.
//! * `diff` compares the observed part with its spec. It is pure. It names every difference that the part's `ensure`
//!   may repair, and nothing else.
//! * `ensure` is create and update in one: it writes what differs, one setting after the other.
//! * `remove` deletes the part. It succeeds if the part does not exist.
//!
//! # Guarantees
//!
//! * `ensure` makes no call for an observed part in which `diff` finds nothing. The part in [`Reached`] is such a part
//!   when there is no error: called twice, `ensure` writes once.
//! * Each difference is repaired by the one call that it needs. What is right is not written again.
//! * What exists is never forgotten: when a call fails, [`Reached::part`] is the part at that moment, also when it was
//!   created just before.
//! * Tags, and so the mark and the stamp of the owner, are set by the call that creates the resource. When an existing
//!   resource is changed, its tags are written first.
//! * Only an explicit not-found code counts as absence. A denial, throttling or a redirect is an error.
//! * `diff` and `observe` delete, empty and move nothing. Tags other than `aws:…`, lifecycle rules and other settings
//!   that the spec does not have are differences, which `ensure` removes.
//! * A write in flight is never dropped when a run is cancelled. Its response is awaited for up to
//!   [`retry::IN_FLIGHT_GRACE`]; after that its effect is reported as unknown.
//!
//! # Assumptions
//!
//! * The caller decides which setup a resource belongs to. `ensure` writes to the resource that it is given. There is
//!   one exception: when AWS responds to a create with "already exists", or does not respond, `ensure` observes the
//!   resource once, and continues only if it carries the desired [`STAMP_TAG`].
//! * One part is ensured by one task at a time. Different parts may be ensured side by side.
//! * An observed part is recent. It is not observed again before the first write.
//!
//! # Errors
//!
//! Every failure is a [`CallError`] with the AWS operation, its target, and AWS's own code, message and request id.
//! What the SDK does not retry is retried here, see [`retry`]. An error that reaches the caller is final for this run.

#![expect(clippy::result_large_err, reason = "an error has all that AWS said, and is made once per failed call")]

pub(crate) mod bucket;
mod call;
pub(crate) mod delegation;
mod difference;
mod error;
pub(crate) mod kms_key;
pub(crate) mod log_group;
pub(crate) mod policy;
mod quota;
pub(crate) mod retry;
pub(crate) mod session_document;
pub(crate) mod sessions;
mod tags;

pub(crate) use difference::Difference;
pub(crate) use error::{CallError, ErrorKind};
pub(crate) use retry::Run;
pub(crate) use tags::{MARK_TAG, STAMP_TAG, Tags};

/// What an `ensure` reached.
#[derive(Debug)]
pub(crate) struct Reached<O> {
    /// The part as it is in AWS afterwards, as far as is known; `None`: it does not exist.
    pub(crate) part: Option<O>,
    /// What failed; `None`: the part is as its spec says.
    pub(crate) error: Option<CallError>,
}

#[cfg(test)]
pub(crate) mod tests;
