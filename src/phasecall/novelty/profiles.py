"""Profiles: what one experiment knows of its genes, and what typical waves leave of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from phasecall.clock import Clock, KnownGenes
from phasecall.rhythm.scores import centre, rescale

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]

LEAST_CYCLES = 1.0
"""Turns that times must cover before the shape of a profile says anything: of less than one, neither a second
peak nor another period can be told from half a wave."""
LEAST_FREEDOM = 3
"""Values beyond what is fitted: with fewer, a test says more of its assumptions than of the gene."""
MIN_GENES = 50
"""So many genes show how noisy each array is; of fewer, all are taken for alike."""
ENOUGH = 1000
"""So many genes show it to 5 %: more take longer, and tell no more."""

_ROUNDS = 5
_STRIDE = 4.0
"""Factor by which a round may change the variance of an array."""
_LARGEST = 5.0
"""Factor by which the standard deviation of an array may differ from the others'."""
_CHUNK_CELLS = 1_000_000
_DETERMINED = 1e8
"""Condition number above which times do not tell the waves apart."""
_NOTHING_LEFT = 1e-9
"""Share of its squares below which what is left of a gene is rounding."""


@dataclass(frozen=True, eq=False)
class Profiles:
    """The genes of one experiment, and all that novelty is judged by.

    Parameters
    ----------
    name
        What the experiment is called.
    values
        Shape (n, n_times); NaN = missing.
    times
        Minutes, shape (n_times,).
    clock
        Of the experiment.
    covariance
        Of a gene's noise at the times, up to a factor, shape (n_times, n_times), positive definite.
    density
        Natural parameters of the density of each gene's peak (`phasecall.density`), shape (n, 8), NaN rows
        where there is none; None where the experiment has none.
    elsewhere
        The same by all other experiments together; None where there is no other.
    known
        Genes whose peak the user knows; None where nothing was said.
    """

    name: str
    values: Floats
    times: Floats
    clock: Clock
    covariance: Floats
    density: Floats | None = None
    elsewhere: Floats | None = None
    known: KnownGenes | None = None

    @cached_property
    def centred(self) -> Floats:
        """Values about each gene's mean, in units of its largest: 0 where missing, shape (n, n_times)."""
        return centre(rescale(self.values))[0]

    @cached_property
    def weighed(self) -> Floats:
        """The covariance with the noise of each array as all genes show it, shape (n_times, n_times)."""
        return weigh_arrays(self)

    @cached_property
    def one_wave(self) -> Rest:
        """What a cosine on the clock leaves."""
        return take_off(self, self.weighed, 1)

    @cached_property
    def two_waves(self) -> Rest:
        """What a cosine on the clock and one of half its period leave: a wave of any common shape."""
        return take_off(self, self.weighed, 2)


@dataclass(frozen=True, eq=False)
class Rest:
    r"""What waves on the clock leave of each gene, by generalised least squares.

    With K the covariance and X = (1, cosines, sines),

    .. math:: M = K^{-1} - K^{-1} X (X' K^{-1} X)^{-1} X' K^{-1}

    For values y and a further column z, `z' M y` is how much of z is in y, and `(z' M y)^2 / z' M z` what it
    takes of the squares. Missing values are fitted, too, as columns of their own: that is the same as leaving
    them out (Yates 1933, Empire Journal of Experimental Agriculture 1, 129-142).

    Parameters
    ----------
    projector
        M, shape (n_times, n_times).
    weight
        Mean of the diagonal of K^-1: what M would weigh a value by if nothing were fitted.
    rest
        M y of each gene, shape (n, n_times), 0 where a value is missing.
    squares
        y' M y, shape (n,).
    freedom
        Values beyond those fitted, shape (n,); 0 where a gene cannot be judged.
    wave
        Weights of cosine and sine of the clock's own period, shape (n, 2), each gene on a scale of its own.
    loading
        What of those one unit of each time's value makes, shape (2, n_times).
    gaps
        Genes that lack as many values, as pairs of rows, shape (m,), and places, shape (m, k).
    """

    projector: Floats
    weight: float
    rest: Floats
    squares: Floats
    freedom: Counts
    wave: Floats
    loading: Floats
    gaps: tuple[tuple[Counts, Counts], ...]

    def score(self, columns: Floats) -> tuple[Floats, Floats, Floats]:
        """Return how much of further columns is in each gene, and how precisely that can be told.

        Parameters
        ----------
        columns
            Shape (k, n_times, q): q candidates of k columns each.

        Returns
        -------
        score, precision, taken
            z' M y, shape (k, n, q). z' M z for each candidate, shape (k, k, 1, q), with gaps (k, k, n, q).
            What one unit of each column takes from the wave's weights, shape (k, 2, q).
        """
        touched = self.projector @ columns
        precision = np.einsum("itq,jtq->ijq", columns, touched)[:, :, None]
        if self.gaps:
            precision = np.repeat(precision, len(self.rest), axis=2)
        for rows, places in self.gaps:
            lost = _invert(self.projector, places)
            size = max(1, _CHUNK_CELLS // (places.shape[1] * columns.shape[2]))
            for start in range(0, rows.size, size):
                own = slice(start, start + size)
                seen = touched[:, places[own]]
                part = lost[own] @ seen
                for i in range(len(columns)):
                    for j in range(len(columns)):
                        precision[i, j, rows[own]] -= (seen[i] * part[j]).sum(axis=1)
        return self.rest @ columns, precision, self.loading @ columns

    def select(self, row: int) -> Rest:
        """Return the same of one gene."""
        gaps = [(rows == row, places) for rows, places in self.gaps]
        return replace(
            self,
            rest=self.rest[[row]],
            squares=self.squares[[row]],
            freedom=self.freedom[[row]],
            wave=self.wave[[row]],
            gaps=tuple((np.zeros(1, np.int64), places[own]) for own, places in gaps if own.any()),
        )


def weigh_arrays(profiles: Profiles) -> Floats:
    r"""Return the covariance of the noise with each array as noisy as the bulk of the genes shows it.

    With M of `Rest`, a gene's rest at array j has the variance :math:`\sigma^2 M_{jj}`: where the median of
    its square over the genes is larger than chance has it, all genes are off there, and none is unlike the
    others. Covariances are scaled by array until the medians agree, as weights of arrays are found
    (Ritchie et al. 2006, doi 10.1186/1471-2105-7-261); few genes leave them as they are.

    Parameters
    ----------
    profiles
        Of the experiment; up to `ENOUGH` of them, evenly spread, are looked at.
    """
    from scipy.special import fdtri

    chosen = profiles.values[:: max(1, len(profiles.values) // ENOUGH)]
    some = replace(profiles, values=chosen)
    scale = np.ones(profiles.times.size)
    covariance = profiles.covariance
    for _ in range(_ROUNDS):
        rest = take_off(some, covariance, 2)
        told = rest.freedom > LEAST_FREEDOM
        if told.sum() < MIN_GENES:
            return profiles.covariance
        own = rest.rest[told] ** 2 / np.maximum(np.diag(rest.projector), _NOTHING_LEFT)
        freedom = rest.freedom[told, None] - 1
        ratio = own / np.maximum(rest.squares[told, None] - own, 1e-300) * freedom
        ratio /= fdtri(1, freedom, 0.5)
        ratio[~np.isfinite(chosen[told])] = np.nan
        seen = np.isfinite(ratio).any(axis=0)
        off = np.ones(scale.size)
        off[seen] = np.nanmedian(ratio[:, seen], axis=0)
        scale *= np.sqrt(np.clip(off, 1 / _STRIDE, _STRIDE))
        scale = np.clip(scale / np.exp(np.log(scale).mean()), 1 / _LARGEST, _LARGEST)
        covariance = scale[:, None] * profiles.covariance * scale
    return covariance


def take_off(profiles: Profiles, covariance: Floats, harmonics: int) -> Rest:
    """Fit mean and waves of the clock's period, half of it ... to each gene, and return what they leave."""
    times, filled = profiles.times, profiles.centred.copy()
    lost = ~np.isfinite(profiles.values)
    n_lost = lost.sum(axis=1)
    angle = 2 * np.pi * profiles.clock.moved(times)
    waves = [wave(h * angle) for h in range(1, harmonics + 1) for wave in (np.cos, np.sin)]
    design = np.column_stack([np.ones(times.size), *waves])
    inverse = np.asarray(np.linalg.inv(covariance), dtype=np.float64)
    gram = design.T @ inverse @ design
    fitting = np.linalg.pinv(gram, hermitian=True) @ design.T @ inverse
    projector = inverse - inverse @ design @ fitting
    projector = (projector + projector.T) / 2
    freedom = times.size - n_lost - design.shape[1]
    told = (freedom > LEAST_FREEDOM) & (np.linalg.cond(gram) < _DETERMINED)
    gaps = []
    for k in np.unique(n_lost[told & (n_lost > 0)]).tolist():
        rows = np.flatnonzero(told & (n_lost == k))
        places = np.nonzero(lost[rows])[1].reshape(rows.size, k)
        gaps.append((rows, places))
        pulled = np.take_along_axis(filled[rows] @ projector, places, axis=1)
        filled[rows[:, None], places] = -(_invert(projector, places) @ pulled[:, :, None])[:, :, 0]
    rest = filled @ projector
    rest[lost] = 0.0
    squares = (rest * filled).sum(axis=1)
    # What rounding leaves of a gene that is all wave is no noise to compare anything with.
    weight = float(np.trace(inverse)) / times.size
    told &= squares > _NOTHING_LEFT * weight * (filled**2).sum(axis=1)
    return Rest(
        projector=projector,
        weight=weight,
        rest=rest,
        squares=squares,
        freedom=np.where(told, freedom, 0),
        wave=filled @ fitting[1:3].T,
        loading=fitting[1:3],
        gaps=tuple(gaps),
    )


def _invert(projector: Floats, places: Counts) -> Floats:
    """Return the inverse of the projector at each gene's missing places, shape (m, k, k)."""
    there = projector[places[:, :, None], places[:, None, :]]
    ridge = _NOTHING_LEFT * float(np.trace(projector)) / len(projector)
    return np.asarray(np.linalg.inv(there + ridge * np.eye(places.shape[1])))
