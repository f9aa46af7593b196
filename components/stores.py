"""The stores of a stack: Postgres and Redis, side by side on the data network."""

from collections.abc import Mapping

import pulumi

from components.network import Network
from components.postgres import Postgres, PostgresArgs
from components.redis import Redis, RedisArgs
from components.runtime import EngineRuntime
from components.secrets import Secrets
from components.settings import StackSettings


def stores(  # noqa: PLR0913, PLR0917 (each store gets all of it)
    settings: StackSettings,
    runtime: EngineRuntime,
    images: Mapping[str, pulumi.Input[str]],
    network: Network,
    secrets: Secrets,
    opts: pulumi.ResourceOptions,
) -> tuple[Postgres, Redis]:
    """Register both."""
    database = PostgresArgs(
        runtime=runtime,
        settings=settings.postgres,
        data=settings.data,
        image=images["postgres"],
        network=network.data,
        secrets=secrets,
    )
    cache = RedisArgs(
        runtime=runtime,
        settings=settings.redis,
        data=settings.data,
        image=images["redis"],
        network=network.data,
        secrets=secrets,
    )
    return Postgres("postgres", database, opts), Redis("redis", cache, opts)
