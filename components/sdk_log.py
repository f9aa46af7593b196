"""Work of Pulumi's Python SDK that helps nobody: debug messages that no one reads, searches for garbage."""

import gc
import os

import pulumi

VARIABLE = "KTR_SDK_DEBUG"


def spare_sdk_work() -> None:
    """Drop the SDK's own debug messages, unless KTR_SDK_DEBUG is set, and collect no garbage.

    An unchanged preview of a stack sends about 380 messages to the engine, each by a blocking call of 2 ms, whether
    anybody reads them or not: a fifth of its time (docs/adr/0004). The program lives for one update, in which the
    collector looks through the SDK's many tasks again and again: 0.2 s of 2.3 s of CPU.
    """
    gc.disable()
    if not os.environ.get(VARIABLE):
        vars(pulumi.log)["debug"] = lambda *_args, **_kwargs: None
