//! Preflight check of the bucket that access logs are to go to. S3 refuses some buckets, and delivers nothing to others
//! without a word.
//!
//! See the Amazon S3 User Guide, "Enabling Amazon S3 server access logging", and "Troubleshoot server access logging".

use serde_json::Value as Json;
use terraform_plugin::framework::diagnostics::Diagnostics;
use terraform_plugin::framework::path::Path;

use crate::account::{Place, diagnose};
use crate::reconcile::bucket::{AccessLog, Grant, ObservedLogTarget, TargetAccess};
use crate::reconcile::policy::elements;
use crate::reconcile::{CallError, ErrorKind};
use crate::setup::desired::transition::Transition;
use crate::setup::desired::{Desired, DesiredBucket};
use crate::setup::ownership::REFRESH_FALSE;

use super::{Preflight, unreadable};

/// The setting that names the bucket.
const SETTING: &str = "settings.bucket.access_log.target_bucket";

/// The principal that delivers access logs.
const DELIVERY: &str = "logging.s3.amazonaws.com";

/// The group of an ACL that the same service belongs to.
const DELIVERY_GROUP: &str = "http://acs.amazonaws.com/groups/s3/LogDelivery";

/// The access log that a change switches on or moves, with the name of the bucket that is logged.
pub(crate) fn new_access_log<'d>(desired: &'d Desired, transition: &Transition) -> Option<(&'d str, &'d AccessLog)> {
    let Some(DesiredBucket::Managed(bucket)) = desired.bucket.known() else { return None };
    let log = bucket.access_log.as_ref()?;
    let current = transition.remaining.bucket.fields().access_log.known();
    (current != Some(log)).then_some((bucket.name.as_str(), log))
}

/// Checks the bucket for access logs, unless they go there already.
pub(super) async fn check_log_target(preflight: &Preflight<'_>, diagnostics: &mut Diagnostics) {
    let Preflight { parts, desired, transition, run, .. } = preflight;
    let Some((source, log)) = new_access_log(desired, transition) else { return };
    let path = || Path::of(SETTING);
    let target = &log.target_bucket;
    let found = parts.buckets.observe_log_target(target, &parts.place.account_id, run).await;
    let delivery = Delivery { place: &parts.place, source, log };
    let (faults, unread) = match &found {
        Ok(Some(observed)) => delivery.judge(observed),
        Ok(None) => (vec![delivery.missing()], Vec::new()),
        Err(error) => (Vec::new(), vec![error]),
    };
    for (summary, detail) in faults {
        diagnostics.error_at(path(), summary, format!("{detail} The setting is {SETTING}. {REFRESH_FALSE}"));
    }
    let (denied, failed): (Vec<_>, Vec<_>) =
        unread.into_iter().partition(|error| error.kind == ErrorKind::AccessDenied);
    for error in failed {
        unreadable(error, diagnostics);
    }
    if !denied.is_empty() {
        let denied: Vec<_> = denied.into_iter().map(|error| diagnose::sentence(&error.to_string())).collect();
        diagnostics.warning_at(
            path(),
            "The bucket for access logs cannot be read",
            format!(
                "Whether {target} takes access logs is not known: it may belong to another account, which S3 refuses, or \
                 the caller may not read it. S3 loses logs that it cannot deliver without a word.\n  {}",
                denied.join("\n  ")
            ),
        );
    }
}

type Fault = (&'static str, String);

/// The delivery of access logs from one bucket to another.
struct Delivery<'a> {
    place: &'a Place,
    source: &'a str,
    log: &'a AccessLog,
}

impl Delivery<'_> {
    fn missing(&self) -> Fault {
        let detail = format!(
            "{} does not exist, and S3 would refuse it. Create it first. If the same configuration creates it, refer to \
             an attribute of it that is known only then, such as `id`.",
            self.log.target_bucket
        );
        ("The bucket for access logs does not exist", detail)
    }

    /// What keeps logs from being delivered, and what could not be read.
    fn judge<'o>(&self, observed: &'o ObservedLogTarget) -> (Vec<Fault>, Vec<&'o CallError>) {
        let (target, place) = (&self.log.target_bucket, self.place);
        let mut faults: Vec<Fault> = Vec::new();
        if !observed.is_own {
            let detail = format!(
                "{target} does not belong to account {}, and S3 would refuse it. Name a bucket of this account.",
                place.account_id
            );
            faults.push(("The bucket for access logs belongs to another account", detail));
        }
        if observed.region != place.region {
            let detail = format!(
                "{target} is in {}, and S3 would refuse it. Name a bucket in {}.",
                observed.region, place.region
            );
            faults.push(("The bucket for access logs is in another region", detail));
        }
        if observed.sse_algorithm.starts_with("aws:kms") {
            let detail = format!(
                "The default encryption of {target} is {}, and S3 delivers access logs only to buckets with AES256. \
                 Change its encryption, or name another bucket.",
                observed.sse_algorithm
            );
            faults.push(("The bucket for access logs is encrypted with a KMS key", detail));
        }
        let Some(access) = &observed.access else { return (faults, Vec::new()) };
        if let Ok(Some(lock)) = &access.object_lock {
            let detail = format!(
                "{target} has an object lock with a default retention ({} days), and S3 delivers no access logs to such \
                 a bucket. Name another one.",
                lock.days
            );
            faults.push(("The bucket for access logs has an object lock", detail));
        }
        if self.is_closed(access) {
            faults.push(("The bucket for access logs does not let them in", self.how_to_open()));
        }
        let unread = [access.object_lock.as_ref().err(), access.policy.as_ref().err(), access.grants.as_ref().err()];
        (faults, unread.into_iter().flatten().collect())
    }

    /// Whether neither the policy nor the ACL lets the logs in. What could not be read may do so.
    fn is_closed(&self, access: &TargetAccess) -> bool {
        let is_let_in = |policy: Option<&str>| policy.is_some_and(|policy| self.is_let_in(policy));
        let by_policy = access.policy.as_ref().is_ok_and(|policy| !is_let_in(policy.as_deref()));
        let by_grants = access.grants.as_ref().is_ok_and(|grants| !grants.iter().any(lets_in));
        by_policy && by_grants
    }

    fn how_to_open(&self) -> String {
        let Self { place, source, log } = self;
        format!(
            "Neither the policy nor the ACL of {target} lets {DELIVERY} write logs of {source} to it, so that S3 would \
             lose them without a word. Allow that service s3:PutObject on {objects}, with the conditions aws:SourceArn = \
             {source_arn} and aws:SourceAccount = {account}. If the same configuration writes that policy, let this \
             resource depend on it (depends_on).",
            target = log.target_bucket,
            objects = self.object_arn("*"),
            source_arn = place.bucket_arn(source),
            account = place.account_id,
        )
    }

    /// The ARN of the objects that are delivered.
    fn object_arn(&self, key: &str) -> String {
        format!("{}/{}{key}", self.place.bucket_arn(&self.log.target_bucket), self.log.target_prefix)
    }

    /// Whether a policy lets the logs in. Text that is not a policy may.
    fn is_let_in(&self, policy: &str) -> bool {
        let Ok(policy) = serde_json::from_str::<Json>(policy) else { return true };
        let applying = |effect: &'static str| {
            let statements = elements(policy.get("Statement"));
            statements.filter(move |one| one.get("Effect").and_then(Json::as_str) == Some(effect))
        };
        // A denial under a condition, such as one of requests without TLS, is taken to concern other requests.
        let is_denied = applying("Deny").any(|one| one.get("Condition").is_none() && self.concerns(one));
        !is_denied && applying("Allow").any(|one| self.concerns(one) && self.holds(one.get("Condition")))
    }

    /// Whether a statement is about the delivery of these logs. An element that a statement lacks, because it has the
    /// opposite one, is taken to match.
    fn concerns(&self, statement: &Json) -> bool {
        let texts = |member: &str| elements(statement.get(member)).filter_map(Json::as_str).collect::<Vec<_>>();
        let (actions, resources) = (texts("Action"), texts("Resource"));
        // The names of actions have no case.
        is_service(statement.get("Principal"))
            && (actions.is_empty() || actions.iter().any(|action| glob(&action.to_ascii_lowercase(), "s3:putobject")))
            && (resources.is_empty() || resources.iter().any(|resource| glob(resource, &self.object_arn("log"))))
    }

    /// Whether the conditions about the source of the logs hold. Other ones are taken to hold.
    fn holds(&self, conditions: Option<&Json>) -> bool {
        let operators = conditions.and_then(Json::as_object).into_iter().flatten();
        operators.filter(|(operator, _)| !operator.contains("Not")).all(|(_, keys)| {
            keys.as_object().into_iter().flatten().all(|(key, values)| {
                let is = match key.to_ascii_lowercase().as_str() {
                    "aws:sourcearn" => self.place.bucket_arn(self.source),
                    "aws:sourceaccount" => self.place.account_id.clone(),
                    _ => return true,
                };
                elements(Some(values)).filter_map(Json::as_str).any(|pattern| glob(pattern, &is))
            })
        })
    }
}

/// Whether a grant of an ACL lets logs in.
fn lets_in(grant: &Grant) -> bool {
    grant.grantee == DELIVERY_GROUP && ["WRITE", "FULL_CONTROL"].contains(&grant.permission.as_str())
}

fn is_service(principal: Option<&Json>) -> bool {
    match principal {
        None => true,
        Some(Json::Object(kinds)) => {
            let mut services = elements(kinds.get("Service"));
            services.any(|name| name == DELIVERY || name == "*") || elements(kinds.get("AWS")).any(|name| name == "*")
        }
        Some(principal) => principal == "*",
    }
}

/// Whether a text matches a pattern with `*` and `?`.
fn glob(pattern: &str, text: &str) -> bool {
    let mut characters = pattern.chars();
    match characters.next() {
        None => text.is_empty(),
        Some('*') => {
            let rest = characters.as_str();
            text.char_indices()
                .map(|(at, _)| at)
                .chain([text.len()])
                .any(|at| text.get(at..).is_some_and(|text| glob(rest, text)))
        }
        Some(character) => {
            let mut of_text = text.chars();
            of_text.next().is_some_and(|one| character == '?' || character == one)
                && glob(characters.as_str(), of_text.as_str())
        }
    }
}

#[cfg(test)]
mod tests;
