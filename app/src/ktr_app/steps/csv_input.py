"""CSV file input and text file input: delimited text, read line by line."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import polars as pl

from ktr_app.engine.step import Rows, Step, register
from ktr_app.ktr.xml import children, text
from ktr_app.steps.fields import read_fields, typed_frame

MAX_FIELD = 16 * 2**20
"""Longest value, in characters: an open quote must not read the whole file into memory."""

_ENCODINGS = {"": "utf-8-sig", "UTF-8": "utf-8-sig"}


class DelimitedInput(Step):
    """What both inputs share: text to typed rows, faults with their line."""

    reads_outside = True

    def configure(self) -> None:
        """Read the dialect and the fields."""
        self._fields = read_fields(self)
        self._separator = self.raw("separator", ",").replace("\\t", "\t") or ","
        if len(self._separator) != 1:
            raise self.fail(
                f"The separator {self._separator!r} has {len(self._separator)} characters; one is needed"
            )
        self._enclosure = self.raw("enclosure").strip()[:1]
        encoding = self.text("encoding") or self.text("file/encoding")
        self._encoding = _ENCODINGS.get(encoding.upper(), encoding)
        self._rownum = self.text("rownum_field") or self.text("rownumfield")
        self._limit = self.limit("limit")
        self._row = 0

    def header_lines(self) -> int:
        """Return how many first lines are no data."""
        return 1 if self.flag("header", default=True) else 0

    def paths(self) -> list[Path]:
        """Return the files to read; StepError where one is missing."""
        return [self.path(self.text("filename") or self.text("file/name"))]

    def path(self, name: str) -> Path:
        """Return one existing file of the data folder."""
        try:
            return self.run.files.existing(name)
        except (OSError, ValueError) as error:
            raise self.fail(str(error)) from error

    def produce(self) -> Iterator[Rows]:
        """Yield batches as the files are read."""
        csv.field_size_limit(MAX_FIELD)
        for path in self.paths():
            try:
                with path.open(encoding=self._encoding, newline="") as file:
                    yield from self._read(file)
            except (UnicodeDecodeError, LookupError) as error:
                raise self.fail(f"{path.name} is not in the encoding {self._encoding}: {error}") from error
            except csv.Error as error:
                raise self.fail(f"{path.name}: {error}; check separator and enclosure") from error
        if not self._row:
            yield Rows(self._typed([])[0])

    def _read(self, file: Iterator[str]) -> Iterator[Rows]:
        reader = csv.reader(
            file,
            delimiter=self._separator,
            quotechar=self._enclosure or None,
            quoting=csv.QUOTE_MINIMAL if self._enclosure else csv.QUOTE_NONE,
        )
        for _ in islice(reader, self.header_lines()):
            pass
        while lines := list(islice((line for line in reader if line), self._wanted())):
            frame, bad, fault = self._typed(lines)
            if bad.any():
                yield Rows(frame.filter(bad), fault=f"{fault} (near line {reader.line_num})")
                frame = frame.filter(~bad)
            yield Rows(frame)

    def _wanted(self) -> int:
        return min(self.run.batch_rows, self._limit - self._row) if self._limit else self.run.batch_rows

    def _typed(self, lines: list[list[str]]) -> tuple[pl.DataFrame, pl.Series, str]:
        raw = pl.DataFrame(
            [
                pl.Series(f.name, [line[i] if i < len(line) else None for line in lines], dtype=pl.String)
                for i, f in enumerate(self._fields)
            ]
        )
        frame, bad, fault = typed_frame(raw, self._fields)
        if self._rownum:
            numbers = pl.int_range(self._row + 1, self._row + len(lines) + 1, dtype=pl.Int64, eager=True)
            frame = frame.with_columns(numbers.alias(self._rownum))
        self._row += len(lines)
        return frame, bad, fault


@register("CsvInput")
class CsvInput(DelimitedInput):
    """One file with a header."""


@register("TextFileInput", "TextFileInput2")
class TextFileInput(DelimitedInput):
    """Several delimited files; fixed-width and compressed ones are refused."""

    def configure(self) -> None:
        """Check that the files are delimited text."""
        if self.text("file/type", "CSV").upper() != "CSV":
            raise self.fail("Only delimited files are supported; set the file type to CSV")
        if self.text("file/compression", "None") != "None" or self.flag("file/include_subfolders"):
            raise self.fail("Compressed files and folders are not supported; name plain files")
        super().configure()

    def header_lines(self) -> int:
        """Return how many first lines are no data."""
        return self.integer("nr_headerlines", 1) if self.flag("header") else 0

    def paths(self) -> list[Path]:
        """Return all named files."""
        names = [
            self.run.variables.substitute(text(n, ".")) for n in children(self.spec.element, "file/name")
        ]
        return [self.path(name) for name in names if name]
