"""The caller: from time courses to calls, by a trained network or by the clock of the experiment."""

from phasecall.caller.anchoring import find_organism, scheme_of
from phasecall.caller.choice import apportion, call, open_model, tell_clock
from phasecall.caller.network import name_network
from phasecall.caller.rules import MIN_CONFIDENCE, WEAK_RHYTHM_P

__all__ = [
    "MIN_CONFIDENCE",
    "WEAK_RHYTHM_P",
    "apportion",
    "call",
    "find_organism",
    "name_network",
    "open_model",
    "scheme_of",
    "tell_clock",
]
