"""The card of a gene, beside the page: profile, peak and posterior, and what to know in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nicegui import ui

from phasecall.web.page.desk.card import Card, lay_card
from phasecall.web.page.elements import show_button, show_facts, show_text

if TYPE_CHECKING:
    from phasecall.web.page.room import Room

_TEXT = {"color": "var(--pc-ink)", "fontFamily": "inherit"}
_LINE = {"lineStyle": {"color": "var(--pc-muted)"}, "onZero": False}
_GRID = {"lineStyle": {"color": "var(--pc-faint)"}}


class CardDialog:
    """A dialog with the card of one gene.

    Parameters
    ----------
    room
        The page.
    """

    def __init__(self, room: Room) -> None:
        self._room = room
        with ui.dialog().props("position=right") as self._dialog:
            self._box = ui.element("div").classes("pc-card")

    async def open(self, row: int) -> None:
        """Show the card of the gene of a row."""
        card = await self._room.ask(lay_card, self._room.visit.question, row)
        if card is None:
            return
        self._box.clear()
        with self._box:
            with ui.element("div").classes("pc-card-head"):
                heading = show_text("h2", card.gene)
                show_button("Close", self._dialog.close, "pc-quiet").props("autofocus")
            _show_phase(card)
            for word in card.words:
                show_text("p", word, "pc-warning")
            show_text("h3", "Profile")
            _show_chart(lay_profile(card), _describe_profile(card), "pc-chart")
            if card.chances:
                title = "Where on the cell cycle it peaks" if card.density else "Probability of each phase"
                show_text("h3", title)
                if card.density:
                    _show_chart(lay_circle(card), _describe_circle(card), "pc-chart pc-round")
                _show_chances(card)
            show_text("h3", "In numbers")
            show_facts(card.facts)
        self._dialog.props(f"aria-labelledby={heading.html_id}")
        self._dialog.open()


def _show_phase(card: Card) -> None:
    if card.phase:
        show_text("p", card.phase, f"pc-phase pc-cell pc-phase-{card.code}")
    else:
        show_text("p", "phase withheld", "pc-phase pc-cell")


def _show_chances(card: Card) -> None:
    with ui.element("ul").classes("pc-chances"):
        for code, (name, chance) in enumerate(card.chances):
            with ui.element("li"):
                show_text("span", name, f"pc-cell pc-phase-{code}")
                show_text("span", f"{100 * chance:.1f} %")
                ui.element("i").style(f"width: {100 * chance:.1f}%").classes(f"pc-bar pc-phase-{code}")


def _show_chart(options: dict[str, Any], label: str, classes: str) -> None:
    chart = ui.echart(options, renderer="svg").classes(classes)
    chart.props["role"], chart.props["aria-label"] = "img", label


def _describe_profile(card: Card) -> str:
    if not card.points:
        return "no value was measured"
    minute, value = max(card.points, key=lambda point: point[1])
    return f"{len(card.points)} values over time, the highest, {value:.3g}, at {minute:g} min"


def _describe_circle(card: Card) -> str:
    turn, low, high = card.peak or (0.0, 0.0, 1.0)
    return f"density of the peak on the turn: highest at turn {turn:.2f}, 95 % from {low:.2f} to {high:.2f}"


def lay_profile(card: Card) -> dict[str, Any]:
    """Return the options of the chart of a profile: values, fitted wave, peaks with their intervals."""
    colour = f"var(--pc-phase-{card.code})" if card.phase else "var(--pc-muted)"
    axis = {
        "axisLine": _LINE,
        "axisTick": _LINE,
        "axisLabel": _TEXT,
        "splitLine": _GRID,
        "nameTextStyle": _TEXT,
    }
    bands = [[{"xAxis": low}, {"xAxis": high}] for _, low, high in card.peaks]
    lines = [{"xAxis": minute} for minute, _, _ in card.peaks]
    still = {"emphasis": {"disabled": True}, "animation": False, "silent": True}
    return {
        "animation": False,
        "grid": {"left": 48, "right": 14, "top": 16, "bottom": 40},
        "xAxis": {
            "type": "value",
            "name": "minutes",
            "nameLocation": "middle",
            "nameGap": 26,
            "min": "dataMin",
            "max": "dataMax",
            **axis,
        },
        "yAxis": {"type": "value", "scale": True, **axis},
        "tooltip": {"trigger": "item", "renderMode": "richText"},
        "series": [
            {
                "type": "line",
                "data": card.curve,
                "showSymbol": False,
                "lineStyle": {"color": colour, "width": 1.6},
                "itemStyle": {"color": colour},
                "markLine": {
                    "symbol": "none",
                    "label": {"show": False},
                    "lineStyle": {"color": colour, "type": "dashed"},
                    "data": lines,
                    **still,
                },
                "markArea": {"itemStyle": {"color": colour, "opacity": 0.14}, "data": bands, **still},
                **still,
            },
            {
                "type": "scatter",
                "data": card.points,
                "symbolSize": 6,
                "itemStyle": {"color": colour},
                "emphasis": {"disabled": True},
            },
        ],
    }


def lay_circle(card: Card) -> dict[str, Any]:
    """Return the options of the chart of the posterior: the density on the circle, phases on its rim."""
    highest = max(share for _, share in card.density)
    ring = [(share / highest, 360 * turn) for turn, share in card.density]
    rim = [
        {
            "type": "line",
            "coordinateSystem": "polar",
            "showSymbol": False,
            "data": [(1.1, 360 * (start + (end - start) * step / 24)) for step in range(25)],
            "lineStyle": {"color": f"var(--pc-phase-{code})", "width": 7},
            "silent": True,
            "emphasis": {"disabled": True},
        }
        for code, (start, end) in enumerate(card.arcs)
    ]
    return {
        "animation": False,
        "polar": {"radius": "86%"},
        "angleAxis": {
            "min": 0,
            "max": 360,
            "startAngle": 90,
            "interval": 90,
            "axisLine": {"show": False},
            "axisTick": {"show": False},
            "axisLabel": {"show": False},
            "splitLine": _GRID,
        },
        "radiusAxis": {
            "min": 0,
            "max": 1.16,
            "axisLine": {"show": False},
            "axisTick": {"show": False},
            "axisLabel": {"show": False},
            "splitLine": {"show": False},
        },
        "series": [
            *rim,
            {
                "type": "line",
                "coordinateSystem": "polar",
                "showSymbol": False,
                "data": [*ring, ring[0]],
                "lineStyle": {"color": "var(--pc-accent)", "width": 1.8},
                "areaStyle": {"color": "var(--pc-accent)", "opacity": 0.25},
                "silent": True,
                "emphasis": {"disabled": True},
            },
        ],
    }
