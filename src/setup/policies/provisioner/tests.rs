//! The policy compared with the calls that are made: those in the source, and those in the end-to-end tests.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::*;

/// The IAM actions of an SDK call, if they differ from the name of the call.
const OTHER_NAMES: &[(&str, &[&str])] = &[
    ("kms:CreateKey", &["kms:CreateKey", "kms:TagResource"]),
    ("logs:CreateLogGroup", &["logs:CreateLogGroup", "logs:TagResource"]),
    ("s3:CreateBucket", &["s3:CreateBucket", "s3:PutBucketOwnershipControls", "s3:TagResource"]),
    ("s3:DeleteBucketLifecycle", &["s3:PutLifecycleConfiguration"]),
    ("s3:DeleteObjects", &["s3:DeleteObject", "s3:DeleteObjectVersion"]),
    ("s3:GetBucketEncryption", &["s3:GetEncryptionConfiguration"]),
    ("s3:GetBucketLifecycleConfiguration", &["s3:GetLifecycleConfiguration"]),
    ("s3:GetObjectLockConfiguration", &["s3:GetBucketObjectLockConfiguration"]),
    ("s3:GetPublicAccessBlock", &["s3:GetBucketPublicAccessBlock"]),
    ("s3:HeadBucket", &["s3:ListBucket"]),
    ("s3:ListMultipartUploads", &["s3:ListBucketMultipartUploads"]),
    ("s3:ListObjectVersions", &["s3:ListBucketVersions"]),
    ("s3:PutBucketEncryption", &["s3:PutEncryptionConfiguration"]),
    ("s3:PutBucketLifecycleConfiguration", &["s3:PutLifecycleConfiguration"]),
    ("s3:PutObjectLockConfiguration", &["s3:PutBucketObjectLockConfiguration"]),
    ("s3:PutPublicAccessBlock", &["s3:PutBucketPublicAccessBlock"]),
    ("ssm:CreateDocument", &["ssm:AddTagsToResource", "ssm:CreateDocument"]),
    ("sts:GetCallerIdentity", &[]),
];

/// What a call needs.
fn needed(call: &str) -> Vec<String> {
    let other = OTHER_NAMES.iter().find(|(name, _)| *name == call);
    other
        .map_or_else(|| vec![call.to_owned()], |(_, actions)| actions.iter().map(|&action| action.to_owned()).collect())
}

/// All actions that the policy allows if every part is managed.
fn allowed() -> BTreeSet<String> {
    let place = Place::new("123456789012", "aws", "us-east-1");
    let provisioned = Provisioned {
        has_keys: true,
        buckets: vec!["logs".to_owned()],
        empties_buckets: true,
        log_groups: vec!["/logs".to_owned()],
        ..Provisioned::default()
    };
    let policy: Value = serde_json::from_str(&provisioner_policy(&place, &provisioned)).unwrap();
    let statements = policy["Statement"].as_array().unwrap();
    let actions = statements.iter().flat_map(|statement| statement["Action"].as_array().unwrap());
    actions.map(|action| action.as_str().unwrap().to_owned()).collect()
}

fn sources(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if name.starts_with("tests") || name.starts_with("scripted") {
        } else if path.is_dir() {
            sources(&path, found);
        } else {
            found.push(path);
        }
    }
}

/// The service that a file of the reconcilers calls.
fn service_of(path: &Path) -> Option<&'static str> {
    let text = path.to_str().unwrap();
    [
        ("/bucket", "s3"),
        ("/kms_key", "kms"),
        ("/log_group", "logs"),
        ("/session_document", "ssm"),
        ("/sessions", "ssm"),
        // Delegated mode has no parts and no policies.
        ("/delegat", "organizations"),
        ("/organization", "organizations"),
    ]
    .into_iter()
    .find(|(part, _)| text.contains(&format!("/reconcile{part}")))
    .map(|(_, service)| service)
}

/// Every call in the source of the reconcilers, as `service:Operation`.
fn calls_in_source() -> BTreeSet<String> {
    let mut files = Vec::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/reconcile"), &mut files);
    let mut calls = BTreeSet::new();
    for file in files {
        let source: String = std::fs::read_to_string(&file).unwrap().split_whitespace().collect();
        for (at, found) in source.match_indices("client.") {
            let name: String =
                source[at + found.len()..].chars().take_while(|c| c.is_ascii_lowercase() || *c == '_').collect();
            let follows = &source[at + found.len() + name.len()..];
            if !follows.starts_with("()") || name == "config" || name == "clone" {
                continue;
            }
            let service = service_of(&file).unwrap_or_else(|| panic!("which service does {} call?", file.display()));
            let operation: String = name.split('_').map(|word| word[..1].to_uppercase() + &word[1..]).collect();
            calls.insert(format!("{service}:{operation}"));
        }
    }
    calls.retain(|call| !call.starts_with("organizations:"));
    calls
}

/// Every call that the end-to-end tests count.
fn calls_in_snapshots() -> BTreeSet<String> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/e2e/snapshots");
    let mut calls = BTreeSet::new();
    for entry in std::fs::read_dir(directory).unwrap() {
        let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        let quoted = text.lines().filter_map(|line| line.trim().strip_prefix('"')?.split_once("\":"));
        let calls_of_a_setup = |call: &String| call.contains(':') && !call.starts_with("organizations:");
        calls.extend(quoted.map(|(call, _)| call.to_owned()).filter(calls_of_a_setup));
    }
    calls
}

#[test]
fn every_call_is_allowed_and_nothing_else() {
    let calls = calls_in_source();
    assert!(calls.len() > 50, "the source is read: {calls:?}");
    let needed: BTreeSet<_> = calls.iter().flat_map(|call| needed(call)).collect();
    let allowed = allowed();
    assert_eq!(needed.difference(&allowed).collect::<Vec<_>>(), Vec::<&String>::new(), "these calls would be denied");
    assert_eq!(allowed.difference(&needed).collect::<Vec<_>>(), Vec::<&String>::new(), "nothing makes these calls");
}

#[test]
fn every_call_of_the_end_to_end_tests_is_allowed() {
    let calls = calls_in_snapshots();
    assert!(calls.len() > 30, "the snapshots are read: {calls:?}");
    let allowed = allowed();
    for call in calls {
        for action in needed(&call) {
            assert!(allowed.contains(&action), "{call} needs {action}");
        }
    }
}
