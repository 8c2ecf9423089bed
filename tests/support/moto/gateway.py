"""The layer between the client and moto: accounts, the record of calls, faults.

Every request passes here before moto sees it and after moto answered, so that tests can count
calls by operation name without trusting the provider's own log, and can let a chosen call meet a
fault (`faults.py`). Knows the wire format of requests only, nothing of moto's models but who owns
a bucket; what the session document names at the time of a write is `watch`'s matter.

For tests, beside AWS (no bucket name can start with "-", so these paths are free):
  GET    /-/calls/<account>    the calls so far, one JSON object a line:
                               {"service", "operation", "status", "write", "faults"}
  DELETE /-/calls/<account>    the same, and forgets them
  POST   /-/faults/<account>   a fault that calls are to meet, see `faults.Fault`
  DELETE /-/faults/<account>   no more faults; {"met"}: how many calls met one. Calls that hang are
                               dropped
  GET    /-/hanging/<account>  waits until a call hangs: {"hanging": true}; false when the faults
                               were deleted instead
  DELETE /-/hanging/<account>  answers the calls that hang
  POST   /-/objects/<account>  {"bucket", "objects", "versions"}: puts so many objects, each in so
                               many versions, which by PutObject would take minutes
"""

import io
import json
import re
import threading
from collections import defaultdict
from urllib.parse import parse_qs, unquote_plus

import moto.iam.models as iam_models
import watch
from moto.s3.models import s3_backends
from moto.sts.models import STSBackend

from faults import Faults

# Eight letters and the twelve digits of the account make a well-formed access key of 20 characters.
# AKIATEST is for the program under test: its calls are recorded, and refused on demand. AKIALOOK is for
# the test itself, which prepares and observes. Keys that moto gives out belong to roles that the program
# under test assumes; their calls are recorded as well, in the account of the role.
OBSERVER = "AKIALOOK"
ACCOUNT_KEY = re.compile(r"(?:AKIATEST|AKIALOOK)(\d{12})")
CREDENTIAL = re.compile(r"Credential=(\w+)/\d+/([\w-]+)/([\w-]+)/aws4_request")

# Sub-resources of a bucket as the query has them, and their names in the API reference.
BUCKET_SUBRESOURCES = {
    "accelerate": "BucketAccelerateConfiguration",
    "acl": "BucketAcl",
    "cors": "BucketCors",
    "encryption": "BucketEncryption",
    "lifecycle": "BucketLifecycleConfiguration",
    "location": "BucketLocation",
    "logging": "BucketLogging",
    "object-lock": "ObjectLockConfiguration",
    "ownershipControls": "BucketOwnershipControls",
    "policy": "BucketPolicy",
    "policyStatus": "BucketPolicyStatus",
    "publicAccessBlock": "PublicAccessBlock",
    "replication": "BucketReplication",
    "requestPayment": "BucketRequestPayment",
    "tagging": "BucketTagging",
    "versioning": "BucketVersioning",
    "website": "BucketWebsite",
}
READS = ("Get", "Describe", "List", "Head", "AssumeRole")


def account_of(access_key: str) -> str | None:
    """The account that a test's access key stands for; None for keys that moto itself gave out."""
    match = ACCOUNT_KEY.fullmatch(access_key)
    return match.group(1) if match else None


# What the paths of S3 Control begin with.
S3_CONTROL = "v20180820"


def operation_of(service: str, environ: dict) -> str:
    """The name that the service's API reference gives to this request."""
    target = environ.get("HTTP_X_AMZ_TARGET")
    if target:
        return target.rsplit(".", 1)[-1]
    if service == "s3":
        return s3_operation(environ)
    form = parse_qs(peek(environ).decode("utf-8", "replace"))
    return form.get("Action", ["Unknown"])[0]


def peek(environ: dict) -> bytes:
    """The body of a request with a known length, which moto reads again."""
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    environ["wsgi.input"] = io.BytesIO(body)
    return body


def s3_operation(environ: dict) -> str:
    method = environ["REQUEST_METHOD"]
    query = parse_qs(environ.get("QUERY_STRING", ""), keep_blank_values=True)
    bucket, _, key = environ["PATH_INFO"].lstrip("/").partition("/")
    if bucket == S3_CONTROL:
        return {"GET": "ListTagsForResource", "DELETE": "UntagResource"}.get(method, "TagResource")
    if not bucket:
        return "ListBuckets"
    if key:
        return {"GET": "GetObject", "HEAD": "HeadObject", "DELETE": "DeleteObject"}.get(method, "PutObject")
    for parameter, noun in BUCKET_SUBRESOURCES.items():
        if parameter in query:
            verb = {"GET": "Get", "PUT": "Put", "DELETE": "Delete"}[method]
            if (verb, parameter) == ("Delete", "lifecycle"):
                return "DeleteBucketLifecycle"
            return verb + noun
    if "versions" in query:
        return "ListObjectVersions"
    if "uploads" in query:
        return "ListMultipartUploads"
    if "delete" in query:
        return "DeleteObjects"
    return {
        "GET": "ListObjectsV2",
        "HEAD": "HeadBucket",
        "PUT": "CreateBucket",
        "DELETE": "DeleteBucket",
    }.get(method, "Unknown")


class Gateway:
    """The WSGI application in front of moto."""

    def __init__(self, moto):
        self.moto = moto
        self.lock = threading.Lock()
        self.calls = defaultdict(list)
        self.faults = defaultdict(Faults)
        self.roles = {}
        ask_moto = iam_models.get_account_id_from
        iam_models.get_account_id_from = lambda access_key: (
            account_of(access_key) or self.roles.get(access_key) or ask_moto(access_key)
        )
        self.remember_keys_of_roles()

    def remember_keys_of_roles(self) -> None:
        """Moto would look through all accounts for every request."""
        moto_assumes = STSBackend.assume_role

        def assume_role(backend, *args, **kwargs):
            role = moto_assumes(backend, *args, **kwargs)
            self.roles[role.access_key_id] = role.account_id
            return role

        STSBackend.assume_role = assume_role

    def __call__(self, environ, start_response):
        path = environ.get("PATH_INFO", "")
        if path.startswith("/-/"):
            return self.for_tests(environ, start_response, *path.split("/")[2:4])
        match = CREDENTIAL.search(environ.get("HTTP_AUTHORIZATION", ""))
        if not match:
            return self.moto(environ, start_response)
        access_key, region, service = match.groups()
        under_test = not access_key.startswith(OBSERVER)
        account = iam_models.get_account_id_from(access_key)
        operation = operation_of(service, environ)
        write = not operation.startswith(READS)

        def record(status, headers, *rest):
            if not under_test:
                return start_response(status, headers, *rest)
            entry = {
                "service": service,
                "operation": operation,
                "status": int(status.split()[0]),
                "write": write,
                "faults": watch.faults(account, region) if write else [],
            }
            with self.lock:
                self.calls[account].append(entry)
            return start_response(status, headers, *rest)

        if foreign_bucket(service, environ):
            return refuse(service, "AccessDenied", 403, environ, record)
        if not under_test:
            return self.moto(environ, record)
        with self.lock:
            faults = self.faults[account]
        return faults.answer(
            service,
            operation,
            write,
            environ,
            text=lambda: unquote_plus(peek(environ).decode("utf-8", "replace")),
            moto=lambda: self.moto(environ, record),
            refuse=lambda code, status: refuse(service, code, status, environ, record),
        )

    def for_tests(self, environ, start_response, what, account):
        method = environ["REQUEST_METHOD"]
        with self.lock:
            calls, faults = self.calls[account], self.faults[account]
        answer = []
        match method, what:
            case ("GET" | "DELETE"), "calls":
                with self.lock:
                    answer = list(calls)
                    if method == "DELETE":
                        calls.clear()
            case "POST", "faults":
                faults.add(json.loads(peek(environ)))
            case "DELETE", "faults":
                answer = [{"met": faults.end()}]
            case "GET", "hanging":
                answer = [{"hanging": faults.wait_until_one_hangs()}]
            case "DELETE", "hanging":
                faults.answer_what_hangs()
            case "POST", "objects":
                put_objects(account, json.loads(peek(environ)))
        body = "".join(json.dumps(line) + "\n" for line in answer).encode()
        start_response("200 OK", [("Content-Length", str(len(body)))])
        return [body]


def put_objects(account: str, request: dict) -> None:
    backend = s3_backends[account]["aws"]
    for number in range(request["objects"]):
        for version in range(request["versions"]):
            backend.put_object(request["bucket"], f"session-manager/{number:05}.log", b"%d" % version)


def foreign_bucket(service: str, environ: dict) -> bool:
    """AWS answers 403 when the bucket is not its expected owner's; moto does not look."""
    expected = environ.get("HTTP_X_AMZ_EXPECTED_BUCKET_OWNER")
    if service != "s3" or not expected:
        return False
    bucket = environ["PATH_INFO"].lstrip("/").partition("/")[0]
    owner = s3_backends.bucket_accounts.get(bucket)
    return owner is not None and owner[1] != expected


def refuse(service: str, code: str, status: int, environ: dict, start_response):
    message = "Refused by the test."
    if environ["REQUEST_METHOD"] == "HEAD":
        body, kind = "", "application/xml"
    elif service == "s3":
        body = f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>{message}</Message></Error>"
        kind = "application/xml"
    elif service == "sts":
        body = (
            "<ErrorResponse xmlns='https://sts.amazonaws.com/doc/2011-06-15/'><Error><Type>Sender</Type>"
            f"<Code>{code}</Code><Message>{message}</Message></Error><RequestId>test</RequestId></ErrorResponse>"
        )
        kind = "text/xml"
    else:
        body = json.dumps({"__type": code, "message": message})
        kind = "application/x-amz-json-1.1"
    headers = [
        ("Content-Type", kind),
        ("Content-Length", str(len(body))),
        ("x-amzn-RequestId", "test"),
    ]
    start_response(f"{status} Refused", headers)
    return [body.encode()]
