"""Who comes first is served first: a few runs of pages at a time, while the others wait their turn.

Python runs one thread at a time. If all who click together shared it, all of them would be served last; one after the
other most are served soon, and no longer click together.
"""

import threading

AT_ONCE = 4
"""Runs: one that thinks, and some that wait for the database meanwhile."""
LONGEST = 5.0
"""Seconds before one that waits goes on out of turn: those before it may be waiting for something that never comes."""

_turns = threading.BoundedSemaphore(AT_ONCE)


class Turn:
    """Waits until it is this run's turn."""

    def __init__(self) -> None:
        self.in_time = _turns.acquire(timeout=LONGEST)

    def over(self) -> None:
        """Let the next one in."""
        if self.in_time:
            _turns.release()
