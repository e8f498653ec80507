"""Visitation og ventetid: are youths placed in time, and how long do they wait?"""

from metrics.measures import visitation
from ui import access, measure

measure.theme_page(visitation.THEME, access.guard("figures"))
