"""Pages of personal data."""

from core.privacy.views import oversight as oversight
from core.privacy.views import people as people
from core.privacy.views import requests as requests
from core.privacy.views.base import blueprint as blueprint
