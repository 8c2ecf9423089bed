//! Creating a bucket where S3 refuses tags at its creation: regions and servers that do not have them, and callers
//! without `s3:TagResource`.
//!
//! The bucket is created without tags and tagged at once, if nobody had a bucket of this name right before, and nobody
//! has touched it since. See the Amazon S3 API Reference, `CreateBucket` and `HeadBucket`.

use std::time::Duration;

use crate::reconcile::call::{Call, Transient};
use crate::reconcile::error::{CallError, ErrorKind, absent_is_none};
use crate::reconcile::retry::Run;
use crate::reconcile::tags::Tags;

use super::request::{Form, new_bucket};
use super::settings::Settings;
use super::{BucketSpec, Buckets, ObservedBucket, SERVICE};

/// Codes with which a server refuses tags in the configuration of a new bucket, or the configuration as a whole.
const REFUSED: [&str; 4] = ["UnsupportedArgument", "MalformedXML", "MethodNotAllowed", "NotImplemented"];

/// What is transient when a new bucket is looked at.
const NEW_BUCKET: &[Transient] = &[Transient::code("NoSuchBucket")];

/// How long a new bucket may be unknown.
const PROPAGATION: Duration = Duration::from_secs(30);

/// Whether S3 refuses the tags of a new bucket, and not the bucket itself.
pub(super) fn refuses_tags(error: &CallError) -> bool {
    refuses_configuration(error) || error.kind == ErrorKind::AccessDenied && error.message.contains("s3:TagResource")
}

fn refuses_configuration(error: &CallError) -> bool {
    REFUSED.iter().any(|code| error.has_code(code))
}

impl Buckets {
    /// Creates the bucket without tags, then tags it. If that fails, the bucket is deleted again.
    pub(super) async fn create_untagged(&self, spec: &BucketSpec, run: &Run) -> Result<ObservedBucket, CallError> {
        tracing::info!("S3 takes no tags with a new bucket, so {} is created without them first", spec.name);
        self.require_absent(spec, run).await?;
        let created = match self.request(spec, Form::Untagged, run).await {
            Err(error) if refuses_configuration(&error) => self.request(spec, Form::Bare, run).await,
            created => created,
        };
        match created {
            Ok(()) => self.require_new(spec, run).await?,
            // The SDK repeats a call without a response, and the repetition finds the bucket of the first one.
            Err(error) if error.may_have_created() => match self.require_new(spec, run).await {
                Err(touched) if touched.kind == ErrorKind::AlreadyExists => return Err(touched),
                Err(_) => return Err(error),
                Ok(()) => {}
            },
            Err(error) => return Err(error),
        }
        self.tag_or_delete(spec, run).await
    }

    /// Writes the tags of a new bucket without any. A bucket that cannot be tagged is nobody's, and is deleted again.
    pub(super) async fn tag_or_delete(&self, spec: &BucketSpec, run: &Run) -> Result<ObservedBucket, CallError> {
        let settings = Settings { buckets: self, spec, transient: NEW_BUCKET, run };
        let Err(mut error) = settings.tags(&Tags::new(), &Tags::new()).await else { return Ok(new_bucket(spec)) };
        let left = match self.remove(&spec.name, &spec.account_id, run).await {
            Ok(()) => "the bucket, which was created without tags, was deleted again".to_owned(),
            Err(failed) => format!(
                "the bucket, which was created without tags, could not be deleted again ({}); delete it by hand",
                failed.message
            ),
        };
        error.message = format!("{}; {left}", error.message);
        Err(error)
    }

    /// Checks that nobody has a bucket of this name.
    async fn require_absent(&self, spec: &BucketSpec, run: &Run) -> Result<(), CallError> {
        let call = Call::read(SERVICE, "HeadBucket", &spec.name);
        let head = run.call(&call, || self.client.head_bucket().bucket(&spec.name).send());
        let message = match absent_is_none(head.await) {
            Ok(None) => return Ok(()),
            Ok(Some(_)) => {
                "S3 takes no tags with a new bucket, and the account has or sees a bucket of this name already"
            }
            Err(error) if error.kind == ErrorKind::AccessDenied || error.bucket_region.is_some() => {
                "S3 takes no tags with a new bucket, and whether the name is free is not known: the bucket belongs to \
                 somebody else, or the caller lacks s3:ListBucket on it"
            }
            Err(error) => return Err(error),
        };
        Err(CallError::new(ErrorKind::AlreadyExists, &call, message))
    }

    /// As `require_untouched`, with the tags that the bucket has now.
    async fn require_new(&self, spec: &BucketSpec, run: &Run) -> Result<(), CallError> {
        let call = Call::read(SERVICE, "GetBucketTagging", &spec.name).retrying(NEW_BUCKET).within(PROPAGATION);
        let tags = self.all_tags(&call, &spec.account_id, run).await?;
        self.require_untouched(spec, &tags, run).await
    }

    /// Checks that a bucket, which did not exist before, has neither tags nor objects, so that it is the one that was
    /// just created.
    pub(super) async fn require_untouched(&self, spec: &BucketSpec, tags: &Tags, run: &Run) -> Result<(), CallError> {
        if tags.is_empty() && self.is_empty(&spec.name, &spec.account_id, run).await? {
            return Ok(());
        }
        let create = Call::write(SERVICE, "CreateBucket", &spec.name);
        let message = "somebody else has created a bucket of this name meanwhile: it has tags or objects";
        Err(CallError::new(ErrorKind::AlreadyExists, &create, message))
    }
}
