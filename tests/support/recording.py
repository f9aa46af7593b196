"""Runs a Pulumi program without an engine and records everything that it registers.

The recorder answers as Pulumi's engine would: outputs are the inputs, with what providers add, and a secret stays one.
A program runs on an event loop of its own, until nothing is left to do, so that the absence of a
resource means something.
"""

import asyncio
import contextlib
import contextvars
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pulumi
from google.protobuf import empty_pb2, struct_pb2  # type: ignore[import-untyped] # stubs for this one line are too many
from pulumi.runtime import mocks, settings, stack
from pulumi.runtime.proto import resource_pb2

PROJECT = "ktr"
STACK_TYPE = "pulumi:pulumi:Stack"
_SIGNATURE = "4dabf18193072939515e22adb298388d"
_SECRET_SIGNATURE = "1b47061264138c4ac30d75fd1eb44270"


@dataclass(frozen=True)
class Secret:
    """A value that reached the engine marked as a secret."""

    value: Any


@dataclass(frozen=True, kw_only=True)
class Resource:
    """One registered resource, as the engine got to see it."""

    type: str
    name: str
    urn: str
    parent: str
    """URN of the parent."""
    custom: bool
    inputs: Mapping[str, Any]
    """In camelCase; secrets are instances of `Secret`."""
    depends_on: frozenset[str]
    """URNs."""
    protect: bool
    retain_on_delete: bool
    provider: str
    """URN and id of an explicit provider; empty for the default one."""
    hooks: Mapping[str, tuple[str, ...]]
    """Names of the hooks by moment."""

    def plain(self, key: str) -> Any:
        """An input with no secret marks."""
        return revealed(self.inputs.get(key))


@dataclass
class Program:
    """What a program registered."""

    resources: list[Resource] = field(default_factory=list)
    outputs: dict[str, Any] = field(default_factory=dict)
    """Stack outputs; secrets are instances of `Secret`."""
    component_outputs: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Registered outputs by URN."""

    def of_type(self, token: str) -> list[Resource]:
        """The resources of one type."""
        return [resource for resource in self.resources if resource.type == token]

    def named(self, name: str, token: str) -> Resource:
        """The resource with this logical name and type."""
        (found,) = [resource for resource in self.of_type(token) if resource.name == name]
        return found

    def by_urn(self, urn: str) -> Resource:
        """The resource with this URN."""
        (found,) = [resource for resource in self.resources if resource.urn == urn]
        return found


def revealed(value: Any) -> Any:
    """A value with no secret marks, at any depth."""
    match value:
        case Secret():
            return revealed(value.value)
        case dict():
            return {key: revealed(item) for key, item in value.items()}
        case list():
            return [revealed(item) for item in value]
    return value


def texts(value: Any, *, secret: bool = False) -> Iterator[tuple[str, bool]]:
    """Every text inside a value, keys too, and whether it is (inside) a secret."""
    match value:
        case Secret():
            yield from texts(value.value, secret=True)
        case dict():
            for key, item in value.items():
                yield str(key), secret
                yield from texts(item, secret=secret)
        case list():
            for item in value:
                yield from texts(item, secret=secret)
        case str():
            yield value, secret


def run_program(program: Callable[[], None], stack_name: str, *, preview: bool = False) -> Program:
    """Run `program` as the stack `stack_name` until it has drained.

    Raises:
        Exception: whatever the program raises.
    """
    return contextvars.copy_context().run(_run, program, stack_name, preview)


def _run(program: Callable[[], None], stack_name: str, preview: bool) -> Program:
    monitor = _Recorder()
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    try:
        settings.reset_options()
        pulumi.runtime.set_mocks(_NoMocks(), PROJECT, stack_name, preview, monitor=monitor)
        # set_mocks has finished a stack of its own already; the program gets one whose outputs are registered last.
        settings.ROOT.set(None)
        settings.SETTINGS.rpc_manager.clear()
        settings.SETTINGS.outputs.clear()
        loop.run_until_complete(stack.run_in_stack(program))
    finally:
        for task in asyncio.all_tasks(loop):
            task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()
        asyncio.set_event_loop(None)
        settings.reset_options()
    return monitor.program


class _NoMocks(mocks.Mocks):
    """Pulumi asks for mocks; the recorder answers before they are reached."""

    def call(self, args: mocks.MockCallArgs) -> Any:
        raise AssertionError(f"the program calls {args.token}: it is to ask nobody but the engine")

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str | None, dict[Any, Any]]:
        raise AssertionError(f"{args.name} was not recorded")


class _Recorder(mocks.MockMonitor):
    """Stands for Pulumi's engine. Unlike mocks it gets the whole request: options, dependencies, secret marks."""

    def __init__(self) -> None:
        super().__init__(_NoMocks())
        self.program = Program()

    def RegisterResource(self, request: resource_pb2.RegisterResourceRequest) -> resource_pb2.RegisterResourceResponse:  # noqa: N802 (Pulumi's name)
        urn = self.make_urn(request.parent, request.type, request.name)
        if request.type == STACK_TYPE:
            return resource_pb2.RegisterResourceResponse(urn=urn)
        self.program.resources.append(
            Resource(
                type=request.type,
                name=request.name,
                urn=urn,
                parent=request.parent,
                custom=request.custom,
                inputs=_python(request.object),
                depends_on=frozenset(request.dependencies),
                protect=request.protect,
                retain_on_delete=request.retainOnDelete,
                provider=request.provider,
                hooks={descriptor.name: tuple(names) for descriptor, names in request.hooks.ListFields()},
            )
        )
        outputs = struct_pb2.Struct()
        outputs.CopyFrom(request.object)
        outputs.update(_added_by_provider(request.type, request.name))
        for key in request.additionalSecretOutputs:
            if key in outputs.fields:
                secret = {_SIGNATURE: _SECRET_SIGNATURE, "value": _python(outputs)[key]}
                outputs.update({key: secret})
        identity = f"id-of-{request.name}" if request.custom else ""
        return resource_pb2.RegisterResourceResponse(urn=urn, id=identity, object=outputs)

    def RegisterResourceOutputs(self, request: resource_pb2.RegisterResourceOutputsRequest) -> empty_pb2.Empty:  # noqa: N802 (Pulumi's name)
        outputs = _python(request.outputs)
        if f"::{STACK_TYPE}::" in request.urn:
            self.program.outputs.update(outputs)
        else:
            self.program.component_outputs[request.urn] = outputs
        return empty_pb2.Empty()


def secret_value(name: str) -> str:
    """The password that the recorder hands out for the RandomPassword called `name`: easy to find in any text."""
    return f"password({name})"


def _added_by_provider(token: str, name: str) -> dict[str, Any]:
    """Outputs that a provider adds to the inputs."""
    match token:
        case "random:index/randomPassword:RandomPassword":
            return {"result": secret_value(name), "bcryptHash": f"bcrypt({name})"}
        case "random:index/randomId:RandomId":
            return {"hex": "0123456789abcdef"}
        case "docker:index/remoteImage:RemoteImage":
            return {"imageId": f"sha256:image-of-{name}"}
    return {}


def _python(value: struct_pb2.Struct | struct_pb2.ListValue | struct_pb2.Value) -> Any:
    """A protobuf value as Python has it, with whole numbers as int and secrets as `Secret`."""
    if isinstance(value, struct_pb2.Struct):
        if value.fields.get(_SIGNATURE, struct_pb2.Value()).string_value == _SECRET_SIGNATURE:
            return Secret(_python(value.fields["value"]))
        return {key: _python(item) for key, item in value.fields.items()}
    if isinstance(value, struct_pb2.ListValue):
        return [_python(item) for item in value.values]
    kind = value.WhichOneof("kind")
    if kind is None or kind == "null_value":
        return None
    inner = getattr(value, kind)
    if kind == "number_value" and inner.is_integer():
        return int(inner)
    return _python(inner) if kind in {"struct_value", "list_value"} else inner
