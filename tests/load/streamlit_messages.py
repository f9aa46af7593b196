"""The few bytes of Streamlit's protocol that a socket needs, so that no Streamlit is.

Field numbers are those of `streamlit/proto/BackMsg.proto` and `ForwardMsg.proto`, which Streamlit keeps from version to
version because its browser part may be older than the server.
"""

from collections.abc import Iterator

HEARTBEAT = b"\x88\x01\x01"
"""BackMsg.app_heartbeat (17) = true: the application answers with ForwardMsg.heartbeat_ack."""
RERUN_SCRIPT = b"\x5a\x00"
"""BackMsg.rerun_script (11) = an empty ClientState: what a browser says first."""
HEARTBEAT_ACK = 26
SCRIPT_FINISHED = 6

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5


def fields(message: bytes) -> Iterator[int]:
    """The field numbers of a protobuf message, of its own level only.

    Raises:
        ValueError: these bytes are no protobuf message.
    """
    position = 0
    while position < len(message):
        tag, position = _varint(message, position)
        kind = tag & 7
        if kind == _VARINT:
            _, position = _varint(message, position)
        elif kind == _BYTES:
            size, position = _varint(message, position)
            position += size
        elif kind in (_FIXED32, _FIXED64):
            position += 4 if kind == _FIXED32 else 8
        else:
            raise ValueError(f"no such kind of field: {kind}")
        if position > len(message):
            raise ValueError("the message ends within a field")
        yield tag >> 3


def _varint(message: bytes, position: int) -> tuple[int, int]:
    """The number at a position, and the position after it."""
    value = 0
    for offset, byte in enumerate(message[position : position + 10]):
        value |= (byte & 0x7F) << (7 * offset)
        if byte < 0x80:
            return value, position + offset + 1
    raise ValueError("the message ends within a number")
