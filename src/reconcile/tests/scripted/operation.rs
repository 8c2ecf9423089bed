//! Requests as tests read them: the operation, and all of a request as one text.

use std::fmt::Write;

use aws_smithy_runtime_api::client::orchestrator::HttpRequest;

/// The operation as AWS names it: by the target of JSON protocols, by method and query of S3.
pub(super) fn operation(request: &HttpRequest) -> String {
    if let Some(target) = request.headers().get("x-amz-target") {
        return target.rsplit('.').next().unwrap_or(target).to_owned();
    }
    let (_, query) = request.uri().split_once('?').unwrap_or(("", ""));
    let keys: Vec<&str> = query.split('&').filter_map(|pair| pair.split('=').next()).collect();
    if request.uri().contains("/v20180820/tags/") {
        let tagging = if request.method() == "DELETE" { "UntagResource" } else { "TagResource" };
        return tagging.to_owned();
    }
    let setting = [
        ("acl", "BucketAcl"),
        ("encryption", "BucketEncryption"),
        ("publicAccessBlock", "PublicAccessBlock"),
        ("ownershipControls", "BucketOwnershipControls"),
        ("policy", "BucketPolicy"),
        ("lifecycle", "BucketLifecycleConfiguration"),
        ("tagging", "BucketTagging"),
        ("versioning", "BucketVersioning"),
        ("logging", "BucketLogging"),
        ("object-lock", "ObjectLockConfiguration"),
    ]
    .into_iter()
    .find(|(key, _)| keys.contains(key));
    match (request.method(), setting) {
        ("GET", Some((_, name))) => format!("Get{name}"),
        ("PUT", Some((_, name))) => format!("Put{name}"),
        ("DELETE", Some(("lifecycle", _))) => "DeleteBucketLifecycle".to_owned(),
        ("GET", None) if keys.contains(&"versions") => "ListObjectVersions".to_owned(),
        ("GET", None) if keys.contains(&"uploads") => "ListMultipartUploads".to_owned(),
        ("POST", None) if keys.contains(&"delete") => "DeleteObjects".to_owned(),
        ("DELETE", None) if keys.contains(&"uploadId") => "AbortMultipartUpload".to_owned(),
        ("HEAD", None) => "HeadBucket".to_owned(),
        ("PUT", None) => "CreateBucket".to_owned(),
        ("DELETE", None) => "DeleteBucket".to_owned(),
        (method, _) => format!("{method} {}", request.uri()),
    }
}

/// Method, URI, headers and body of a request in one text.
pub(super) fn text(request: &HttpRequest) -> String {
    let mut text = format!("{} {}\n", request.method(), request.uri());
    for (name, value) in request.headers() {
        let _ = writeln!(text, "{name}: {value}");
    }
    let body = request.body().bytes().unwrap_or_default();
    text.push_str(&String::from_utf8_lossy(body));
    text
}
