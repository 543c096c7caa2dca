"""Elements: what all views are made of - headings, facts, notes, faults, figures."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from nicegui import ui
from nicegui.elements.mixins.text_element import TextElement

from phasecall.errors import PhasecallError, make_printable
from phasecall.timecourse import Note
from phasecall.web.page.desk.pictures import Drawing
from phasecall.web.page.fields import name_fields

SIGNS = {"ok": "✓", "warn": "!", "fail": "✕", "unknown": "?"}
"""Beside the word of a verdict, so that nothing rests on colour alone."""


def show_text(tag: str, text: str, classes: str = "") -> TextElement:
    """Show a text in an HTML element; whatever it holds is shown, not obeyed."""
    return TextElement(tag=tag, text=text).classes(classes)


def show_facts(facts: Iterable[tuple[str, str]], classes: str = "pc-facts") -> None:
    """Show terms and what is known of them as a list of descriptions."""
    with ui.element("dl").classes(classes):
        for term, told in facts:
            with ui.element("div"):
                show_text("dt", term)
                show_text("dd", told)


GRAVE = ("period_implausible", "period_doubted", "weak_clock", "under_one_cycle", "anchors_disagree")
"""Codes of notes that speak against the clock of an experiment: they are shown unfolded."""


def show_notes(notes: Sequence[Note], title: str, *, unfolded: bool = False) -> None:
    """Show notes in a list that can be folded; nothing where there are none."""
    if not notes:
        return
    with ui.element("details").classes("pc-notes").props("open" if unfolded else ""):
        show_text("summary", f"{title} ({len(notes)})")
        with ui.element("ul"):
            for note in notes:
                show_text("li", name_fields(make_printable(note.text)))


def show_verdict(verdict: str) -> None:
    """Show how a check came out, in a word with a sign."""
    show_text("span", f"{SIGNS[verdict]} {verdict}", f"pc-verdict pc-{verdict}")


def show_drawing(drawing: Drawing, *, level: str = "h3") -> None:
    """Show a figure with its title, what these data cannot bear of it, and its caption."""
    with ui.element("figure").classes("pc-figure"):
        show_text(level, drawing.title)
        if drawing.warning:
            show_text("p", drawing.warning, "pc-warning")
        if drawing.svg:
            # Drawn by our own figures, which escape every name.
            ui.html(drawing.svg, sanitize=False).classes("pc-svg")
        show_text("figcaption", drawing.caption)


def show_button(
    text: str, handler: Callable[..., Any] | None, classes: str = "", icon: str | None = None
) -> ui.button:
    """Show a button in the colours of the page."""
    return (
        ui.button(text, on_click=handler, color=None, icon=icon)
        .props("no-caps unelevated")
        .classes(f"pc-button {classes}")
    )


class Faults:
    """A place where what went wrong is shown, and read out; the visitor goes on from there."""

    def __init__(self) -> None:
        self._box = ui.element("div").props("role=alert").classes("pc-faults")

    def clear(self) -> None:
        """Take away what was shown."""
        self._box.clear()

    def show(self, fault: PhasecallError) -> None:
        """Show an error in place of the last one."""
        self._box.clear()
        told = (
            ("expected", fault.expected),
            ("found", fault.found),
            ("where", fault.where),
            ("to do", fault.fix),
        )
        with self._box, ui.element("div").classes("pc-fault"):
            show_text("strong", name_fields(make_printable(fault.problem)))
            show_facts([(name, name_fields(make_printable(text))) for name, text in told if text])
            show_button("Dismiss", self.clear, "pc-quiet")
        ui.run_javascript(f"getHtmlElement({self._box.id}).scrollIntoView({{block: 'nearest'}})")


class Progress:
    """Says how far the work is that somebody waits for, and lets them cancel it."""

    def __init__(self, cancel: Callable[[], None]) -> None:
        with ui.element("div").classes("pc-progress").props("hidden") as self._box:
            self._text = show_text("span", "").props("role=status")
            self._bar = ui.linear_progress(0, show_value=False, color=None).props('aria-label="progress"')
            show_button("Cancel", cancel, "pc-quiet")
        self._depth = 0

    def __enter__(self) -> Progress:
        self._depth += 1
        self.tell(0.0, "working")
        self._box.props(remove="hidden")
        return self

    def __exit__(self, *_: object) -> None:
        self._depth -= 1
        if not self._depth:
            self._box.props("hidden")
            self._text.text = ""

    def tell(self, share: float, text: str) -> None:
        """Say how far it is."""
        self._bar.value = share
        self._text.text = f"{text} …"
