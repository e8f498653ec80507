"""Who comes first is served first: a few runs of pages at a time, while the others wait their turn.

Python runs one thread at a time. If all who click together shared it, all of them would be served last; one after the
other most are served soon, and no longer click together. Only the script of a page takes a turn: what a button does
before it, a dialog, and a file that is made when it is fetched do not.
"""

import threading
import time
from collections import deque

AT_ONCE = 4
"""Runs: one that thinks, and some that wait for the database meanwhile."""
LONGEST = 5.0
"""Seconds in which nobody is done, before one that waits goes on out of turn: those that run wait for something too."""


class Line:
    """Those who run, and those who wait, the first in front. A turn is handed from one to the next, never let go of."""

    def __init__(self) -> None:
        self.free = AT_ONCE
        self._waiting: deque[threading.Lock] = deque()
        self._moved = time.monotonic()
        self._lock = threading.Lock()

    def join(self) -> bool:
        """Wait until it is one's turn; False: the line stands still, and one goes on without."""
        with self._lock:
            if self.free:
                self.free -= 1
                self._moved = time.monotonic()
                return True
            mine = threading.Lock()
            mine.acquire()
            self._waiting.append(mine)
        while not mine.acquire(timeout=LONGEST):
            with self._lock:
                if mine not in self._waiting:  # it was handed over in this moment
                    return True
                if time.monotonic() - self._moved >= LONGEST:
                    self._waiting.remove(mine)
                    return False
        return True

    def leave(self) -> None:
        """Hand one's turn to the next."""
        with self._lock:
            self._moved = time.monotonic()
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self.free += 1


LINE = Line()


class Turn:
    """Waits until it is this run's turn."""

    def __init__(self) -> None:
        self.in_time = LINE.join()

    def over(self) -> None:
        """Let the next one in."""
        if self.in_time:
            LINE.leave()
