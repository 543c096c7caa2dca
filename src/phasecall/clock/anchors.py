"""Anchors: what ties a clock to biology - how the culture was synchronised, or genes whose peak is known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import resources
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from phasecall.circular import difference, distance, mean, wrap
from phasecall.errors import InputError, find_row
from phasecall.labels import encode
from phasecall.phases import Scheme

Floats = NDArray[np.float64]

MARKER_SPREAD = 0.07
"""Standard deviation of a marker's peak about its published turn, turns: .05 to .07 in embedded courses."""

MIN_KNOWN = 5
"""So many known genes with a peak can anchor a clock."""

_BIOLOGY = 0.02
"""Turns by which a culture may be off however many genes are known: the same gene does not peak at quite the
same turn after two synchronisations."""
_NEIGHBOURHOOD = 0.2
"""Turns about a known gene in which others share its weight."""
_MIN_RAYLEIGH = 4.6
"""Effective genes times squared resultant length: directions at random reach it once in a hundred."""


@dataclass(frozen=True)
class Synchronisation:
    """One way to synchronise a culture, and where on the turn it starts.

    Parameters
    ----------
    key, aliases
        Names in options and column headers, in lower case.
    organism
        Whose turn it is.
    turn, spread
        Turn at t = 0, and the standard deviation of that from culture to culture; turns.
    what, source
        What it does to the cells, and where the turn is from.
    """

    key: str
    aliases: tuple[str, ...]
    organism: str
    turn: float
    spread: float
    what: str
    source: str


_FITTED = "fitted to the marker genes of {}"
_ARREST = "the point of arrest on the arcs of the phases; not fitted to data"

SYNCHRONISATIONS: Mapping[str, Synchronisation] = MappingProxyType(
    {
        row.key: row
        for row in (
            Synchronisation(
                "alpha",
                ("alpha-factor", "alpha factor", "alphafactor", "pheromone"),
                "budding yeast",
                0.93,
                0.05,
                "mating pheromone, arrest in G1 before START; genes of M/G1 come first",
                _FITTED.format("Spellman et al. 1998, doi 10.1091/mbc.9.12.3273"),
            ),
            Synchronisation(
                "cdc15",
                (),
                "budding yeast",
                0.93,
                0.05,
                "cdc15-2 at 37 degrees, arrest in late M",
                _FITTED.format("Spellman et al. 1998, doi 10.1091/mbc.9.12.3273"),
            ),
            Synchronisation(
                "cdc28",
                ("cdc28-13",),
                "budding yeast",
                0.01,
                0.05,
                "cdc28-13 at 37 degrees, arrest in G1 at START",
                _FITTED.format("Cho et al. 1998, doi 10.1016/S1097-2765(00)80114-8"),
            ),
            Synchronisation(
                "elutriation",
                ("elu", "elutriated"),
                "budding yeast",
                0.02,
                0.08,
                "small unbudded daughters, early in G1",
                _FITTED.format("Spellman et al. 1998, doi 10.1091/mbc.9.12.3273") + ", of one turn only",
            ),
            Synchronisation(
                "nocodazole-yeast",
                ("nocodazole yeast",),
                "budding yeast",
                0.85,
                0.08,
                "no spindle, arrest in M before anaphase",
                _ARREST,
            ),
            Synchronisation(
                "hydroxyurea-yeast",
                ("hu-yeast",),
                "budding yeast",
                0.45,
                0.08,
                "no deoxynucleotides, arrest early in S",
                _ARREST,
            ),
            Synchronisation(
                "thymidine",
                ("double-thymidine", "double thymidine", "thy-thy", "thythy"),
                "human",
                0.56,
                0.08,
                "excess thymidine twice, arrest at the border of G1 and S",
                _FITTED.format("Whitfield et al. 2002, doi 10.1091/mbc.02-02-0030"),
            ),
            Synchronisation(
                "nocodazole",
                ("thymidine-nocodazole", "thy-noc", "thynoc"),
                "human",
                0.97,
                0.08,
                "no spindle, arrest in prometaphase",
                _ARREST,
            ),
            Synchronisation(
                "hydroxyurea",
                ("hu",),
                "human",
                0.65,
                0.08,
                "no deoxynucleotides, arrest early in S",
                _ARREST,
            ),
            Synchronisation(
                "serum",
                ("serum-starvation", "serum starvation", "starvation"),
                "human",
                0.10,
                0.10,
                "no growth factors, rest in G0; serum sends the cells into G1",
                _ARREST,
            ),
        )
    }
)
"""Every synchronisation whose start is known, by key."""


@dataclass(frozen=True)
class KnownGenes:
    """What is known of where genes peak, for the genes of one course, in its order.

    Parameters
    ----------
    turns
        Shape (n,), turns; NaN = not known.
    spread
        Standard deviation of each about its turn, shape (n,), turns.
    what
        What they are, for people: `marker genes of budding yeast`.
    organism
        Whose turn it is; empty if that was not said.
    """

    turns: Floats
    spread: Floats
    what: str
    organism: str = ""

    def select(self, wanted: NDArray[np.bool_]) -> KnownGenes:
        """Return the same with only some genes known, by a mask over all."""
        return replace(self, turns=np.where(wanted, self.turns, np.nan))

    def join(self, other: KnownGenes) -> KnownGenes:
        """Return the same, and what another source knows of the genes that this one does not."""
        mine = np.isfinite(self.turns)
        return replace(
            self,
            turns=np.where(mine, self.turns, other.turns),
            spread=np.where(mine, self.spread, other.spread),
            what=f"{self.what} and {other.what}",
        )


@dataclass(frozen=True)
class Start:
    """Where an experiment starts.

    Parameters
    ----------
    turn
        Turn at t = 0, [0, 1).
    error
        Half of its 95 % interval, turns.
    n_genes
        How many known genes say so; 0 where the synchronisation does.
    resultant
        How well these agree, [0, 1].
    """

    turn: float
    error: float
    n_genes: int
    resultant: float


def find_synchronisation(name: str | None) -> Synchronisation | None:
    """Return the synchronisation of a key or alias; None if its start is not known.

    Examples
    --------
    >>> find_synchronisation("Elu").key, find_synchronisation("magic")
    ('elutriation', None)
    """
    wanted = (name or "").strip().lower()
    for row in SYNCHRONISATIONS.values():
        if wanted in (row.key, *row.aliases):
            return row
    return None


def find_markers(genes: Sequence[str], organism: str | None = None) -> KnownGenes | None:
    """Return the built-in marker genes among some genes, by systematic name, gene name or alias.

    The 91 of budding yeast are those whose time was known from single-gene work, at the turn published for
    them (Spellman et al. 1998, doi 10.1091/mbc.9.12.3273); the 53 human ones are at the middle of the arc of
    the phase published for them (Whitfield et al. 2002, doi 10.1091/mbc.02-02-0030).

    Parameters
    ----------
    genes
        Names, in any case.
    organism
        Whose markers; those of which most are found, if not given.

    Returns
    -------
    KnownGenes or None
        None if none is found.

    Examples
    --------
    >>> known = find_markers(["CLN2", "yal040c", "no gene"])
    >>> known.turns.tolist(), known.what
    ([0.316, 0.89, nan], 'marker genes of budding yeast')
    """
    sets = _read_markers()
    chosen = sets if organism is None else {organism: find_row(sets, organism, "organism")}
    found = {
        name: np.array([markers.get(g.upper(), np.nan) for g in genes]) for name, markers in chosen.items()
    }
    best = max(found, key=lambda name: int(np.isfinite(found[name]).sum()))
    if np.isnan(found[best]).all():
        return None
    return KnownGenes(found[best], np.full(len(genes), MARKER_SPREAD), f"marker genes of {best}", best)


def know_phases(genes: Sequence[str], labels: Mapping[str, str], scheme: Scheme) -> KnownGenes | None:
    """Return genes of a known phase as genes that peak in the middle of its arc, give or take; None if none.

    Examples
    --------
    >>> from phasecall.phases import SCHEMES
    >>> know_phases(["a", "b"], {"a": "G2"}, SCHEMES["four"]).turns.round(3).tolist()
    [0.644, nan]
    """
    codes = encode(labels, genes, scheme)
    if (codes < 0).all():
        return None
    centres = np.array([phase.centre for phase in scheme.phases])
    # A place anywhere on an arc alike has the standard deviation of its width over the root of 12.
    widths = np.array([phase.width for phase in scheme.phases]) / np.sqrt(12)
    turns = np.where(codes >= 0, centres[codes], np.nan)
    return KnownGenes(turns, widths[codes], "genes of known phase", scheme.organism)


def know_turns(genes: Sequence[str], turns: Mapping[str, str]) -> KnownGenes | None:
    """Return genes of a known turn, as a file of one's own markers has them; None if none is among the genes.

    Raises
    ------
    InputError
        If a turn is no number from 0 to 1.

    Examples
    --------
    >>> know_turns(["a", "b"], {"b": "0.25"}).turns.tolist()
    [nan, 0.25]
    """
    known = np.array([_turn_of(gene, turns[gene]) if gene in turns else np.nan for gene in genes])
    if np.isnan(known).all():
        return None
    return KnownGenes(known, np.full(len(genes), MARKER_SPREAD), "marker genes given")


def _turn_of(gene: str, text: str) -> float:
    try:
        turn = float(text)
    except ValueError:
        turn = np.nan
    if not 0 <= turn <= 1:
        raise InputError(
            "a marker's turn cannot be read",
            expected="a number from 0 (the start of M/G1) to 1",
            found=f"'{text}'",
            where=f"gene {gene}",
            fix="for phases instead of turns, use --labels",
        )
    return float(wrap(turn))


def find_start(moved: Floats, error: Floats, known: KnownGenes) -> Start | None:
    """Return where an experiment starts, from how far it has moved when known genes peak.

    The circular mean of known turn minus turns moved, each weighted by what both may be off, and by how few
    others are known about its turn: most markers crowd in late G1, and would decide alone.

    Parameters
    ----------
    moved, error
        Turns since t = 0 at each gene's peak, and its standard error; shape (n,), NaN = no peak.
    known
        Known genes.

    Returns
    -------
    Start or None
        None if too few known genes have a peak, or these disagree as random ones would.
    """
    usable = np.isfinite(known.turns) & np.isfinite(moved) & np.isfinite(error)
    if usable.sum() < MIN_KNOWN:
        return None
    starts = wrap(known.turns[usable] - moved[usable])
    weight = 1 / (error[usable] ** 2 + known.spread[usable] ** 2)
    weight /= (distance(known.turns[usable][:, None], known.turns[usable]) <= _NEIGHBOURHOOD) @ weight
    centre, resultant = mean(starts, weight)
    n_effective = float(weight.sum() ** 2 / (weight**2).sum())
    if n_effective * resultant**2 < _MIN_RAYLEIGH:
        return None
    off = difference(starts, centre)
    variance = float((weight * off**2).sum() / weight.sum())
    standard_error = np.sqrt(variance * (weight**2).sum() / weight.sum() ** 2 + _BIOLOGY**2)
    return Start(centre, 1.96 * float(standard_error), int(usable.sum()), resultant)


def _read_markers() -> dict[str, dict[str, float]]:
    """Return the built-in markers: organism to name in capitals to turn."""
    text = (resources.files("phasecall") / "data" / "markers.tsv").read_text("utf-8")
    sets: dict[str, dict[str, float]] = {}
    for line in text.splitlines()[1:]:
        organism, gene, aliases, _, turn = line.split("\t")
        for name in (gene, *filter(None, aliases.split("|"))):
            sets.setdefault(organism, {})[name.upper()] = float(turn)
    return sets
