"""What tables and rules are called."""

from __future__ import annotations

from core.i18n import _

TABLES = {
    "core_email": _("E-mail addresses"),
    "core_address": _("Further addresses"),
    "core_contact_bar": _("What must not be done"),
    "core_consent": _("Consents"),
    "core_review_step": _("Steps of reviews"),
    "core_merge": _("Merges"),
    "core_merge_entry": _("Ledgers of merges"),
    "core_import_row": _("Rows of imports"),
    "core_event": _("Stored events"),
    "core_job_run": _("Runs of jobs"),
    "core_delivery": _("Deliveries of events"),
    "core_session": _("Sessions"),
    "core_list_view": _("Saved views"),
    "core_print_run": _("Prints"),
    "core_audit": _("Lines of the audit trail"),
    "core_need": _("Needs"),
    "core_owner_change": _("Changes of owner"),
    "core_standing_change": _("Changes of rating"),
    "core_credit_rating": _("Ratings of credit"),
    "journals_delivery": _("Recipients of journals"),
    "core_task_step": _("Steps of tasks"),
    "core_worklog_remark": _("Remarks on the work log"),
    "core_workreport_remark": _("Remarks on work reports"),
    "core_external_reference": _("Ids in other systems"),
    "core_segment": _("Segments"),
    "core_segment_member": _("Places on fixed lists"),
    "core_tagging": _("Tags"),
    "core_star": _("Bookmarks"),
    "core_draft": _("Drafts of forms"),
    "core_message": _("Messages"),
    "core_message_words": _("Words of messages"),
    "core_search_doc": _("Search index"),
    "core_contact_pair": _("Pairs of likely duplicates"),
    "core_contact_distinct": _("Pairs that are not one"),
    "journals_call": _("Calls of the phone desk"),
    "journals_held_line": _("Copies held back"),
    "core_privacy_erasure": _("Erasures"),
}
RULES = {
    "left": _("Contacts who left"),
    "private": _("Personal fields of people without contact since"),
    "request": _("Answered requests"),
}
