//! Each finding alone, on preferences with a single fault.

use serde_json::{Value as Json, json};

use crate::account::DocumentInputs;
use crate::preferences::observe::{Observed, Preferences};
use crate::reconcile::bucket::ObservedExistingBucket;
use crate::reconcile::kms_key::ObservedKey;
use crate::reconcile::log_group::{LogGroupClass, ObservedLogGroup};
use crate::reconcile::session_document::{NAME, ObservedDocument};
use crate::reconcile::{CallError, ErrorKind, Tags};

use super::{Finding, FindingSeverity, missing, of, unreadable};

const SESSION_KEY: &str = "arn:aws:kms:eu-west-1:111122223333:key/session";
const STORAGE_KEY: &str = "arn:aws:kms:eu-west-1:111122223333:key/storage";

/// All that findings are derived from.
struct World {
    name: &'static str,
    document: ObservedDocument,
    observed: Observed,
}

impl World {
    /// Preferences with nothing wrong.
    fn without_faults() -> Self {
        let content = json!({
            "schemaVersion": "1.0",
            "sessionType": "Standard_Stream",
            "inputs": {
                "s3BucketName": "logs",
                "s3EncryptionEnabled": true,
                "cloudWatchLogGroupName": "/logs",
                "cloudWatchEncryptionEnabled": true,
                "cloudWatchStreamingEnabled": false,
                "kmsKeyId": SESSION_KEY,
                "runAsEnabled": false,
                "runAsDefaultUser": "",
                "idleSessionTimeout": "20",
                "maxSessionDuration": "60",
            },
        });
        let bucket = ObservedExistingBucket {
            name: "logs".into(),
            region: "eu-west-1".into(),
            account_id: None,
            sse_algorithm: "aws:kms".into(),
            kms_key_arn: Some(STORAGE_KEY.into()),
            bucket_key_enabled: false,
        };
        let log_group = ObservedLogGroup {
            creation_time: None,
            name: "/logs".into(),
            arn: "arn:aws:logs:eu-west-1:111122223333:log-group:/logs".into(),
            retention_in_days: None,
            retention_by_account_policy: false,
            kms_key_arn: Some(SESSION_KEY.into()),
            deletion_protected: false,
            class: LogGroupClass::TakesEvents,
            tags: Tags::new(),
        };
        Self {
            name: NAME,
            document: ObservedDocument {
                text: content.to_string(),
                content,
                default_version: "3".into(),
                latest_version: "3".into(),
                status: "Active".into(),
                hash: None,
                document_type: "Session".into(),
                tags: Tags::new(),
                system_tags: Tags::new(),
            },
            observed: Observed {
                bucket: Some(Ok(Some(bucket))),
                log_group: Some(Ok(Some(log_group))),
                session_key: Some(Ok(Some(key(SESSION_KEY)))),
                storage_keys: [(STORAGE_KEY.to_owned(), Ok(Some(key(STORAGE_KEY))))].into(),
            },
        }
    }

    fn input(&mut self, name: &str, value: Json) {
        self.document.content["inputs"][name] = value;
    }

    fn bucket(&mut self) -> &mut ObservedExistingBucket {
        self.observed.bucket.as_mut().unwrap().as_mut().unwrap().as_mut().unwrap()
    }

    fn log_group(&mut self) -> &mut ObservedLogGroup {
        self.observed.log_group.as_mut().unwrap().as_mut().unwrap().as_mut().unwrap()
    }

    fn session_key(&mut self) -> &mut ObservedKey {
        self.observed.session_key.as_mut().unwrap().as_mut().unwrap().as_mut().unwrap()
    }

    fn storage_key(&mut self) -> &mut ObservedKey {
        self.observed.storage_keys.get_mut(STORAGE_KEY).unwrap().as_mut().unwrap().as_mut().unwrap()
    }

    fn findings(&self) -> Vec<Finding> {
        let inputs = DocumentInputs::parse(&self.document.content);
        of(&Preferences { name: self.name, document: &self.document, inputs: &inputs, observed: &self.observed })
    }
}

fn key(arn: &str) -> ObservedKey {
    ObservedKey {
        arn: arn.into(),
        key_id: arn.rsplit('/').next().unwrap().into(),
        alias_name: None,
        alias_arn: None,
        description: String::new(),
        policy: None,
        rotation_enabled: true,
        rotation_period_in_days: None,
        multi_region: false,
        state: "Enabled".into(),
        customer_managed: true,
        symmetric: true,
        account_id: "111122223333".into(),
        tags: Tags::new(),
    }
}

fn error(kind: ErrorKind) -> CallError {
    CallError {
        kind,
        service: "S3",
        operation: "GetBucketEncryption",
        target: "logs".into(),
        code: Some("Code".into()),
        message: "No.".into(),
        request_id: None,
        bucket_region: None,
        source: None,
    }
}

#[test]
fn preferences_without_faults_have_no_findings() {
    assert_eq!(World::without_faults().findings(), []);
}

#[test]
fn each_fault_is_found_alone() {
    use FindingSeverity::{Error as E, Unknown as U, Warning as W};
    type Case = (FindingSeverity, &'static str, &'static str, fn(&mut World));
    let cases: &[Case] = &[
        (E, "document_type", "Command", |w| w.document.document_type = "Command".into()),
        (E, "content_unreadable", "Version 3", |w| w.document.content = json!("{")),
        (E, "session_type", "Port", |w| w.document.content["sessionType"] = json!("Port")),
        (E, "document_failed", "Version 3", |w| w.document.status = "Failed".into()),
        (W, "default_version_behind", "is 2, the latest 3", |w| w.document.default_version = "2".into()),
        (E, "bucket_missing", "refused", |w| w.observed.bucket = Some(Ok(None))),
        (E, "bucket_missing", "lost", |w| {
            w.input("s3EncryptionEnabled", json!(false));
            w.observed.bucket = Some(Ok(None));
        }),
        (E, "bucket_encryption", "aws:kms:dsse", |w| w.bucket().sse_algorithm = "aws:kms:dsse".into()),
        (E, "bucket_encryption", "not encrypted", |w| w.bucket().sse_algorithm = String::new()),
        (W, "bucket_encryption", "in clear text", |w| {
            w.input("s3EncryptionEnabled", json!(false));
            w.bucket().sse_algorithm = String::new();
        }),
        (U, "bucket_unreadable", "GetBucketEncryption", |w| {
            w.observed.bucket = Some(Err(error(ErrorKind::AccessDenied)));
        }),
        (E, "bucket_invalid", "GetBucketEncryption", |w| w.observed.bucket = Some(Err(error(ErrorKind::Invalid)))),
        (E, "log_group_missing", "refused", |w| w.observed.log_group = Some(Ok(None))),
        (E, "log_group_missing", "lost", |w| {
            w.input("cloudWatchEncryptionEnabled", json!(false));
            w.observed.log_group = Some(Ok(None));
        }),
        (E, "log_group_unencrypted", "/logs", |w| w.log_group().kms_key_arn = None),
        (E, "log_group_class", "DELIVERY", |w| w.log_group().class = LogGroupClass::Delivery),
        (U, "log_group_class", "ESSENTIALS", |w| {
            w.log_group().class = LogGroupClass::Unknown("ESSENTIALS".into());
        }),
        (U, "log_group_unreadable", "S3", |w| w.observed.log_group = Some(Err(error(ErrorKind::AccessDenied)))),
        (E, "key_missing", SESSION_KEY, |w| w.observed.session_key = Some(Ok(None))),
        (E, "key_disabled", SESSION_KEY, |w| w.session_key().state = "Disabled".into()),
        (E, "key_pending_deletion", SESSION_KEY, |w| w.session_key().state = "PendingDeletion".into()),
        (E, "key_unavailable", "PendingImport", |w| w.session_key().state = "PendingImport".into()),
        (E, "key_aws_managed", SESSION_KEY, |w| w.session_key().customer_managed = false),
        (E, "key_not_symmetric", SESSION_KEY, |w| w.session_key().symmetric = false),
        (U, "key_unreadable", "Code", |w| w.observed.session_key = Some(Err(error(ErrorKind::AccessDenied)))),
        (E, "key_disabled", "encrypt logs", |w| w.storage_key().state = "Disabled".into()),
        (E, "key_missing", STORAGE_KEY, |w| {
            w.observed.storage_keys.insert(STORAGE_KEY.into(), Ok(None));
        }),
        (W, "no_logging", "neither", |w| {
            w.input("s3BucketName", json!(""));
            w.input("cloudWatchLogGroupName", json!(""));
            w.observed = Observed { session_key: w.observed.session_key.take(), ..Observed::default() };
        }),
        (E, "streaming_not_boolean", "\"true\"", |w| w.input("cloudWatchStreamingEnabled", json!("true"))),
        (W, "run_as_without_user", "SSMSessionRunAs", |w| w.input("runAsEnabled", json!(true))),
        (W, "run_as_ignored", "\"ops\"", |w| w.input("runAsDefaultUser", json!("ops"))),
        (E, "run_as_root", "root", |w| {
            w.input("runAsEnabled", json!(true));
            w.input("runAsDefaultUser", json!("root"));
        }),
        (W, "idle_timeout_out_of_range", "is 61", |w| w.input("idleSessionTimeout", json!("61"))),
        (W, "idle_timeout_out_of_range", "is 0", |w| w.input("idleSessionTimeout", json!(0))),
        (W, "idle_timeout_out_of_range", "\"soon\"", |w| w.input("idleSessionTimeout", json!("soon"))),
        (W, "max_duration_out_of_range", "is 1441", |w| w.input("maxSessionDuration", json!("1441"))),
        (U, "input_parameterized", "{{ bucket }}", |w| {
            w.input("s3BucketName", json!("{{ bucket }}"));
            w.observed.bucket = None;
        }),
    ];
    for (severity, code, part, fault) in cases {
        let mut world = World::without_faults();
        fault(&mut world);
        let findings = world.findings();
        let [finding] = findings.as_slice() else { panic!("{code}: {findings:#?}") };
        assert_eq!((finding.severity, finding.code.as_str()), (*severity, *code));
        assert!(finding.detail.contains(part), "{part:?} is missing: {}", finding.detail);
        assert!(!finding.remedy.is_empty());
    }
}

#[test]
fn correct_preferences_have_no_findings() {
    let cases: &[fn(&mut World)] = &[
        |w| w.bucket().sse_algorithm = "AES256".into(),
        // The agent uploads without a check, and S3 encrypts.
        |w| {
            w.input("s3EncryptionEnabled", json!(false));
            w.bucket().sse_algorithm = "aws:kms:dsse".into();
        },
        |w| {
            w.input("cloudWatchEncryptionEnabled", json!(false));
            w.log_group().kms_key_arn = None;
        },
        |w| w.storage_key().customer_managed = false,
        |w| w.input("idleSessionTimeout", json!("")),
        |w| w.input("idleSessionTimeout", json!("{{ idle }}")),
        |w| w.input("maxSessionDuration", json!(null)),
        |w| {
            w.name = "Acme-Tunnel";
            w.document.content = json!({"schemaVersion": "1.0", "sessionType": "Port"});
            w.observed = Observed::default();
        },
    ];
    for (number, change) in cases.iter().enumerate() {
        let mut world = World::without_faults();
        change(&mut world);
        assert_eq!(world.findings(), [], "case {number}");
    }
}

#[test]
fn the_most_severe_findings_come_first() {
    let mut world = World::without_faults();
    world.observed.bucket = Some(Err(error(ErrorKind::AccessDenied)));
    world.document.default_version = "1".into();
    world.input("cloudWatchStreamingEnabled", json!("false"));
    let severities: Vec<_> = world.findings().into_iter().map(|finding| finding.severity).collect();
    assert_eq!(severities, [FindingSeverity::Error, FindingSeverity::Warning, FindingSeverity::Unknown]);
}

#[test]
fn a_missing_document_is_an_error_only_if_sessions_name_it() {
    assert_eq!(missing(NAME).severity, FindingSeverity::Warning);
    assert_eq!(missing("Acme-Shell").severity, FindingSeverity::Error);
}

#[test]
fn throttling_is_a_failure_and_no_finding() {
    let mut observed = World::without_faults().observed;
    assert_eq!(observed.failures().count(), 0);
    observed.bucket = Some(Err(error(ErrorKind::AccessDenied)));
    observed.log_group = Some(Err(error(ErrorKind::Throttled)));
    assert_eq!(observed.failures().map(|error| error.kind).collect::<Vec<_>>(), [ErrorKind::Throttled]);
    assert_eq!(unreadable("bucket", &error(ErrorKind::AccessDenied)).code, "bucket_unreadable");
}
