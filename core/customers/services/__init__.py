"""Writing the register: the rules of companies and contacts."""

from core.customers.services.companies import (
    change_owner,
    change_standing,
    create_company,
    find_company,
    rate_credit,
    record_contact,
    remove_company,
    restore_company,
    update_company,
)
from core.customers.services.contacts import (
    create_contact,
    find_contact,
    remove_contact,
    restore_contact,
    set_primary,
    update_contact,
)
from core.customers.services.index import Named, index_companies, index_company, index_contact

__all__ = [
    "Named",
    "change_owner",
    "change_standing",
    "create_company",
    "create_contact",
    "find_company",
    "find_contact",
    "index_companies",
    "index_company",
    "index_contact",
    "rate_credit",
    "record_contact",
    "remove_company",
    "remove_contact",
    "restore_company",
    "restore_contact",
    "set_primary",
    "update_company",
    "update_contact",
]
