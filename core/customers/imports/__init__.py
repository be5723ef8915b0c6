"""Import of companies with their contacts, numbers and addresses out of any table."""

from core.customers.imports.importer import CompanyImporter

__all__ = ["CompanyImporter"]
