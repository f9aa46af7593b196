"""Sections 4 and 5 of the CIS Docker Benchmark 1.6 as stricter checks of our own, one control each.

A check returns what is wrong with one container; nothing is fine. A control without a check is an exception or does not
apply, and `docs/security/cis.md` says why.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.integration.harness.engine_view import EngineView
from tests.integration.harness.subjects import Subject

Check = Callable[[Subject, EngineView], object]
"""What is wrong with a running container; falsy when nothing is."""

SENSITIVE_NAMES = re.compile(r"PASSWORD|PASSWD|SECRET|TOKEN|PRIVATE|CREDENTIAL|API_?KEY", re.IGNORECASE)
TOOLS = ("gcc", "g++", "cc", "make", "git", "sudo", "sshd", "ssh", "telnet", "nc", "strace", "gdb", "tcpdump")
LISTENERS = {
    "alertmanager": {9093},
    "app": {8501, 9102},
    "blackbox-exporter": {9115},
    "edge-exporter": {9113},
    "engine-exporter": {9114},
    "engine-proxy": {2375},
    "nginx": {8080, 8443, 8090},
    "node-exporter": {9100},
    "postgres": {5432},
    "postgres-exporter": {9187},
    "prometheus": {9090},
    "redis": {6379},
    "redis-exporter": {9121},
}
"""The TCP ports on which each component may listen; all containers of the application are `app`."""
EMBEDDED_DNS = "0B00007F"
"""127.0.0.11 as /proc/net/tcp writes it: the engine's own name server in each container."""
LISTENING = "0A"


@dataclass(frozen=True)
class Control:
    """One recommendation."""

    number: str
    title: str
    check: Check | None = None
    """None: see the document."""


def _image(subject: Subject, view: EngineView) -> dict[str, Any]:
    return dict(view.api.inspect_image(subject.inspection["Image"]))


def _image_environment(subject: Subject, view: EngineView) -> object:
    entries = [*_image(subject, view)["Config"]["Env"], *subject.config["Env"]]
    named = (entry.partition("=") for entry in entries)
    return [name for name, _, value in named if SENSITIVE_NAMES.search(name) and value and not name.endswith("_FILE")]


def _own_history(subject: Subject, view: EngineView) -> list[str]:
    """How an image was made, in its own layers; those of a public image are its maker's."""
    if not subject.component.startswith("app-"):
        return []
    history = [str(step["CreatedBy"]) for step in view.api.history(subject.inspection["Image"])]
    base = next((number for number, step in enumerate(history) if "groupadd" in step), len(history))
    return history[: base + 1]


def _origin(subject: Subject, view: EngineView) -> object:
    """A pulled image has a digest of its registry; the application's image stands on such a one."""
    image = _image(subject, view)
    if image["RepoDigests"]:
        return None
    layers = image["RootFS"]["Layers"]
    pulled = (view.api.inspect_image(one["Id"]) for one in view.api.images() if one["RepoDigests"])
    grounded = any(layers[: len(base["RootFS"]["Layers"])] == base["RootFS"]["Layers"] for base in pulled)
    return None if grounded else f"{image['RepoTags']} has no digest and stands on no pulled image"


def _user(subject: Subject, view: EngineView) -> object:
    found = view.shell(subject.container, "id -u; id -g; awk '/^Groups/ { print $0 }' /proc/1/status").output.split()
    return found if "0" in found and not subject.holds_the_engine else None


def _needless_tools(subject: Subject, view: EngineView) -> object:
    script = f"for tool in {' '.join(TOOLS)}; do command -v $tool; done; true"
    return view.shell(subject.container, script).output.split()


def _missing_health_check(subject: Subject, view: EngineView) -> object:
    own_image = subject.component.startswith("app-")
    if own_image and not _image(subject, view)["Config"].get("Healthcheck"):
        return "the application's image has no HEALTHCHECK"
    return None if subject.config.get("Healthcheck") else "no health check"


def _updates_alone(subject: Subject, view: EngineView) -> object:
    return [step for step in _own_history(subject, view) if "apt-get update" in step and "install" not in step]


def _set_user_id(subject: Subject, view: EngineView) -> object:
    """Files that could raise privileges where they would be heeded: nowhere, since no process may gain any."""
    script = "grep -h NoNewPrivs /proc/[0-9]*/status 2>/dev/null | sort -u"
    return view.shell(subject.container, script).output.split() != ["NoNewPrivs:", "1"]


def _added_files(subject: Subject, view: EngineView) -> object:
    return [step for step in _own_history(subject, view) if re.search(r"#\(nop\) ADD|^ADD ", step)]


def _unverified_packages(subject: Subject, view: EngineView) -> object:
    suspicious = r"--trusted-host|--allow-unauthenticated|trusted=yes|curl[^|]*\|\s*(ba)?sh|--no-check-certificate"
    return [step for step in _own_history(subject, view) if re.search(suspicious, step)]


def _swarm(subject: Subject, view: EngineView) -> object:
    del subject
    state = view.client.info()["Swarm"]["LocalNodeState"]
    return state if state != "inactive" else None


def _confinement(kind: str, attribute: str) -> Check:
    """A mandatory access control of the engine, where the host has it, is not switched off."""

    def check(subject: Subject, view: EngineView) -> object:
        options = " ".join(subject.host["SecurityOpt"])
        if "unconfined" in options or "disable" in options:
            return options
        available = any(kind in option for option in view.client.info()["SecurityOptions"] or [])
        return f"no {attribute}" if available and not subject.inspection.get(attribute) else None

    return check


def _host_directories(subject: Subject, view: EngineView) -> object:
    del view
    mounts = [mount["Source"] for mount in subject.mounts if mount["Type"] != "volume"]
    return mounts if len(mounts) > subject.holds_the_engine else None


def _ssh_daemon(subject: Subject, view: EngineView) -> object:
    return "sshd" in view.shell(subject.container, "cat /proc/[0-9]*/comm 2>/dev/null").output.split()


def _privileged_ports(subject: Subject, view: EngineView) -> object:
    del view
    published = [port for port, bound in subject.inspection["NetworkSettings"]["Ports"].items() if bound]
    return [port for port in published if _number(port) < 1024]


def _number(port: str) -> int:
    return int(port.partition("/")[0])


def _open_ports(subject: Subject, view: EngineView) -> object:
    table = view.shell(subject.container, "cat /proc/net/tcp /proc/net/tcp6 2>/dev/null").output
    rows = [line.split() for line in table.splitlines() if ":" in line.split()[0]]
    sockets = [row[1].split(":") for row in rows if row[3] == LISTENING]
    open_ports = {int(port, 16) for address, port in sockets if address != EMBEDDED_DNS}
    component = "app" if subject.component.startswith("app-") else subject.component
    return open_ports - LISTENERS[component]


def _interfaces(subject: Subject, view: EngineView) -> object:
    del view
    wanted = subject.deployment.config["ktr:edge"]["address"]
    bound = [binding["HostIp"] for entry in (subject.host["PortBindings"] or {}).values() for binding in entry]
    return [address for address in bound if address != wanted]


def _propagation(subject: Subject, view: EngineView) -> object:
    del view
    return [mount for mount in subject.mounts if "shared" in mount.get("Propagation", "")]


def _seccomp(subject: Subject, view: EngineView) -> object:
    mode = view.shell(subject.container, "awk '/^Seccomp:/ { print $2 }' /proc/1/status").output.strip()
    return f"seccomp mode {mode}" if mode != "2" else None


def _default_bridge(subject: Subject, view: EngineView) -> object:
    del view
    return subject.networks & {"bridge", "docker0", "host"}


def _setting(fault: Callable[[dict[str, Any]], object]) -> Check:
    """A check of the host's part of the inspection alone."""
    return lambda subject, _view: fault(subject.host)


CONTROLS = (
    Control("4.1", "a user for the container has been created", _user),
    Control("4.2", "containers use only trusted base images", _origin),
    Control("4.3", "unnecessary packages are not installed", _needless_tools),
    Control("4.4", "images are scanned and rebuilt to include security patches"),
    Control("4.5", "content trust for Docker is enabled"),
    Control("4.6", "HEALTHCHECK instructions have been added to images", _missing_health_check),
    Control("4.7", "update instructions are not used alone", _updates_alone),
    Control("4.8", "setuid and setgid permissions are removed", _set_user_id),
    Control("4.9", "COPY is used instead of ADD", _added_files),
    Control("4.10", "secrets are not stored in images", _image_environment),
    Control("4.11", "only verified packages are installed", _unverified_packages),
    Control("4.12", "all signed artifacts are validated"),
    Control("5.1", "swarm mode is not enabled, if not needed", _swarm),
    Control("5.2", "an AppArmor profile is enabled, if applicable", _confinement("apparmor", "AppArmorProfile")),
    Control("5.3", "SELinux security options are set, if applicable", _confinement("selinux", "ProcessLabel")),
    Control(
        "5.4",
        "Linux kernel capabilities are restricted",
        _setting(lambda host: host["CapAdd"] or host["CapDrop"] != ["ALL"]),
    ),
    Control("5.5", "privileged containers are not used", _setting(lambda host: host["Privileged"])),
    Control("5.6", "sensitive host directories are not mounted", _host_directories),
    Control("5.7", "sshd is not run", _ssh_daemon),
    Control("5.8", "privileged ports are not mapped", _privileged_ports),
    Control("5.9", "only needed ports are open", _open_ports),
    Control("5.10", "the host's network namespace is not shared", _setting(lambda host: host["NetworkMode"] == "host")),
    Control("5.11", "memory usage is limited", _setting(lambda host: host["Memory"] <= 0)),
    Control("5.12", "CPU priority is set", _setting(lambda host: host["NanoCpus"] <= 0)),
    Control("5.13", "the root filesystem is read-only", _setting(lambda host: not host["ReadonlyRootfs"])),
    Control("5.14", "incoming traffic is bound to a specific host interface", _interfaces),
    Control("5.15", "the restart policy is on-failure with five attempts"),
    Control("5.16", "the host's process namespace is not shared", _setting(lambda host: host["PidMode"])),
    Control(
        "5.17",
        "the host's IPC namespace is not shared",
        _setting(lambda host: host["IpcMode"] not in {"private", "none"}),
    ),
    Control(
        "5.18",
        "host devices are not exposed",
        _setting(lambda host: host["Devices"] or host["DeviceCgroupRules"]),
    ),
    Control("5.19", "default ulimits are overwritten only if needed", _setting(lambda host: host["Ulimits"])),
    Control("5.20", "mount propagation is not shared", _propagation),
    Control("5.21", "the host's UTS namespace is not shared", _setting(lambda host: host["UTSMode"])),
    Control("5.22", "the default seccomp profile is not disabled", _seccomp),
    Control("5.23", "docker exec is not used with --privileged"),
    Control("5.24", "docker exec is not used with --user=root"),
    Control("5.25", "cgroup usage is confirmed", _setting(lambda host: host["CgroupParent"])),
    Control(
        "5.26",
        "no additional privileges can be gained",
        _setting(lambda host: "no-new-privileges:true" not in host["SecurityOpt"]),
    ),
    Control(
        "5.27",
        "health is checked at run time",
        lambda subject, _view: subject.inspection["State"]["Health"]["Status"] != "healthy",
    ),
    Control("5.28", "commands always use the latest version of an image"),
    Control("5.29", "the PIDs cgroup limit is used", _setting(lambda host: (host["PidsLimit"] or 0) <= 0)),
    Control("5.30", "the default bridge docker0 is not used", _default_bridge),
    Control("5.31", "the host's user namespaces are not shared", _setting(lambda host: host["UsernsMode"] == "host")),
    Control(
        "5.32",
        "the Docker socket is not mounted",
        lambda subject, _view: [
            mount for mount in subject.mounts if ".sock" in str(mount) and not subject.holds_the_engine
        ],
    ),
)
