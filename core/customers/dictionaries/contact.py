"""Enumerated values of contacts and of how people are reached."""

from __future__ import annotations

from core.customers.dictionaries.entries import entries
from core.i18n import _
from core.plugin import Dictionary

DICTIONARIES = [
    Dictionary(
        name="gender",
        title=_("Gender"),
        extensible=False,
        entries=entries(
            ("male", _("Male")),
            ("female", _("Female")),
        ),
    ),
    Dictionary(
        name="position",
        title=_("Position"),
        entries=entries(
            ("chairman", _("Chairman")),
            ("general_manager", _("General manager")),
            ("deputy_general_manager", _("Deputy general manager")),
            ("plant_manager", _("Plant manager")),
            ("department_manager", _("Department manager")),
            ("chief_engineer", _("Chief engineer")),
            ("finance_director", _("Finance director")),
            ("marketing_director", _("Marketing director")),
            ("marketing_head", _("Head of marketing")),
            ("market_head", _("Head of market development")),
            ("sales_head", _("Head of sales")),
            ("publicity_head", _("Head of publicity")),
            ("liaison_head", _("Head of liaison")),
            ("hr_head", _("Head of human resources")),
            ("business_head", _("Head of business")),
            ("office_clerk", _("Office clerk")),
            ("clerk", _("Clerk")),
            ("other", _("Other")),
        ),
    ),
    Dictionary(
        name="salutation",
        title=_("Salutation"),
        entries=entries(
            ("mr", _("Mr")),
            ("ms", _("Ms")),
            ("chief", _("Chief (总)")),
            ("manager", _("Manager")),
            ("director", _("Director")),
            ("head", _("Section head")),
            ("engineer", _("Engineer")),
            ("teacher", _("Teacher")),
        ),
    ),
    Dictionary(
        name="department",
        title=_("Department"),
        entries=entries(
            ("office", _("General office")),
            ("finance", _("Finance department")),
            ("marketing", _("Marketing department")),
            ("sales", _("Sales department")),
            ("technology", _("Technical department")),
            ("development", _("Development department")),
            ("management", _("Management department")),
            ("publicity", _("Publicity department")),
            ("procurement", _("Purchasing department")),
            ("production", _("Production department")),
            ("hr", _("Human resources department")),
        ),
    ),
    Dictionary(
        name="education",
        title=_("Education"),
        entries=entries(
            ("primary", _("Primary school")),
            ("junior", _("Junior secondary school")),
            ("senior", _("Senior secondary school")),
            ("vocational", _("Vocational school")),
            ("college", _("Junior college")),
            ("bachelor", _("Bachelor")),
            ("master", _("Master")),
            ("doctor", _("Doctor")),
        ),
    ),
    Dictionary(
        name="family",
        title=_("Family"),
        entries=entries(
            ("single", _("Lives alone")),
            ("dink", _("Couple without children")),
            ("three", _("Couple with a child")),
            ("three_generations", _("Three generations")),
            ("other", _("Other")),
        ),
    ),
    Dictionary(
        name="character",
        title=_("Character"),
        entries=entries(
            ("merchant", _("Merchant")),
            ("entrepreneur", _("Entrepreneur")),
            ("bureaucrat", _("Bureaucrat")),
            ("expert", _("Expert")),
            ("scholar", _("Scholar")),
            ("accountant", _("Accountant")),
            ("other", _("Other")),
        ),
    ),
    Dictionary(
        name="quality",
        title=_("Qualities"),
        extensible=False,
        entries=entries(
            ("honesty", _("Honesty")),
            ("credit", _("Trustworthiness")),
            ("ambition", _("Ambition")),
            ("knowledge", _("Knowledge")),
            ("leadership", _("Leadership")),
            ("ability", _("Business ability")),
            ("health", _("Health")),
        ),
    ),
    Dictionary(
        name="phone_kind",
        title=_("Kind of phone"),
        extensible=False,
        entries=entries(
            ("office", _("Office phone")),
            ("mobile", _("Mobile")),
            ("fax", _("Fax")),
            ("hotline", _("Hotline")),
            ("private", _("Private phone")),
            ("other", _("Other")),
        ),
    ),
    Dictionary(
        name="email_kind",
        title=_("Kind of e-mail"),
        extensible=False,
        entries=entries(
            ("office", _("Work e-mail")),
            ("private", _("Private e-mail")),
        ),
    ),
    Dictionary(
        name="address_kind",
        title=_("Kind of address"),
        extensible=False,
        entries=entries(
            ("office", _("Office address")),
            ("delivery", _("Delivery address")),
            ("factory", _("Factory address")),
            ("warehouse", _("Warehouse address")),
            ("former", _("Former address")),
            ("home", _("Home address")),
        ),
    ),
]
