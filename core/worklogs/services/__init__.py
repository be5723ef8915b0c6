"""Writing the work log and reports. Other areas and plugins write entries with `add_log`."""

from core.worklogs.services.logs import add_log, change_log, forget_log, note_contact, remark_on_log
from core.worklogs.services.reports import read_report, remark_on_report, save_report, submit_report

__all__ = [
    "add_log",
    "change_log",
    "forget_log",
    "note_contact",
    "read_report",
    "remark_on_log",
    "remark_on_report",
    "save_report",
    "submit_report",
]
