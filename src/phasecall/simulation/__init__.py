"""Simulation: cultures whose truth is known, and the Bayes-optimal answer."""

from phasecall.simulation.culture import Culture, Expression, Measurement, Population
from phasecall.simulation.optimum import posterior
from phasecall.simulation.population import attenuate
from phasecall.simulation.presets import REALISTIC, Preset
from phasecall.simulation.prior import draw_culture, draw_times
from phasecall.simulation.simulator import NINE_POINTS, Simulation, simulate
from phasecall.simulation.waveforms import KINDS

__all__ = [
    "KINDS",
    "NINE_POINTS",
    "REALISTIC",
    "Culture",
    "Expression",
    "Measurement",
    "Population",
    "Preset",
    "Simulation",
    "attenuate",
    "draw_culture",
    "draw_times",
    "posterior",
    "simulate",
]
