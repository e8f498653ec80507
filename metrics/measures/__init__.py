"""The catalogue: every theme with its measures, as an explicit tuple of declarations."""

from metrics.measures import (
    contact,
    coordination,
    education_orders,
    progression,
    sanctions,
    screening,
    support,
    visitation,
)

THEMES = (
    screening.THEME,
    visitation.THEME,
    sanctions.THEME,
    education_orders.THEME,
    contact.THEME,
    support.THEME,
    coordination.THEME,
    progression.THEME,
)
"""In the order leaders see them: first what the audit found that they lacked."""
MEASURES = tuple(measure for theme in THEMES for measure in theme.measures)
DISTRIBUTIONS = tuple(figure for theme in THEMES for figure in theme.distributions)
WAITS = tuple(wait for theme in THEMES for wait in theme.waits)
