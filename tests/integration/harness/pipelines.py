"""Pipelines that the worker of a deployment runs, as if somebody had scheduled them."""

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

name, kind, body = sys.argv[1:]
steps = f"<step><name>in</name><type>{kind}</type>{body}</step><step><name>out</name><type>Dummy</type></step>"
hop = "<order><hop><from>in</from><to>out</to><enabled>Y</enabled></hop></order>"
text = f"<transformation><info><name>{name}</name></info>{hop}{steps}</transformation>"
try:
    flow_id = services().flows.add(text.encode()).id
except FlowExistsError as known:
    flow_id = known.flow_id
services().schedules.add(flow_id, once(now() + timedelta(seconds=3)), {})
"""
"""Run inside the application's container, whose settings and secrets it needs."""


def run_soon(deployed: Deployment, name: str, first_step: tuple[str, str]) -> None:
    """Have a pipeline of one step run in 3 seconds.

    Args:
        deployed: where.
        name: of the pipeline.
        first_step: its type and the XML inside of it, such as `GOOD` and `BAD`.
    """
    application = deployed.view.service(deployed.name, "app-blue-1")
    done = deployed.view.run_in(application, ["python", "-c", SCHEDULE, name, *first_step])
    assert done.code == 0, done.output
