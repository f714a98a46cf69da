"""Waiting for a state by asking for it until it is there, and never by sleeping for a time that should be enough.

TIMEOUT is not an estimate of a duration. It ends a test that would wait for ever."""
import os
import time

TIMING = os.environ.get('NEPHOS_TIMING', 'fast')        # --timing of the nephos that is tested
CLOCK = os.environ.get('NEPHOS_CLOCK', 'real')          # --clock: real, or a speed such as 40x or 0.2x
SPEED = 1.0 if CLOCK == 'real' else float(CLOCK.rstrip('x'))
TIMEOUT = 180 / min(SPEED, 1)        # real seconds
INTERVAL = 0.05                       # real seconds between two requests


def until(look, is_wanted, what):
    """Calls `look` until what it returns is wanted, and returns that. `what` says in the error what was waited for."""
    end = time.monotonic() + TIMEOUT
    while not is_wanted(seen := look()):
        assert time.monotonic() < end, '%s: still %s after %d s' % (what, seen, TIMEOUT)
        time.sleep(INTERVAL)
    return seen
