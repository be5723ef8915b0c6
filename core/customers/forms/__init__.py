"""Forms of companies and contacts."""

from core.customers.forms.company import CompanyForm
from core.customers.forms.contact import ContactForm
from core.customers.forms.small import CreditForm, OwnerForm, ReasonForm, ReleaseForm, StandingForm

__all__ = ["CompanyForm", "ContactForm", "CreditForm", "OwnerForm", "ReasonForm", "ReleaseForm", "StandingForm"]
