"""Images: what is pulled, from where, and by which digest."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from components.images import CATALOGUE, ImageLockError, ImageSource
from tests.support.containers import IMAGE
from tests.support.platform import DIGEST, run_deploy, run_of, stack_settings

REGISTRY = "127.0.0.1:5000"


def lock(folder: Path, content: Any) -> Path:
    file = folder / "images.lock.json"
    file.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return file


class TestTheReference:
    def test_of_docker_hub_is_the_familiar_name(self) -> None:
        assert ImageSource(registry="docker.io").reference("postgres") == "postgres:15-bookworm"

    def test_of_another_registry_has_the_whole_path(self) -> None:
        assert ImageSource(registry=REGISTRY).reference("redis") == f"{REGISTRY}/library/redis:7-bookworm"

    def test_is_by_digest_where_the_lock_names_one(self, tmp_path: Path) -> None:
        file = lock(tmp_path, {"registry": "docker.io", "images": {"library/nginx:1.28-bookworm": DIGEST}})
        assert ImageSource.locked("docker.io", file).reference("nginx") == f"nginx@{DIGEST}"

    def test_is_by_tag_where_the_lock_names_none(self, tmp_path: Path) -> None:
        file = lock(tmp_path, {"registry": "docker.io", "images": {"library/nginx:1.28-bookworm": DIGEST}})
        assert ImageSource.locked("docker.io", file).reference("redis") == "redis:7-bookworm"

    def test_ignores_the_digest_of_another_tag(self, tmp_path: Path) -> None:
        file = lock(tmp_path, {"registry": "docker.io", "images": {"library/nginx:1.27-bookworm": DIGEST}})
        assert ImageSource.locked("docker.io", file).reference("nginx") == "nginx:1.28-bookworm"

    def test_ignores_the_lock_of_another_registry(self, tmp_path: Path) -> None:
        file = lock(tmp_path, {"registry": "docker.io", "images": {"library/nginx:1.28-bookworm": DIGEST}})
        assert ImageSource.locked(REGISTRY, file).reference("nginx") == f"{REGISTRY}/library/nginx:1.28-bookworm"

    def test_is_there_unless_the_lock_says_otherwise(self, tmp_path: Path) -> None:
        file = lock(tmp_path, {"registry": REGISTRY, "images": {}, "absent": ["grafana/grafana:12.3.3"]})
        assert not ImageSource.locked(REGISTRY, file).has("grafana")
        assert ImageSource.locked(REGISTRY, file).has("redis")
        assert ImageSource.locked("docker.io", file).has("grafana")
        assert ImageSource().has("grafana")

    def test_needs_no_lock_file(self, tmp_path: Path) -> None:
        assert ImageSource.locked("docker.io", tmp_path / "none.json") == ImageSource(registry="docker.io")

    def test_of_an_image_that_nobody_has_named_is_an_error(self) -> None:
        with pytest.raises(KeyError):
            ImageSource().reference("mysql")


@pytest.mark.parametrize(
    "content",
    [
        "",
        "no json",
        "[]",
        "{}",
        "null",
        {"registry": "docker.io"},
        {"registry": "docker.io", "images": 5},
        {"images": {}},
        {"registry": "docker.io", "images": {}, "absent": 5},
    ],
)
def test_a_broken_lock_file_says_how_to_write_it_anew(tmp_path: Path, content: Any) -> None:
    with pytest.raises(ImageLockError, match=r"is not an image lock file .* Write it anew with: ktr images lock"):
        ImageSource.locked("docker.io", lock(tmp_path, content))


def test_every_image_of_the_catalogue_is_pinned_to_a_version() -> None:
    assert [image.name for image in CATALOGUE.values() if not re.match(r"v?\d", image.tag)] == []


class TestTheImagesOfTheSlots:
    def test_that_ci_pushed_are_pulled_by_tag_and_by_digest(self) -> None:
        program = run_of("prod with two released slots").program
        names = {image.plain("name") for image in program.of_type(IMAGE)}
        assert {"ghcr.io/acme/ktr-app:1.4.2", f"ghcr.io/acme/ktr-app@{DIGEST}"} <= names

    def test_that_were_built_here_before_are_taken_from_the_engine(self) -> None:
        tag = "src-0123456789ab"
        run = run_deploy(stack_settings("staging", {"release": {"blue": tag}}))
        container = run.program.named("app-blue-1", "docker:index/container:Container")
        assert container.plain("image") == f"sha256:image-of-ktr-platform/app:{tag}"
        assert [image.name for image in run.program.of_type(IMAGE) if image.name.startswith("app")] == []

    def test_are_not_built_when_no_slot_runs_the_source(self) -> None:
        program = run_of("prod with two released slots").program
        assert [image.name for image in program.of_type(IMAGE) if image.plain("build")] == []

    def test_that_are_built_are_built_once_from_the_production_stage(self) -> None:
        (build,) = [image.plain("build") for image in run_of("prod").program.of_type(IMAGE) if image.plain("build")]
        assert (build["context"], build["target"]) == ("app", "production")

    def test_that_are_built_start_from_the_image_of_the_catalogue(self) -> None:
        (build,) = [image.plain("build") for image in run_of("prod").program.of_type(IMAGE) if image.plain("build")]
        assert build["buildArgs"]["PYTHON_IMAGE"] == ImageSource().reference("python")
