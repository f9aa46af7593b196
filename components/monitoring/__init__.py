"""Monitoring: measures the platform and tells people."""

from components.monitoring.component import Monitoring, MonitoringArgs, monitoring_images

__all__ = ["Monitoring", "MonitoringArgs", "monitoring_images"]
