"""Trivsel, progression og resultater: do the youths get better, and where do they end?"""

from ui import access, progression

scope = access.guard("figures")
progression.show(scope)
