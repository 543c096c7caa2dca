"""The clock: what all genes of one experiment share, and what ties minutes to turns."""

from phasecall.clock.anchors import (
    SYNCHRONISATIONS,
    KnownGenes,
    Synchronisation,
    find_markers,
    find_synchronisation,
    know_phases,
    know_turns,
)
from phasecall.clock.estimate import estimate_clock, find_peaks
from phasecall.clock.findings import ClockEstimate
from phasecall.clock.labelled import align_clock, fit_clock
from phasecall.clock.peaks import Peaks, fit_waves, measure_peaks
from phasecall.clock.record import CDC15, Clock

__all__ = [
    "CDC15",
    "SYNCHRONISATIONS",
    "Clock",
    "ClockEstimate",
    "KnownGenes",
    "Peaks",
    "Synchronisation",
    "align_clock",
    "estimate_clock",
    "find_markers",
    "find_peaks",
    "find_synchronisation",
    "fit_clock",
    "fit_waves",
    "know_phases",
    "know_turns",
    "measure_peaks",
]
