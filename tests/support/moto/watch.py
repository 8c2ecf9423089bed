"""What is wrong, at one moment, with the parts that the session document names.

Asked after every write of the program under test, so that a test can claim that at no moment the
document named a part that was missing, unencrypted or closed to it. Looks at the default version
and the latest one, because both have been in force on some node. Knows moto's models and nothing
of the program's order of calls.
"""

from gaps_logs import require_usable_key
from moto.core.exceptions import JsonRESTError
from moto.kms.models import kms_backends
from moto.logs.models import logs_backends
from moto.s3.models import s3_backends
from moto.ssm.models import ssm_backends

NAME = "SSM-SessionManagerRunShell"
MARK = "ssm-session-setup"


def faults(account: str, region: str) -> list[str]:
    """One line for each fault; none where there is no document of type Session."""
    documents = ssm_backends[account][region]._documents.get(NAME)
    if documents is None:
        return []
    found = []
    for document in {id(d): d for d in (documents.get_default_version(), documents.get_latest_version())}.values():
        if document.document_type == "Session":
            inputs = document.content_json.get("inputs", {})
            found += bucket_faults(inputs) + group_faults(inputs, account, region) + key_faults(inputs, account, region)
    return found


def bucket_faults(inputs: dict) -> list[str]:
    name = inputs.get("s3BucketName")
    if not name:
        return []
    partition, owner = s3_backends.bucket_accounts.get(name, (None, None))
    if owner is None:
        return [f"bucket {name} is missing"]
    bucket = s3_backends[owner][partition].buckets[name]
    rule = (bucket.encryption or {}).get("Rule", {})
    default = (rule[0] if isinstance(rule, list) else rule).get("ApplyServerSideEncryptionByDefault", {})
    algorithm, key = default.get("SSEAlgorithm"), default.get("KMSMasterKeyID")
    found = []
    if algorithm not in ("aws:kms", "AES256"):
        found.append(f"bucket {name} is encrypted with {algorithm}")
    if key and key.startswith("arn:") and ":key/" in key and not is_enabled(key):
        found.append(f"bucket {name} is encrypted with {key}, which is gone or not enabled")
    if MARK in s3_backends[owner][partition].tagger.get_tag_dict_for_resource(bucket.arn):
        if algorithm != "aws:kms":
            found.append(f"bucket {name} is not encrypted with KMS")
        if bucket.policy is None:
            found.append(f"bucket {name} has no policy")
    return found


def group_faults(inputs: dict, account: str, region: str) -> list[str]:
    name = inputs.get("cloudWatchLogGroupName")
    if not name:
        return []
    group = logs_backends[account][region].groups.get(name)
    if group is None:
        return [f"log group {name} is missing"]
    if not group.kms_key_id:
        return [f"log group {name} is not encrypted"] if inputs.get("cloudWatchEncryptionEnabled") else []
    try:
        require_usable_key(group.kms_key_id, group.arn, region)
    except JsonRESTError as closed:
        return [f"log group {name} cannot use its key: {closed}"]
    return []


def key_faults(inputs: dict, account: str, region: str) -> list[str]:
    key = inputs.get("kmsKeyId")
    if not key:
        return []
    if key.startswith("arn:") and ":key/" in key:
        return [] if is_enabled(key) else [f"key {key} is gone or not enabled"]
    backend = kms_backends[account][region]
    held = backend.keys.get(backend.get_key_id(key))
    usable = held is not None and held.key_state == "Enabled"
    return [] if usable else [f"key {key} is gone or not enabled"]


def is_enabled(arn: str) -> bool:
    parts = arn.split(":")
    key = kms_backends[parts[4]][parts[3]].keys.get(parts[5].removeprefix("key/"))
    return key is not None and key.key_state == "Enabled"
