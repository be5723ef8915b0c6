"""Rights in words: groups, scopes, actions, and what the audit trail calls things."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from core.auth.access import Source
from core.i18n import _, p_
from core.plugin import Permission

GROUPS = {
    "staff": _("Staff"),
    "supervisor": _("Supervisor"),
    "decision_maker": _("Decision maker"),
    "system_administrator": _("System administrator"),
    "finance": _("Finance"),
}
SCOPES = {
    "none": p_("scope", "None"),
    "own": p_("scope", "Own"),
    "subordinates": p_("scope", "Own and subordinates'"),
    "department": p_("scope", "Department's"),
    "all": p_("scope", "All"),
}
SWITCH = {"none": p_("right", "No"), "all": p_("right", "Yes")}
ACTIONS = {
    "query": p_("right", "Query"),
    "read": p_("right", "Read"),
    "read_reviewed": p_("right", "Read reviewed"),
    "private": p_("right", "Private fields"),
    "create": p_("right", "Add"),
    "edit": p_("right", "Write"),
    "delete": p_("right", "Delete"),
    "review": p_("right", "Review"),
    "assign": p_("right", "Assign"),
    "print": p_("right", "Print"),
    "export": p_("right", "Export"),
    "mail": p_("right", "Mail"),
    "copy": p_("right", "Copy of one's data"),
    "erase": p_("right", "Erase and hold"),
    "duplicate": p_("right", "Keep duplicates"),
    "claim": p_("right", "Claim"),
    "admin": p_("right", "Manage"),
    "share": p_("right", "Share"),
    "send": p_("right", "Give to many"),
}
FIELD_CLASSES = {
    "brief": p_("fields", "brief"),
    "inner": p_("fields", "inner"),
    "private": p_("fields", "private"),
}
KINDS = {
    "create": p_("trail", "Added"),
    "edit": p_("trail", "Changed"),
    "delete": p_("trail", "Deleted"),
    "sign_in": p_("trail", "Signed in"),
    "sign_in_failed": p_("trail", "Sign-in failed"),
    "sign_out": p_("trail", "Signed out"),
    "password": p_("trail", "Password set"),
    "rights": p_("trail", "Rights changed"),
    "export": p_("trail", "Exported"),
    "import": p_("trail", "Imported"),
    "print": p_("trail", "Printed"),
    "mail": p_("trail", "Mailed"),
    "view": p_("trail", "Looked at"),
    "api": p_("trail", "Read by a program"),
    "download": p_("trail", "Downloaded"),
    "duplicate": p_("trail", "Kept as a duplicate"),
    "merge": p_("trail", "Merged"),
    "reentered": p_("trail", "Entered again after an erasure"),
    "erase": p_("trail", "Erased"),
    "hold": p_("trail", "Held"),
    "release": p_("trail", "Released"),
    "copy": p_("trail", "Copy of the data"),
    "cleanup": p_("trail", "Old lines removed"),
    "plugin": p_("trail", "Module switched"),
    "import_undo": p_("trail", "Import to be undone"),
    "import_undone": p_("trail", "Import undone"),
}
ENTITIES = {
    "core_user": _("Account"),
    "core_group": _("Group"),
    "core_department": _("Department"),
    "core_grant": _("Single right"),
    "core_setting": _("Setting"),
    "core_dictionary_entry": _("Dictionary entry"),
    "core_division": _("Administrative division"),
    "core_plugin_state": _("Module"),
    "core_audit": _("Audit trail"),
    "core_company_alias": _("Other name"),
    "core_phone": _("Telephone numbers"),
    "core_address": _("Addresses"),
    "core_company_relation": _("Partners"),
    "core_standing_rule": _("Rule of customer types"),
    "core_api_token": _("Access token"),
    "core_contact_bar": _("Do not contact"),
    "core_consent": _("Consent"),
    "core_import_batch": p_("trail", "Import"),
    "core_owner_change": p_("trail", "Change of owner"),
    "core_standing_change": p_("trail", "Change of the customer's type"),
    "core_credit_rating": p_("trail", "Credit rating"),
    "core_distinct": p_("trail", "Not the same customer"),
    "core_contact_distinct": p_("trail", "Not the same contact"),
    "core_merge": p_("trail", "Merger"),
    "core_tag": p_("trail", "Tag"),
    "core_segment": p_("trail", "Segment"),
    "core_list_view": p_("trail", "Saved view"),
    "core_custom_field": p_("trail", "Own field"),
    "core_festival": p_("trail", "Festival"),
    "core_greeting": p_("trail", "Greeting"),
    "core_calendar_day": p_("trail", "Day of the calendar"),
    "core_worklog_remark": p_("trail", "Remark on a log"),
    "core_workreport_remark": p_("trail", "Remark on a report"),
    "core_privacy_erasure": p_("trail", "Erasure"),
    "plugin": _("Module"),
}
COLUMNS = {
    "username": _("User name"),
    "name": _("Name"),
    "title": p_("group", "Title"),
    "active": p_("account", "Open"),
    "must_change_password": _("Must change the password"),
    "department_id": _("Department"),
    "supervisor_id": _("Supervisor"),
    "gender": _("Gender"),
    "birth_date": _("Birth date"),
    "region": p_("account", "Region"),
    "position": _("Position"),
    "phone": _("Phone"),
    "email": _("Email"),
    "address": _("Address"),
    "appraisal": _("Appraisal level"),
    "own_note": _("Own note"),
    "supervisor_note": _("Supervisor's note"),
    "groups": _("Groups"),
    "parent_id": _("Above it"),
    "retired": _("Retired"),
    "password_hash": _("Password"),
    "owner_id": _("Owner"),
    "review_state": _("State of review"),
    "query": p_("trail", "Conditions"),
    "columns": p_("trail", "Columns"),
    "rows": p_("trail", "Rows"),
    "format": p_("trail", "Format"),
    "cut": p_("trail", "Cut off at the limit"),
    "sha256": p_("trail", "Fingerprint of the file"),
    "nouns": p_("trail", "It may read"),
    "private": p_("trail", "Private fields too"),
    "prefix": p_("trail", "Begins with"),
    "expires_on": p_("trail", "Last day"),
    "kind": p_("trail", "Kind"),
    "number": p_("trail", "Number"),
    "text": _("Address"),
    "recipient": p_("trail", "Recipient"),
    "postcode": _("Postcode"),
    "province": _("Province"),
    "city": _("City"),
    "district": _("District"),
    "contact_id": p_("trail", "Contact"),
    "division_code": p_("trail", "Division code"),
    "channel": p_("trail", "Channel"),
    "set_on": p_("trail", "Day"),
    "set_by_id": p_("trail", "Person"),
    "reviewed_by_id": p_("trail", "First review by"),
    "confirmed_by_id": p_("trail", "Second review by"),
    "reviewed_at": p_("trail", "First review at"),
    "confirmed_at": p_("trail", "Second review at"),
    "group_id": _("Group"),
    "user_id": _("Account"),
    "code": p_("trail", "Right"),
    "scope": p_("trail", "Scope"),
    "resource": p_("trail", "Kind of records"),
    "file": p_("trail", "File"),
    "created": p_("trail", "New"),
    "updated": p_("trail", "Updated"),
    "error": p_("trail", "Errors"),
    "ended_at": p_("trail", "Ended at"),
    "end_reason": p_("trail", "Why it ended"),
    "entered_at": p_("trail", "Entered at"),
    "changed_at": p_("trail", "Changed at"),
    "rated_at": p_("trail", "Rated at"),
    "entered_by_id": p_("trail", "Entered by"),
    "changed_by_id": p_("trail", "Changed by"),
    "rated_by_id": p_("trail", "Rated by"),
    "taken_by_id": p_("trail", "Taken by"),
    "before_id": p_("rights", "Before"),
    "after_id": p_("rights", "After"),
    "before": p_("rights", "Before"),
    "after": p_("rights", "After"),
    "conditions": p_("trail", "Conditions"),
    "reason": p_("trail", "Reason"),
    "note": _("Note"),
    "remark": _("Remark"),
    "rating": p_("trail", "Rating"),
    "limit": p_("trail", "Credit limit"),
    "valid_until": p_("trail", "Valid until"),
    "purpose": p_("trail", "Purpose"),
    "given": p_("trail", "Agreed"),
    "way": p_("trail", "How it was stated"),
    "wording": p_("trail", "Wording"),
    "stated_on": p_("trail", "Stated on"),
    "evidence": p_("trail", "Evidence"),
    "invalid": p_("trail", "No longer valid"),
    "do_not_contact": _("Do not contact"),
    "do_not_use": p_("trail", "Not to be used"),
    "do_not_sms": p_("trail", "No short messages"),
    "template": p_("trail", "Template"),
    "pages": p_("trail", "Pages"),
    "dictionary": p_("trail", "Dictionary"),
    "records": p_("trail", "Records"),
    "removed": p_("trail", "Removed"),
    "title_en": p_("trail", "English title"),
    "hint": p_("trail", "Hint"),
    "hint_en": p_("trail", "English hint"),
    "section": p_("trail", "Section"),
    "section_en": p_("trail", "English section"),
    "field_class": p_("trail", "Who sees it"),
    "required": p_("trail", "Required"),
    "default_column": p_("trail", "Shown in lists"),
    "sortable": p_("trail", "Sortable"),
    "only_once": p_("trail", "Without doubles"),
    "checked": p_("trail", "A change is reviewed"),
    "description": p_("trail", "Description"),
    "audience": p_("trail", "For whom"),
    "frozen": p_("trail", "Fixed list"),
    "watched": p_("trail", "Entries are told"),
    "tone": p_("trail", "Colour"),
    "other_id": p_("trail", "The other record"),
    "primary_contact_id": _("Primary contact"),
    "general_manager_id": _("General manager, as a contact"),
    "sales_head_id": _("Sales contact, as a contact"),
    "publicity_head_id": _("Publicity contact, as a contact"),
}
"""Names of columns that no Resource declares."""
OF_TABLE = {
    ("core_dictionary_entry", "code"): p_("trail", "Code"),
    ("core_dictionary_entry", "position"): p_("trail", "Place in the list"),
    ("core_dictionary_entry", "merged_into"): p_("trail", "Merged into"),
    ("core_division", "code"): _("Division code"),
    ("core_division", "short_name"): _("Short name"),
    ("core_division", "area_code"): _("Area code"),
    ("core_division", "parent_code"): _("Above it"),
    ("core_division", "position"): p_("trail", "Place in the list"),
    ("core_division", "merged_into"): p_("trail", "Merged into"),
    ("core_custom_field", "position"): p_("trail", "Place in the list"),
    ("core_custom_field", "name"): p_("trail", "Code"),
    ("core_need", "text"): p_("trail", "Text"),
}
"""Names of columns that are called otherwise in these tables."""
CODES = {
    ("core_need", "kind"): "need",
    ("core_contact_bar", "channel"): "contact_channel",
    ("core_consent", "channel"): "contact_channel",
    ("core_consent", "purpose"): "consent_purpose",
    ("core_consent", "way"): "consent_way",
    ("core_credit_rating", "rating"): "credit_rating",
    ("core_standing_change", "before"): "standing",
    ("core_standing_change", "after"): "standing",
    ("core_standing_rule", "before"): "standing",
    ("core_standing_rule", "after"): "standing",
}
"""The dictionaries of codes that stand in columns which no Resource declares."""
PEOPLE = frozenset({"owner_id", "author_id", "user_id", "supervisor_id", "set_by_id"})
"""Columns with the number of an account, besides those that end in `_by_id`."""
CONTACTS = frozenset({"contact_id", "primary_contact_id", "general_manager_id", "sales_head_id", "publicity_head_id"})
"""Columns with the number of a contact."""
AUDIENCES = {
    "private": p_("audience", "Only the owner"),
    "group": p_("audience", "A group"),
    "department": p_("audience", "A department"),
    "everybody": p_("audience", "The whole company"),
}
"""With whom a view or a segment is shared."""
DERIVED = frozenset(
    {
        "id", "digits", "tail", "name_key", "sort_key", "address_key", "place_key", "company_id", "created_at",
        "owner_key", "indexed", "path", "from_key",
    }
)  # fmt: skip
"""Columns of which a line tells nothing that it does not tell in another place."""
PART_KINDS = {"core_phone": "phone_kind", "core_email": "email_kind", "core_address": "address_kind"}
"""The dictionary of the kind of a number or an address."""


def group_title(name: str, title: str = "") -> Any:
    """Give what people call a group."""
    return GROUPS.get(name) or title or name


def action_title(permission: Permission) -> Any:
    """Give what people call the action of a right; a plugin's own action by its code."""
    return ACTIONS.get(permission.action, permission.action)


def right_title(permission: Permission) -> Any:
    """Name a right in full."""
    if permission.action in ("admin", "share"):
        return permission.title
    return _("%(thing)s: %(action)s", thing=permission.title, action=action_title(permission))


def scopes_of(permission: Permission) -> Mapping[str, Any]:
    """Give the scopes that a right can be held for, with their words."""
    return SCOPES if permission.scoped else SWITCH


def source_words(source: Source, permission: Permission, titles: Callable[[str], Any]) -> Any:
    """Say where a right comes from; `titles` names a group."""
    scope = scopes_of(permission).get(source.scope, source.scope)
    if source.kind == "denied":
        return _("Denied to this account")
    if source.kind == "personal":
        return _("Given to this account: %(scope)s", scope=scope)
    if source.kind == "capped":
        return _("Not wider than the right on the record it belongs to: %(scope)s", scope=scope)
    return _("Group %(group)s: %(scope)s", group=titles(source.name), scope=scope)
