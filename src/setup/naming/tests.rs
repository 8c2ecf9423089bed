//! Names are in state files and in AWS: these literals must never change.

use proptest::prelude::*;

use super::*;

pub(super) fn place() -> Place {
    Place::new("123456789012", "aws", "us-east-1")
}

#[test]
fn region_codes_never_change() {
    for (region, code) in [
        ("us-east-1", "usea1"),
        ("us-gov-west-1", "usgowest"),
        ("ap-south-1", "apso1"),
        ("ap-southeast-1", "apso1"),
        ("eusc-de-east-1", "euscdeeast"),
        ("us-iso-east-1", "usiseast"),
        ("eu-central-1", "euce1"),
        ("oddity", "oddity"),
    ] {
        assert_eq!(region_code(region), code, "{region}");
    }
}

#[test]
fn derived_names_never_change() {
    let system = System {
        organization_unit: "Retail",
        environment_name: "Shop",
        environment_type: "PROD",
        spoke: "001",
        region: "us-east-1",
    };
    let system_name = system_name(&system);
    assert_eq!(system_name, "retail-shop-prod-001-usea1");
    assert_eq!(bucket_name(&system_name, None), "ssm-session-auditlogs-retail-shop-prod-001-usea1");
    assert_eq!(
        bucket_name(&system_name, Some("abcd1234")),
        "ssm-session-auditlogs-retail-shop-prod-001-usea1-abcd1234"
    );
    assert_eq!(derived_alias_name(&system_name), "alias/ssm-session-mgmt-key-retail-shop-prod-001-usea1");
    assert_eq!(log_group_name(&system_name), "/aws/ssm/session-manager/audit-retail-shop-prod-001-usea1");
}

#[test]
fn an_alias_gets_its_prefix_once() {
    assert_eq!(alias_name("logs"), "alias/logs");
    assert_eq!(alias_name("alias/logs"), "alias/logs");
}

#[test]
fn arns_have_the_fields_that_their_service_has() {
    let place = Place { partition: "aws-cn".to_owned(), region: "cn-north-1".to_owned(), ..place() };
    assert_eq!(place.bucket_arn("logs"), "arn:aws-cn:s3:::logs");
    assert_eq!(place.log_group_arn("/a/b"), "arn:aws-cn:logs:cn-north-1:123456789012:log-group:/a/b");
    assert_eq!(place.alias_arn("alias/x"), "arn:aws-cn:kms:cn-north-1:123456789012:alias/x");
    assert_eq!(place.key_arn("mrk-1"), "arn:aws-cn:kms:cn-north-1:123456789012:key/mrk-1");
    assert_eq!(place.root_arn(), "arn:aws-cn:iam::123456789012:root");
    assert_eq!(
        place.document_arn("SSM-SessionManagerRunShell"),
        "arn:aws-cn:ssm:cn-north-1:123456789012:document/SSM-SessionManagerRunShell"
    );
}

#[test]
fn the_suffix_depends_on_partition_account_region_and_system() {
    let suffix = bucket_suffix(&place(), "retail-shop");
    assert_eq!(suffix, "vbx61lxn");
    let others = [
        bucket_suffix(&Place { partition: "aws-cn".to_owned(), ..place() }, "retail-shop"),
        bucket_suffix(&Place { account_id: "123456789013".to_owned(), ..place() }, "retail-shop"),
        bucket_suffix(&Place { region: "us-east-2".to_owned(), ..place() }, "retail-shop"),
        bucket_suffix(&place(), "retail-shoq"),
    ];
    assert!(!others.contains(&suffix), "{others:?}");
}

proptest! {
    #[test]
    fn every_suffix_is_eight_letters_or_digits(account in "[0-9]{12}", system in "\\PC*") {
        let suffix = bucket_suffix(&Place { account_id: account, ..place() }, &system);
        prop_assert_eq!(suffix.len(), 8);
        prop_assert!(suffix.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()), "{}", suffix);
    }

    #[test]
    fn valid_parts_make_valid_names_unless_they_are_too_long(
        unit in "[a-zA-Z0-9-]{1,20}",
        environment_name in "[a-zA-Z0-9-]{1,20}",
        environment_type in "[a-zA-Z0-9-]{1,20}",
        spoke in "[0-9]{3}",
    ) {
        for part in [&unit, &environment_name, &environment_type] {
            prop_assert_eq!(validate_name_part(part), Ok(()));
        }
        let system_name = system_name(&System {
            organization_unit: &unit,
            environment_name: &environment_name,
            environment_type: &environment_type,
            spoke: &spoke,
            region: "us-east-1",
        });
        prop_assert_eq!(validate_derived(DerivedName::Alias, &derived_alias_name(&system_name)), Ok(()));
        prop_assert_eq!(validate_derived(DerivedName::LogGroup, &log_group_name(&system_name)), Ok(()));
        let bucket = bucket_name(&system_name, Some(&bucket_suffix(&place(), &system_name)));
        match validate_derived(DerivedName::Bucket, &bucket) {
            Ok(()) => prop_assert!(bucket.len() <= 63),
            Err(error) => {
                prop_assert!(bucket.len() > 63, "{}", error);
                prop_assert!(error.contains("settings.bucket.name"), "{}", error);
            }
        }
    }
}
