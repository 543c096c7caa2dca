"""The table of figures, and drawing one by its key."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

from phasecall.errors import InputError
from phasecall.figures.courses import draw_genes, draw_heatmap, draw_profiles, draw_wheel
from phasecall.figures.evaluation import draw_confusion, draw_reliability, draw_roc, draw_tracks
from phasecall.figures.learning import draw_training
from phasecall.figures.palette import THEMES, Theme, settings
from phasecall.figures.standings import (
    draw_coverage,
    draw_gaps,
    draw_mistakes,
    draw_noise,
    draw_standings,
    draw_time,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Need = Literal["evaluation", "calls", "genes", "training", "benchmark"]


@dataclass(frozen=True)
class Picture:
    """One row of the table of figures.

    Parameters
    ----------
    key
        Name on the command line and of the file.
    title
        What stands above it, and what a screen reader says.
    caption
        What it shows, how it was computed and what to look for.
    needs
        What it is drawn from: `evaluation`, an evaluation summary; `calls`, a pair of calls and their time
        course; `genes`, the same of a few genes; `training`, a list of one mapping an epoch; `benchmark`, the
        summary of a benchmark.
    render
        Draws the data on an empty figure; leaves it empty where the data hold nothing to draw.
    empty
        What is said instead, then.
    """

    key: str
    title: str
    caption: str
    needs: Need
    render: Callable[[Any, Any, Theme], None]
    empty: str


FIGURES = MappingProxyType(
    {
        picture.key: picture
        for picture in (
            Picture(
                "tracks",
                "Accuracy of every method",
                "Share of the test genes whose called phase is the known one, for each method on each track. "
                "The line is Wilson's 95 % interval over the test genes. 'Best possible' is the "
                "Bayes-optimal classifier, known only where the data are simulated: expected, or as it came "
                "out on these genes, which a method can beat by luck. Compare methods within a panel, never "
                "between panels: a simulated track says nothing about real genes. Where two lines overlap "
                "widely, the test genes do not tell the methods apart.",
                "evaluation",
                draw_tracks,
                "no track was evaluated",
            ),
            Picture(
                "confusion",
                "Which phases are taken for which",
                "Test genes by known phase (row) and called phase (column): the count, and its share of the "
                "row, which is the shade. Look at the cells next to the diagonal: phases are arcs of a "
                "circle, so a gene near a border is easily called to the neighbour. Mistakes far from the "
                "diagonal are worse; the first and the last phase are neighbours, too.",
                "evaluation",
                draw_confusion,
                "no track was evaluated",
            ),
            Picture(
                "roc",
                "Each phase against the rest",
                "True positive rate against false positive rate as the probability asked for a phase falls "
                "from 1 to 0, each phase against all others. AUC is the chance that a gene of the phase gets "
                "a higher probability for it than a gene of another; the dotted line is guessing (0.5). Look "
                "for a curve that lies well below the others: that phase is the hard one.",
                "evaluation",
                draw_roc,
                "no method gave probabilities that rank the genes",
            ),
            Picture(
                "reliability",
                "Whether a confidence can be believed",
                "Test genes by their confidence, in ten bins of equal width. Bars: share called rightly; "
                "dots: the same at the bin's mean confidence; below, how many genes a bin holds. On the "
                "dashed line a confidence of 80 % is right 80 % of the time; below it, the method is too "
                "sure. The calibration error is the mean distance from the line, weighted by the genes in "
                "each bin. A bin of few genes may lie far off by chance; in brackets, where 95 % of the "
                "errors of a perfectly calibrated method with these probabilities would lie on as many "
                "genes: an error in this range is no evidence of miscalibration.",
                "evaluation",
                draw_reliability,
                "no track was evaluated",
            ),
            Picture(
                "wheel",
                "Where on the cell cycle the genes peak",
                "The circle is one cell cycle, clockwise from the M/G1 boundary at the top; the ring names "
                "the phases. Each mark is a gene at the angle of its fitted peak, the further out the more "
                "confident its call (thin circles: 50 % and 100 %), with the colour and shape of its "
                "called phase; a cross is a gene whose phase is withheld. The default network gives call and "
                "peak by one density; in calls of the published network or of a finetuned model they come "
                "from different computations: look there at a mark far from the arc of its colour.",
                "calls",
                draw_wheel,
                "no gene has a peak that is tied to the cell cycle",
            ),
            Picture(
                "heatmap",
                "Every gene over time",
                "One row a gene, ordered by the time of its fitted peak from the first time point on; one "
                "column a time point, labelled in minutes. Each row is scaled to mean 0 and standard "
                "deviation 1, gaps filled for that, and cut at 2; missing values are grey. The strip on the "
                "left is the called phase, grey where it is withheld. Rhythmic genes make a bright band from "
                "the top left to the bottom right; rows without a band are not rhythmic or are noisy.",
                "calls",
                draw_heatmap,
                "no gene has a fitted peak",
            ),
            Picture(
                "profiles",
                "The mean profile of each phase",
                "Mean of the genes called to each phase (line) and the range of their middle 80 % (band), "
                "after scaling every gene to mean 0 and standard deviation 1; replicates are averaged. A "
                "phase that no gene was called to has no panel. The phases should peak one after another; a "
                "wide band means that genes called to one phase do not look alike.",
                "calls",
                draw_profiles,
                "no gene was called to a phase",
            ),
            Picture(
                "genes",
                "Single genes over time",
                "One panel a gene: its values as measured (marks; replicates share a minute), their means "
                "(line), each minute of the experiment at which the gene peaks (dashed) and the 95 % "
                "interval of that (band). Title and colour are the called phase, or grey and the reason why "
                "it is withheld. A band as wide as the panel says that the peak is not known.",
                "genes",
                draw_genes,
                "no gene was asked for",
            ),
            Picture(
                "training",
                "How the network learned",
                "Loss and accuracy after each epoch, on the genes trained on and on the validation genes, "
                "which set no weight; half of the validation loss is that of simulated genes. Training that "
                "goes on improving while validation gets worse is overfitting; two lines that still move at "
                "the end mean that training was stopped early.",
                "training",
                draw_training,
                "there is no record of the training",
            ),
            Picture(
                "standings",
                "Accuracy of every method on every track",
                "Mean over folds, in percent, and its 95 % interval by Student's t over the folds; of the "
                "recovery tracks the share of the known genes among the first 300, and Wilson's interval. "
                "The best method and the networks of this package (squares) are coloured; a diamond is the "
                "best possible, known only where genes are simulated. Methods without an answer are left "
                "out. Compare methods within a panel only.",
                "benchmark",
                draw_standings,
                "no method has an answer",
            ),
            Picture(
                "mistakes",
                "Which phases the best method and our networks take for which",
                "Genes of all folds by known phase (row) and called phase (column): the count, and its share "
                "of the row, which is the shade. Cells next to the diagonal are neighbours on the circle, as "
                "are the first and the last phase.",
                "benchmark",
                draw_mistakes,
                "no method called phases of real genes",
            ),
            Picture(
                "coverage",
                "How accurate the confident calls are",
                "Accuracy of the most confident genes against how many of all these are; the least confident "
                "are withheld. The five methods that call most at an accuracy of 98.75 % (dotted), and how "
                "many they call. Thresholds are those of these very genes. A line should fall from left to "
                "right: where it does not, confidence says little.",
                "benchmark",
                draw_coverage,
                "no method called phases of real genes",
            ),
            Picture(
                "noise",
                "Accuracy against noise",
                "Simulated genes of growing noise: mean accuracy over folds of the five best methods, and "
                "of the Bayes-optimal classifier (dotted), which no method can beat except by luck. The "
                "distance to that line is what is left to learn.",
                "benchmark",
                draw_noise,
                "tracks of one noise only",
            ),
            Picture(
                "gaps",
                "Accuracy against missing values",
                "Real genes of which a growing share of values was removed at random, when learning and when "
                "calling: mean accuracy over folds of the five best methods. Values that are missing at one "
                "share are missing at every larger one. A level line makes do with what is left.",
                "benchmark",
                draw_gaps,
                "no track with values removed",
            ),
            Picture(
                "time",
                "Time against the number of genes",
                "Seconds to learn from four fifths of the genes, and to call the last fifth, on one core; "
                "both axes are logarithmic. A slope of one decade a decade is time in proportion to genes.",
                "benchmark",
                draw_time,
                "no tracks of several sizes",
            ),
        )
    }
)
"""Every figure, by key, in the order in which they are shown."""


def draw(key: str, data: Any, *, theme: str = "light") -> Figure:
    """Draw one figure.

    Parameters
    ----------
    key
        A key of `FIGURES`.
    data
        What the figure needs: an evaluation summary, a pair of calls and time course (of all genes, or of a
        few), a history of training, or the summary of a benchmark.
    theme
        `light` or `dark`.

    Returns
    -------
    figure
        A matplotlib Figure that no global state knows of.

    Raises
    ------
    InputError
        If there is no such figure or theme.

    Examples
    --------
    >>> epochs = [{"epoch": 1, "loss": 0.9, "accuracy": 0.6, "val_loss": 1.0, "val_accuracy": 0.5}]
    >>> [axes.get_title(loc="left") for axes in draw("training", epochs).axes]
    ['loss', 'accuracy']
    """
    import matplotlib
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    for name, known in ((key, FIGURES), (theme, THEMES)):
        if name not in known:
            raise InputError(f"no figure or theme '{name}'", expected=f"one of {', '.join(known)}")
    picture = FIGURES[key]
    engine = ConstrainedLayoutEngine(w_pad=0.08, h_pad=0.08)
    with matplotlib.rc_context(settings(THEMES[theme])):
        figure = Figure(layout=engine)
        figure.set_gid(key)
        figure.set_label(picture.title)
        picture.render(data, figure, THEMES[theme])
        if figure.axes:
            # The places are found once, here, not again for every file.
            engine.execute(figure)
        else:
            figure.set_size_inches(5.0, 0.6)
            figure.text(0.5, 0.5, f"Nothing to draw: {picture.empty}.", ha="center", va="center")
        figure.set_layout_engine("none")
    return figure


def draw_all(
    *,
    evaluation: Any = None,
    calls: Any = None,
    training: Any = None,
    benchmark: Any = None,
    theme: str = "light",
) -> dict[str, Figure]:
    """Draw every figure whose data are given, by key, in the order of the table.

    Parameters
    ----------
    evaluation, calls, training, benchmark
        What `draw` takes for figures with this need; figures of a need that is None are left out.
    theme
        `light` or `dark`.

    Examples
    --------
    >>> list(draw_all(training=[]))
    ['training']
    """
    data = {"evaluation": evaluation, "calls": calls, "training": training, "benchmark": benchmark}
    wanted = [picture for picture in FIGURES.values() if data.get(picture.needs) is not None]
    return {picture.key: draw(picture.key, data[picture.needs], theme=theme) for picture in wanted}
