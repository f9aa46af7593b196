"""Invariant 2: no container escapes the hardening. Read from the engine and from inside the containers."""

import pytest
from docker.models.containers import Container

from tests.integration.harness.deployment import Deployment
from tests.integration.harness.engine_view import EngineView, wait_until
from tests.integration.harness.platform import Stacks
from tests.integration.harness.requirements import image_source
from tests.integration.harness.subjects import Subject, offenders, subjects
from tests.support.ports import LOOPBACK

SOCKETS = ("docker.sock", "containerd.sock", "podman.sock")
SECRET_FILES: dict[str, set[str]] = {
    "app-blue-1": {"admin-password", "database-password", "jwt-secret", "redis-password", "secret-key"},
    "app-blue-2": {"admin-password", "database-password", "jwt-secret", "redis-password", "secret-key"},
    "app-worker": {"admin-password", "database-password", "jwt-secret", "redis-password", "secret-key"},
    "alertmanager": {"alertmanager.yml"},
    "blackbox-exporter": set(),
    "edge-exporter": set(),
    "engine-exporter": set(),
    "engine-proxy": set(),
    "nginx": {"fullchain.pem", "privkey.pem"},
    "node-exporter": set(),
    "postgres": {"superuser-password"},
    "postgres-exporter": {"password"},
    "prometheus": set(),
    "redis": {"monitor-password", "users.acl"},
    "redis-exporter": {"passwords.json"},
    "grafana": {"admin-password", "secret-key"},
    "alloy": {"pseudonym-key"},
    "loki": set(),
}
"""Who needs which secret file. Nobody has another one; jobs are looked at by their volumes."""
SECRET_VOLUMES = {
    "alertmanager": {"alertmanager-files-config"},
    "app-blue-1": {"app-files-secrets"},
    "app-blue-2": {"app-files-secrets"},
    "app-blue-migrate": {"app-files-migrate-secrets"},
    "app-worker": {"app-files-secrets"},
    "nginx": {"nginx-files-tls"},
    "postgres": {"postgres-files-secrets"},
    "postgres-exporter": {"monitoring-files-postgres-login"},
    "postgres-roles": {"postgres-files-roles"},
    "redis": {"redis-files-secrets"},
    "redis-exporter": {"monitoring-files-redis-login"},
    "grafana": {"grafana-files-secrets"},
    "alloy": {"alloy-files-secrets"},
}
MONITORING = {
    "alertmanager": {"monitoring", "platform"},
    "blackbox-exporter": {"monitoring", "platform"},
    "edge-exporter": {"monitoring"},
    "engine-exporter": {"monitoring", "engine"},
    "engine-proxy": {"engine"},
    "node-exporter": {"monitoring"},
    "postgres-exporter": {"monitoring", "data"},
    "prometheus": {"monitoring", "platform"},
    "redis-exporter": {"monitoring", "data"},
}
"""The networks of what watches a stack, besides Grafana and what keeps logs."""
SHOWING = {"grafana": {"monitoring", "platform"}}
KEEPING = {"alloy": {"monitoring", "engine"}, "loki": {"monitoring"}}
STATUS_PROBE = "grep -E '^(Uid|Gid|CapInh|CapPrm|CapEff|CapBnd|CapAmb|NoNewPrivs|Seccomp):' /proc/1/status"


def watching() -> dict[str, set[str]]:
    """The networks of what watches a stack, as far as the registry has images of it."""
    has = image_source().has
    shown = SHOWING if has("grafana") else {}
    return MONITORING | shown | (KEEPING if shown and all(map(has, KEEPING)) else {})


@pytest.fixture(scope="module")
def everything(stacks: Stacks, view: EngineView) -> list[Subject]:
    return subjects(view, stacks.values())


@pytest.fixture(scope="module")
def started(everything: list[Subject]) -> list[Subject]:
    """All containers but the loaders, which never start."""
    return [subject for subject in everything if subject.purpose != "files"]


@pytest.fixture(scope="module")
def services(everything: list[Subject]) -> list[Subject]:
    return [subject for subject in everything if subject.purpose == "service"]


def test_each_stack_runs_the_services_that_it_should(services: list[Subject]) -> None:
    found: dict[str, set[str]] = {}
    for subject in services:
        found.setdefault(subject.deployment.environment, set()).add(subject.component)
    common = {"nginx", "postgres", "redis", "app-blue-1", "app-worker"}
    watched = common | watching().keys()
    assert found == {"dev": common, "staging": watched, "prod": {*watched, "app-blue-2"}}


def test_loaders_are_never_started(everything: list[Subject]) -> None:
    loaders = [subject for subject in everything if subject.purpose == "files"]
    never = "0001-01-01T00:00:00Z"
    assert offenders(loaders, lambda subject: subject.inspection["State"]["StartedAt"] != never) == {}


def test_loaders_have_no_capability_and_no_network(everything: list[Subject]) -> None:
    loaders = [subject for subject in everything if subject.purpose == "files"]
    assert offenders(loaders, lambda subject: subject.host["CapDrop"] != ["ALL"]) == {}
    assert offenders(loaders, lambda subject: subject.host["NetworkMode"] != "none") == {}


def test_all_capabilities_are_dropped(started: list[Subject]) -> None:
    assert offenders(started, lambda subject: subject.host["CapDrop"] != ["ALL"] and subject.host["CapDrop"]) == {}


def test_no_capability_is_added_back(started: list[Subject]) -> None:
    assert offenders(started, lambda subject: subject.host["CapAdd"]) == {}


def test_privileges_cannot_be_gained(started: list[Subject]) -> None:
    wanted = ["no-new-privileges:true"]
    assert offenders(started, lambda subject: subject.host["SecurityOpt"] != wanted) == {}


def test_the_root_is_read_only(started: list[Subject]) -> None:
    assert offenders(started, lambda subject: not subject.host["ReadonlyRootfs"]) == {}


def test_memory_is_limited_and_swap_is_off(started: list[Subject]) -> None:
    def fault(subject: Subject) -> object:
        memory, with_swap = subject.host["Memory"], subject.host["MemorySwap"]
        return (memory, with_swap) if memory <= 0 or memory != with_swap else None

    assert offenders(started, fault) == {}


def test_cpus_are_limited(started: list[Subject]) -> None:
    assert offenders(started, lambda subject: subject.host["NanoCpus"] <= 0) == {}


def test_processes_are_limited(started: list[Subject]) -> None:
    assert offenders(started, lambda subject: not 0 < (subject.host["PidsLimit"] or 0) <= 2048) == {}


def test_logs_rotate(started: list[Subject]) -> None:
    def fault(subject: Subject) -> object:
        log = subject.host["LogConfig"]
        rotates = log["Type"] == "json-file" and {"max-size", "max-file"} <= set(log["Config"])
        return None if rotates else log

    assert offenders(started, fault) == {}


def test_services_have_a_health_check_of_their_own_and_pass_it(services: list[Subject]) -> None:
    assert offenders(services, lambda subject: (subject.config["Healthcheck"]["Test"] or ["NONE"])[0] != "CMD") == {}
    assert offenders(services, lambda subject: subject.inspection["State"]["Health"]["Status"] != "healthy") == {}


def test_services_come_back_by_themselves(services: list[Subject]) -> None:
    assert offenders(services, lambda subject: subject.host["RestartPolicy"]["Name"] != "always") == {}


def test_jobs_ended_well(everything: list[Subject]) -> None:
    jobs = [subject for subject in everything if subject.purpose == "job"]
    assert offenders(jobs, lambda subject: subject.inspection["State"]["ExitCode"]) == {}


@pytest.mark.parametrize("namespace", ["PidMode", "IpcMode", "UTSMode", "UsernsMode", "NetworkMode", "CgroupnsMode"])
def test_no_namespace_of_the_host_is_shared(started: list[Subject], namespace: str) -> None:
    # With version 1 of cgroups the engine reports `host` where nothing was asked for and nothing can be.
    version_1 = namespace == "CgroupnsMode"
    assert offenders(started, lambda subject: not version_1 and subject.host.get(namespace) == "host") == {}


def test_nothing_is_privileged(started: list[Subject]) -> None:
    assert offenders(started, lambda subject: subject.host["Privileged"]) == {}


def test_no_device_of_the_host_is_handed_in(started: list[Subject]) -> None:
    assert offenders(started, lambda subject: subject.host["Devices"] or subject.host.get("DeviceRequests")) == {}


def test_nothing_of_the_host_is_mounted(everything: list[Subject]) -> None:
    assert offenders(everything, lambda subject: subject.host["Binds"]) == {}
    others = [subject for subject in everything if not subject.holds_the_engine]
    assert offenders(others, lambda subject: {mount["Type"] for mount in subject.mounts} - {"volume"}) == {}


def test_of_the_host_the_engines_proxy_has_the_socket_alone(everything: list[Subject]) -> None:
    proxies = [subject for subject in everything if subject.holds_the_engine]
    found = [[mount["Source"] for mount in subject.mounts if mount["Type"] != "volume"] for subject in proxies]
    assert [len(sources) for sources in found] == [1] * len(proxies)
    assert all(sources[0].endswith("docker.sock") for sources in found)


def test_no_container_sees_an_engine_socket(started: list[Subject], view: EngineView) -> None:
    def fault(subject: Subject) -> object:
        return [mount for mount in subject.mounts if any(socket in str(mount) for socket in SOCKETS)]

    others = [subject for subject in started if not subject.holds_the_engine]
    assert offenders(others, fault) == {}
    running = [subject for subject in others if subject.purpose == "service"]
    script = "find / -xdev -name '*.sock' 2>/dev/null; find /run /var/run /tmp -name '*.sock' 2>/dev/null; true"
    found = offenders(running, lambda subject: view.shell(subject.container, script).output.strip())
    assert found == {}


def test_whatever_is_writable_is_a_named_volume_or_memory(started: list[Subject], view: EngineView) -> None:
    named = {name for subject in started for name in view.inventory(subject.deployment.name)["volumes"]}

    def fault(subject: Subject) -> object:
        return [mount["Destination"] for mount in subject.mounts if mount["RW"] and mount["Name"] not in named]

    assert offenders(started, fault) == {}


def test_scratch_directories_hold_no_programs(started: list[Subject]) -> None:
    wanted = {"noexec", "nosuid", "nodev"}

    def fault(subject: Subject) -> object:
        scratch = dict(subject.host["Tmpfs"] or {})
        return {path: options for path, options in scratch.items() if not wanted <= set(options.split(","))}

    assert offenders(started, fault) == {}


def test_users_are_not_root(started: list[Subject]) -> None:
    def fault(subject: Subject) -> object:
        user = subject.config["User"]
        return user if not user or "0" in user.split(":") or not user.replace(":", "").isdigit() else None

    assert offenders([subject for subject in started if not subject.holds_the_engine], fault) == {}


def test_the_kernel_sees_the_main_process_stripped_of_all_privileges(services: list[Subject], view: EngineView) -> None:
    def fault(subject: Subject) -> object:
        lines = view.shell(subject.container, STATUS_PROBE).output.splitlines()
        status = {key: value.split() for key, value in (line.split(":") for line in lines)}
        users = set() if subject.holds_the_engine else {"Uid", "Gid"}
        wrong = {key: value for key, value in status.items() if key in users and "0" in value}
        wrong |= {key: value for key, value in status.items() if key.startswith("Cap") and int(value[0], 16)}
        wrong |= {key: status[key] for key, good in (("NoNewPrivs", "1"), ("Seccomp", "2")) if status[key] != [good]}
        return wrong

    assert offenders(services, fault) == {}


def test_writing_to_the_root_fails(services: list[Subject], view: EngineView) -> None:
    def fault(subject: Subject) -> object:
        tried = view.shell(subject.container, "touch /probe /etc/probe /usr/local/bin/probe", user="0")
        return None if tried.code != 0 and tried.output.count("Read-only file system") == 3 else tried.output

    assert offenders(services, fault) == {}


def test_programs_written_to_scratch_do_not_run(services: list[Subject], view: EngineView) -> None:
    script = "cp /bin/true /tmp/ktr-probe && /tmp/ktr-probe; code=$?; rm -f /tmp/ktr-probe; exit $code"

    def fault(subject: Subject) -> object:
        tried = view.shell(subject.container, script)
        return None if "Permission denied" in tried.output else (tried.code, tried.output)

    assert offenders(services, fault) == {}


def test_the_limits_are_in_force_in_the_kernel(services: list[Subject], view: EngineView) -> None:
    script = (
        "cat /sys/fs/cgroup/pids/pids.max /sys/fs/cgroup/memory/memory.limit_in_bytes 2>/dev/null"
        " || cat /sys/fs/cgroup/pids.max /sys/fs/cgroup/memory.max"
    )

    def fault(subject: Subject) -> object:
        pids, memory = (int(value) for value in view.shell(subject.container, script).output.split())
        wanted = (subject.host["PidsLimit"], subject.host["Memory"])
        return None if (pids, memory) == wanted else f"kernel {(pids, memory)}, engine {wanted}"

    assert offenders(services, fault) == {}


def test_a_fork_bomb_stops_at_the_limit(dev: Deployment, view: EngineView) -> None:
    app = view.service(dev.name, "app-blue-1")
    limit = view.inspect(app.id or "")["HostConfig"]["PidsLimit"]
    tried = view.shell(app, f"for i in $(seq {limit + 20}); do sleep 1 & done; wait")
    assert "fork" in tried.output.lower()
    wait_until(lambda: view.shell(app, "true").code == 0, 10, "the container can start processes again")
    assert view.health(app.id or "") == "healthy"


def test_only_the_edge_publishes_ports_and_only_where_it_is_told(everything: list[Subject]) -> None:
    for subject in everything:
        bound = {
            (binding["HostIp"], int(binding["HostPort"]))
            for bindings in (subject.host["PortBindings"] or {}).values()
            for binding in bindings
        }
        wanted = set()
        if subject.component == "nginx" and subject.purpose == "service":
            edge = subject.deployment.config["ktr:edge"]
            wanted = {(LOOPBACK, edge[port]) for port in ("httpPort", "httpsPort") if port in edge}
        assert bound == wanted, subject.name
        assert not subject.host["PublishAllPorts"], subject.name


def test_no_network_but_the_platforms_has_a_way_out(each: Deployment, view: EngineView) -> None:
    internal = {network["Name"]: network["Internal"] for network in view.networks(each.name)}
    inner = ["data", *(["monitoring", "engine"] if each.environment != "dev" else [])]
    assert internal == {
        **{f"ktr-{name}-network-{each.name}": True for name in inner},
        f"ktr-platform-network-{each.name}": False,
    }


def test_containers_join_only_the_networks_that_they_need(started: list[Subject]) -> None:
    def fault(subject: Subject) -> object:
        stack = subject.deployment.name
        platform, data = f"ktr-platform-network-{stack}", f"ktr-data-network-{stack}"
        wanted = {data}
        if subject.component in watching():
            wanted = {f"ktr-{name}-network-{stack}" for name in watching()[subject.component]}
        elif subject.component == "nginx":
            wanted = {platform}
        elif subject.component.startswith("app-") and subject.purpose == "service":
            wanted = {platform, data}
        return subject.networks ^ wanted

    assert offenders(started, fault) == {}


def test_the_data_network_has_no_way_out(each: Deployment, view: EngineView) -> None:
    networks = {network["Name"]: network["Internal"] for network in view.api.networks()}
    assert networks[f"ktr-data-network-{each.name}"] is True
    assert networks[f"ktr-platform-network-{each.name}"] is False, "the edge's network shows the difference"


def _reaches(view: EngineView, container: Container, place: str) -> bool:
    return view.run_in(container, ["timeout", "2", "bash", "-c", f"exec 3<>/dev/tcp/{place}"]).code == 0


@pytest.mark.parametrize(("component", "port"), [("postgres", 5432), ("redis", 6379)])
def test_the_edge_reaches_neither_database_nor_cache(
    each: Deployment, view: EngineView, component: str, port: int
) -> None:
    edge = view.service(each.name, "nginx")
    target = view.inspect(view.service(each.name, component).id or "")
    addresses = [network["IPAddress"] for network in target["NetworkSettings"]["Networks"].values()]
    for place in (component, *addresses):
        assert not _reaches(view, edge, f"{place}/{port}"), f"the edge reaches {place}:{port}"


def test_two_stacks_do_not_reach_each_other(dev: Deployment, staging: Deployment, view: EngineView) -> None:
    target = view.inspect(view.service(staging.name, "app-blue-1").id or "")
    own = view.service(dev.name, "app-blue-1")
    for network in target["NetworkSettings"]["Networks"].values():
        probe = f"import socket; socket.create_connection(({network['IPAddress']!r}, 8501), 2)"
        assert view.run_in(own, ["python3", "-c", probe]).code != 0, "dev reaches staging"


def test_secret_volumes_are_mounted_where_they_are_needed_and_nowhere_else(started: list[Subject]) -> None:
    secret_volumes = set().union(*SECRET_VOLUMES.values())

    def fault(subject: Subject) -> object:
        prefix = f"ktr-{subject.deployment.name}-"
        mounted = {mount.get("Name", "").removeprefix(prefix) for mount in subject.mounts} & secret_volumes
        wanted = set(SECRET_VOLUMES.get(subject.component, set()))
        if subject.component == "nginx" and not subject.deployment.https:
            wanted = set()
        return mounted ^ wanted

    assert offenders(started, fault) == {}


def test_the_table_of_secret_volumes_knows_every_volume_with_files(each: Deployment, view: EngineView) -> None:
    prefix = f"ktr-{each.name}-"
    files = {
        volume["Name"].removeprefix(prefix)
        for volume in view.volumes(each.name)
        if volume["Labels"]["ktr.io/purpose"] == "files"
    }
    plain = {
        "nginx-files-config",
        "postgres-files-config",
        "postgres-files-init",
        "redis-files-config",
        "postgres-socket",
    }
    if each.environment != "dev":
        plain |= {"prometheus-files-config", "prometheus-files-rules"}
        plain |= {f"monitoring-files-{name}" for name in ("probing", "programs", "proxy-config", "queries")}
    known = set().union(*SECRET_VOLUMES.values())
    if "grafana" in watching():
        plain |= {f"grafana-files-{name}" for name in ("config", "dashboards", "datasources", "providers")}
    if "loki" in watching():
        plain |= {"alloy-files-config", "loki-files-config"}
    for component in ({*SHOWING, *KEEPING} - set(watching())) & set(SECRET_VOLUMES):
        known -= SECRET_VOLUMES[component]
    if not each.https:
        known -= {"nginx-files-tls"}
    if each.environment == "dev":
        known -= set().union(*(SECRET_VOLUMES.get(component, set()) for component in watching()))
    assert files - plain == known


def test_volumes_with_files_are_read_only_in_whoever_mounts_them(started: list[Subject]) -> None:
    def fault(subject: Subject) -> object:
        return [mount["Name"] for mount in subject.mounts if mount["RW"] and "-files-" in mount["Name"]]

    assert offenders(started, fault) == {}


def test_each_container_holds_exactly_the_secret_files_that_it_needs(services: list[Subject], view: EngineView) -> None:
    def fault(subject: Subject) -> object:
        listing = view.shell(subject.container, "find /run/secrets /run/tls -type f 2>/dev/null; true").output
        names = {line.rpartition("/")[2] for line in listing.splitlines()}
        wanted = SECRET_FILES[subject.component]
        if subject.component == "nginx" and not subject.deployment.https:
            wanted = set()
        return names ^ wanted

    assert offenders(services, fault) == {}
