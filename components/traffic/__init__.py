"""Traffic: which application slot serves which share of the clients, and how that changes without losing a request."""

from components.traffic.component import Traffic, TrafficArgs
from components.traffic.edge import Edge
from components.traffic.errors import TrafficError
from components.traffic.routing import Routing
from components.traffic.slot import Slot, SlotArgs

__all__ = ["Edge", "Routing", "Slot", "SlotArgs", "Traffic", "TrafficArgs", "TrafficError"]
