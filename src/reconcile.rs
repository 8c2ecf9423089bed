//! The parts that a setup is made of in AWS, and the contract that every part keeps.
//!
//! A *part* is one thing in AWS with everything that belongs to it: the KMS key with its alias
//! ([`kms_key`]), the S3 bucket ([`bucket`]), the log group ([`log_group`]) and the Session Manager
//! preferences ([`session_document`]); for an organization it is the delegation to a member account
//! ([`delegation`]). This layer knows AWS and nothing else: no Terraform, no
//! schema, no defaults. What is wanted arrives as plain values, SDK clients are passed in.
//!
//! Each part has the same four verbs:
//!
//! * `observe` reads what stands in AWS. `None` means that AWS said explicitly that it is not there.
//! * `diff` compares that with what is wanted. It is pure, and it names every deviation in what the
//!   part's `ensure` may write, and nothing else.
//! * `ensure` is create and update in one: it writes what differs, piece by piece.
//! * `remove` deletes the part. A part that is already gone is success.
//!
//! # Guarantees
//!
//! * `ensure` with an observation in which `diff` finds nothing makes no call. The part that
//!   [`Reached`] carries is such an observation when no error stands beside it: called twice,
//!   `ensure` writes once.
//! * Each deviation is repaired by the one call that it needs; what is right is not written again.
//! * What exists is never forgotten: when a call fails, [`Reached::part`] describes what stands up
//!   to then, a resource that was only just made included.
//! * Tags, and so the mark and the stamp of the owner, are in the call that makes the resource. When
//!   something that exists is changed, its tags are written first.
//! * Only an explicit not-found code counts as absence. A refusal, throttling or a redirect is an error.
//! * Nothing is deleted, emptied or moved by `diff` and `observe`; foreign tags other than `aws:…`,
//!   foreign lifecycle rules and the like are deviations, which `ensure` takes away.
//! * A write in flight is never dropped when a run is cancelled: it is waited for up to
//!   [`retry::IN_FLIGHT_GRACE`]; after that its effect is unknown and said to be so.
//!
//! # Assumptions
//!
//! * The caller decides whom a resource belongs to. `ensure` writes to what it is given, except that
//!   a create which AWS answers with "exists already" (or not at all) is looked at once, and goes on
//!   only if the resource carries the very [`STAMP_TAG`] that is wanted.
//! * One part is ensured by one task at a time; different parts may be ensured side by side.
//! * An observation is passed on while it is fresh. It is not read again before the first write.
//!
//! # Errors
//!
//! Every failure is an [`CallError`] with the AWS operation, its target, and AWS's own code, message and
//! request id. What the SDK does not retry is retried here, see [`retry`]; an error that arrives at
//! the caller is final for this run.

#![expect(clippy::result_large_err, reason = "an error tells all that AWS said, and is made once per failed call")]

pub(crate) mod bucket;
pub(crate) mod delegation;
pub(crate) mod error;
pub(crate) mod kms_key;
pub(crate) mod log_group;
mod owner;
pub(crate) mod policy;
pub(crate) mod retry;
pub(crate) mod session_document;
pub(crate) mod sessions;
mod tags;

#[cfg(test)]
pub(crate) mod scripted;

use std::collections::BTreeMap;

pub(crate) use error::{CallError, ErrorKind};
pub(crate) use retry::Run;

/// Tags by key.
pub(crate) type Tags = BTreeMap<String, String>;

/// Key of the tag that says which setup a part belongs to.
pub(crate) const MARK_TAG: &str = "ssm-session-setup";

/// Key of the tag that says which state a part belongs to.
pub(crate) const STAMP_TAG: &str = "ssm-session-setup-stamp";

/// One observed deviation inside a part.
///
/// How it is shown, with the name of the part in front, is the caller's matter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Difference {
    /// The place inside the part, such as `public_access_block.block_public_acls`.
    pub(crate) path: String,
    /// What is, as text; `none` where there is nothing.
    pub(crate) is: String,
    /// What is wanted, as text; `none` where nothing is wanted.
    pub(crate) want: String,
}

/// What an `ensure` reached.
#[derive(Debug)]
pub(crate) struct Reached<O> {
    /// The part as it now stands in AWS, as far as is known; `None`: nothing exists.
    pub(crate) part: Option<O>,
    /// What stopped it; `None`: everything that was wanted stands.
    pub(crate) error: Option<CallError>,
}

/// Collects the differences of one part.
#[derive(Debug, Default)]
struct Differences(Vec<Difference>);

impl Differences {
    /// Notes a difference unless both sides read the same.
    fn compare(&mut self, path: &str, is: &(impl ToString + ?Sized), want: &(impl ToString + ?Sized)) {
        let (is, want) = (is.to_string(), want.to_string());
        if is != want {
            self.note(path, is, want);
        }
    }

    /// As `compare`, for values that may be absent.
    fn compare_optional<T: ToString>(&mut self, path: &str, is: Option<T>, want: Option<T>) {
        let text = |value: Option<T>| value.map_or_else(|| NONE.to_owned(), |v| v.to_string());
        self.compare(path, &text(is), &text(want));
    }

    /// Notes a difference.
    fn note(&mut self, path: impl Into<String>, is: impl Into<String>, want: impl Into<String>) {
        self.0.push(Difference { path: path.into(), is: is.into(), want: want.into() });
    }
}

/// How an absent value reads in a [`Difference`].
const NONE: &str = "none";

#[cfg(test)]
mod tests;
