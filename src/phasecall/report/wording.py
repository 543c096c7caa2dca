"""What the report says in words: what columns, flags and verdicts mean."""

from __future__ import annotations

from types import MappingProxyType

COLUMNS = MappingProxyType(
    {
        "gene": "name, as given",
        "phase": "called phase; empty where it is withheld",
        "p_…": "probability of each phase; they sum to 1",
        "confidence": "probability of the most probable phase",
        "phase_set": "phases that the gene may belong to: such sets hold the right one of 90 % of genes in"
        " experiments like those they were calibrated on; empty where no such promise exists, in calls of the"
        " published network or by the clock alone",
        "abstained": "true where the phase is withheld",
        "reason": "why the phase is withheld",
        "peak_time": "minute of the peak, the first at or after 0",
        "peak_turn": "the same as a share of the cell cycle from the M/G1 boundary; empty without an anchor",
        "peak_lo": "lower end of the peak's 95 % interval, minutes",
        "peak_hi": "upper end of the peak's 95 % interval, minutes",
        "period": "minutes of one cell cycle, one number for the experiment",
        "amplitude": "half of peak minus trough of the fitted wave, in the unit of the input",
        "periodic_p": "p value of periodicity: the wave against a flat line",
        "periodic_q": "the same, corrected for the number of genes (Benjamini and Hochberg)",
        "rank": "1 is the most periodic gene; 0 where there is no p value",
        "n_observed": "time points with a value, of those the method reads",
        "n_missing": "time points without one",
        "novelty": "p value of being like the other genes of the experiment; empty where nothing can be said",
        "flags": "codes of what else to know about the gene",
    }
)
"""What each column of the call table means; one line stands for all columns of probabilities."""

FLAGS = MappingProxyType(
    {
        "filled": "gaps were filled linearly in time, for the network only",
        "weak_rhythm": "a gene without any rhythm would look as periodic more often than once in twenty",
        "experiments_disagree": "it peaks elsewhere in one experiment than in another",
        "peak_outside_phase": "its peak lies on the arc of another phase than the most probable one",
        "under_one_cycle": "less than a turn was measured: a peak outside the times is an extrapolation",
        "two_peaks": "two peaks a turn",
        "other_period": "a wave of another period than the clock's describes it, too",
        "spike": "one sample is far from what all others predict",
        "strong_not_periodic": "strong, and not with the clock: a change of level, a trend or a recovery",
        "shifted": "it peaks elsewhere in one experiment than in the others",
        "contradicts_label": "it peaks elsewhere than the labels given have it",
    }
)
"""What each flag of the call table means."""

VERDICTS = MappingProxyType(
    {
        "ok": "Nothing speaks against this experiment.",
        "warn": "The experiment can be used, with care: read the findings below first.",
        "fail": "Do not trust these calls before the findings below are dealt with.",
        "unknown": "These data are too few to tell whether the experiment can be trusted.",
    }
)
"""What the verdict of quality control means for who reads the calls."""
