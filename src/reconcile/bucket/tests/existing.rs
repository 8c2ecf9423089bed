//! Existing buckets that the setup only uses.

use crate::reconcile::bucket::ObservedExistingBucket;

use super::*;

fn existing(region: &str, account_id: Option<&str>) -> ObservedExistingBucket {
    ObservedExistingBucket {
        name: NAME.to_owned(),
        region: region.to_owned(),
        account_id: account_id.map(str::to_owned),
        sse_algorithm: "AES256".to_owned(),
        kms_key_arn: None,
        bucket_key_enabled: false,
    }
}

#[tokio::test]
async fn one_call_reads_everything() {
    let aws = Checked::new([call("GetBucketEncryption").with(OWNER).text(encryption("AES256", ""))]);
    let found = aws.buckets().observe_existing(NAME, Some(ACCOUNT), &run()).await;
    assert_eq!(found.unwrap(), Some(existing(REGION, Some(ACCOUNT))));
}

#[tokio::test]
async fn bucket_elsewhere_is_read_in_its_own_region() {
    for status in [301, 400] {
        let aws = Checked::new([
            call("GetBucketEncryption").with("eu-west-1").header(status, "x-amz-bucket-region", "us-west-2"),
            call("GetBucketEncryption")
                .with(".us-west-2.")
                .without("x-amz-expected-bucket-owner")
                .text(encryption("AES256", "")),
        ]);
        let found = aws.buckets().observe_existing(NAME, None, &run()).await;
        assert_eq!(found.unwrap(), Some(existing("us-west-2", None)));
    }
}

#[tokio::test]
async fn missing_bucket_is_none_and_one_of_another_account_an_error() {
    let aws = Checked::new([
        call("GetBucketEncryption").fails("NoSuchBucket"),
        call("GetBucketEncryption").fails("AccessDenied"),
    ]);
    let buckets = aws.buckets();
    assert_eq!(buckets.observe_existing(NAME, None, &run()).await.unwrap(), None);
    let error = buckets.observe_existing(NAME, None, &run()).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::AccessDenied);
}

/// The rules of the SDK refuse such values in several ways, none of which is a matter of the network.
#[tokio::test]
async fn what_cannot_be_the_name_of_a_bucket_is_not_sent() {
    for name in ["arn:aws:s3:::audit-logs", "arn:aws:s3:eu-west-1:111122223333:accesspoint/x", "a/b", "x", "{{ name }}"]
    {
        let aws = Checked::new([]);
        let error = aws.buckets().observe_existing(name, None, &run()).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Invalid, "{error}");
        assert!(error.message.contains("not the name of a bucket"), "{error}");
    }
}

/// An alias of an access point on Outposts has the characters of a name, and the SDK takes it apart.
#[tokio::test]
async fn what_the_rules_of_the_sdk_refuse_is_invalid_and_says_why() {
    let aws = Checked::new([]);
    let name = "test-accessp-h0000075431d83bebde8xz5w8ijx1qzlbp3i3kuse10--op-s3";
    let error = aws.buckets().observe_existing(name, None, &run()).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Invalid, "{error}");
}

#[tokio::test]
async fn names_that_s3_once_accepted_are_sent() {
    for name in ["My_Old.Bucket", "abc"] {
        let aws = Checked::new([call("GetBucketEncryption").with(name).text(encryption("AES256", ""))]);
        assert!(aws.buckets().observe_existing(name, None, &run()).await.unwrap().is_some());
    }
}
