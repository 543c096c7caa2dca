"""Rhythm: how strong, how sure and when - the classical methods, all at the experiment's one period."""

from phasecall.rhythm.cosinor import Cosinor, fit_cosinor
from phasecall.rhythm.fourier import add_fourier, align_fourier, measure_fourier
from phasecall.rhythm.jtk import Jtk, fit_jtk
from phasecall.rhythm.lombscargle import PeriodogramPeak, find_period, judge_period, periodogram
from phasecall.rhythm.noise import Noise, correlation, fit_noise
from phasecall.rhythm.periodicity import judge_rhythm
from phasecall.rhythm.regulation import judge_regulation
from phasecall.rhythm.scores import RhythmScores
from phasecall.rhythm.significance import adjust, combine, rank_score
from phasecall.rhythm.table import RHYTHMS, Rhythm

__all__ = [
    "RHYTHMS",
    "Cosinor",
    "Jtk",
    "Noise",
    "PeriodogramPeak",
    "Rhythm",
    "RhythmScores",
    "add_fourier",
    "adjust",
    "align_fourier",
    "combine",
    "correlation",
    "find_period",
    "fit_cosinor",
    "fit_jtk",
    "fit_noise",
    "judge_period",
    "judge_regulation",
    "judge_rhythm",
    "measure_fourier",
    "periodogram",
    "rank_score",
]
