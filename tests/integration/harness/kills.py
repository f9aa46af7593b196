"""Kills main processes as the kernel's out-of-memory killer would: from outside, without the engine's knowledge."""

from docker.models.containers import Container

from tests.integration.harness.engine_view import EngineView


def kill_main_process(view: EngineView, container: Container) -> None:
    """SIGKILL to a container's main process, by its number on the host.

    `docker kill` would not do: the engine then takes the container for stopped on purpose and leaves it down. A helper
    in the host's process namespace works for remote engines and for users who are not root, too.
    """
    pid = view.inspect(container.id or "")["State"]["Pid"]
    assert pid > 0, f"{container.name} does not run"
    assert container.image
    view.client.containers.run(
        container.image,
        ["-c", f"kill -9 {pid}"],
        entrypoint="sh",
        user="0",
        pid_mode="host",
        network_mode="none",
        cap_drop=["ALL"],
        cap_add=["KILL"],
        remove=True,
    )
