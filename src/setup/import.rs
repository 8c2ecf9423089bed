//! Takes a setup that exists into a state: what AWS shows becomes inputs, so that the next plan is empty or one update
//! in place, and never a replacement.
//!
//! The document names bucket, log group and key; their names and tags say whose setup it is. A part counts as made by
//! this resource where it carries the mark, or the module's names, description and tags ([`proof`]); any other is
//! imported as given from outside. What nothing proves stays null.

mod id;
mod inputs;
mod proof;

use crate::reconcile::bucket::{ExpectedBucket, ObservedBucket};
use crate::reconcile::kms_key::ObservedKey;
use crate::reconcile::log_group::ObservedLogGroup;
use crate::reconcile::session_document::{NAME as DOCUMENT_NAME, ObservedDocument};
use crate::reconcile::{CallError, ErrorKind, MARK_TAG, Run, Tags};
use terraform_plugin::framework::diagnostics::Diagnostics;

pub(crate) use id::{FORMS, Id};
pub(crate) use inputs::{defaults, org};

use crate::account::Place;
use crate::account::Reconcilers;
use crate::account::diagnose;
use crate::arn::Arn;
use crate::setup::desired::transition::HOLDS_LOGS;
use crate::setup::model::SetupModel;
use crate::setup::model::observed::visible;
use crate::setup::model::state::{Bucket, Document, KmsKey, LogGroup, PartKind, Retired, State};
use crate::setup::naming;
use crate::setup::ownership::adoption::{self, DocumentReferences};
use crate::setup::plan::preflight;

/// What was found of a setup.
#[derive(Debug)]
struct Found {
    document: ObservedDocument,
    bucket: Option<ObservedBucket>,
    log_group: Option<ObservedLogGroup>,
    key: Option<ObservedKey>,
    previous_document: Option<String>,
    /// Log groups that were retired: the key's policy still names them.
    retired: Vec<Retired>,
    /// What the system name is by the names of parts.
    system_name: Option<String>,
}

/// Makes the state of the setup that stands at the place of these reconcilers.
///
/// # Errors
/// The diagnostics that say why there is nothing to import, or what could not be read.
pub(crate) async fn import(
    parts: &Reconcilers,
    id: &Id,
    default_tags: &Tags,
    run: &Run,
) -> Result<SetupModel, Diagnostics> {
    let found = match scope(parts, run).await {
        Ok(Some(found)) => found,
        Ok(None) => return Err(nothing(&parts.place)),
        Err(error) => {
            let mut diagnostics = Diagnostics::new();
            diagnose::error(&mut diagnostics, "The setup cannot be imported", &error);
            return Err(diagnostics);
        }
    };
    if let Some((summary, detail)) = preflight::unusable(&found.document) {
        let mut diagnostics = Diagnostics::new();
        diagnostics.error(summary, detail);
        return Err(diagnostics);
    }
    let inputs = inputs::inputs(&found, id, default_tags, &parts.place)?;
    Ok(SetupModel { inputs, state: state(&found, &parts.place) })
}

async fn scope(parts: &Reconcilers, run: &Run) -> Result<Option<Found>, CallError> {
    let Some(document) = parts.documents.observe(run).await? else { return Ok(None) };
    let place = &parts.place;
    let names = DocumentReferences::of(&document.content);
    let bucket = async {
        match &names.bucket {
            // A bucket of another account or region is one that was given.
            Some(name) => match parts.buckets.observe_existing(name, Some(&place.account_id), run).await {
                Ok(Some(existing)) if existing.region == place.region => {
                    let expected = ExpectedBucket { object_lock: true, lifecycle: false };
                    parts.buckets.observe(name, &place.region, &place.account_id, expected, run).await
                }
                Ok(_) => Ok(None),
                Err(error) if error.kind == ErrorKind::AccessDenied => Ok(None),
                Err(error) => Err(error),
            },
            None => Ok(None),
        }
    };
    let log_group = async {
        match &names.log_group {
            Some(name) => parts.log_groups.observe(name, run).await,
            None => Ok(None),
        }
    };
    let (bucket, log_group) = tokio::join!(Box::pin(bucket), Box::pin(log_group));
    let (bucket, log_group) = (bucket?, log_group?);
    let system_name = proof::system_name(&document, bucket.as_ref(), log_group.as_ref(), place);
    let key = names.key.clone().or_else(|| bucket.as_ref().and_then(|bucket| bucket.kms_key_arn.clone()));
    let key = match key {
        None => None,
        Some(key) => match parts.keys.observe_existing(&key, run).await? {
            // The whole look is only for keys of this account that may be ours.
            Some(existing) if existing.customer_managed && existing.account_id == place.account_id => {
                let derived = system_name.as_deref().map(naming::derived_alias_name);
                let alias = alias_of(parts, &existing.arn, derived, run).await?;
                parts.keys.observe(&alias.unwrap_or_default(), Some(&existing.arn), run).await?
            }
            existing => existing.filter(|key| key.customer_managed),
        },
    };
    let aliased = || key.as_ref()?.alias_name.as_deref()?.strip_prefix(naming::derived_alias_name("").as_str());
    let system_name = system_name.or_else(|| aliased().map(str::to_owned));
    let mark = document.tags.get(MARK_TAG).cloned().unwrap_or_default();
    let previous_document = if mark.is_empty() {
        None
    } else {
        adoption::previous(&parts.documents, &document, &mark, run).await?.map(|previous| previous.content)
    };
    let retired = match &key {
        Some(key) => retired_groups(parts, key, names.log_group.as_deref(), system_name.as_deref(), run).await?,
        None => Vec::new(),
    };
    Ok(Some(Found { document, bucket, log_group, key, previous_document, retired, system_name }))
}

/// Log groups of this setup that the key's policy names beside the one in use: their events stay readable while it does.
async fn retired_groups(
    parts: &Reconcilers,
    key: &ObservedKey,
    in_use: Option<&str>,
    system_name: Option<&str>,
    run: &Run,
) -> Result<Vec<Retired>, CallError> {
    let mut retired = Vec::new();
    for arn in key.policy.as_deref().map(proof::log_groups_of_policy).unwrap_or_default() {
        let name = Arn::parse(&arn).and_then(|arn| arn.log_group_name());
        let Some(name) = name.filter(|name| Some(*name) != in_use) else { continue };
        let Some(group) = parts.log_groups.observe(name, run).await? else { continue };
        if proof::is_managed_group(&group, system_name, &parts.place) {
            retired.push(Retired::new(PartKind::LogGroup, name, &group.arn, HOLDS_LOGS));
        }
    }
    Ok(retired)
}

/// The alias of a key: the derived one if it has it, else its only one. Without the permission to list aliases there is
/// none.
async fn alias_of(
    parts: &Reconcilers,
    key_arn: &str,
    derived: Option<String>,
    run: &Run,
) -> Result<Option<String>, CallError> {
    let aliases = match parts.keys.aliases_of(key_arn, run).await {
        Ok(aliases) => aliases,
        Err(error) if error.kind == ErrorKind::AccessDenied => return Ok(derived),
        Err(error) => return Err(error),
    };
    Ok(match (derived, aliases.as_slice()) {
        (Some(derived), _) if aliases.contains(&derived) => Some(derived),
        (_, [only]) => Some(only.clone()),
        _ => None,
    })
}

/// The computed attributes; a refresh follows at once.
fn state(found: &Found, place: &Place) -> State {
    let key = found.managed_key(place).map(KmsKey::managed);
    let existing_key = || found.key.as_ref().map(|key| KmsKey::existing(key, &key.arn));
    let group = found.managed_log_group(place).map(LogGroup::managed);
    let existing_group = || found.log_group.as_ref().map(LogGroup::existing);
    let bucket = found.managed_bucket(place).map(|bucket| Bucket::managed(bucket, place));
    let existing_bucket = || {
        let name = DocumentReferences::of(&found.document.content).bucket?;
        Some(Bucket::existing(&name, None, None, place))
    };
    State {
        id: format!("{}/{}", place.account_id, place.region).into(),
        account_id: place.account_id.clone().into(),
        partition: place.partition.clone().into(),
        system_name: found.system_name.clone().into(),
        tags_all: found.tags(place).map(visible).into(),
        kms_key: key.or_else(existing_key).into(),
        log_group: group.or_else(existing_group).into(),
        bucket: bucket.or_else(existing_bucket).into(),
        document: Document::observed(&found.document, found.previous_document.is_some(), place).into(),
        previous_document: found.previous_document.clone().into(),
        stamp: found.stamp(place).into(),
        retired: found.retired.clone().into(),
        drift: Vec::new().into(),
        ..State::default()
    }
}

fn nothing(place: &Place) -> Diagnostics {
    let mut diagnostics = Diagnostics::new();
    diagnostics.error(
        "There is nothing to import",
        format!(
            "Account {} has no document {DOCUMENT_NAME} in {}. Make the setup with an apply; parts of a \
             former one that carry its mark are taken over.",
            place.account_id, place.region
        ),
    );
    diagnostics
}
