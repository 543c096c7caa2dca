"""The tracks: one table of what methods are judged on, what a figure there says, and groups of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import Literal

from phasecall.benchmark.sources import (
    COMPLETE_CDC15,
    N_SIMULATED,
    load_circadian,
    load_embedded,
    load_human,
    load_recovery,
    load_simulated,
    load_thinned,
    load_transfer,
    load_unseen,
)
from phasecall.benchmark.task import Split, Task, ask_all, split_by_draw, split_by_fold
from phasecall.labels import N_FOLDS
from phasecall.simulation import Culture

N_DRAWS = 30

Kind = Literal["folds", "draws", "whole", "genome"]
_SPLITS: Mapping[Kind, Callable[[Task, int], Split]] = MappingProxyType(
    {"folds": split_by_fold, "draws": split_by_draw, "whole": ask_all, "genome": ask_all}
)
_FOLDS = tuple(range(N_FOLDS))


@dataclass(frozen=True)
class Track:
    """One benchmark task and what it means.

    Parameters
    ----------
    key, title
        Names in options and JSON, and for people.
    scheme
        Key of the scheme of its labels.
    what
        What a figure on this track says, in a few sentences.
    load
        Makes the task; always the same one.
    kind
        `folds`: each fold is asked for in turn, by methods that know the others. `draws`: some labels are
        drawn from the others. `whole`: all labelled genes, and nothing to learn from. `genome`: genes are
        ordered by how periodic they are, and known ones looked for at the top.
    parts
        The folds or draws that count.
    simulated
        Whether its genes are simulated, so that the best possible answer is known.
    nine
        Whether it has the nine time points of the published model: `phasecall evaluate` judges on it.
    many
        Whether it is one of many alike or of many fits: slow methods are run only where they are named.
    """

    key: str
    title: str
    scheme: str
    what: str
    load: Callable[[], Task]
    kind: Kind = "folds"
    parts: tuple[int, ...] = _FOLDS
    simulated: bool = False
    nine: bool = False
    many: bool = False

    def split(self, task: Task, part: int) -> Split:
        """Return which genes of its task are learnt from and asked for in a part."""
        return _SPLITS[self.kind](task, part)


_PUBLISHED = "judged by their published phases (Spellman et al. 1998), which rest on all experiments"
_UNLABELLED = "Its period is told by all genes, and its start by marker genes of the other folds."
_BORDERS = "The labels are arcs of a circle, and many genes sit on a border."
_CDC15 = (
    "Held-out yeast genes at nine points (40-120 min) of the cdc15 course, seven of them measured, in 0.7 of"
    f" a cell cycle, {_PUBLISHED}. Every gene counts, also where a call would be withheld. {_BORDERS}"
)
_CDC15_23 = f"Held-out yeast genes at all 23 points (40-260 min) of the same course, {_PUBLISHED}. {_BORDERS}"
_SYNCHRONIES = {
    "alpha": ("alpha factor", "18 points, two turns"),
    "cdc15": ("cdc15", "24 uneven points, two and a half turns"),
    "cdc28": ("cdc28", "17 points, nearly two turns, another kind of array"),
    "elu": ("elutriation", "14 points, barely one turn, and a weak one"),
}
_FEW = {
    "cdc15-9": partial(load_embedded, COMPLETE_CDC15, nine=True),
    "cdc15-23": partial(load_embedded, COMPLETE_CDC15),
    "alpha": partial(load_embedded, "alpha"),
}
_LABELS = (0, 20, 50, 100)
NOISES = (0.4, 0.6, 0.8, 1.2)
SHARES = (10, 20, 40, 50)
SIZES = (250, 1000, 4000, 16000)
THINNED = {"cdc15-23": COMPLETE_CDC15, "alpha": "alpha"}
_SPELLMAN = ("spellman-alpha", "spellman-cdc15", "spellman-cdc28")


def _simulated_rows() -> tuple[Track, ...]:
    published = (
        f"{N_SIMULATED} simulated genes at nine points (40-120 min), balanced phases, a fifth held out in"
        f" turn, noise {Culture().noise:g} of the median amplitude: the published protocol. It says that a"
        " method has learnt the simulator, and nothing about real genes."
    )
    noisy = [
        Track(
            f"noise-{noise:g}",
            f"Simulated cultures, noise {noise:g}",
            "four",
            f"As `simulated`, but noise {noise:g} of the median amplitude.",
            partial(load_simulated, noise),
            simulated=True,
            many=True,
        )
        for noise in NOISES
    ]
    sized = [
        Track(
            f"genes-{n}",
            f"Simulated cultures, {n} genes",
            "four",
            f"{n} simulated genes, a fifth of them asked for: how long fitting and calling takes.",
            partial(load_simulated, n_genes=n),
            parts=(0,),
            simulated=True,
            many=True,
        )
        for n in SIZES
    ]
    simulated = Track(
        "simulated", "Simulated cultures", "four", published, load_simulated, simulated=True, nine=True
    )
    return (simulated, *noisy, *sized)


def _embedded_rows() -> tuple[Track, ...]:
    rows = []
    for scheme, ending, more in (("four", "", ""), ("five", "-five", ", five phases")):
        nine = partial(load_embedded, COMPLETE_CDC15, scheme=scheme, nine=True)
        rows += [
            Track(
                f"cdc15-9{ending}", f"Real genes, cdc15, nine points{more}", scheme, _CDC15, nine, nine=True
            ),
            Track(
                f"cdc15-23{ending}",
                f"Real genes, cdc15, 23 points{more}",
                scheme,
                _CDC15_23,
                partial(load_embedded, COMPLETE_CDC15, scheme=scheme),
            ),
            Track(
                f"fused{ending}",
                f"Real genes, three synchronies{more}",
                scheme,
                f"The 800 genes in alpha factor, cdc15 and cdc28 side by side, {_PUBLISHED}. {_BORDERS}",
                partial(load_embedded, "alpha", "cdc15", "cdc28", scheme=scheme),
            ),
        ]
    for key in ("alpha", "cdc28", "elu"):
        name, points = _SYNCHRONIES[key]
        what = f"The 800 genes after {name} ({points}), {_PUBLISHED}. {_BORDERS}"
        rows.append(Track(key, f"Real genes, {name}", "four", what, partial(load_embedded, key)))
    return tuple(rows)


def _transfer_rows() -> tuple[Track, ...]:
    rows = []
    for asked in ("alpha", "cdc15", "cdc28"):
        known = [key for key in ("alpha", "cdc15", "cdc28") if key != asked]
        what = (
            f"Methods learn the labelled genes of four folds in {' and '.join(known)}, and call the genes of"
            f" the fifth in {asked}, of which no label is known. {_UNLABELLED}"
        )
        load = partial(load_transfer, *known, asked=asked)
        rows.append(Track(f"transfer-{asked}", f"Transfer to {asked}", "four", what, load))
    for key, name, dataset in (
        ("pramila", "Pramila et al. 2006", "pramila2006"),
        ("orlando", "Orlando et al. 2008", "orlando2008-wt1"),
    ):
        what = (
            "Methods learn the labelled genes of four folds in three embedded synchronies, and call the genes"
            f" of the fifth in a course of another laboratory ({name}), of which no label is known."
            f" {_UNLABELLED}"
        )
        rows.append(Track(key, f"Unseen laboratory, {name}", "four", what, partial(load_unseen, dataset)))
    return tuple(rows)


def _few_rows() -> tuple[Track, ...]:
    return tuple(
        Track(
            f"few-{n}-{key}",
            f"{n} labels, {key}",
            "four",
            f"As `{key}`, but only {n} labelled genes, drawn at random {N_DRAWS} times, are known to the"
            " methods and to the clock, which rests on marker genes outside the fold that is asked for, too.",
            partial(load, n_labels=n),
            "draws",
            tuple(range(N_DRAWS)),
            many=True,
        )
        for key, load in _FEW.items()
        for n in _LABELS
    )


def _thinned_rows() -> tuple[Track, ...]:
    return tuple(
        Track(
            f"missing-{key}" if share == 30 else f"missing-{share}-{key}",
            f"{share} % more missing, {key}",
            "four",
            f"As `{key}`, but {share} % of the values are missing on top of those that are, at random, of the"
            " genes learnt from and of those asked for alike.",
            partial(load_thinned, dataset, share / 100),
            many=share != 30,
        )
        for key, dataset in THINNED.items()
        for share in sorted((*SHARES, 30))
    )


def _other_rows() -> tuple[Track, ...]:
    recovery = (
        "113 genes known to cycle from single-gene experiments (B1, de Lichtenberg et al. 2005): the share"
        " found among the first 300, 500 and 800 genes of the genome, ordered by how periodic they are"
    )
    return (
        Track(
            "recovery-alpha",
            "Known genes found, alpha factor",
            "four",
            f"{recovery} in alpha factor.",
            partial(load_recovery, *_SPELLMAN[:1]),
            "genome",
            (0,),
        ),
        Track(
            "recovery-three",
            "Known genes found, three synchronies",
            "four",
            f"{recovery} in alpha factor, cdc15 and cdc28.",
            partial(load_recovery, *_SPELLMAN),
            "genome",
            (0,),
        ),
        Track(
            "human",
            "HeLa cells, double thymidine",
            "human",
            "Clones with a published phase (Whitfield et al. 2002), called by methods that are given no"
            " label. What they are given was fitted to labels and marker genes of the same laboratory,"
            " though: the arcs of the scheme, the period (15 h) and the start after thymidine. It says how"
            " well a clone's own peak tells its phase, not how cells of another laboratory are called.",
            load_human,
            "whole",
            (0,),
        ),
        Track(
            "circadian",
            "Mouse liver, circadian",
            "four",
            "A rhythm of the day (Zhang et al. 2014). No phase was published to judge by.",
            load_circadian,
            "whole",
            (0,),
        ),
    )


TRACKS: Mapping[str, Track] = MappingProxyType(
    {
        track.key: track
        for make in (
            _simulated_rows,
            _embedded_rows,
            _transfer_rows,
            _few_rows,
            _thinned_rows,
            _other_rows,
        )
        for track in make()
    }
)
"""Every track, by key."""


def cdc15_task(scheme: str = "four") -> Task:
    """Return the embedded cdc15 course at nine points with the published phases."""
    return load_embedded(COMPLETE_CDC15, scheme=scheme, nine=True)


_OF_ANY_GRID = ("simulated", "cdc15-9", "cdc15-23")


def tracks_of(scheme: str | None) -> list[Track]:
    """Return what a network of a scheme is judged on, at nine points; one of any scheme is, at more."""
    if scheme is None:
        return [TRACKS[key] for key in _OF_ANY_GRID]
    return [track for track in TRACKS.values() if track.scheme == scheme and track.nine]
