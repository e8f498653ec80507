"""K-møder og tværgående indsats."""

from metrics.measures import coordination
from ui import access, measure

measure.theme_page(coordination.THEME, access.guard("figures"))
