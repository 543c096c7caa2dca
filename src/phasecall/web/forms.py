"""Forms: the fields of a request, under the names that the options of the verbs have."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO, Annotated, Literal

from fastapi import UploadFile
from pydantic import BaseModel, ConfigDict, Field

from phasecall.datasets import DATASETS
from phasecall.enquiry import ORGANISMS
from phasecall.io.scale import SCALES
from phasecall.io.sources import READERS
from phasecall.io.timing import UNITS
from phasecall.phases import SCHEMES
from phasecall.web.saying import label_of_upload, split_times
from phasecall.web.work import Options

_MOST_FILES = 8
_EMBEDDED = [key for key, one in DATASETS.items() if one.kind == "time course"]
_Word = Annotated[str, Field(max_length=200)]
_Minutes = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class CourseForm(BaseModel):
    """A time course, or several of the same genes, and what is known of them."""

    model_config = ConfigDict(extra="forbid")

    file: list[UploadFile] = Field(
        [], max_length=_MOST_FILES, description="A time course; several are fused."
    )
    dataset: Literal[*_EMBEDDED] | None = Field(  # type: ignore[valid-type]
        None, description="Key of an embedded time course, instead of a file."
    )
    labels: UploadFile | None = Field(None, description="Known phases: a column of genes, one of phases.")
    samples: UploadFile | None = Field(None, description="What was measured when: a table of samples.")
    format: Literal["auto", *READERS] = Field("auto", description="What kind of table it is.")  # type: ignore[valid-type]
    experiment: list[_Word] = Field([], description="Which experiment of a file with several.")
    unit: Literal[*UNITS] | None = Field(None, description="Unit of the times.")  # type: ignore[valid-type]
    times: Annotated[str, Field(max_length=20_000)] | None = Field(
        None, description="Time of every column, parted by commas, for a header without."
    )
    genes: _Word | None = Field(None, description="Column that genes are called by.")
    sheet: _Word | None = Field(None, description="Sheet of an Excel workbook.")
    layer: _Word | None = Field(None, description="Layer of an AnnData file.")
    scale: Literal["auto", *SCALES] = Field("auto", description="What the values are.")  # type: ignore[valid-type]
    transpose: bool = Field(False, description="Genes are columns and times are rows.")
    sync: list[_Word] = Field(
        [], description="Synchronisation: alpha, cdc15, thymidine ...; once, or one a file."
    )
    period: list[_Minutes] = Field([], description="Minutes of a cell cycle; once, or one a file.")
    markers: Literal[*ORGANISMS] | None = Field(None, description="Whose marker genes tie the clock.")  # type: ignore[valid-type]

    def options(self) -> Options:
        """Return what was said.

        Raises
        ------
        InputError
            If the times are no numbers.
        """
        told = self.model_dump(exclude={"file", "labels", "samples", "times"})
        times = split_times(self.times or "")
        return Options(**told, times=None if times is None else list(times))

    def files(self) -> Iterator[tuple[str, str, IO[bytes]]]:
        """Yield the files that came, as `phasecall.web.dispatch.Dispatcher.submit` takes them."""
        for field, one in (
            *(("file", one) for one in self.file),
            ("labels", self.labels),
            ("samples", self.samples),
        ):
            if one is not None:
                yield field, label_of_upload(one.filename), one.file


class CallForm(CourseForm):
    """A time course to call, and the phases that are wanted."""

    scheme: Literal[*SCHEMES] | None = Field(None, description="Phases; those of the organism if not given.")  # type: ignore[valid-type]
