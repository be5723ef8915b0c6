"""Reads province, city and district with code, postcode and area code out of the text of an address."""

from __future__ import annotations

from core.customers.addresses.parser import Place, parse_address

__all__ = ["Place", "parse_address"]
