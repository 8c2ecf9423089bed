"""Organizations: the service principals of Systems Manager, and trusted access before delegation.

AWS: Organizations user guide, "AWS services that you can use with AWS Organizations"; API reference,
RegisterDelegatedAdministrator, ListDelegatedServicesForAccount.
"""

from moto.organizations.exceptions import AccountNotFoundException, ConstraintViolationException
from moto.organizations.models import (
    FakeDelegatedAdministrator,
    FakeServiceAccess,
    OrganizationsBackend,
)

PRINCIPALS = (
    "ssm.amazonaws.com",
    "ssm-quicksetup.amazonaws.com",
    "member.org.stacksets.cloudformation.amazonaws.com",
    "resource-explorer-2.amazonaws.com",
)


def fill() -> None:
    for known in (FakeServiceAccess.TRUSTED_SERVICES, FakeDelegatedAdministrator.SUPPORTED_SERVICES):
        known.extend(principal for principal in PRINCIPALS if principal not in known)
    registering_needs_trusted_access()
    unknown_accounts_are_named()


def registering_needs_trusted_access() -> None:
    moto_registers = OrganizationsBackend.register_delegated_administrator

    def register_delegated_administrator(self, **kwargs):
        enabled = {service["ServicePrincipal"] for service in self.services}
        if kwargs["ServicePrincipal"] in PRINCIPALS and kwargs["ServicePrincipal"] not in enabled:
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
