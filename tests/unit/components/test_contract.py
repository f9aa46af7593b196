"""The contract of every container, volume and network, whatever component registers it, on every stack."""

import re

import yaml

from components.naming import Naming
from tests.support.containers import (
    CONTAINER,
    IMAGE,
    NETWORK,
    VOLUME,
    containers,
    delivered_files,
    environment,
    labels,
    loaders,
    mounted_volumes,
    networks,
    of_purpose,
    started,
)
from tests.support.platform import ROOT, STACKS, Run, run_of
from tests.support.recording import STACK_TYPE, Resource, texts

OF_THE_WHOLE_STACK = {
    "pulumi:providers:docker",
    "random:index/randomId:RandomId",  # the deployment's identity
    IMAGE,  # images are the engine's: several components and stacks run the same
}
WATCHING = {
    "alertmanager",
    "blackbox-exporter",
    "edge-exporter",
    "engine-exporter",
    "engine-proxy",
    "node-exporter",
    "postgres-exporter",
    "prometheus",
    "redis-exporter",
}
"""The containers of the monitoring, besides Grafana."""
TLS_SEED = "tls-seed"
"""The seed of the self-signed certificate belongs to no component: the certificate is a plain function of it."""
ENGINE_PROXY = "engine-proxy"
"""The one container that has the engine's socket, and therefore runs as its owner (docs/adr/0014)."""
HOST_DOORS = ("devices", "gpus", "groupAdds", "hosts", "ipcMode", "pidMode", "privileged", "usernsMode", "volumes")


def names(resources: list[Resource]) -> list[str]:
    return sorted(resource.name for resource in resources)


def monitored(run: Run) -> bool:
    return run.settings.monitoring.enabled


def watching(run: Run) -> set[str]:
    """The containers of the monitoring of a stack."""
    monitoring = run.settings.monitoring
    shown = {"grafana"} if monitoring.shows else set()
    kept = {"alloy", "loki"} if monitoring.keeps_logs else set()
    return WATCHING | shown | kept if monitored(run) else set()


def component_of(resource: Resource) -> str:
    return labels(resource).get("ktr.io/component", "")


class TestStructure:
    def test_containers_volumes_networks_and_passwords_belong_to_a_component(self, run: Run) -> None:
        custom = [item for item in run.program.resources if item.custom and item.name != TLS_SEED]
        owned = [item for item in custom if item.type not in OF_THE_WHOLE_STACK]
        orphans = [item for item in owned if not run.program.by_urn(item.parent).type.startswith("ktr:index:")]
        assert names(orphans) == []

    def test_every_chain_of_parents_ends_at_the_stack(self, run: Run) -> None:
        by_urn = {item.urn: item for item in run.program.resources}
        tops = {item.parent for item in run.program.resources if item.parent not in by_urn}
        assert [top.split("::")[2] for top in tops] == [STACK_TYPE]

    def test_components_are_types_of_this_project(self, run: Run) -> None:
        components = [item for item in run.program.resources if not item.custom]
        strangers = [item for item in components if not re.fullmatch(r"ktr:index:[A-Z][A-Za-z]+", item.type)]
        assert names(strangers) == []

    def test_no_two_resources_have_the_same_urn(self, run: Run) -> None:
        urns = [item.urn for item in run.program.resources]
        assert sorted(urns) == sorted(set(urns))

    def test_every_component_registers_its_outputs(self, run: Run) -> None:
        unfinished = [
            item for item in run.program.resources if not item.custom and item.urn not in run.program.component_outputs
        ]
        assert names(unfinished) == []

    def test_no_output_is_turned_into_text_before_its_value_is_known(self, run: Run) -> None:
        said = {item.urn: dict(item.inputs) for item in run.program.resources} | {"outputs": run.program.outputs}
        early = [urn for urn, values in said.items() if any("on an Output[T]" in text for text, _ in texts(values))]
        assert early == []

    def test_everything_of_docker_names_the_provider_of_this_stack(self, run: Run) -> None:
        provider = run.program.named("engine", "pulumi:providers:docker")
        assert provider.plain("host") == run.engine.host
        strays = [
            item
            for item in run.program.resources
            if item.type.startswith("docker:") and item.provider != f"{provider.urn}::id-of-engine"
        ]
        assert names(strays) == []

    def test_an_image_stays_when_the_stack_goes(self, run: Run) -> None:
        images = run.program.of_type(IMAGE)
        assert names([image for image in images if image.plain("keepLocally") is not True]) == []

    def test_no_image_is_called_latest(self, run: Run) -> None:
        references = [image.plain("name") for image in run.program.of_type(IMAGE)]
        assert [name for name in references if name.endswith(":latest") or not re.search(r"[:@][^/]+$", name)] == []

    def test_containers_name_their_image_by_id(self, run: Run) -> None:
        by_name = [item for item in containers(run.program) if not item.plain("image").startswith("sha256:")]
        assert names(by_name) == []


class TestHardening:
    def test_all_capabilities_are_dropped_and_none_is_added(self, run: Run) -> None:
        too_able = [item for item in containers(run.program) if item.plain("capabilities") != {"drops": ["ALL"]}]
        assert names(too_able) == []

    def test_no_process_gains_privileges(self, run: Run) -> None:
        unsafe = [item for item in containers(run.program) if item.plain("securityOpts") != ["no-new-privileges:true"]]
        assert names(unsafe) == []

    def test_the_root_file_system_is_read_only(self, run: Run) -> None:
        assert names([item for item in started(run.program) if item.plain("readOnly") is not True]) == []

    def test_the_user_is_a_number_and_not_root(self, run: Run) -> None:
        users = {item.name: item.plain("user") or "" for item in started(run.program) if item.name != ENGINE_PROXY}
        assert [name for name, user in users.items() if not re.fullmatch(r"[1-9]\d*:[1-9]\d*", user)] == []

    def test_no_door_to_the_host_is_open(self, run: Run) -> None:
        opened = {item.name: [key for key in HOST_DOORS if item.plain(key)] for item in containers(run.program)}
        assert {name: keys for name, keys in opened.items() if keys} == {}

    def test_no_container_shares_the_network_of_the_host(self, run: Run) -> None:
        modes = {item.name: item.plain("networkMode") for item in containers(run.program)}
        assert {name: mode for name, mode in modes.items() if mode not in {None, "none"}} == {}

    def test_only_volumes_of_the_stack_are_mounted(self, run: Run) -> None:
        own = {volume.plain("name") for volume in run.program.of_type(VOLUME)}
        others = [item for item in containers(run.program) if item.name != ENGINE_PROXY]
        mounts = [mount for item in others for mount in item.plain("mounts")]
        assert [mount for mount in mounts if mount["type"] != "volume" or mount["source"] not in own] == []

    def test_the_engines_socket_is_known_to_its_proxy_alone(self, run: Run) -> None:
        said = {item.name: [text for text, _ in texts(dict(item.inputs))] for item in containers(run.program)}
        knowing = [name for name, words in said.items() if any("docker.sock" in word for word in words)]
        assert knowing == ([ENGINE_PROXY] if monitored(run) else [])

    def test_the_proxy_mounts_besides_the_socket_its_configuration_alone(self, run: Run) -> None:
        proxies = [item for item in started(run.program) if item.name == ENGINE_PROXY]
        found = [(mount["type"], mount["readOnly"]) for item in proxies for mount in item.plain("mounts")]
        assert found == ([("volume", True), ("bind", True)] if monitored(run) else [])

    def test_scratch_directories_hold_no_programs_and_have_a_size(self, run: Run) -> None:
        options = [value for item in started(run.program) for value in (item.plain("tmpfs") or {}).values()]
        wanted = {"noexec", "nosuid", "nodev"}
        assert [text for text in options if not wanted <= set(text.split(",")) or ",size=" not in text] == []

    def test_files_are_mounted_read_only(self, run: Run) -> None:
        files = {volume.plain("name") for volume in of_purpose(run.program.of_type(VOLUME), "files")}
        # The server makes its socket there; its volume carries no file of ours.
        files.discard(Naming(run.settings.stack).resource("postgres", "socket"))
        mounts = [mount for item in started(run.program) for mount in item.plain("mounts")]
        assert [mount for mount in mounts if mount["source"] in files and mount["readOnly"] is not True] == []

    def test_loaders_are_no_services(self, run: Run) -> None:
        running = [item for item in loaders(run.program) if item.plain("mustRun") is not False]
        assert names(running) == []

    def test_loaders_are_on_no_network(self, run: Run) -> None:
        assert names([item for item in loaders(run.program) if item.plain("networkMode") != "none"]) == []


class TestLimits:
    def test_memory_is_limited(self, run: Run) -> None:
        assert names([item for item in started(run.program) if not (item.plain("memory") or 0) > 0]) == []

    def test_nothing_swaps(self, run: Run) -> None:
        swapping = [item for item in started(run.program) if item.plain("memorySwap") != item.plain("memory")]
        assert names(swapping) == []

    def test_cpus_are_spelled_as_the_provider_reads_them_back(self, run: Run) -> None:
        cpus = {item.name: item.plain("cpus") or "" for item in started(run.program)}
        shortest = re.compile(r"(0|[1-9]\d*)\.(0|\d*[1-9])")
        assert {name: text for name, text in cpus.items() if not shortest.fullmatch(text)} == {}

    def test_cpus_are_limited(self, run: Run) -> None:
        assert names([item for item in started(run.program) if not float(item.plain("cpus")) > 0]) == []

    def test_services_may_start_so_many_processes_only(self, run: Run) -> None:
        services = of_purpose(started(run.program), "service")
        assert names([item for item in services if not run.engine.pids.get(f"id-of-{item.name}", 0) > 0]) == []

    def test_logs_are_rotated_as_the_settings_say(self, run: Run) -> None:
        logging = run.settings.logging
        wanted = {"max-size": f"{logging.max_size // 1024**2}m", "max-file": str(logging.max_files)}
        other = [
            item
            for item in started(run.program)
            if item.plain("logDriver") != "json-file" or item.plain("logOpts") != wanted
        ]
        assert names(other) == []

    def test_services_are_restarted(self, run: Run) -> None:
        services = of_purpose(started(run.program), "service")
        assert names([item for item in services if item.plain("restart") != "always"]) == []

    def test_jobs_are_not_restarted(self, run: Run) -> None:
        jobs = of_purpose(started(run.program), "job")
        assert names([item for item in jobs if item.plain("restart") != "no"]) == []

    def test_whatever_is_started_is_a_service_or_a_job(self, run: Run) -> None:
        purposes = {labels(item).get("ktr.io/purpose") for item in started(run.program)}
        assert purposes == {"service", "job"}


class TestHealth:
    def test_every_service_is_checked_by_a_command(self, run: Run) -> None:
        checks = {
            item.name: (item.plain("healthcheck") or {}).get("tests", [])
            for item in of_purpose(started(run.program), "service")
        }
        assert {name: test for name, test in checks.items() if test[:1] != ["CMD"] or len(test) < 2} == {}

    def test_a_service_is_checked_each_second_until_it_is_healthy_and_then_at_its_interval(self, run: Run) -> None:
        services = of_purpose(started(run.program), "service")
        checks = {item.name: item.plain("healthcheck") for item in services}
        patient = {name for name, check in checks.items() if (check["interval"], check["tests"][4]) == ("1s", "29")}
        serving = {name for name, check in checks.items() if (check["interval"], check["tests"][4]) == ("1s", "4")}
        assert patient == watching(run)
        assert serving == set(checks) - patient

    def test_pulumi_waits_until_a_service_is_healthy_unless_it_only_shows_what_others_do(self, run: Run) -> None:
        services = of_purpose(started(run.program), "service")
        hasty = {item.name for item in services if item.plain("wait") is not True}
        assert hasty == {"alloy", "grafana", "loki"} & watching(run)

    def test_time_spans_are_spelled_as_go_prints_them(self, run: Run) -> None:
        checks = [item.plain("healthcheck") for item in of_purpose(started(run.program), "service")]
        spans = [check[key] for check in checks for key in ("interval", "timeout", "startPeriod")]
        go = re.compile(r"([1-9]\d*h([0-9]|[1-5]\d)m|([1-9]|[1-5]\d)m)?([0-9]|[1-5]\d)s")
        assert [span for span in spans if not go.fullmatch(span) or span == "0s"] == []

    def test_a_job_is_run_by_the_hook_that_looks_at_its_exit_code(self, run: Run) -> None:
        jobs = of_purpose(started(run.program), "job")
        assert names([item for item in jobs if item.hooks.get("after_create") != (f"run-{item.name}",)]) == []

    def test_a_job_is_not_started_by_the_provider_as_well(self, run: Run) -> None:
        jobs = of_purpose(started(run.program), "job")
        assert names([item for item in jobs if item.plain("start") is not False]) == []


class TestIdentity:
    def test_every_container_says_what_it_is_and_whose(self, run: Run) -> None:
        wanted = {"project": "ktr-platform", "stack": run.settings.stack, "deployment": "0123456789abcdef"}
        unlabelled = [
            item
            for item in containers(run.program)
            if any(labels(item).get(f"ktr.io/{key}") != value for key, value in wanted.items())
        ]
        assert names(unlabelled) == []

    def test_every_container_and_volume_names_its_component_and_purpose(self, run: Run) -> None:
        things = [*containers(run.program), *run.program.of_type(VOLUME), *run.program.of_type(NETWORK)]
        silent = [item for item in things if not {"ktr.io/component", "ktr.io/purpose"} <= labels(item).keys()]
        assert names(silent) == []

    def test_data_carries_no_mark_of_the_deployment_that_made_it(self, run: Run) -> None:
        volumes = run.program.of_type(VOLUME)
        assert names([item for item in volumes if "ktr.io/deployment" in labels(item)]) == []

    def test_application_containers_name_colour_and_version(self, run: Run) -> None:
        slots = [item for item in started(run.program) if component_of(item).startswith(("app-blue", "app-green"))]
        unnamed = [item for item in slots if not {"ktr.io/colour", "ktr.io/version"} <= labels(item).keys()]
        assert names(unnamed) == []

    def test_names_begin_with_the_stack(self, run: Run) -> None:
        things = [*containers(run.program), *run.program.of_type(VOLUME)]
        prefix = f"ktr-{run.settings.stack}-"
        assert names([item for item in things if not item.plain("name").startswith(prefix)]) == []

    def test_there_are_the_networks_of_the_stack(self, run: Run) -> None:
        wanted = ["platform", "data", *(["monitoring", "engine"] if monitored(run) else [])]
        found = {network.plain("name") for network in run.program.of_type(NETWORK)}
        assert found == {f"ktr-{name}-network-{run.settings.stack}" for name in wanted}

    def test_what_an_interrupted_update_left_behind_is_replaced(self, run: Run) -> None:
        first = {
            CONTAINER: "replace-leftover-container",
            NETWORK: "replace-leftover-network",
        }
        things = [*containers(run.program), *run.program.of_type(NETWORK)]
        assert names([item for item in things if first[item.type] not in item.hooks.get("before_create", ())]) == []

    def test_command_items_are_not_empty(self, run: Run) -> None:
        commands = {item.name: item.plain("command") for item in started(run.program)}
        assert [name for name, command in commands.items() if not command or not all(command)] == []

    def test_environment_variables_are_distinct_and_sorted(self, run: Run) -> None:
        variables = {item.name: item.plain("envs") or [] for item in started(run.program)}
        assert [name for name, envs in variables.items() if envs != sorted(set(envs))] == []
        assert all(len(environment(item)) == len(item.plain("envs") or []) for item in started(run.program))


class TestReach:
    def test_only_the_edge_publishes_ports(self, run: Run) -> None:
        publishing = [item for item in containers(run.program) if item.plain("ports")]
        assert names(publishing) == ["nginx"]

    def test_the_edge_publishes_the_ports_of_the_settings_at_their_address(self, run: Run) -> None:
        edge = run.settings.edge
        ports = run.program.named("nginx", CONTAINER).plain("ports")
        wanted = {port for port in (edge.http_port, edge.https_port) if port is not None}
        assert {port["external"] for port in ports} == wanted
        assert {port["ip"] for port in ports} == {edge.address}

    def test_no_network_but_the_platforms_has_a_way_out(self, run: Run) -> None:
        open_ones = {network.name for network in run.program.of_type(NETWORK) if network.plain("internal") is not True}
        assert open_ones == {"network-platform"}

    def test_the_engines_proxy_is_reached_by_its_exporter_and_the_collector_of_logs_alone(self, run: Run) -> None:
        network = Naming(run.settings.stack).engine_network
        there = {item.name: networks(item) for item in started(run.program) if network in networks(item)}
        assert set(there) == ({ENGINE_PROXY, "engine-exporter", "alloy"} & watching(run))
        assert there.get(ENGINE_PROXY, {network}) == {network}

    def test_who_watches_reaches_a_store_only_to_measure_it(self, run: Run) -> None:
        data = Naming(run.settings.stack).data_network
        assert {
            item.name for item in started(run.program) if item.name in watching(run) and data in networks(item)
        } == ({"postgres-exporter", "redis-exporter"} if monitored(run) else set())

    def test_who_watches_is_reached_by_the_edge_only_to_be_looked_at(self, run: Run) -> None:
        """Prometheus and Alertmanager are on its network as well, but nothing in its configuration names them."""
        (edge,) = [
            file
            for file in delivered_files(run.program)
            if file.name == "nginx.conf" and "edge" in file.text and file.volume.endswith("nginx-files-config")
        ]
        named = {name for name in watching(run) if re.search(rf"\b{name}(:\d+)?;", edge.text)}
        assert named == ({"grafana"} if run.settings.monitoring.shows else set())

    def test_databases_and_jobs_are_on_the_data_network_alone(self, run: Run) -> None:
        data = {Naming(run.settings.stack).data_network}
        inner = [
            item
            for item in started(run.program)
            if item.name in {"postgres", "redis"} or labels(item)["ktr.io/purpose"] == "job"
        ]
        assert names([item for item in inner if networks(item) != data]) == []

    def test_the_edge_is_not_on_the_data_network(self, run: Run) -> None:
        edge = run.program.named("nginx", CONTAINER)
        assert networks(edge) == {Naming(run.settings.stack).platform_network}


class TestData:
    def test_the_volumes_with_data_are_known(self, run: Run) -> None:
        data = of_purpose(run.program.of_type(VOLUME), "data")
        wanted = {"app-data", "app-flows", "app-logs", "postgres-data", "redis-data"}
        assert names(data) == sorted(wanted | {f"{name}-data" for name in {"loki", "prometheus"} & watching(run)})

    def test_data_is_protected_as_the_settings_say(self, run: Run) -> None:
        data = of_purpose(run.program.of_type(VOLUME), "data")
        assert {volume.protect for volume in data} == {run.settings.data.protect}

    def test_data_is_kept_as_the_settings_say(self, run: Run) -> None:
        data = of_purpose(run.program.of_type(VOLUME), "data")
        assert {volume.retain_on_delete for volume in data} == {run.settings.data.keep_on_destroy}

    def test_what_can_be_made_anew_goes_with_the_stack(self, run: Run) -> None:
        data = of_purpose(run.program.of_type(VOLUME), "data")
        others = [item for item in run.program.resources if item not in data]
        assert names([item for item in others if item.protect or item.retain_on_delete]) == []

    def test_each_volume_with_data_is_written_by_its_own_service_only(self, run: Run) -> None:
        prefix = f"ktr-{run.settings.stack}-"
        data = {volume.plain("name") for volume in of_purpose(run.program.of_type(VOLUME), "data")}
        visitors = [
            (item.name, volume)
            for item in containers(run.program)
            for volume in mounted_volumes(item) & data
            if item.name.split("-")[0] != volume.removeprefix(prefix).split("-")[0]
        ]
        assert visitors == []


def test_two_stacks_never_share_a_name() -> None:
    shared: dict[str, set[str]] = {}
    for stack in STACKS:
        program = run_of(stack).program
        for item in [*containers(program), *program.of_type(VOLUME), *program.of_type(NETWORK)]:
            shared.setdefault(item.plain("name"), set()).add(stack)
    assert {name: stacks for name, stacks in shared.items() if len(stacks) > 1} == {}


def test_the_default_docker_provider_is_disabled() -> None:
    project = yaml.safe_load((ROOT / "Pulumi.yaml").read_text(encoding="utf-8"))
    assert "docker" in project["config"]["pulumi:disable-default-providers"]["value"]


def test_the_program_reads_as_a_table_of_contents() -> None:
    assert len((ROOT / "__main__.py").read_text(encoding="utf-8").splitlines()) < 80
