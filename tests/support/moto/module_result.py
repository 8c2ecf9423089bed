"""Makes in AWS what the Terraform module makes, call by call as its resources do.

The module is cloudopsworks/terraform-module-aws-ssm-session-management, whose bucket is that of
terraform-aws-modules/s3-bucket. Neither can run in tests, which reach no registry; so this is what
they leave behind: names with a random suffix, a bucket with ACLs switched on and versioning
suspended, the id of the key in the document. Knows nothing of the provider.

Run with the caller's AWS_* variables and one argument, a JSON object:
  region, organization_name, organization_unit, environment_name, environment_type, spoke_def,
  region_code    what names and tags are made of
  settings       the module's input of that name
  release        "first": timeouts as numbers, no Sids in the key's policy, no end to incomplete
                 uploads; "latest": none of these; "newer": as "latest", with a lifecycle rule for
                 session logs only, statements for the deliveries of Systems Manager in the bucket's
                 policy, and a tag of another feature on the key
Prints one JSON object: the names of what was made.
"""

import json
import random
import string
import sys

import boto3

DOCUMENT = "SSM-SessionManagerRunShell"
KEY_USE = ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"]


class Module:
    """One run of the module."""

    def __init__(self, inputs: dict):
        self.region = inputs["region"]
        self.settings = inputs.get("settings", {})
        self.first_release = inputs.get("release") == "first"
        self.newer_release = inputs.get("release") == "newer"
        names = ["organization_unit", "environment_name", "environment_type", "spoke_def", "region_code"]
        self.system_name = "-".join(inputs[name].lower() for name in names)
        full = ["organization_name", "organization_unit", "environment_name", "environment_type"]
        self.tags = {
            "organization-full-name": " ".join(inputs[name] for name in full),
            "organization": inputs["organization_name"],
            "organization-unit": inputs["organization_unit"],
            "application-name": inputs["environment_name"],
            "application-type": inputs["environment_type"],
        } | inputs.get("extra_tags", {})
        self.account = boto3.client("sts", region_name=self.region).get_caller_identity()["Account"]
        self.roles = self.settings.get("allowed_iam_role_arns", [])
        self.group = f"/aws/ssm/session-manager/audit-{self.system_name}" if self.given("cloudwatch", "enabled") else ""
        self.bucket = self.bucket_name()

    def given(self, group: str, name: str, default=None):
        return self.settings.get(group, {}).get(name, default)

    def client(self, service: str):
        return boto3.client(service, region_name=self.region)

    def bucket_name(self) -> str:
        if name := self.given("bucket", "name"):
            return name
        name = f"ssm-session-auditlogs-{self.system_name}"
        if self.given("bucket", "random_suffix", self.settings.get("random_bucket_suffix", True)):
            name += "-" + "".join(random.choices(string.ascii_lowercase + string.digits, k=8))
        return name

    def run(self) -> dict:
        key = self.make_key()
        self.make_log_group(key)
        self.make_bucket(key)
        self.make_document(key)
        return {"key_id": key["KeyId"], "bucket": self.bucket, "log_group": self.group, "system_name": self.system_name}

    def make_key(self) -> dict:
        kms = self.client("kms")
        tags = self.tags | ({"automation": "enabled"} if self.newer_release else {})
        key = kms.create_key(
            Description="KMS Key for SSM Documents managed by Session Management Module",
            MultiRegion=self.given("kms", "multi_region", False),
            Policy=json.dumps(self.key_policy()),
            Tags=[{"TagKey": key, "TagValue": value} for key, value in tags.items()],
        )["KeyMetadata"]
        if self.given("kms", "enable_key_rotation", True):
            period = self.given("kms", "rotation_period_in_days", 90)
            kms.enable_key_rotation(KeyId=key["KeyId"], RotationPeriodInDays=period)
        alias = self.given("kms", "alias_name", f"ssm-session-mgmt-key-{self.system_name}")
        kms.create_alias(AliasName=f"alias/{alias}", TargetKeyId=key["KeyId"])
        return key

    def key_policy(self) -> dict:
        root = {
            "Sid": "Allow Root Account Access" if self.first_release else "AllowRootAccountAccess",
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{self.account}:root"},
            "Action": "kms:*",
            "Resource": "*",
        }
        use = {"Effect": "Allow", "Action": KEY_USE, "Resource": "*"}
        named = (lambda sid: {}) if self.first_release else (lambda sid: {"Sid": sid})
        statements = [root]
        if self.group or self.first_release:
            group = f"/aws/ssm/session-manager/audit-{self.system_name}"
            arn = f"arn:aws:logs:{self.region}:{self.account}:log-group:{group}"
            statements.append(
                named("AllowCloudWatchLogsAccess")
                | use
                | {
                    "Principal": {"Service": f"logs.{self.region}.amazonaws.com"},
                    "Condition": {"ArnEquals": {"kms:EncryptionContext:aws:logs:arn": arn}},
                }
            )
        if self.roles:
            statements.append(named("AllowIAMRolesAccess") | use | {"Principal": {"AWS": self.roles}})
        return {"Version": "2012-10-17", "Id": "key-default-1", "Statement": statements}

    def make_log_group(self, key: dict) -> None:
        if not self.group:
            return
        logs = self.client("logs")
        logs.create_log_group(logGroupName=self.group, kmsKeyId=key["Arn"], tags=self.tags)
        retention = self.given("cloudwatch", "retention", 7)
        logs.put_retention_policy(logGroupName=self.group, retentionInDays=retention)

    def make_bucket(self, key: dict) -> None:
        s3, bucket = self.client("s3"), self.bucket
        place = {} if self.region == "us-east-1" else {"LocationConstraint": self.region}
        s3.create_bucket(Bucket=bucket, ACL="private", **({"CreateBucketConfiguration": place} if place else {}))
        tags = [{"Key": key, "Value": value} for key, value in self.tags.items()]
        s3.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": tags})
        blocks = ["BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"]
        s3.put_public_access_block(
            Bucket=bucket, PublicAccessBlockConfiguration={block: True for block in blocks}
        )
        s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(self.bucket_policy()))
        s3.put_bucket_ownership_controls(
            Bucket=bucket, OwnershipControls={"Rules": [{"ObjectOwnership": "BucketOwnerPreferred"}]}
        )
        s3.put_bucket_acl(Bucket=bucket, ACL="private")
        versioning = "Enabled" if self.given("bucket", "versioning") else "Suspended"
        s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": versioning})
        default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key["Arn"]}
        s3.put_bucket_encryption(
            Bucket=bucket,
            ServerSideEncryptionConfiguration={"Rules": [{"ApplyServerSideEncryptionByDefault": default}]},
        )
        s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": [self.lifecycle_rule()]})

    def bucket_policy(self) -> dict:
        resources = [f"arn:aws:s3:::{self.bucket}/*", f"arn:aws:s3:::{self.bucket}"]

        def denial(sid: str, condition: dict) -> dict:
            statement = {"Sid": sid, "Effect": "Deny", "Principal": "*", "Action": "s3:*"}
            return statement | {"Resource": resources, "Condition": condition}

        statements = [
            denial("denyOutdatedTLS", {"NumericLessThan": {"s3:TlsVersion": "1.2"}}),
            denial("denyInsecureTransport", {"Bool": {"aws:SecureTransport": "false"}}),
        ]
        if self.roles:
            statements.append(
                {
                    "Sid": "AllowIAMRolesAccess",
                    "Effect": "Allow",
                    "Principal": {"AWS": self.roles},
                    "Action": ["s3:PutObject", "s3:GetEncryptionConfiguration"],
                    "Resource": resources,
                }
            )
        if self.newer_release:
            statements += self.delivery_statements()
        return {"Version": "2012-10-17", "Statement": statements}

    def delivery_statements(self) -> list:
        """What Inventory and other features of Systems Manager need to deliver to the bucket."""
        ssm = {"Effect": "Allow", "Principal": {"Service": "ssm.amazonaws.com"}}
        bucket = f"arn:aws:s3:::{self.bucket}"
        owner = {"StringEquals": {"s3:x-amz-acl": "bucket-owner-full-control", "aws:SourceAccount": self.account}}
        return [
            ssm | {"Sid": "SSMBucketPermissionsCheck", "Action": "s3:GetBucketAcl", "Resource": bucket},
            ssm
            | {
                "Sid": "SSMBucketDelivery",
                "Action": "s3:PutObject",
                "Resource": f"{bucket}/*/accountid={self.account}/*",
                "Condition": owner,
            },
        ]

    def lifecycle_rule(self) -> dict:
        rule = {
            "ID": "audit-log-lifecycle-policy",
            "Status": "Enabled",
            "Filter": {"Prefix": "session-manager/" if self.newer_release else ""},
            "Transitions": [
                {"Days": self.given("audit", "transition_days", 30), "StorageClass": "STANDARD_IA"},
                {"Days": self.given("audit", "archive_days", 60), "StorageClass": "GLACIER"},
            ],
            "Expiration": {"Days": self.given("audit", "retention_years", 5) * 365},
        }
        if not self.first_release:
            rule["AbortIncompleteMultipartUpload"] = {"DaysAfterInitiation": 7}
        return rule

    def make_document(self, key: dict) -> None:
        user = self.given("session", "run_as", "")
        minutes = (lambda number: number) if self.first_release else str
        inputs = {
            "s3BucketName": self.bucket,
            "s3KeyPrefix": "session-manager/",
            "s3EncryptionEnabled": True,
            "cloudWatchLogGroupName": self.group,
            "cloudWatchEncryptionEnabled": bool(self.group),
            "cloudWatchStreamingEnabled": not self.first_release and self.given("cloudwatch", "streaming", False),
            "kmsKeyId": key["KeyId"],
            "runAsEnabled": not self.first_release and bool(user),
            "runAsDefaultUser": user,
            "idleSessionTimeout": minutes(self.given("session", "timeout", 20)),
            "maxSessionDuration": minutes(self.given("session", "max_duration", 60)),
        }
        if not self.first_release:
            profile = self.given("session", "shell_profile", {})
            inputs["shellProfile"] = {system: profile.get(system, "") for system in ["linux", "windows"]}
        content = {
            "schemaVersion": "1.0",
            "description": "Document to hold regional settings for Session Manager",
            "sessionType": "Standard_Stream",
            "inputs": inputs,
        }
        self.client("ssm").create_document(
            Name=DOCUMENT,
            DocumentType="Session",
            Content=json.dumps(content),
            Tags=[{"Key": key, "Value": value} for key, value in self.tags.items()],
        )


if __name__ == "__main__":
    print(json.dumps(Module(json.loads(sys.argv[1])).run()))
