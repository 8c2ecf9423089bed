//! Emptying a bucket.

use super::*;

const NO_VERSIONS: &str = "<ListVersionsResult/>";
const NO_UPLOADS: &str = "<ListMultipartUploadsResult/>";

#[tokio::test]
async fn bucket_is_empty_without_versions_and_markers() {
    for (page, empty) in [
        (NO_VERSIONS, true),
        ("<ListVersionsResult><Version><Key>a</Key></Version></ListVersionsResult>", false),
        ("<ListVersionsResult><DeleteMarker><Key>a</Key></DeleteMarker></ListVersionsResult>", false),
    ] {
        let aws = Checked::new([call("ListObjectVersions").with("max-keys=1").with(OWNER).text(page)]);
        let is_empty = aws.buckets().is_empty(NAME, ACCOUNT, &run()).await;
        assert_eq!(is_empty.unwrap(), empty);
    }
}

#[tokio::test]
async fn versions_markers_and_uploads_are_deleted_in_batches() {
    let aws = Checked::new([
        call("ListObjectVersions").with(OWNER).text(
            "<ListVersionsResult><IsTruncated>true</IsTruncated><NextKeyMarker>k</NextKeyMarker>\
             <NextVersionIdMarker>v</NextVersionIdMarker>\
             <Version><Key>a</Key><VersionId>1</VersionId></Version>\
             <DeleteMarker><Key>a</Key><VersionId>2</VersionId></DeleteMarker></ListVersionsResult>",
        ),
        call("DeleteObjects")
            .with(OWNER)
            .with("<Key>a</Key><VersionId>1</VersionId>")
            .with("<Key>a</Key><VersionId>2</VersionId>")
            .without("bypass-governance")
            .text("<DeleteResult/>"),
        call("ListObjectVersions").with("key-marker=k").with("version-id-marker=v").text(
            "<ListVersionsResult><Version><Key>b</Key><VersionId>null</VersionId></Version>\
             </ListVersionsResult>",
        ),
        call("DeleteObjects").with("<Key>b</Key><VersionId>null</VersionId>").text("<DeleteResult/>"),
        call("ListMultipartUploads").with(OWNER).text(
            "<ListMultipartUploadsResult><Upload><Key>c</Key><UploadId>u1</UploadId></Upload>\
             <Upload><Key>d</Key><UploadId>u2</UploadId></Upload></ListMultipartUploadsResult>",
        ),
        call("AbortMultipartUpload").with("uploadId=u1").with(OWNER),
        call("AbortMultipartUpload").with("uploadId=u2").fails("NoSuchUpload"),
    ]);
    let emptied = aws.buckets().empty(NAME, ACCOUNT, &run()).await;
    emptied.unwrap();
}

#[tokio::test]
async fn locked_objects_are_named_after_the_others_are_deleted() {
    let aws = Checked::new([
        call("ListObjectVersions").text(
            "<ListVersionsResult><IsTruncated>true</IsTruncated><NextKeyMarker>k</NextKeyMarker>\
             <Version><Key>locked.log</Key><VersionId>1</VersionId></Version></ListVersionsResult>",
        ),
        call("DeleteObjects").text(
            "<DeleteResult><Error><Key>locked.log</Key><VersionId>1</VersionId>\
             <Code>AccessDenied</Code><Message>object protected by object lock</Message></Error>\
             </DeleteResult>",
        ),
        call("ListObjectVersions").text(
            "<ListVersionsResult><Version><Key>b</Key><VersionId>1</VersionId></Version>\
             </ListVersionsResult>",
        ),
        call("DeleteObjects").text("<DeleteResult/>"),
    ]);
    let error = aws.buckets().empty(NAME, ACCOUNT, &run()).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::AccessDenied);
    assert!(error.message.contains("locked.log (AccessDenied: object protected"), "{error}");
}

#[tokio::test]
async fn empty_or_missing_bucket_needs_nothing() {
    let aws = Checked::new([
        call("ListObjectVersions").text(NO_VERSIONS),
        call("ListMultipartUploads").text(NO_UPLOADS),
        call("ListObjectVersions").fails("NoSuchBucket"),
        call("ListObjectVersions").fails("NoSuchBucket"),
    ]);
    let buckets = aws.buckets();
    buckets.empty(NAME, ACCOUNT, &run()).await.unwrap();
    buckets.empty(NAME, ACCOUNT, &run()).await.unwrap();
    assert!(buckets.is_empty(NAME, ACCOUNT, &run()).await.unwrap());
}
