"""Organizations: the service principals of Systems Manager, what stands before a delegation, who delegates.

AWS: Organizations user guide, "AWS services that you can use with AWS Organizations"; API reference,
RegisterDelegatedAdministrator, ListDelegatedServicesForAccount, EnableAWSServiceAccess.
"""

from moto.organizations.exceptions import (
    AccountNotFoundException,
    ConstraintViolationException,
    OrganizationsClientError,
)
from moto.organizations.models import (
    FakeDelegatedAdministrator,
    FakeServiceAccess,
    OrganizationsBackend,
    organizations_backends,
)

PRINCIPALS = (
    "ssm.amazonaws.com",
    "ssm-quicksetup.amazonaws.com",
    "member.org.stacksets.cloudformation.amazonaws.com",
    "resource-explorer-2.amazonaws.com",
)
# The services of these that take no second delegated administrator.
FOR_ONE_ACCOUNT = ("ssm.amazonaws.com", "ssm-quicksetup.amazonaws.com", "resource-explorer-2.amazonaws.com")


def fill() -> None:
    for known in (FakeServiceAccess.TRUSTED_SERVICES, FakeDelegatedAdministrator.SUPPORTED_SERVICES):
        known.extend(principal for principal in PRINCIPALS if principal not in known)
    registering_needs_trusted_access_and_room()
    unknown_accounts_are_named()
    members_are_refused()


def registering_needs_trusted_access_and_room() -> None:
    moto_registers = OrganizationsBackend.register_delegated_administrator

    def register_delegated_administrator(self, **kwargs):
        principal = kwargs["ServicePrincipal"]
        holders = {admin.account.id for admin in self.admins if principal in admin.services}
        if principal in FOR_ONE_ACCOUNT and holders - {kwargs["AccountId"]}:
            raise ConstraintViolationException(
                "DELEGATED_ADMINISTRATOR_EXISTS_FOR_THIS_SERVICE: The service has a delegated administrator."
            )
        enabled = {service["ServicePrincipal"] for service in self.services}
        if principal in PRINCIPALS and principal not in enabled:
            raise ConstraintViolationException(
                "SERVICE_ACCESS_NOT_ENABLED: You must call EnableAWSServiceAccess first."
            )
        return moto_registers(self, **kwargs)

    OrganizationsBackend.register_delegated_administrator = register_delegated_administrator


def unknown_accounts_are_named() -> None:
    moto_lists = OrganizationsBackend.list_delegated_services_for_account

    def list_delegated_services_for_account(self, **kwargs):
        if self.org and all(account.id != kwargs["AccountId"] for account in self.accounts):
            raise AccountNotFoundException
        return moto_lists(self, **kwargs)

    OrganizationsBackend.list_delegated_services_for_account = list_delegated_services_for_account


def members_are_refused() -> None:
    for name in (
        "register_delegated_administrator",
        "deregister_delegated_administrator",
        "list_delegated_administrators",
        "list_delegated_services_for_account",
        "enable_aws_service_access",
        "list_aws_service_access_for_organization",
    ):
        setattr(OrganizationsBackend, name, for_the_management_account(getattr(OrganizationsBackend, name)))


def for_the_management_account(moto_answers):
    def answer(self, **kwargs):
        if not self.org and self.account_id in organizations_backends.master_accounts:
            raise OrganizationsClientError(
                "AccessDeniedException", "You don't have permissions to access this resource."
            )
        return moto_answers(self, **kwargs)

    return answer
