"""Pages of customers and contacts."""

from core.customers.views import barring as barring
from core.customers.views import calls as calls
from core.customers.views import cards as cards
from core.customers.views import companies as companies
from core.customers.views import contacts as contacts
from core.customers.views import divisions as divisions
from core.customers.views import duplicates as duplicates
from core.customers.views import joining as joining
from core.customers.views import lookups as lookups
from core.customers.views import merging as merging
from core.customers.views import places as places
from core.customers.views import pool as pool
from core.customers.views import record as record
from core.customers.views import using as using
from core.customers.views.base import blueprint as blueprint
