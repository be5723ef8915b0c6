"""Import of contacts: a file with one person a row, at companies that are found, or made where that is wanted."""

from core.customers.imports.contacts.importer import ContactImporter

__all__ = ["ContactImporter"]
