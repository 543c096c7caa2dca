"""The report: one page that holds everything it shows."""

from __future__ import annotations

from phasecall.report.page import render

__all__ = ["render"]
