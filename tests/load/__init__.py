"""Load on an edge, from a process of its own, with a report of everything that failed.

A run sends requests at a constant rate, however slow the answers are, and takes the latency from the moment at which
each was due, so that a stall counts for all who would have come meanwhile. Each request is sent once: nothing is
retried, and a broken connection is a failed request. Half of the connections keep their cookies, half come as new
clients. WebSockets speak Streamlit's protocol: each has the application run its script once, then exchanges a heartbeat
every second.

From a test::

    with LoadRun(deployment.url, rate=300, sockets=50, ca_file=ca) as load:  # goes on under full load
        with load.window("switch 1"):
            switch()
        time.sleep(10)  # steady state
    assert not load.report.faulty
    assert load.report.window("canary").traffic.share("green") == pytest.approx(0.1, abs=0.03)

`load.mark(name)` begins a window without an end of its own: the next mark, or `load.unmark()`, ends it. Leaving the
context raises `LoadError` when the generator could not keep up its rate, since then the run proves nothing. `plan.Plan`
has the settings, `report.Report` is the schema of the report, `access_log.arrivals` finds requests that the edge saw
twice.

By hand, for people or for a pipeline::

    python -m tests.load https://localhost:8443 --insecure --seconds 60 --human
    python -m tests.load http://localhost:8080 --rate 500 --sockets 0 --json report.json

A run always ends: after `max_seconds`, on SIGTERM or SIGINT, and when the test that controls it is gone.
"""

from tests.load.report import Report
from tests.load.run import LoadError, LoadRun

__all__ = ["LoadError", "LoadRun", "Report"]
