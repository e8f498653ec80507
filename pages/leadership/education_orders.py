"""Uddannelsespålæg: are orders given, followed up and carried over to the education?"""

from metrics.measures import education_orders
from ui import access, measure

measure.theme_page(education_orders.THEME, access.guard("figures"))
