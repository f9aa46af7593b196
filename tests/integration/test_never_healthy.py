"""A service that does not get healthy fails the update, which says what the container wrote."""

import os

from components.images import CATALOGUE
from tests.integration.harness.deployment import deployment
from tests.integration.harness.engine_view import EngineView

LIMIT = "HEALTHY_WITHIN = 120"


def test_a_plain_update_shows_the_log_of_a_container_that_never_got_healthy(view: EngineView) -> None:
    # Any image will do for the application, which is never reached: so none has to be built.
    image = CATALOGUE["nginx"]
    repository = {"repository": f"{os.environ['KTR_REGISTRY']}/{image.repository}"}
    with deployment("dev", view, {"ktr:app": repository, "ktr:release": {"blue": image.tag}}) as deployed:
        deployed.initialise()
        runtime = deployed.program / "components" / "runtime.py"
        source = runtime.read_text(encoding="utf-8")
        assert LIMIT in source
        runtime.write_text(source.replace(LIMIT, "HEALTHY_WITHIN = 1"), encoding="utf-8")
        failed = deployed.cli("up", "--yes", "--skip-preview")
        assert failed.returncode != 0
        assert f"the last output of ktr-{deployed.name}-redis:" in failed.stdout
        assert "Ready to accept connections" in failed.stdout
