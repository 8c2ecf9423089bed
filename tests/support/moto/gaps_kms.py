"""KMS: rotation periods, policies without a name, and what a key pending deletion refuses.

AWS: KMS API reference, EnableKeyRotation, GetKeyRotationStatus, GetKeyPolicy, PutKeyPolicy,
ScheduleKeyDeletion; KMS developer guide, "Key states of AWS KMS keys".
"""

import json

from moto.core.exceptions import JsonRESTError
from moto.kms.exceptions import ValidationException
from moto.kms.models import KmsBackend
from moto.kms.responses import KmsResponse

DEFAULT_ROTATION_PERIOD_IN_DAYS = 365
# Everything else that a setup calls also works on a key that is pending deletion.
REFUSED_WHEN_PENDING_DELETION = (
    "create_alias",
    "enable_key",
    "enable_key_rotation",
    "disable_key",
    "disable_key_rotation",
    "schedule_key_deletion",
    "tag_resource",
    "untag_resource",
    "update_alias",
    "update_key_description",
)


# These look a key up by its id alone in moto; AWS takes the ARN, too.
FOUND_BY_ID_ALONE = ("cancel_key_deletion", "disable_key", "enable_key", "schedule_key_deletion")


def fill() -> None:
    for operation in FOUND_BY_ID_ALONE:
        find_by_arn_too(operation)
    for operation in REFUSED_WHEN_PENDING_DELETION:
        refuse_when_pending_deletion(operation)
    rotation_has_a_period()
    deletion_window_is_checked()
    for operation in ("get_key_policy", "put_key_policy"):
        name_the_policy(operation)


def find_by_arn_too(operation: str) -> None:
    moto_does = getattr(KmsBackend, operation)

    def found(self, key_id, *args, **kwargs):
        return moto_does(self, self.get_key_id(key_id), *args, **kwargs)

    setattr(KmsBackend, operation, found)


def refuse_when_pending_deletion(operation: str) -> None:
    moto_does = getattr(KmsBackend, operation)

    def checked(self, *args, **kwargs):
        name = kwargs.get("target_key_id") or kwargs.get("key_id") or kwargs.get("arn") or args[0]
        key = self.keys.get(self.get_key_id(name))
        if key is not None and key.key_state == "PendingDeletion":
            raise JsonRESTError("KMSInvalidStateException", f"{key.arn} is pending deletion.")
        return moto_does(self, *args, **kwargs)

    setattr(KmsBackend, operation, checked)


def rotation_has_a_period() -> None:
    moto_enables = KmsResponse.enable_key_rotation

    def enable_key_rotation(self):
        days = self._get_param("RotationPeriodInDays", DEFAULT_ROTATION_PERIOD_IN_DAYS)
        if not 90 <= days <= 2560:
            raise ValidationException(f"RotationPeriodInDays {days} is not between 90 and 2560.")
        key = self.kms_backend.keys.get(self.kms_backend.get_key_id(self._get_param("KeyId")))
        if key is not None and key.key_state == "Disabled":
            raise JsonRESTError("DisabledException", f"{key.arn} is disabled.")
        answer = moto_enables(self)
        key.rotation_period_in_days = days
        return answer

    def get_key_rotation_status(self):
        key_id = self._get_param("KeyId")
        self._validate_cmk_id(key_id)
        key = self.kms_backend.keys[self.kms_backend.get_key_id(key_id)]
        enabled = key.key_rotation_status and key.key_state != "PendingDeletion"
        status = {"KeyId": key.arn, "KeyRotationEnabled": enabled}
        if enabled:
            status["RotationPeriodInDays"] = key.rotation_period_in_days
        return json.dumps(status)

    KmsResponse.enable_key_rotation = enable_key_rotation
    KmsResponse.get_key_rotation_status = get_key_rotation_status


def deletion_window_is_checked() -> None:
    moto_schedules = KmsResponse.schedule_key_deletion

    def schedule_key_deletion(self):
        days = self._get_param("PendingWindowInDays", 30)
        if not 7 <= days <= 30:
            raise ValidationException(f"PendingWindowInDays {days} is not between 7 and 30.")
        return moto_schedules(self)

    KmsResponse.schedule_key_deletion = schedule_key_deletion


def name_the_policy(operation: str) -> None:
    """PolicyName is optional, and "default" is the only name there is."""
    moto_does = getattr(KmsResponse, operation)

    def named(self):
        request = json.loads(self.body)
        request.setdefault("PolicyName", "default")
        self.body = json.dumps(request)
        return moto_does(self)

    setattr(KmsResponse, operation, named)
