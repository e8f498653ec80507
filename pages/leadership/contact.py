"""Samtaler, tilbud og Min Plan."""

from metrics.measures import contact
from ui import access, measure

measure.theme_page(contact.THEME, access.guard("figures"))
