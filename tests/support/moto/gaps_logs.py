"""CloudWatch Logs: keys and classes of log groups, exact look-up, deletion protection, and the retentions that exist.

AWS: CloudWatch Logs API reference, AssociateKmsKey, DisassociateKmsKey, CreateLogGroup, DeleteLogGroup,
DescribeLogGroups (logGroupIdentifiers), PutLogGroupDeletionProtection, PutRetentionPolicy; CloudWatch Logs user guide, "Encrypt log
data in CloudWatch Logs using AWS KMS", for what the key's policy must allow.
"""

import fnmatch
import json

from moto.core.exceptions import JsonRESTError
from moto.kms.models import kms_backends
from moto.logs.exceptions import InvalidParameterException, ResourceNotFoundException
from moto.logs.responses import LogsResponse

RETENTIONS_IN_DAYS = (
    [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731]
    + [1096, 1827, 2192, 2557, 2922, 3288, 3653]
)
NEEDED_ACTIONS = ("kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey")


def fill() -> None:
    LogsResponse.associate_kms_key = associate_kms_key
    LogsResponse.disassociate_kms_key = disassociate_kms_key
    keys_are_checked_on_create()
    groups_are_found_by_identifier()
    protected_groups_are_not_deleted()
    retentions_are_checked()


def associate_kms_key(self):
    group = log_group(self)
    require_usable_key(self._get_param("kmsKeyId"), group.arn, self.region)
    group.kms_key_id = self._get_param("kmsKeyId")
    return "{}"


def disassociate_kms_key(self):
    log_group(self).kms_key_id = None
    return "{}"


def log_group(response):
    name = response._get_param("logGroupName")
    if name not in response.logs_backend.groups:
        raise ResourceNotFoundException()
    return response.logs_backend.groups[name]


def keys_are_checked_on_create() -> None:
    moto_creates = LogsResponse.create_log_group

    def create_log_group(self):
        key_arn = self._get_param("kmsKeyId")
        if key_arn:
            name = self._get_param("logGroupName")
            group_arn = f"arn:aws:logs:{self.region}:{self.current_account}:log-group:{name}"
            require_usable_key(key_arn, group_arn, self.region)
        answer = moto_creates(self)
        log_group(self).log_class = self._get_param("logGroupClass") or "STANDARD"
        return answer

    LogsResponse.create_log_group = create_log_group


def require_usable_key(key_arn: str, group_arn: str, region: str) -> None:
    """AWS wants the ARN of an enabled key whose policy lets Logs use it for this very group."""
    parts = key_arn.split(":")
    if len(parts) != 6 or not parts[5].startswith("key/"):
        raise InvalidParameterException(f"The KMS key {key_arn} could not be found.")
    key = kms_backends[parts[4]][parts[3]].keys.get(parts[5].removeprefix("key/"))
    if key is None or key.key_state != "Enabled":
        raise InvalidParameterException(f"The KMS key {key_arn} does not exist or is not enabled.")
    allowed = {
        action
        for statement in as_list(json.loads(key.policy)["Statement"])
        if admits(statement, group_arn, region)
        for action in as_list(statement.get("Action"))
    }
    for needed in NEEDED_ACTIONS:
        if not any(fnmatch.fnmatch(needed.lower(), action.lower()) for action in allowed):
            raise JsonRESTError(
                "AccessDeniedException",
                "The specified KMS key does not exist or is not allowed to be used with Arn "
                f"'{group_arn}'",
            )


def admits(statement: dict, group_arn: str, region: str) -> bool:
    """Whether this statement allows the Logs service something for this log group."""
    principal = statement.get("Principal")
    services = as_list(principal.get("Service")) if isinstance(principal, dict) else []
    if statement.get("Effect") != "Allow" or f"logs.{region}.amazonaws.com" not in services:
        return False
    condition = statement.get("Condition") or {}
    patterns = [
        pattern
        for operator in ("ArnEquals", "ArnLike")
        for pattern in as_list(condition.get(operator, {}).get("kms:EncryptionContext:aws:logs:arn"))
    ]
    return not condition or any(fnmatch.fnmatch(group_arn, pattern) for pattern in patterns)


def as_list(value) -> list:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def groups_are_found_by_identifier() -> None:
    moto_describes = LogsResponse.describe_log_groups

    def describe_log_groups(self):
        identifiers = self._get_param("logGroupIdentifiers")
        if not identifiers:
            return moto_describes(self)
        names = {identifier.split(":log-group:")[-1].removesuffix(":*") for identifier in identifiers}
        groups = self.logs_backend.groups
        found = [described(groups[name]) for name in sorted(names) if name in groups]
        return json.dumps({"logGroups": found})

    LogsResponse.describe_log_groups = describe_log_groups


def described(group) -> dict:
    protected = getattr(group, "deletion_protected", False)
    log_class = getattr(group, "log_class", "STANDARD")
    return group.to_describe_dict() | {"deletionProtectionEnabled": protected, "logGroupClass": log_class}


def put_log_group_deletion_protection(self):
    name = self._get_param("logGroupIdentifier")
    if name not in self.logs_backend.groups:
        raise ResourceNotFoundException()
    self.logs_backend.groups[name].deletion_protected = self._get_param("deletionProtectionEnabled")
    return ""


def protected_groups_are_not_deleted() -> None:
    LogsResponse.put_log_group_deletion_protection = put_log_group_deletion_protection
    moto_deletes = LogsResponse.delete_log_group

    def delete_log_group(self):
        if getattr(log_group(self), "deletion_protected", False):
            raise JsonRESTError("ValidationException", "The log group is protected from deletion.")
        return moto_deletes(self)

    LogsResponse.delete_log_group = delete_log_group


def retentions_are_checked() -> None:
    moto_puts = LogsResponse.put_retention_policy

    def put_retention_policy(self):
        days = self._get_param("retentionInDays")
        if days not in RETENTIONS_IN_DAYS:
            raise InvalidParameterException(
                constraint=f"Member must satisfy enum value set: {RETENTIONS_IN_DAYS}",
                parameter="retentionInDays",
                value=days,
            )
        return moto_puts(self)

    LogsResponse.put_retention_policy = put_retention_policy
