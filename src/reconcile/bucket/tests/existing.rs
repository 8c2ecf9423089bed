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
    let found = Buckets::new(&aws.s3()).observe_existing(NAME, Some(ACCOUNT), &run()).await;
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
        let found = Buckets::new(&aws.s3()).observe_existing(NAME, None, &run()).await;
        assert_eq!(found.unwrap(), Some(existing("us-west-2", None)));
    }
}

#[tokio::test]
async fn missing_bucket_is_none_and_one_of_another_account_an_error() {
    let aws = Checked::new([
        call("GetBucketEncryption").fails("NoSuchBucket"),
        call("GetBucketEncryption").fails("AccessDenied"),
    ]);
    let buckets = Buckets::new(&aws.s3());
    assert_eq!(buckets.observe_existing(NAME, None, &run()).await.unwrap(), None);
    let error = buckets.observe_existing(NAME, None, &run()).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::AccessDenied);
}
