"""Monitoring: measures the platform, shows the figures and tells people."""

from components.monitoring.component import Monitoring, MonitoringArgs, monitoring_images
from components.monitoring.grafana import ADDRESS as GRAFANA_ADDRESS
from components.monitoring.grafana import shows_dashboards

__all__ = ["GRAFANA_ADDRESS", "Monitoring", "MonitoringArgs", "monitoring_images", "shows_dashboards"]
