"""Flows to start with, and the data they read."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Sample:
    """A packaged flow."""

    name: str
    """The file's name without `.ktr`."""
    title: str
    about: str
    data: tuple[str, ...] = ()
    """Files it reads, put into the data folder when it is imported."""


SAMPLES = (
    Sample(
        name="sales_by_region",
        title="Sales by region",
        about="Data grid → filter → sort → group by → file",
    ),
    Sample(
        name="load_orders",
        title="Load orders into a table",
        about="CSV file → select values → table",
        data=("orders.csv",),
    ),
    Sample(
        name="order_report",
        title="Report on the orders table",
        about="Table → filter → sort → file",
    ),
)


def install(sample: Sample, data_folder: Path) -> bytes:
    """Put the sample's data into the data folder where it is not there yet; return the flow's file."""
    source = files("ktr_app") / "samples"
    for name in sample.data:
        target = data_folder / name
        if not target.exists():
            target.write_bytes((source / name).read_bytes())
    return (source / f"{sample.name}.ktr").read_bytes()
