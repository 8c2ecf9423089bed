"""Demonstrates the provider with a real CLI and an AWS that runs on this machine.

`make demo` builds what it needs and runs it. It plans, applies, plans again, changes settings by hand,
repairs them, and destroys, and shows the objects in AWS after each step. It needs no account and
touches none. It works in a temporary directory and leaves nothing running.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

import boto3
from botocore.exceptions import ClientError

ROOT = Path(__file__).resolve().parent.parent
REGION = "eu-west-1"
DOCUMENT = "SSM-SessionManagerRunShell"
NO_CHANGES, CHANGES = 0, 2


def say(text: str) -> None:
    print(f"\n\033[1m▸ {text}\033[0m" if sys.stdout.isatty() else f"\n> {text}", flush=True)


@contextmanager
def aws_on_this_machine():
    """Starts moto; yields its address. It ends by itself when the pipe to it closes."""
    server = subprocess.Popen(
        [sys.executable, ROOT / "tests/support/moto/serve.py"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        address = server.stdout.readline().strip()
        if not address:
            sys.exit("AWS for the demo did not start.")
        yield address
    finally:
        server.stdin.close()
        server.wait(timeout=10)


class Cli:
    """Terraform or OpenTofu in a directory where the provider is found as if it were installed."""

    def __init__(self, executable: str, directory: Path, address: str):
        self.executable = executable
        self.name = os.path.basename(executable)
        self.directory = directory
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(directory),
            "TERM": os.environ.get("TERM", "dumb"),
            "TF_CLI_CONFIG_FILE": str(directory / "cli.tfrc"),
            "TF_IN_AUTOMATION": "1",
            "CHECKPOINT_DISABLE": "1",
            "AWS_ENDPOINT_URL": address,
            "AWS_ACCESS_KEY_ID": "demo",
            "AWS_SECRET_ACCESS_KEY": "demo",
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def install(self, provider: Path) -> None:
        """Puts the binary into a mirror of the registry, the only source of the CLI."""
        version = re.search(r'^version = "(.+)"', (ROOT / "Cargo.toml").read_text(), re.M).group(1)
        platform = json.loads(self.said("version", "-json"))["platform"]
        for host in ("registry.terraform.io", "registry.opentofu.org"):
            home = self.directory / "mirror" / host / "cloudopsworks/ssmsession" / version / platform
            home.mkdir(parents=True)
            shutil.copy(provider, home / f"terraform-provider-ssmsession_v{version}")
        (self.directory / "cli.tfrc").write_text(
            "provider_installation {\n"
            f'  filesystem_mirror {{\n    path = "{self.directory}/mirror"\n  }}\n'
            "}\n"
        )

    def run(self, *arguments: str, expect: int = 0) -> None:
        """Shows the command and its output; ends the demo on an unexpected exit code."""
        print(f"$ {self.name} {' '.join(arguments)}", flush=True)
        colour = [] if sys.stdout.isatty() else ["-no-color"]
        command = [self.executable, *arguments, *colour]
        code = subprocess.run(command, cwd=self.directory, env=self.environment).returncode
        if code != expect:
            sys.exit(f"{self.name} {' '.join(arguments)} ended with {code} instead of {expect}.")

    def init(self) -> None:
        """Shows one line of the output; the notes about lock files and mirrors do not matter here."""
        print(f"$ {self.name} init", flush=True)
        command = [self.executable, "init", "-no-color"]
        done = subprocess.run(command, cwd=self.directory, env=self.environment, capture_output=True, text=True)
        if done.returncode:
            sys.exit(done.stdout + done.stderr)
        print("  " + next(line for line in done.stdout.splitlines() if "Installed" in line).lstrip("- "))

    def said(self, *arguments: str) -> str:
        # Without the configuration file, since the very first call comes before it is written.
        environment = {**self.environment, "TF_CLI_CONFIG_FILE": os.devnull}
        command = [self.executable, *arguments]
        return subprocess.check_output(command, cwd=self.directory, env=environment, text=True)


class Aws:
    """AWS as its own SDK for Python observes it."""

    def __init__(self, address: str):
        def client(service):
            return boto3.client(
                service,
                region_name=REGION,
                endpoint_url=address,
                aws_access_key_id="demo",
                aws_secret_access_key="demo",
            )

        self.kms, self.logs, self.s3, self.ssm = map(client, ("kms", "logs", "s3", "ssm"))

    def document(self) -> dict | None:
        try:
            answer = self.ssm.get_document(Name=DOCUMENT, DocumentVersion="$LATEST")
        except ClientError:
            return None
        return json.loads(answer["Content"])

    def buckets(self) -> list:
        return [bucket["Name"] for bucket in self.s3.list_buckets()["Buckets"]]

    def log_groups(self) -> list:
        return self.logs.describe_log_groups()["logGroups"]

    def show(self) -> None:
        for key in self.kms.list_keys()["Keys"]:
            state = self.kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]["KeyState"]
            aliases = self.kms.list_aliases(KeyId=key["KeyId"])["Aliases"]
            names = ", ".join(alias["AliasName"] for alias in aliases) or "no alias"
            print(f"  key        {key['KeyId']} ({names}): {state}")
        for name in self.buckets():
            rule = self.s3.get_bucket_encryption(Bucket=name)["ServerSideEncryptionConfiguration"]["Rules"][0]
            default = rule["ApplyServerSideEncryptionByDefault"]
            access = self.s3.get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"]
            closed = "no public access" if all(access.values()) else "PUBLIC ACCESS POSSIBLE"
            print(f"  bucket     {name}: {default['SSEAlgorithm']}, {closed}")
        for group in self.log_groups():
            days = group.get("retentionInDays", "unlimited")
            print(f"  log group  {group['logGroupName']}: {days} days")
        document = self.document()
        if document is None:
            print(f"  document   there is no {DOCUMENT}")
        else:
            inputs = document["inputs"]
            print(f"  document   {DOCUMENT}: idle sessions end after {inputs['idleSessionTimeout']} minutes,")
            print(f"             logs go to {inputs['s3BucketName'] or 'no bucket'}")

    def tamper(self) -> None:
        """Changes settings as a person in the console might do."""
        content = self.document()
        content["inputs"]["s3BucketName"] = ""
        content["inputs"]["idleSessionTimeout"] = "60"
        self.ssm.update_document(Name=DOCUMENT, DocumentVersion="$LATEST", Content=json.dumps(content))
        print("  session logs are no longer written to the bucket, idle sessions live for an hour")
        for group in self.log_groups():
            self.logs.put_retention_policy(logGroupName=group["logGroupName"], retentionInDays=1)
            print("  the log group forgets after one day")
        for bucket in self.buckets():
            access = self.s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
            access["BlockPublicPolicy"] = False
            self.s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=access)
            print("  the bucket accepts public policies")


def demo(cli: Cli, aws: Aws) -> None:
    say("The configuration")
    print((ROOT / "demo/main.tf").read_text())
    say("Before anything else: the provider is installed, from this checkout")
    cli.init()
    say("What would be made?")
    cli.run("plan", "-detailed-exitcode", expect=CHANGES)
    say("Make it")
    cli.run("apply", "-auto-approve")
    say("Plan again: nothing is left to do")
    cli.run("plan", "-detailed-exitcode", expect=NO_CHANGES)
    say("What the configuration gives out")
    cli.run("output")
    say("What AWS itself says exists now")
    aws.show()
    say("Somebody changes things by hand")
    aws.tamper()
    say("The plan shows all of it")
    cli.run("plan", "-detailed-exitcode", expect=CHANGES)
    say("Repair it")
    cli.run("apply", "-auto-approve")
    cli.run("plan", "-detailed-exitcode", expect=NO_CHANGES)
    aws.show()
    say("Take it all away again")
    cli.run("destroy", "-auto-approve")
    say("What AWS says is left: only the key, in the waiting time that AWS wants before it deletes one")
    aws.show()
    say("That was it. Nothing keeps running, and no AWS account was touched.")


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--cli", required=True, help="the terraform or tofu to use")
    arguments.add_argument("--provider", required=True, type=Path, help="the provider's binary")
    chosen = arguments.parse_args()
    with tempfile.TemporaryDirectory(prefix="ssmsession-demo-") as home, aws_on_this_machine() as address:
        directory = Path(home)
        shutil.copy(ROOT / "demo/main.tf", directory)
        cli = Cli(os.path.abspath(chosen.cli), directory, address)
        cli.install(chosen.provider)
        demo(cli, Aws(address))


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit("\nStopped; nothing keeps running.")
