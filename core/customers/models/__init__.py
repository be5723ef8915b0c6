"""Tables of the register, by noun."""

from core.customers.models.barring import CHANNELS, EVERY, Bar, Consent
from core.customers.models.company import (
    Alias,
    Company,
    CompanyBrand,
    CompanyCategory,
    CompanyIndustry,
    CompanyRelation,
)
from core.customers.models.contact import Contact
from core.customers.models.history import CreditRating, Need, OwnerChange, StandingChange
from core.customers.models.merging import (
    ContactDistinct,
    ContactPair,
    Distinct,
    DuplicatePair,
    Merge,
    MergeEntry,
)
from core.customers.models.reach import Address, Email, Phone
from core.customers.models.search import CODE_SEQUENCE, ExternalReference, Number, SearchDoc, reserve_numbers

__all__ = [
    "CHANNELS",
    "CODE_SEQUENCE",
    "EVERY",
    "Address",
    "Alias",
    "Bar",
    "Company",
    "CompanyBrand",
    "CompanyCategory",
    "CompanyIndustry",
    "CompanyRelation",
    "Consent",
    "Contact",
    "ContactDistinct",
    "ContactPair",
    "CreditRating",
    "Distinct",
    "DuplicatePair",
    "Email",
    "ExternalReference",
    "Merge",
    "MergeEntry",
    "Need",
    "Number",
    "OwnerChange",
    "Phone",
    "SearchDoc",
    "StandingChange",
    "reserve_numbers",
]
