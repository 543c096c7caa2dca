"""Phases: named arcs of the turn, and the schemes that cut the turn into them."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from phasecall.errors import find_row

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True)
class Phase:
    """One named arc of the turn.

    Parameters
    ----------
    code
        Place in the scheme, counted from 0; the label of a class in training and evaluation.
    key
        Name in column names and JSON, without spaces or slashes.
    name
        Name shown to people.
    start, end
        Arc in turns; from `start` forward to `end`, which is not part of it.
    aliases
        Other spellings that a label file may use, in lower case.
    """

    code: int
    key: str
    name: str
    start: float
    end: float
    aliases: tuple[str, ...] = ()

    @property
    def centre(self) -> float:
        """Middle of the arc, in turns."""
        return (self.start + self.width / 2) % 1.0

    @property
    def width(self) -> float:
        """Length of the arc, in turns."""
        return (self.end - self.start) % 1.0


@dataclass(frozen=True)
class Scheme:
    """A way to cut the turn into phases, in the order of time from the M/G1 boundary."""

    key: str
    organism: str
    phases: tuple[Phase, ...]
    source: str

    def __len__(self) -> int:
        return len(self.phases)

    def code_of(self, label: str) -> int | None:
        """Return the code of a phase named by key, name, alias or code; None if it is none of them."""
        wanted = label.strip().lower()
        for phase in self.phases:
            if wanted in (phase.key.lower(), phase.name.lower(), str(phase.code), *phase.aliases):
                return phase.code
        return None

    def assign(self, turns: ArrayLike) -> NDArray[np.int64]:
        """Return the code of the phase on whose arc each angle lies; -1 for NaN.

        Examples
        --------
        >>> SCHEMES["four"].assign([0.1, 0.3, 0.99, float("nan")]).tolist()
        [0, 1, 3, -1]
        """
        import numpy as np

        from phasecall.circular import wrap

        angles = np.asarray(turns, dtype=np.float64)
        borders = np.array([phase.start for phase in self.phases])
        codes = np.searchsorted(borders, wrap(angles), side="right") - 1
        return np.where(np.isnan(angles), -1, codes).astype(np.int64)


# Borders of the yeast arcs: the angles at which the published phase changes in the published order of
# the 800 genes (Spellman et al. 1998), turned forward in time and set to 0 at the start of M/G1.
_YEAST = "Spellman et al. 1998, doi 10.1091/mbc.9.12.3273"
# Borders of the human arcs: those that best part the cosinor peaks (period 15.0 h) of the clones with a
# published phase in the third double thymidine course, set to 0 at the start of M/G1.
_HUMAN = "Whitfield et al. 2002, doi 10.1091/mbc.02-02-0030"

SCHEMES = MappingProxyType(
    {
        scheme.key: scheme
        for scheme in (
            Scheme(
                "four",
                "budding yeast",
                (
                    Phase(0, "early_g1", "Early G1", 0.0, 0.173, ("m/g1", "mg1", "g1 early")),
                    Phase(1, "late_g1_s", "Late G1/S", 0.173, 0.566, ("g1", "s", "g1/s", "g1_s", "late g1")),
                    Phase(2, "g2", "G2", 0.566, 0.722, ("s/g2", "s_g2")),
                    Phase(3, "m", "M", 0.722, 0.0, ("g2/m", "g2_m")),
                ),
                _YEAST,
            ),
            Scheme(
                "five",
                "budding yeast",
                (
                    Phase(0, "m_g1", "M/G1", 0.0, 0.173, ("mg1", "early g1", "early_g1")),
                    Phase(1, "g1", "G1", 0.173, 0.465, ("late g1",)),
                    Phase(2, "s", "S", 0.465, 0.566),
                    Phase(3, "g2", "G2", 0.566, 0.722, ("s/g2", "s_g2")),
                    Phase(4, "m", "M", 0.722, 0.0, ("g2/m", "g2_m")),
                ),
                _YEAST,
            ),
            Scheme(
                "human",
                "human",
                (
                    Phase(0, "m_g1", "M/G1", 0.0, 0.276, ("mg1",)),
                    Phase(1, "g1_s", "G1/S", 0.276, 0.652),
                    Phase(2, "s", "S", 0.652, 0.740),
                    Phase(3, "g2", "G2", 0.740, 0.905),
                    Phase(4, "g2_m", "G2/M", 0.905, 0.0, ("m",)),
                ),
                _HUMAN,
            ),
        )
    }
)
"""Every scheme, by key."""


def scheme(key: str) -> Scheme:
    """Return a scheme by its key.

    Raises
    ------
    InputError
        If there is no scheme of that name.

    Examples
    --------
    >>> [phase.name for phase in scheme("four").phases]
    ['Early G1', 'Late G1/S', 'G2', 'M']
    """
    return find_row(SCHEMES, key, "scheme")
