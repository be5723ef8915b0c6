"""Writing the register: the rules of companies and contacts."""

from core.customers.services.barring import bar, bar_method, lift, state_consent
from core.customers.services.companies import (
    change_owner,
    change_standing,
    create_company,
    find_company,
    note_contact_day,
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
from core.customers.services.duplicates import demand_reason, note_kept
from core.customers.services.employers import change_employer
from core.customers.services.index import Named, index_companies, index_company, index_contact
from core.customers.services.joining import merge_contacts
from core.customers.services.merging import forget_merges, merge_companies, undo_merge
from core.customers.services.pairs import keep_contact_pairs, keep_pairs, say_distinct, say_two_people
from core.customers.services.pool import (
    assign_from_pool,
    claim_companies,
    claim_company,
    release_companies,
    release_due,
)
from core.customers.services.wish import Wish

__all__ = [
    "Named",
    "Wish",
    "assign_from_pool",
    "bar",
    "bar_method",
    "change_employer",
    "change_owner",
    "change_standing",
    "claim_companies",
    "claim_company",
    "create_company",
    "create_contact",
    "demand_reason",
    "find_company",
    "find_contact",
    "forget_merges",
    "index_companies",
    "index_company",
    "index_contact",
    "keep_contact_pairs",
    "keep_pairs",
    "lift",
    "merge_companies",
    "merge_contacts",
    "note_contact_day",
    "note_kept",
    "rate_credit",
    "record_contact",
    "release_companies",
    "release_due",
    "remove_company",
    "remove_contact",
    "restore_company",
    "restore_contact",
    "say_distinct",
    "say_two_people",
    "set_primary",
    "state_consent",
    "undo_merge",
    "update_company",
    "update_contact",
]
