"""Figures of how a network learned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from phasecall.figures.palette import Theme
from phasecall.figures.picture import Picture

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
        styles = {
            key: {"color": theme.accent, "label": "training"},
            f"val_{key}": {"color": theme.second, "label": "validation", "linestyle": "--"},
        }
        for name, style in styles.items():
            # Not every training counts how often it is right on what it trains on.
            if name in history[0]:
                axes.plot(epochs, [entry[name] for entry in history], marker=marker, markersize=3, **style)
        axes.xaxis.get_major_locator().set_params(integer=True)
        axes.set(xlabel="epoch", title=label)
        axes.grid(axis="y")
    # The loss falls: above its end is room.
    figure.axes[0].legend(loc="upper right")


PICTURES = (
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
)
