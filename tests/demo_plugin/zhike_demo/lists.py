"""The resources with the forms and services by which programs write them."""

from __future__ import annotations

from dataclasses import replace

from zhike_demo import resources
from zhike_demo.forms import VisitForm
from zhike_demo.services import change_visit, make_visit

VISIT = replace(resources.VISIT, form=VisitForm.of_record, create=make_visit, change=change_visit)
