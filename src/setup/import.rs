//! Imports an existing setup into a state. Inputs are derived from what AWS shows, so that the next plan is empty or
//! one update in place, never a replacement.
//!
//! The document names the bucket, the log group and the key; their names and tags say which setup it is. A part counts
//! as managed if it carries the mark, or the module's names, description and tags ([`proof`]); any other part is
//! imported as an existing one. Inputs that nothing proves stay null.

mod id;
mod inputs;
mod proof;
mod unheld;

use terraform_plugin::framework::diagnostics::Diagnostics;

use crate::account::Place;
use crate::account::Reconcilers;
use crate::account::diagnose;
use crate::arn::Arn;
use crate::reconcile::bucket::{ExpectedBucket, ObservedBucket};
use crate::reconcile::kms_key::ObservedKey;
use crate::reconcile::log_group::ObservedLogGroup;
use crate::reconcile::session_document::{NAME as DOCUMENT_NAME, ObservedDocument};
use crate::reconcile::{CallError, ErrorKind, MARK_TAG, Run, Tags};
use crate::setup::desired::transition::HOLDS_LOGS;
use crate::setup::model::SetupModel;
use crate::setup::model::observed::visible;
use crate::setup::model::state::{Bucket, Document, KmsKey, LogGroup, PartKind, Retired, State};
use crate::setup::naming;
use crate::setup::ownership::adoption::{self, DocumentReferences};
use crate::setup::plan::preflight;

pub(crate) use id::{FORMS, Id};
pub(crate) use inputs::{defaults, org};

/// What an import observed of a setup.
#[derive(Debug)]
struct ImportObservation {
    document: ObservedDocument,
    /// The parts that the document names.
    names: DocumentReferences,
    bucket: Option<ObservedBucket>,
    log_group: Option<ObservedLogGroup>,
    key: Option<ObservedKey>,
    previous_document: Option<String>,
    /// Log groups that were retired: the key's policy still names them.
    retired: Vec<Retired>,
    /// The system name, derived from the mark or from the names of parts.
    system_name: Option<String>,
}

/// Makes the state of the setup in the account and region of these reconcilers, with warnings of what it leaves out.
///
/// # Errors
/// Why there is nothing to import, or what cannot be read.
pub(crate) async fn import(
    parts: &Reconcilers,
    id: &Id,
    default_tags: &Tags,
    run: &Run,
) -> Result<(SetupModel, Diagnostics), Diagnostics> {
    let observed = match observe(parts, run).await {
        Ok(Some(observed)) => observed,
        Ok(None) => return Err(nothing(&parts.place)),
        Err(error) => {
            let mut diagnostics = Diagnostics::new();
            diagnose::error(&mut diagnostics, "The setup cannot be imported", &error);
            return Err(diagnostics);
        }
    };
    if let Some((summary, detail)) = preflight::unusable(&observed.document) {
        let mut diagnostics = Diagnostics::new();
        diagnostics.error(summary, detail);
        return Err(diagnostics);
    }
    let stamp = stamp(&observed, &parts.place)?;
    let inputs = inputs::inputs(&observed, id, default_tags, &parts.place)?;
    let mut diagnostics = Diagnostics::new();
    unheld::warn(&observed.document.content, &mut diagnostics);
    let state = State { stamp: stamp.into(), ..state(&observed, &parts.place) };
    Ok((SetupModel { inputs, state }, diagnostics))
}

async fn observe(parts: &Reconcilers, run: &Run) -> Result<Option<ImportObservation>, CallError> {
    let Some(document) = parts.documents.observe(run).await? else { return Ok(None) };
    let place = &parts.place;
    let names = DocumentReferences::of(&document.content);
    let bucket = async {
        match &names.bucket {
            // A bucket of another account or region is not managed.
            Some(name) => match parts.buckets.observe_existing(name, Some(&place.account_id), run).await {
                Ok(Some(existing)) if existing.region == place.region => {
                    let expected = ExpectedBucket::default();
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
            // Only a key of this account can be managed, and only such a key is observed completely.
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
    Ok(Some(ImportObservation { document, names, bucket, log_group, key, previous_document, retired, system_name }))
}

/// The log groups of this setup, other than the one in use, that the key's policy names. Their events stay readable as
/// long as it does.
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

/// The alias of a key: the derived alias if the key has it, else its only alias. Without the permission to list aliases
/// the derived one is assumed.
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
fn state(observed: &ImportObservation, place: &Place) -> State {
    let key = observed.managed_key(place).map(KmsKey::managed);
    let existing_key = || observed.key.as_ref().map(|key| KmsKey::existing(key, &key.arn));
    let group = observed.managed_log_group(place).map(LogGroup::managed);
    let existing_group = || observed.log_group.as_ref().map(LogGroup::existing);
    let bucket = observed.managed_bucket(place).map(|bucket| Bucket::managed(bucket, place));
    let existing_bucket = || Some(Bucket::existing(observed.names.bucket.as_deref()?, None, None, place));
    State {
        id: format!("{}/{}", place.account_id, place.region).into(),
        account_id: place.account_id.clone().into(),
        partition: place.partition.clone().into(),
        system_name: observed.system_name.clone().into(),
        tags_all: observed.tags(place).map(visible).into(),
        kms_key: key.or_else(existing_key).into(),
        log_group: group.or_else(existing_group).into(),
        bucket: bucket.or_else(existing_bucket).into(),
        document: Document::observed(&observed.document, observed.previous_document.is_some(), place).into(),
        previous_document: observed.previous_document.clone().into(),
        retired: observed.retired.clone().into(),
        drift: Vec::new().into(),
        ..State::default()
    }
}

/// The stamp of the state that last managed the setup; `None` if no part carries one.
fn stamp(observed: &ImportObservation, place: &Place) -> Result<Option<String>, Diagnostics> {
    let stamps = observed.stamps(place);
    if stamps.len() > 1 {
        let owners = stamps.iter().map(|(stamp, parts)| format!("{stamp} on {}", parts.join(" and ")));
        let mut diagnostics = Diagnostics::new();
        diagnostics.error(
            "Parts of the setup belong to different states",
            format!(
                "The parts of {}/{} carry the stamps of {} states: {}. An import cannot tell which of them is to go on. \
                 Remove the setup from the other states with `state rm`, then create it here with \
                 settings.document.on_existing = \"adopt\", which takes over every part.",
                place.account_id,
                place.region,
                stamps.len(),
                owners.collect::<Vec<_>>().join(", ")
            ),
        );
        return Err(diagnostics);
    }
    Ok(stamps.into_keys().next().map(str::to_owned))
}

fn nothing(place: &Place) -> Diagnostics {
    let mut diagnostics = Diagnostics::new();
    diagnostics.error(
        "There is nothing to import",
        format!(
            "Account {} has no document {DOCUMENT_NAME} in {}. Create the setup with an apply; it takes over \
             the parts of a former setup that carry its mark.",
            place.account_id, place.region
        ),
    );
    diagnostics
}
