"""Every enumerated value of the register, as declarations; administrators overlay them."""

from core.customers.dictionaries import company, contact, places, trade

DICTIONARIES = [*company.DICTIONARIES, *contact.DICTIONARIES, *trade.DICTIONARIES, *places.DICTIONARIES]

__all__ = ["DICTIONARIES"]
