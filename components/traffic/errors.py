"""The one error of this package."""


class TrafficError(RuntimeError):
    """Traffic could not be moved, or may not be; the message says why and what serves now."""
