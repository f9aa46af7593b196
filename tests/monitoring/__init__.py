"""The monitoring by the programs that read it: promtool, amtool, Alertmanager and nginx themselves; no engine."""
