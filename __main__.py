"""The KTR platform on one Docker engine: what a stack consists of, from its settings to its outputs."""

from components.app import App, AppArgs, upstream
from components.engine import Engine, resolve_host
from components.images import ImageSource
from components.monitoring import Monitoring, MonitoringArgs, monitoring_plan
from components.network import Network, NetworkArgs
from components.nginx import Nginx, NginxArgs
from components.outputs import stack_outputs
from components.preflight import preflight
from components.pulled_image import pulled_images
from components.release import Release, ReleaseArgs, edge_of
from components.runtime import EngineRuntime, on_engine
from components.sdk_log import spare_sdk_work
from components.secrets import PLATFORM_SECRETS, Secrets, SecretsArgs
from components.settings import StackSettings
from components.slot_images import slot_images
from components.stores import stores
from components.tls import certificate


def deploy(settings: StackSettings, engine: Engine) -> None:
    """Register everything that a stack consists of."""
    opts = on_engine(engine)
    source = ImageSource.locked(settings.registry, settings.lock_file)
    plan = monitoring_plan(settings.monitoring, source)
    keys = ["nginx", "postgres", "redis", *plan.images]
    images = pulled_images(source, keys, opts)
    runtime = EngineRuntime.of_stack(settings, engine, loader_image=images["nginx"])
    # Early, because the provider takes 2 s for a network and every service waits for one.
    network = Network("network", NetworkArgs(runtime=runtime, monitored=settings.monitoring.enabled), opts)
    secrets = Secrets("secrets", SecretsArgs(names=(*PLATFORM_SECRETS, *plan.secrets)), opts)

    postgres, redis = stores(settings, runtime, images, network, secrets, opts)
    application = AppArgs(
        runtime=runtime,
        settings=settings,
        network=network,
        postgres=postgres,
        redis=redis,
        secrets=secrets,
    )
    app = App("app", application, opts)
    proxy = NginxArgs(
        runtime=runtime,
        settings=settings.edge,
        image=images["nginx"],
        network=network.platform,
        upstream=upstream(settings),
        certificate=certificate(settings.edge),
        measured=settings.monitoring.enabled,
        grafana=plan.grafana,
    )
    nginx = Nginx("nginx", proxy, opts)
    slots = slot_images(settings, source, engine, opts)
    rollout = ReleaseArgs(settings=settings, edge=edge_of(settings, engine), app=app, nginx=nginx, slots=slots)
    release = Release("release", rollout, opts)
    if settings.monitoring.enabled:
        watched = MonitoringArgs(
            runtime=runtime,
            settings=settings,
            images=images,
            network=network,
            secrets=secrets,
            postgres=postgres,
            redis=redis,
            nginx=nginx,
        )
        Monitoring("monitoring", watched, opts)
    stack_outputs(settings, source, secrets, network, postgres, redis, app, release).export()


if __name__ == "__main__":
    spare_sdk_work()
    stack_settings = StackSettings.from_pulumi()
    stack_engine = Engine(resolve_host(stack_settings.engine.host))
    preflight(stack_settings, stack_engine)
    deploy(stack_settings, stack_engine)
