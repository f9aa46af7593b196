"""Logs: Alloy collects what every container writes, and Loki keeps it for the dashboards to search."""

from components.monitoring.logs.component import IMAGES as LOGS
from components.monitoring.logs.component import Logs, LogsArgs, keeps_logs
from components.monitoring.logs.loki import ADDRESS as LOKI_ADDRESS

__all__ = ["LOGS", "LOKI_ADDRESS", "Logs", "LogsArgs", "keeps_logs"]
