"""Naming: samples as people know them."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray


def name_arrays(times: NDArray[np.float64], columns: Iterable[int]) -> tuple[str, ...]:
    """Return samples as text: by their time, and by their place where several have the same.

    Examples
    --------
    >>> name_arrays(np.array([0.0, 7.0, 7.0]), [0, 2])
    ('0 min', '7 min (sample 3)')
    """
    return tuple(
        f"{times[one]:g} min" + (f" (sample {one + 1})" if (times == times[one]).sum() > 1 else "")
        for one in columns
    )
