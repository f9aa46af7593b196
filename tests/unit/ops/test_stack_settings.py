"""Settings as `ktr` reads them: without Pulumi, which alone can read their secrets."""

from pathlib import Path

from ops.paths import Paths
from ops.stack_settings import stack_settings

SECRETS = """\
config:
  ktr:monitoring:
    enabled: true
    receivers:
      webhook:
        url:
          secure: v1:abc
        token:
          secure: v1:def
  ktr:logging:
    secure: v1:ghi
"""


def test_secrets_in_a_stack_file_keep_nobody_from_reading_the_rest(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.team.yaml").write_text(SECRETS, encoding="utf-8")
    paths = Paths(checkout=tmp_path, state=tmp_path / "state", cache=tmp_path / "cache")
    monitoring = stack_settings("team", paths).monitoring
    assert monitoring.enabled
    assert monitoring.receivers.webhook.url is not None
    assert "abc" not in monitoring.receivers.webhook.url.get_secret_value()
