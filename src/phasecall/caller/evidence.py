"""Evidence: what one experiment says of its genes, on its own clock, before it is called or fused."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from phasecall.caller.clock import call_by_clock
from phasecall.caller.rules import Floats
from phasecall.calls import Calls
from phasecall.clock import ClockEstimate, KnownGenes
from phasecall.embedding import embed_course
from phasecall.modelfile import ModelFile
from phasecall.novelty import Profiles
from phasecall.phases import Scheme
from phasecall.points import LEAST_CYCLES, MOST_CYCLES, MOST_POINTS
from phasecall.reading import Reading, read_course
from phasecall.timecourse import Note, TimeCourse


@dataclass(frozen=True)
class Evidence:
    """What one experiment says of its genes.

    Parameters
    ----------
    name
        What the experiment is called in output.
    plain
        The calls by its clock alone: rhythm, amplitude and number of values are theirs.
    estimate
        Its clock.
    reading
        What the network says of each gene; None where the experiment cannot be read.
    fault
        Why it is no evidence of phases, as the end of a sentence; empty where it is.
    remarks
        What else to know about it.
    embed
        Gives the network's embedding of each gene of the course; None where the experiment cannot be read.
    profiles
        What novelty is judged by; None without a clock.
    """

    name: str
    plain: Calls
    estimate: ClockEstimate
    reading: Reading | None
    fault: str
    remarks: tuple[Note, ...] = ()
    embed: Callable[[], Floats] | None = None
    profiles: Profiles | None = None

    @property
    def placed(self) -> bool:
        """Whether its clock is on the cell cycle: whether its minutes are turns."""
        return is_placed(self.estimate)

    @property
    def shown(self) -> bool:
        """Whether it is on the cell cycle, and nothing speaks against its period but what is known of it."""
        doubts = {"weak_clock", "under_one_cycle"} & {note.code for note in self.estimate.notes}
        return self.placed and not doubts


def is_placed(estimate: ClockEstimate) -> bool:
    """Return whether a clock is sure, and tied to the cell cycle."""
    return estimate.sure and bool(np.isfinite(estimate.clock.turn_at_zero))


def find_timed(experiments: Sequence[Evidence]) -> Evidence | None:
    """Return the experiment whose minutes stand for all: the first whose period shows, if one does."""
    placed = [one for one in experiments if one.placed]
    return next((one for one in placed if one.shown), placed[0] if placed else None)


def gather_evidence(
    course: TimeCourse,
    estimate: ClockEstimate,
    scheme: Scheme,
    source: ModelFile,
    remarks: tuple[Note, ...],
    known: KnownGenes | None = None,
) -> Evidence:
    """Read an experiment on its clock.

    It cannot be read without a clock, without one that is tied to the cell cycle, or with more times or turns
    than the network was trained on. Where it has fewer turns it is read, and is no evidence all the same.

    Parameters
    ----------
    course
        The experiment. Interpolated times are not used.
    estimate
        Its clock.
    scheme
        The phases wanted.
    source
        The network.
    remarks
        What else to know about the experiment.
    known
        Genes whose peak the user knows.
    """
    times = course.times[course.measured()]
    cycles = estimate.clock.cycles(times)
    reading, fault = None, ""
    if not estimate.sure:
        fault = "it has no clock"
    elif not np.isfinite(estimate.clock.turn_at_zero):
        fault = "nothing ties its clock to the cell cycle"
    elif times.size > MOST_POINTS or cycles > MOST_CYCLES:
        fault = (
            f"{times.size} time points over {cycles:.1f} turns: the network was trained on at most"
            f" {MOST_POINTS} over at most {MOST_CYCLES:g}"
        )
    else:
        reading = read_course(course, estimate, source)
        if cycles < LEAST_CYCLES:
            fault = f"it covers {cycles:.2f} of a turn: the network was trained on {LEAST_CYCLES:g} or more"
    plain = call_by_clock(course, estimate, scheme)
    embed = None if reading is None else partial(embed_course, course, estimate, source)
    profiles = _lay_profiles(course, estimate, None if fault else reading, known) if estimate.sure else None
    return Evidence(course.name, plain, estimate, reading, fault, remarks, embed, profiles)


def _lay_profiles(
    course: TimeCourse, estimate: ClockEstimate, reading: Reading | None, known: KnownGenes | None
) -> Profiles:
    measured = course.select_times(course.measured())
    noise = estimate.noise_at(measured.times)
    density = None if reading is None else reading.natural
    return Profiles(
        course.name, measured.values, measured.times, estimate.clock, noise, density=density, known=known
    )
