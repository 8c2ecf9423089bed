"""S3: what a new bucket has, tags given at its creation, access by tags, lifecycle rules that S3 refuses, an answer's name.

AWS: S3 API reference, CreateBucket (CreateBucketConfiguration.Tags), GetBucketEncryption; S3 user
guide, "Default settings for new S3 buckets FAQ" and "Lifecycle general considerations for transitions".
"""

import json
from copy import copy

import xmltodict

from moto.s3.exceptions import InvalidArgumentError, S3ClientError
from moto.s3.models import FakeBucket, PublicAccessBlock, S3Backend
from moto.s3.responses import S3Response

INFREQUENT_ACCESS = ("STANDARD_IA", "ONEZONE_IA")
LEAST_DAYS_BEFORE_INFREQUENT_ACCESS = 30
LEAST_DAYS_IN_INFREQUENT_ACCESS = 30
ABAC_ENABLED = (
    "This S3 general purpose bucket has attribute-based access control (ABAC) enabled. "
    "To add tags to this bucket, initiate a TagResource request."
)


def fill() -> None:
    new_buckets_are_private_and_encrypted()
    tags_come_with_the_bucket()
    access_by_tags_refuses_bucket_tagging()
    lifecycle_days_are_checked()
    versioning_has_its_name()
    conditions_of_denials_count()
    listing_goes_on_after_a_deleted_version()


def s3_managed_encryption() -> dict:
    return {
        "Rule": {
            "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"},
            "BucketKeyEnabled": "false",
        }
    }


def new_buckets_are_private_and_encrypted() -> None:
    """Also what DeleteBucketEncryption goes back to: a bucket without encryption does not exist."""
    moto_creates = S3Backend.create_bucket
    moto_deletes = S3Backend.delete_bucket_encryption

    def create_bucket(self, *args, **kwargs):
        bucket = moto_creates(self, *args, **kwargs)
        bucket.encryption = s3_managed_encryption()
        bucket.ownership_rule = "BucketOwnerEnforced"
        bucket.public_access_block = PublicAccessBlock(
            block_public_acls="true",
            ignore_public_acls="true",
            block_public_policy="true",
            restrict_public_buckets="true",
        )
        return bucket

    def delete_bucket_encryption(self, bucket_name):
        moto_deletes(self, bucket_name)
        self.get_bucket(bucket_name).encryption = s3_managed_encryption()

    S3Backend.create_bucket = create_bucket
    S3Backend.delete_bucket_encryption = delete_bucket_encryption


def tags_come_with_the_bucket() -> None:
    moto_puts = S3Response._bucket_response_put

    def _bucket_response_put(self, request, bucket_name, querystring):
        stood = bucket_name in self.backend.buckets
        answer = moto_puts(self, request, bucket_name, querystring)
        # In us-east-1, making a bucket that the account has is a success that changes no tags.
        if not stood and self.body and b"CreateBucketConfiguration" in self.body:
            configuration = xmltodict.parse(self.body, force_list=("Tag",))["CreateBucketConfiguration"]
            tags = (configuration.get("Tags") or {}).get("Tag", [])
            if tags:
                given = {tag["Key"]: tag.get("Value") or "" for tag in tags}
                self.backend.put_bucket_tagging(bucket_name, given)
        return answer

    S3Response._bucket_response_put = _bucket_response_put


def access_by_tags_refuses_bucket_tagging() -> None:
    """With ABAC on, tags are written through S3 Control alone; moto knows no ABAC.

    AWS: S3 API reference, PutBucketAbac; S3 user guide, "Using tags with S3 general purpose buckets".
    """
    moto_puts = S3Response._bucket_response_put

    def _bucket_response_put(self, request, bucket_name, querystring):
        if "abac" in querystring:
            self.backend.get_bucket(bucket_name).access_by_tags = b"Enabled" in self.body
            return 200, {}, ""
        if "tagging" in querystring and getattr(self.backend.get_bucket(bucket_name), "access_by_tags", False):
            raise S3ClientError("BadRequest", ABAC_ENABLED)
        return moto_puts(self, request, bucket_name, querystring)

    S3Response._bucket_response_put = _bucket_response_put


def lifecycle_days_are_checked() -> None:
    moto_puts = S3Backend.put_bucket_lifecycle_configuration

    def put_bucket_lifecycle_configuration(self, bucket_name, rules):
        for rule in rules:
            refuse_illegal_days(rule)
        return moto_puts(self, bucket_name, rules)

    S3Backend.put_bucket_lifecycle_configuration = put_bucket_lifecycle_configuration


def refuse_illegal_days(rule: dict) -> None:
    transitions = rule.get("Transition") or []
    if not isinstance(transitions, list):
        transitions = [transitions]
    days_of = {entry["StorageClass"]: int(entry["Days"]) for entry in transitions if "Days" in entry}
    infrequent = [days for storage, days in days_of.items() if storage in INFREQUENT_ACCESS]
    for days in infrequent:
        if days < LEAST_DAYS_BEFORE_INFREQUENT_ACCESS:
            illegal("'Days' in Transition action must be greater than or equal to 30", days)
    for storage, days in days_of.items():
        if storage in INFREQUENT_ACCESS or not infrequent:
            continue
        if days < max(infrequent) + LEAST_DAYS_IN_INFREQUENT_ACCESS:
            illegal(f"'Days' in the Transition to {storage} must be 30 more than to infrequent access", days)
    expiration = (rule.get("Expiration") or {}).get("Days")
    if expiration and days_of and int(expiration) <= max(days_of.values()):
        illegal("'Days' in the Expiration action must be greater than 'Days' in the Transition action", expiration)


def illegal(message: str, days) -> None:
    raise InvalidArgumentError(message=message, name="Days", value=str(days))


def versioning_has_its_name() -> None:
    """The root of the answer is VersioningConfiguration; the Rust SDK takes no other."""
    moto_answers = S3Response.get_bucket_versioning

    def get_bucket_versioning(self):
        status, headers, body = moto_answers(self)
        text = body.decode() if isinstance(body, bytes) else body
        return status, headers, text.replace("GetBucketVersioningResponse", "VersioningConfiguration")

    S3Response.get_bucket_versioning = get_bucket_versioning


def conditions_of_denials_count() -> None:
    """moto denies whatever a Deny names and forgets its Condition: with a policy that asks for TLS, all.

    Requests here come without TLS, but stand for requests with it, so conditional denials are left out.
    """
    moto_permits = FakeBucket.get_permission

    def get_permission(self, action, resource):
        if self.policy is None:
            return moto_permits(self, action, resource)
        policy = json.loads(self.policy)
        policy["Statement"] = [
            statement
            for statement in policy["Statement"]
            if statement["Effect"] == "Allow" or "Condition" not in statement
        ]
        narrowed = copy(self)
        narrowed.policy = json.dumps(policy).encode()
        return moto_permits(narrowed, action, resource)

    FakeBucket.get_permission = get_permission


def listing_goes_on_after_a_deleted_version() -> None:
    """A marker names a place in the order; moto looks for the version itself, and ends where it is gone."""
    moto_lists = S3Backend.list_object_versions

    def list_object_versions(self, bucket_name, delimiter=None, key_marker=None, *args, **kwargs):
        marker = kwargs.get("version_id_marker")
        if key_marker is not None and marker:
            held = [version for name in self.get_bucket(bucket_name).keys.iterlists() for version in name[1]]
            if not any(version.name == key_marker and version.version_id == marker for version in held):
                before = [version for version in held if version.name < key_marker]
                last = max(before, key=lambda version: version.name, default=None)
                if last:
                    # moto lists the versions of a name from the newest to the oldest.
                    last = min(
                        (version for version in before if version.name == last.name),
                        key=lambda version: version.last_modified,
                    )
                key_marker = last and last.name
                kwargs["version_id_marker"] = last and last.version_id
        return moto_lists(self, bucket_name, delimiter, key_marker, *args, **kwargs)

    S3Backend.list_object_versions = list_object_versions
