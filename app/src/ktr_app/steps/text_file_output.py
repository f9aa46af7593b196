"""Text file output: delimited text into the data folder."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import IO, Any

import polars as pl

from ktr_app.engine.step import Rows, Step, register
from ktr_app.engine.values import Format, to_text
from ktr_app.ktr.xml import children, text
from ktr_app.steps.fields import format_of

_LINE_ENDS = {"UNIX": "\n", "CR": "\r", "NONE": ""}


@register("TextFileOutput")
class TextFileOutput(Step):
    """Writes rows and passes them on. A failed run removes the unfinished file."""

    def configure(self) -> None:
        """Read name, dialect and fields; compression and splitting are refused."""
        if self.text("compression", "None") not in {"None", ""}:
            raise self.fail("Compression is not supported; set it to None")
        self._append = self.flag("file/append")
        name, extension = self.text("file/name"), self.text("file/extention") or self.text("file/extension")
        self._name = f"{name}.{extension}" if extension and name else name
        try:
            self._path = self.run.files.resolve(self._name)
        except ValueError as error:
            raise self.fail(str(error)) from error
        self._separator = self.raw("separator", ";").replace("\\t", "\t")[:1] or ";"
        self._enclosure = self.raw("enclosure", '"').strip()[:1]
        self._forced = self.flag("enclosure_forced")
        self._header = self.flag("header", default=True)
        self._line_end = _LINE_ENDS.get(self.text("format", "DOS"), "\r\n")
        self._encoding = self.text("encoding") or "utf-8"
        self._fields = [
            (text(f, "name"), format_of(f), text(f, "nullif"))
            for f in children(self.spec.element, "fields/field")
            if text(f, "name")
        ]
        self._file: IO[str] | None = None
        self._writer: Any = None

    def process(self, frame: pl.DataFrame) -> Iterator[Rows]:
        """Write, then pass on."""
        fields = self._fields or [(name, Format(), "") for name in frame.columns]
        if self._file is None:
            self._open([name for name, _, _ in fields])
        columns = [
            to_text(frame[self.need(frame, name)], shape).fill_null(null).to_list()
            for name, shape, null in fields
        ]
        self._writer.writerows(zip(*columns, strict=True))
        yield Rows(frame)

    def _open(self, names: list[str]) -> None:
        self._path = self.run.files.for_writing(self._name)
        fresh = not self._append or not self._path.exists()
        self._file = self._path.open("a" if self._append else "w", encoding=self._encoding, newline="")
        self._writer = csv.writer(
            self._file,
            delimiter=self._separator,
            quotechar=self._enclosure or None,
            lineterminator=self._line_end,
            quoting=self._quoting(),
            escapechar=None if self._enclosure else "\\",
        )
        if self._header and fresh:
            self._writer.writerow(names)

    def _quoting(self) -> Any:
        if not self._enclosure:
            return csv.QUOTE_NONE
        return csv.QUOTE_ALL if self._forced else csv.QUOTE_MINIMAL

    def close(self, *, failed: bool) -> None:
        """Finish the file, or remove what is unfinished."""
        if self._file is None:
            return
        self._file.close()
        if failed and not self._append:
            self._path.unlink(missing_ok=True)
