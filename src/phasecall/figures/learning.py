"""Figures of how a network learned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from phasecall.figures.palette import Theme

History = Sequence[Mapping[str, float]]


def draw_training(history: History, figure: Any, theme: Theme) -> None:
    """Draw loss and accuracy by epoch, of the training and of the validation genes."""
    if not history:
        return
    figure.set_size_inches(7.2, 3.0)
    epochs = [entry["epoch"] for entry in history]
    for place, (key, label) in enumerate((("loss", "loss"), ("accuracy", "accuracy")), start=1):
        axes = figure.add_subplot(1, 2, place)
        # A single epoch has no line: markers show it.
        marker = "o" if len(history) < 15 else None
        shown = [entry[key] for entry in history], [entry[f"val_{key}"] for entry in history]
        axes.plot(epochs, shown[0], color=theme.accent, marker=marker, markersize=3, label="training")
        style = {"color": theme.second, "linestyle": "--", "marker": marker, "markersize": 3}
        axes.plot(epochs, shown[1], label="validation", **style)
        axes.xaxis.get_major_locator().set_params(integer=True)
        axes.set(xlabel="epoch", title=label)
        axes.grid(axis="y")
    # The loss falls: above its end is room.
    figure.axes[0].legend(loc="upper right")
