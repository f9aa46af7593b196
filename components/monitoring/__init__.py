"""Monitoring: measures the platform, shows the figures and tells people."""

from components.monitoring.component import Monitoring, MonitoringArgs, monitoring_plan
from components.monitoring.grafana import shows_dashboards
from components.monitoring.logs import keeps_logs

__all__ = ["Monitoring", "MonitoringArgs", "keeps_logs", "monitoring_plan", "shows_dashboards"]
