"""The report: one page that holds everything it shows."""

from __future__ import annotations

from phasecall.report.page import compose, render
from phasecall.report.script import write_policy

__all__ = ["compose", "render", "write_policy"]
