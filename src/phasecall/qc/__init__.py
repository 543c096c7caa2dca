"""Quality control: whether an experiment can be trusted, and what to do about it."""

from phasecall.qc.finding import Finding, Verdict

__all__ = ["Finding", "Verdict"]
