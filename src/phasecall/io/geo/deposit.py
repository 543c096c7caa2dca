"""The deposit: a file of GEO as one of the formats that are read."""

from __future__ import annotations

from dataclasses import replace

from phasecall.errors import InputError
from phasecall.io.courses import finished
from phasecall.io.document import Document
from phasecall.io.files import label_of
from phasecall.io.geo.series import GeoWishes, read_geo, recognise_geo
from phasecall.io.request import Request, refuse_other
from phasecall.io.samples import read_samples
from phasecall.io.timing import UNITS
from phasecall.timecourse import Note, TimeCourse


def read_deposit(document: Document, request: Request) -> list[TimeCourse]:
    """Return the time courses of a file of GEO, as `phasecall.io.sources` asks for them.

    Parameters
    ----------
    document
        The file.
    request
        What is asked of it. A sheet of samples gives times; that the file says the rest is why it is read so.

    Raises
    ------
    InputError
        If `read_geo` refuses it, or something is asked for that means nothing for a file of GEO.
    """
    refuse_other(document.source, request)
    if request.times is not None:
        raise InputError(
            "the samples of a GEO file have no order to give times in",
            fix="--samples FILE with the columns sample (GSM... or its title) and time",
        )
    if request.transpose:
        raise InputError("the samples of a GEO file are never rows", fix="leave out --transpose")
    given = {} if request.samples is None else read_samples(request.samples, request.unit)
    if any(sample.sign != 1.0 for sample in given.values()):
        raise InputError(
            "of a GEO file the sheet of samples turns no ratios: its own words on dyes do",
            where=label_of(request.samples or ""),
            fix="leave out the column of signs",
        )
    wishes = GeoWishes(
        name=request.name if request.name != document.name else None,
        sync=request.sync,
        unit=None if request.unit is None else UNITS[request.unit],
        times={name: sample.minutes for name, sample in given.items()} or None,
    )
    courses = read_geo(document.text, document.source, wishes)
    why = recognise_geo(document.text) or "as asked for"
    told = [Note("format", f"read as a file of GEO (geo): {why}")]
    if any(sample.experiment for sample in given.values()):
        told.append(Note("samples", "of the sheet of samples the times were used, not the experiments"))
    courses = [replace(course, notes=(*told, *course.notes)) for course in courses]
    return [finished(course, request.scale, document.source) for course in courses]
