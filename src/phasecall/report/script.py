"""The script of the report, and the policy that lets a browser run it and nothing else."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib import resources


@cache
def read_script() -> str:
    """Return the script that shows the genes of a report, as it stands in the page."""
    return (resources.files("phasecall") / "report" / "genes.js").read_text("utf-8")


def write_policy() -> str:
    """Return the content-security policy of a report: its own styles, pictures and script, no request.

    A page says it of itself; who serves it says it in the header, where it cannot be taken out.

    Examples
    --------
    >>> write_policy().split("; ")[0]
    "default-src 'none'"
    """
    digest = base64.b64encode(hashlib.sha256(read_script().encode()).digest()).decode()
    return (
        f"default-src 'none'; script-src 'sha256-{digest}'; style-src 'unsafe-inline'; img-src data:;"
        " base-uri 'none'; form-action 'none'"
    )
