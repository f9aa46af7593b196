"""Sums up what was recorded: the whole, each window, the rest, and the generator's own pace."""

import os
from collections import Counter, defaultdict
from dataclasses import dataclass

from tests.load.recorder import Recorder, milliseconds
from tests.load.report import Close, Pace, Traffic, Window
from tests.load.windows import Windows


@dataclass(frozen=True)
class Summary:
    """The traffic of one run."""

    whole: Traffic
    steady: Traffic
    windows: tuple[Window, ...]


def summary(recorder: Recorder, windows: Windows, closes: list[Close], end: float) -> Summary:
    """Each request counts where it was due; `end` is when the last could be, in seconds since the run began."""
    rows: dict[int | None, list[int]] = defaultdict(list)
    for row, due in enumerate(recorder.due):
        rows[windows.index(due)].append(row)
    closed = Counter(windows.index(close.at) for close in closes)
    summed = tuple(
        Window(
            name=span.name,
            start=round(span.start, 3),
            traffic=recorder.traffic(rows[number], min(span.end, end) - span.start),
            sockets_closed=closed[number],
        )
        for number, span in enumerate(windows.spans)
    )
    seconds = end - windows.spans[0].start if windows.spans else 0.0
    inside = sum(window.traffic.seconds for window in summed)
    return Summary(
        whole=recorder.traffic(range(len(recorder)), seconds),
        steady=recorder.traffic(rows[None], seconds - inside),
        windows=summed,
    )


def pace(recorder: Recorder, asked_rate: float, begin: float, end: float, cpu_seconds: float) -> Pace:
    """The generator's own doing between two moments."""
    duration = end - begin
    sent = [moment for moment in recorder.sent if begin <= moment < end]
    seconds = Counter(int(moment - begin) for moment in sent)
    lags = (done - due for due, done in zip(recorder.due, recorder.sent, strict=True) if begin <= due < end)
    return Pace(
        asked_rate=asked_rate,
        achieved_rate=round(len(sent) / duration, 2) if duration else 0.0,
        slowest_second=min((seconds[second] for second in range(int(duration))), default=0),
        worst_lag=milliseconds(max(lags, default=0.0)),
        load_average=round(os.getloadavg()[0], 2),
        cpu_share=round(cpu_seconds / duration, 3) if duration else 0.0,
    )
