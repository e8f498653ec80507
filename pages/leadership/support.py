"""Mentor og ungeguide: who has somebody at their side?"""

from metrics.measures import support
from ui import access, measure

measure.theme_page(support.THEME, access.guard("figures"))
