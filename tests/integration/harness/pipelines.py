"""Pipelines that the worker of a deployment runs, as if somebody had scheduled them."""

import json
from collections.abc import Sequence

from tests.integration.harness.deployment import Deployment

GOOD = (
    "DataGrid",
    "<fields><field><name>n</name><type>Integer</type></field></fields><data><line><item>1</item></line></data>",
)
BAD = ("CsvInput", "<filename>nowhere.csv</filename>")
SCHEDULE = """
import sys
from datetime import timedelta
from ktr_app.flows import FlowExistsError
from ktr_app.models import now
from ktr_app.schedules.rules import once
from ktr_app.services import services

name, kind, body, *delays = sys.argv[1:]
steps = f"<step><name>in</name><type>{kind}</type>{body}</step><step><name>out</name><type>Dummy</type></step>"
hop = "<order><hop><from>in</from><to>out</to><enabled>Y</enabled></hop></order>"
text = f"<transformation><info><name>{name}</name></info>{hop}{steps}</transformation>"
try:
    flow_id = services().flows.add(text.encode()).id
except FlowExistsError as known:
    flow_id = known.flow_id
start = now()
for delay in delays:
    services().schedules.add(flow_id, once(start + timedelta(seconds=float(delay))), {})
"""
RUNS = """
import json, sys
from sqlalchemy import select
from ktr_app.models import Execution
from ktr_app.schedules.claims import DUE_AT
from ktr_app.services import services

found = select(Execution.parameters, Execution.status).where(Execution.flow_name == sys.argv[1])
with services().engine.connect() as database:
    print(json.dumps([[parameters[DUE_AT], status] for parameters, status in database.execute(found)]))
"""
"""Run inside the application's container, whose settings and secrets it needs."""


def run_soon(deployed: Deployment, name: str, first_step: tuple[str, str]) -> None:
    """Have a pipeline of one step run in 3 seconds.

    Args:
        deployed: where.
        name: of the pipeline.
        first_step: its type and the XML inside of it, such as `GOOD` and `BAD`.
    """
    run_at(deployed, name, first_step, [3])


def run_at(deployed: Deployment, name: str, first_step: tuple[str, str], seconds: Sequence[float]) -> None:
    """Have a pipeline of one step run in so many seconds each; as `run_soon`."""
    _in_the_application(deployed, SCHEDULE, name, *first_step, *map(str, seconds))


def runs_of(deployed: Deployment, name: str) -> list[tuple[str, str]]:
    """Every run of a scheduled pipeline: when it was due, to the second, and its status."""
    return [(due, status) for due, status in json.loads(_in_the_application(deployed, RUNS, name))]


def _in_the_application(deployed: Deployment, script: str, *arguments: str) -> str:
    application = deployed.view.service(deployed.name, "app-blue-1")
    done = deployed.view.run_in(application, ["python", "-c", script, *arguments])
    assert done.code == 0, done.output
    return done.output
