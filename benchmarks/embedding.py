"""Do a gene's neighbours hold? `PHASECALL_DATA=FOLDER python benchmarks/embedding.py > FILE`.

The ten nearest of each gene, by the network's numbers and by rivals: how many of them are among its ten
nearest in another experiment; in the same one with another draw of noise, or without a third of its arrays;
and how well they tell when a gene peaks elsewhere. By chance it is 10 of n. The genes are the 800 of Spellman
et al. 1998 but for fold 0 that all four experiments have measured well. Beside that, how far maps of two
dimensions can be trusted. The output is benchmarks/results/embedding.md.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from sklearn.manifold import TSNE, Isomap, trustworthiness

from phasecall.datasets import load
from phasecall.labels import fold_of
from phasecall.neighbours import Embedding, embed
from phasecall.preparation import standardise
from phasecall.publicdata import load_public
from phasecall.timecourse import TimeCourse

Floats = NDArray[np.float64]

KEYS = ("spellman-alpha", "spellman-cdc15", "spellman-cdc28", "pramila2006")
N_NEAREST, N_DRAWS = 10, 3


def turn_of(found: Embedding, rows: NDArray[np.int64]) -> Floats:
    angle = 2 * np.pi * found.calls.peak_turn[rows]
    return np.stack([np.cos(angle), np.sin(angle)], axis=1)


def profile_of(found: Embedding, rows: NDArray[np.int64]) -> Floats:
    """Return profiles of mean 0 and length 1: their distance falls as their correlation grows."""
    scaled = standardise(found.course.values[rows], found.course.times)[:, :, 0].astype(np.float64)
    return np.asarray(scaled / np.linalg.norm(scaled, axis=1, keepdims=True))


def whiten(vectors: Floats) -> Floats:
    return np.asarray(np.linalg.svd(vectors - vectors.mean(axis=0), full_matrices=False)[0])


WAYS: Mapping[str, Callable[[Embedding, NDArray[np.int64]], Floats]] = {
    "the network's numbers": lambda found, rows: found.vectors[rows],
    "the same, whitened": lambda found, rows: whiten(found.vectors[rows]),
    "correlation of profiles": profile_of,
    "turn of the peak": turn_of,
}


def find_nearest(places: Floats) -> NDArray[np.int64]:
    gaps = (places**2).sum(axis=1)[:, None] + (places**2).sum(axis=1) - 2 * places @ places.T
    np.fill_diagonal(gaps, np.inf)
    return np.argsort(gaps, axis=1, kind="stable")[:, :N_NEAREST]


def share(one: NDArray[np.int64], other: NDArray[np.int64]) -> Floats:
    """Return of each gene which share of its nearest is the same."""
    return np.array([len(set(a) & set(b)) / N_NEAREST for a, b in zip(one, other, strict=True)])


def bound(shares: Floats) -> str:
    """Return the mean over genes, and its 95 % interval."""
    reach = 1.96 * shares.std(ddof=1) / np.sqrt(shares.size)
    return f"{shares.mean():.3f} ± {reach:.3f}"


def choose_genes(found: Mapping[str, Embedding]) -> list[str]:
    names = load("alpha").genes
    wanted = [name for name, fold in zip(names, fold_of(names), strict=True) if fold]
    for one in found.values():
        enough = one.read & (np.isfinite(one.course.values).mean(axis=1) > 0.8)
        known = {name for name, good in zip(one.course.genes, enough, strict=True) if good}
        wanted = [name for name in wanted if name in known]
    return wanted


def redraw(course: TimeCourse, found: Embedding, rng: np.random.Generator) -> TimeCourse:
    """Return what the waves of a course say, with what they leave given to other genes, rows as they are."""
    estimate = found.calls.clocks[0]
    angle = 2 * np.pi * course.times / estimate["period"]
    design = np.stack([np.ones_like(angle), np.cos(angle), np.sin(angle)], axis=1)
    filled = np.where(np.isfinite(course.values), course.values, np.nanmean(course.values, axis=1)[:, None])
    filled = np.nan_to_num(filled)
    fitted = filled @ np.linalg.pinv(design).T @ design.T
    rest = filled - fitted
    size = rest.std(axis=1, keepdims=True) + 1e-12
    noise = (rest / size)[rng.permutation(len(course))] * size
    return replace(course, values=np.where(np.isfinite(course.values), fitted + noise, np.nan))


def thin(course: TimeCourse, rng: np.random.Generator) -> TimeCourse:
    kept = rng.permutation(course.times.size)[: round(course.times.size * 2 / 3)]
    return course.select_times(np.sort(kept))


def print_experiments(found: Mapping[str, Embedding], genes: list[str]) -> None:
    rows = {key: np.array([one.course.genes.index(name) for name in genes]) for key, one in found.items()}
    pairs = list(combinations(KEYS, 2))
    print("## Shared nearest genes of two experiments\n")
    print(f"{len(genes)} genes; by chance {N_NEAREST / (len(genes) - 1):.3f}. Interval over genes.\n")
    print("| pair |", " | ".join(WAYS), "|\n|---|" + "---|" * len(WAYS))
    nearest = {
        (way, key): find_nearest(lay(found[key], rows[key])) for way, lay in WAYS.items() for key in KEYS
    }
    for one, other in pairs:
        cells = [bound(share(nearest[way, one], nearest[way, other])) for way in WAYS]
        print(f"| {one}, {other} | {' | '.join(cells)} |", flush=True)
    means = [
        bound(np.mean([share(nearest[way, one], nearest[way, other]) for one, other in pairs], axis=0))
        for way in WAYS
    ]
    print(f"| mean | {' | '.join(means)} |")
    print("\n## Distance of the peaks of a gene's ten nearest in another experiment, turns (median)\n")
    print(
        "Who is near a gene in one experiment, and where do these genes peak in the other, by its own clock:"
    )
    print("the smaller, the more the neighbours say of the cell cycle. By chance 0.25.\n")
    print("| pair |", " | ".join(WAYS), "|\n|---|" + "---|" * len(WAYS))
    for one, other in pairs:
        turns = turn_of(found[other], rows[other])
        cells = [f"{tell_apart(nearest[way, one], turns):.3f}" for way in WAYS]
        print(f"| {one}, {other} | {' | '.join(cells)} |", flush=True)


def tell_apart(nearest: NDArray[np.int64], turns: Floats) -> float:
    cosine = np.clip(np.einsum("nkj,nj->nk", turns[nearest], turns), -1, 1)
    return float(np.median(np.arccos(cosine) / (2 * np.pi)))


def print_draws(found: Mapping[str, Embedding], genes: list[str]) -> None:
    print("\n## Shared nearest genes of one experiment and the same with other noise, or fewer arrays\n")
    print(
        f"Mean of {N_DRAWS} draws: what the waves leave is given to other genes; or a third of the arrays is"
    )
    print("left out, the clock told anew.\n")
    print("| experiment |", " | ".join(WAYS), "|\n|---|" + "---|" * len(WAYS))
    for key in KEYS[:3]:
        one = found[key]
        rows = np.array([one.course.genes.index(name) for name in genes])
        period = one.calls.period
        for title, change in (("other noise", lambda c, r, f=one: redraw(c, f, r)), ("two thirds", thin)):
            draws = []
            for seed in range(N_DRAWS):
                course = change(one.course, np.random.default_rng(seed))
                again = embed(course, period=period)
                draws.append(
                    [
                        share(find_nearest(lay(one, rows)), find_nearest(lay(again, rows)))
                        for lay in WAYS.values()
                    ]
                )
            cells = [bound(shares) for shares in np.nanmean(draws, axis=0)]
            print(f"| {key}, {title} | {' | '.join(cells)} |", flush=True)


def print_maps() -> None:
    print("\n## How far a map can be trusted: trustworthiness among ten neighbours, 1 is best\n")
    print("Venna and Kaski 2001, doi 10.1007/3-540-44668-0_68. Embedded courses of 800 genes but fold 0.\n")
    print(
        "| course | principal components | Isomap, 10 neighbours | t-SNE, perplexity 30 |\n|---|---|---|---|"
    )
    for key in ("alpha", "cdc15", "cdc28"):
        one = embed(load(key))
        kept = one.read & (fold_of(one.course.genes) > 0)
        vectors = one.vectors[kept]
        maps = [
            one.principal[0][kept],
            Isomap(n_neighbors=10).fit_transform(vectors),
            TSNE(init="pca", random_state=0).fit_transform(vectors),
        ]
        cells = [f"{trustworthiness(vectors, places, n_neighbors=N_NEAREST):.3f}" for places in maps]
        print(f"| {key} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    print("# Do a gene's neighbours hold?\n\nMade by `python benchmarks/embedding.py`.\n")
    courses = {key: load_public(key) for key in KEYS}
    embeddings = {key: embed(course) for key, course in courses.items()}
    chosen = choose_genes(embeddings)
    print_experiments(embeddings, chosen)
    print_draws(embeddings, chosen)
    print_maps()
