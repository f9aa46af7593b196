"""Who is told of which alert, and when: Alertmanager's configuration as a pure function of the settings."""

from collections.abc import Mapping
from typing import Any

import yaml

from components.settings import EmailSettings, ReceiverSettings, SlackSettings, WebhookSettings

GROUP_WAIT = 20
"""Seconds that the first alert of a group waits: for others of the same fault, and for the alert that explains it."""
TITLE = "{{ .Status | toUpper }}: {{ .CommonLabels.stack }} {{ .CommonLabels.component }}"
TEXT = "{{ range .Alerts }}{{ .Annotations.summary }} ({{ .Labels.severity }}, {{ .Annotations.runbook }})\n{{ end }}"
SYMPTOMS = "ServiceDown|WebSocketDown|ErrorRateHigh|ErrorBudgetBurn|EdgeUnmeasured"
"""What clients feel, whatever the cause."""


def render_alerting(receivers: ReceiverSettings, group_wait: int = GROUP_WAIT) -> str:
    """alertmanager.yml. It holds secrets: addresses of webhooks, tokens, a password.

    Args:
        receivers: who is told.
        group_wait: seconds that the first alert of a group waits.
    """
    return yaml.safe_dump(
        {
            "route": _route(f"{group_wait}s"),
            "receivers": [
                {"name": "everybody", **_channels(receivers, resolved=True)},
                {"name": "information", **_channels(receivers, resolved=False)},
                {"name": "watchdog", **_webhooks(receivers.webhook, resolved=False)},
            ],
            "inhibit_rules": INHIBITIONS,
        },
        sort_keys=False,
    )


def _route(group_wait: str) -> dict[str, Any]:
    """One message for what concerns one component of one stack."""
    return {
        "receiver": "everybody",
        "group_by": ["stack", "component"],
        "group_wait": group_wait,
        "group_interval": "2m",
        "repeat_interval": "4h",
        "routes": [
            {
                "matchers": ['alertname="Watchdog"'],
                "receiver": "watchdog",
                "group_wait": "0s",
                "group_interval": "1m",
                "repeat_interval": "5m",
            },
            {
                "matchers": ['severity="info"'],
                "receiver": "information",
                "group_by": ["stack", "alertname"],
                "group_wait": "0s",
            },
            {"matchers": ['severity="warning"'], "repeat_interval": "24h"},
        ],
    }


def _inhibition(source: list[str], target: list[str], *equal: str) -> dict[str, Any]:
    return {"source_matchers": source, "target_matchers": target, "equal": ["stack", *equal]}


INHIBITIONS = [
    # Why a component fails is told, and not also how.
    _inhibition(
        ['alertname="ContainerOutOfMemory"'],
        ['alertname=~"ContainerDown|ContainerUnhealthy|ContainerFlapping|ContainerMemoryHigh|SlotDown|TargetMissing"'],
        "component",
    ),
    _inhibition(
        ['alertname="ContainerFlapping"'],
        ['alertname=~"ContainerDown|ContainerUnhealthy|SlotDown|TargetMissing"'],
        "component",
    ),
    _inhibition(
        ['alertname="ContainerDown"'],
        ['alertname=~"ContainerUnhealthy|SlotDown|TargetMissing|PostgresDown|RedisDown"'],
        "component",
    ),
    _inhibition(['alertname="ContainerUnhealthy"'], ['alertname=~"SlotDown|PostgresDown|RedisDown"'], "component"),
    # A database, cache or edge that is down explains what its users suffer.
    _inhibition(
        ['alertname=~"ContainerDown|ContainerUnhealthy|PostgresDown|RedisDown"', 'component=~"postgres|redis"'],
        ['alertname=~"ContainerUnhealthy|SlotDown"', 'component=~"app-.*"'],
    ),
    _inhibition(
        ['alertname=~"ContainerDown|ContainerUnhealthy|PostgresDown|RedisDown"', 'component=~"postgres|redis|nginx"'],
        [f'alertname=~"{SYMPTOMS}"'],
    ),
    _inhibition(
        ['alertname="ContainerDown"', 'component="edge-exporter"'],
        ['alertname="EdgeUnmeasured"'],
    ),
    # Of what clients feel, the worst is told.
    _inhibition(
        ['alertname="ServiceDown"'], ['alertname=~"WebSocketDown|ErrorRateHigh|ErrorBudgetBurn|EdgeUnmeasured"']
    ),
    _inhibition(['alertname="ErrorRateHigh"'], ['alertname="ErrorBudgetBurn"']),
    _inhibition(
        ['alertname="ErrorBudgetBurn"', 'severity="critical"'], ['severity="warning"', 'alertname="ErrorBudgetBurn"']
    ),
    _inhibition(['alertname="DiskAlmostFull"'], ['alertname="DiskFillsWithinADay"']),
    _inhibition(['alertname="CriticalPipelineFailed"'], ['alertname="PipelineFailing"'], "pipeline"),
]


def _channels(receivers: ReceiverSettings, *, resolved: bool) -> dict[str, Any]:
    return {
        **_webhooks(receivers.webhook, resolved=resolved),
        **_slack(receivers.slack, resolved=resolved),
        **_email(receivers.email, resolved=resolved),
    }


def _webhooks(webhook: WebhookSettings, *, resolved: bool) -> Mapping[str, Any]:
    if not webhook.url:
        return {}
    config: dict[str, Any] = {"url": webhook.url.get_secret_value(), "send_resolved": resolved}
    if webhook.token:
        config["http_config"] = {"authorization": {"credentials": webhook.token.get_secret_value()}}
    return {"webhook_configs": [config]}


def _slack(slack: SlackSettings, *, resolved: bool) -> Mapping[str, Any]:
    if not slack.url:
        return {}
    config = {
        "api_url": slack.url.get_secret_value(),
        "send_resolved": resolved,
        "title": TITLE,
        "text": TEXT,
        **({"channel": slack.channel} if slack.channel else {}),
    }
    return {"slack_configs": [config]}


def _email(email: EmailSettings, *, resolved: bool) -> Mapping[str, Any]:
    if not email.to or not email.host:
        return {}
    login = {"auth_username": email.user, "auth_password": email.password.get_secret_value()} if email.password else {}
    config = {
        "to": email.to,
        "from": email.sender,
        "smarthost": f"{email.host}:{email.port}",
        "send_resolved": resolved,
        "headers": {"Subject": TITLE},
        "html": "",
        "text": TEXT,
        **login,
    }
    return {"email_configs": [config]}
