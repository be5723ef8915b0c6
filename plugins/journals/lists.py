"""The Resources with the forms and services by which programs write them."""

from __future__ import annotations

from dataclasses import replace

from plugins.journals import resources
from plugins.journals.forms import PublicationForm
from plugins.journals.services.publications import change_publication, enter_publication

PUBLICATION = replace(
    resources.PUBLICATION, form=PublicationForm.of_record, create=enter_publication, change=change_publication
)
RESOURCES = [PUBLICATION if one is resources.PUBLICATION else one for one in resources.RESOURCES]
