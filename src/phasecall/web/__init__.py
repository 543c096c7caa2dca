"""The web: what `phasecall serve` shows."""
