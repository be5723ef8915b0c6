"""Reading the register."""

from core.customers.queries.barring import (
    Barred,
    barred_addresses,
    barred_companies,
    barred_contacts,
    barred_methods,
    barred_values,
    bars_of,
    consenting,
    consents_of,
    current_consents,
    reachable,
)
from core.customers.queries.duplicates import duplicate_pairs
from core.customers.queries.likely import Candidate, Typed, likely_duplicates
from core.customers.queries.likely_contacts import likely_contacts
from core.customers.queries.narrowing import count_companies, search_companies, search_contacts
from core.customers.queries.postal import addresses_in_force, is_own_address
from core.customers.queries.record import PostalAddress, employers_of, postal_addresses, whole_address
from core.customers.queries.search import Hit, best_companies, find_companies, findable

__all__ = [
    "Barred",
    "Candidate",
    "Hit",
    "PostalAddress",
    "Typed",
    "addresses_in_force",
    "barred_addresses",
    "barred_companies",
    "barred_contacts",
    "barred_methods",
    "barred_values",
    "bars_of",
    "best_companies",
    "consenting",
    "consents_of",
    "count_companies",
    "current_consents",
    "duplicate_pairs",
    "employers_of",
    "find_companies",
    "findable",
    "is_own_address",
    "likely_contacts",
    "likely_duplicates",
    "postal_addresses",
    "reachable",
    "search_companies",
    "search_contacts",
    "whole_address",
]
