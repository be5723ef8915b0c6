"""What the shared pages, the import, the export and the API know of companies and contacts."""

from core.customers.resources.company import COMPANY
from core.customers.resources.contact import CONTACT

__all__ = ["COMPANY", "CONTACT"]
