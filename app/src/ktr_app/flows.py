"""Imported flows: rows of the database, and the original files beside them."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

from sqlalchemy import Engine, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session as Database
from sqlalchemy.orm import defer

from ktr_app.ktr.model import Transformation
from ktr_app.ktr.parser import parse
from ktr_app.models import Flow


class FlowExistsError(Exception):
    """The same file was imported before.

    Args:
        flow_id: the flow that is there.
        name: its name.
    """

    def __init__(self, flow_id: UUID, name: str) -> None:
        self.flow_id = flow_id
        super().__init__(f"This file is already imported as {name!r}")


class Flows:
    """Adds, lists and deletes flows.

    Args:
        engine: the database.
        folder: where the original files go.
        max_bytes: largest file.
    """

    def __init__(self, engine: Engine, *, folder: Path, max_bytes: int) -> None:
        self._engine = engine
        self._folder = folder
        self._max_bytes = max_bytes

    def add(self, data: bytes) -> Flow:
        """Import a file.

        Raises:
            KtrError: it is no transformation.
            FlowExistsError: it is there already.
        """
        transformation = parse(data, max_bytes=self._max_bytes)
        digest = hashlib.sha256(data).hexdigest()
        flow = Flow(
            name=transformation.name,
            description=transformation.description,
            xml=data,
            sha256=digest,
            steps=len(transformation.steps),
        )
        try:
            with Database(self._engine, expire_on_commit=False) as database, database.begin():
                database.add(flow)
                database.flush()
                self._write(flow.id, data)
        except IntegrityError:
            known = self._by_digest(digest)
            if known is None:
                raise
            raise FlowExistsError(known.id, known.name) from None
        return flow

    def all(self) -> Sequence[Flow]:
        """Return all flows by name, without their XML."""
        with Database(self._engine) as database:
            return database.scalars(select(Flow).options(defer(Flow.xml)).order_by(Flow.name)).all()

    def get(self, flow_id: UUID) -> Flow | None:
        """Return one flow; None where it is gone."""
        with Database(self._engine) as database:
            return database.get(Flow, flow_id)

    def transformation(self, flow: Flow) -> Transformation:
        """Return what the flow's file says."""
        return parse(flow.xml, max_bytes=max(self._max_bytes, len(flow.xml)))

    def delete(self, flow_id: UUID) -> None:
        """Delete a flow and its file; its executions stay."""
        with Database(self._engine) as database, database.begin():
            flow = database.get(Flow, flow_id)
            if flow is not None:
                database.delete(flow)
        self._path(flow_id).unlink(missing_ok=True)

    def _by_digest(self, digest: str) -> Flow | None:
        with Database(self._engine) as database:
            return database.scalar(select(Flow).where(Flow.sha256 == digest))

    def _path(self, flow_id: UUID) -> Path:
        return self._folder / f"{flow_id}.ktr"

    def _write(self, flow_id: UUID, data: bytes) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._path(flow_id)
        unfinished = path.with_suffix(".part")
        with unfinished.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
