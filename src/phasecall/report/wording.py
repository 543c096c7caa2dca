"""What the report says in words: what each column of the table means."""

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
