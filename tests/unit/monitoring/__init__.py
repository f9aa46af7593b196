"""Unit tests of the monitoring, with the real checkers of Prometheus and Alertmanager."""
