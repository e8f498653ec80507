"""Screening: is the first interview and the test held in time?"""

from metrics.measures import screening
from ui import access, measure

measure.theme_page(screening.THEME, access.guard("figures"))
