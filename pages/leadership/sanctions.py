"""Udeblivelser og sanktioner: is every no-show decided upon, and rightly?"""

from metrics.measures import sanctions
from ui import access, measure

measure.theme_page(sanctions.THEME, access.guard("figures"))
