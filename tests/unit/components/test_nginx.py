"""nginx.conf: what the edge answers, limits and passes on."""

from typing import Any

import pytest

from components.nginx.config import Upstream, render_config
from components.nginx.notices import render_notices
from components.settings import EdgeSettings
from tests.support.nginx import Block, parse

UPSTREAM = Upstream(host_prefix="app", port=8501, ready_port=9102, replicas=1)


def rendered(upstream: Upstream = UPSTREAM, **edge: Any) -> str:
    return render_config(EdgeSettings.model_validate(edge, strict=False), upstream)


def http(upstream: Upstream = UPSTREAM, **edge: Any) -> Block:
    return parse(rendered(upstream, **edge)).block("http")


def replicas(number: int) -> Upstream:
    return Upstream(host_prefix="app", port=8501, ready_port=9102, replicas=number)


TLS: dict[str, Any] = {"httpPort": 80, "httpsPort": 443, "domain": "ktr.example.com", "tls": {"mode": "self-signed"}}


def front(block: Block) -> Block:
    """The server that people reach: the only one with a name."""
    (server,) = [one.block for one in block.all("server") if one.block and one.block.all("server_name")]
    return server


def headers(server: Block) -> dict[str, list[str]]:
    return {arguments[0]: arguments[1:] for arguments in server.arguments("add_header")}


class TestWebSockets:
    def test_are_passed_on(self) -> None:
        passed = {arguments[0]: arguments[1] for arguments in http().arguments("proxy_set_header")}
        assert passed["Upgrade"] == "$http_upgrade"
        assert passed["Connection"] == "$connection_upgrade"

    def test_close_a_plain_requests_connection_header(self) -> None:
        mapping = http().block("map", "$http_upgrade", "$connection_upgrade")
        assert {one.name: one.arguments for one in mapping.directives} == {"default": ["upgrade"], "": [""]}

    def test_need_http_1_1(self) -> None:
        assert http().arguments("proxy_http_version") == [["1.1"]]

    def test_may_be_silent_as_long_as_the_settings_say(self) -> None:
        stream = front(http(idleTimeout=7200)).block("location", "/_stcore/stream")
        assert stream.arguments("proxy_read_timeout") == [["7200s"]]
        assert stream.arguments("proxy_send_timeout") == [["7200s"]]


class TestWithoutTls:
    def test_people_are_answered_on_the_plain_port(self) -> None:
        assert front(http()).arguments("listen") == [["8080", "default_server"]]

    def test_nothing_redirects(self) -> None:
        codes = [one.arguments[0] for one in http().everywhere() if one.name == "return"]
        assert "308" not in codes

    def test_no_certificate_is_named(self) -> None:
        assert [one.name for one in http().everywhere() if one.name.startswith("ssl_")] == []

    def test_browsers_are_not_told_to_insist_on_https(self) -> None:
        assert "Strict-Transport-Security" not in headers(front(http()))

    def test_the_affinity_cookie_works_over_http(self) -> None:
        assert "; Secure" not in rendered()


class TestWithTls:
    def test_people_are_answered_on_the_tls_port(self) -> None:
        assert front(http(**TLS)).arguments("listen") == [["8443", "ssl", "http2", "default_server"]]

    @pytest.mark.parametrize(
        ("port", "origin"), [(443, "https://ktr.example.com"), (8443, "https://ktr.example.com:8443")]
    )
    def test_plain_requests_are_sent_to_the_public_url_and_keep_their_method(self, port: int, origin: str) -> None:
        edge = TLS | {"httpsPort": port}
        (server,) = [
            one.block
            for one in http(**edge).all("server")
            if one.block and ["8080", "default_server"] in one.block.arguments("listen")
        ]
        assert server.block("location", "/").arguments("return") == [["308", f"{origin}$request_uri"]]

    def test_only_modern_versions_are_spoken(self) -> None:
        assert http(**TLS).arguments("ssl_protocols") == [["TLSv1.2", "TLSv1.3"]]

    def test_the_certificate_is_read_at_each_handshake(self) -> None:
        server = front(http(**TLS))
        assert server.arguments("ssl_certificate") == [["$tls_dir/fullchain.pem"]]
        assert server.arguments("ssl_certificate_key") == [["$tls_dir/privkey.pem"]]

    def test_browsers_are_told_to_insist_on_https(self) -> None:
        assert headers(front(http(**TLS)))["Strict-Transport-Security"][0].startswith("max-age=")

    def test_the_affinity_cookie_is_for_https_only(self) -> None:
        assert "; Secure" in rendered(**TLS)


class TestReplicas:
    def test_one_gets_everything(self) -> None:
        shares = http().block("split_clients", "$affinity", "$replica")
        assert [(one.name, one.arguments) for one in shares.directives] == [("*", ["1"])]

    def test_share_the_clients(self) -> None:
        shares = http(replicas(3)).block("split_clients", "$affinity", "$replica")
        assert [(one.name, one.arguments) for one in shares.directives] == [
            ("33.33%", ["1"]),
            ("33.33%", ["2"]),
            ("*", ["3"]),
        ]

    def test_stand_in_for_each_other_in_a_ring(self) -> None:
        ring = http(replicas(3)).block("map", "$replica", "$next_replica")
        assert {one.name: one.arguments for one in ring.directives} == {"1": ["2"], "2": ["3"], "3": ["1"]}

    def test_are_found_by_name_when_a_request_needs_them(self) -> None:
        server = front(http())
        assert ["$upstream_host", "app-$slot-$replica"] in server.arguments("set")
        assert server.block("location", "/").arguments("proxy_pass") == [["http://$upstream_host:8501"]]
        assert http().arguments("resolver")[0][0] == "127.0.0.11"

    def test_that_do_not_answer_are_replaced_for_requests_that_change_nothing(self) -> None:
        other = front(http()).block("location", "@fallback")
        refusal = other.block("if", "($request_method", "!~", "^(GET|HEAD)$)")
        assert refusal.arguments("return") == [["503"]]

    def test_keep_a_client_by_a_cookie_that_scripts_can_not_read(self) -> None:
        cookie = http().block("map", "$cookie_ktr_affinity", "$affinity_cookie").arguments("default")
        assert "HttpOnly; SameSite=Lax" in cookie[0][0]


class TestLimits:
    def test_uploads_are_as_large_as_the_settings_say(self) -> None:
        assert http(uploadLimit="20m").arguments("client_max_body_size") == [[str(20 * 1024**2)]]

    def test_requests_are_as_many_as_the_settings_say(self) -> None:
        assert http(requestsPerSecond=7).arguments("limit_req_zone") == [
            ["$binary_remote_addr", "zone=requests:10m", "rate=7r/s"]
        ]

    def test_connections_are_as_many_as_the_settings_say(self) -> None:
        assert front(http(connectionsPerClient=9)).arguments("limit_conn") == [["connections", "9"]]

    def test_requests_may_come_in_bursts(self) -> None:
        assert front(http(requestsPerSecond=7)).arguments("limit_req") == [["zone=requests", "burst=28", "nodelay"]]

    def test_who_exceeds_them_is_told_so(self) -> None:
        assert http().arguments("limit_req_status") == http().arguments("limit_conn_status") == [["429"]]


class TestHeaders:
    @pytest.mark.parametrize("edge", [{}, TLS], ids=["without TLS", "with TLS"])
    @pytest.mark.parametrize(
        "header",
        [
            "Content-Security-Policy",
            "Cross-Origin-Opener-Policy",
            "Permissions-Policy",
            "Referrer-Policy",
            "X-Content-Type-Options",
            "X-Frame-Options",
        ],
    )
    def test_that_protect_people_are_on_every_answer(self, edge: dict[str, Any], header: str) -> None:
        assert headers(front(http(**edge)))[header][-1] == "always"

    def test_are_not_dropped_by_a_location_that_adds_its_own(self) -> None:
        """nginx inherits `add_header` only where a level has none of its own."""
        locations = [one.block for one in front(http()).all("location") if one.block]
        assert [location for location in locations if location.all("add_header")] == []

    def test_tell_the_slot(self) -> None:
        assert headers(front(http()))["X-KTR-Slot"] == ["$slot", "always"]

    def test_do_not_tell_what_software_answers(self) -> None:
        assert http().arguments("server_tokens") == [["off"]]
        assert ["Server"] in http().arguments("proxy_hide_header")

    def test_of_the_client_do_not_decide_who_it_is(self) -> None:
        passed = {arguments[0]: arguments[1] for arguments in http().arguments("proxy_set_header")}
        assert passed["X-Forwarded-For"] == passed["X-Real-IP"] == "$remote_addr"


class TestTheAccessLog:
    def test_is_json_on_the_containers_output(self) -> None:
        assert http().arguments("log_format")[0][:2] == ["json", "escape=json"]
        assert http().arguments("access_log") == [["/dev/stdout", "json"]]

    def test_leaves_out_what_a_query_may_carry(self) -> None:
        log_format = "".join(http().arguments("log_format")[0])
        assert "$request_uri" not in log_format
        assert "$args" not in log_format


def test_everything_written_lies_in_memory() -> None:
    configuration = parse(rendered())
    paths = [one.arguments[0] for one in configuration.block("http").directives if one.name.endswith("_temp_path")]
    paths += [arguments[0] for arguments in configuration.arguments("pid")]
    assert len(paths) == 6
    assert [path for path in paths if not path.startswith("/tmp/")] == []  # noqa: S108 (a directory of the container)


def test_the_health_check_reaches_nobody_else() -> None:
    (status,) = [
        one.block for one in http().all("server") if one.block and ["127.0.0.1:8090"] in one.block.arguments("listen")
    ]
    assert status.block("location", "=", "/healthz").arguments("return") == [["200", "ok\\n"]]


def test_the_domain_is_the_servers_name() -> None:
    assert front(http(domain="ktr.example.com")).arguments("server_name") == [["ktr.example.com"]]


@pytest.mark.parametrize("name", ["unavailable.html", "maintenance.html"])
def test_a_page_for_bad_times_needs_nothing_else(name: str) -> None:
    page = render_notices()[name]
    assert "<html" in page
    assert not any(reference in page for reference in ("src=", "@import", 'href="http'))


class TestSlots:
    def test_are_chosen_by_one_look_at_one_file(self) -> None:
        """Two looks would meet two routings when one replaces the other between them."""
        server = front(http())
        looks = [one for one in server.all("if") if one.block and ["$slot", "green"] in one.block.arguments("set")]
        assert [look.arguments for look in looks] == [["(-f", "/state/current/green/$bucket)"]]
        assert ["$slot", "blue"] in server.arguments("set")

    def test_share_the_clients_by_a_hundred_equal_buckets(self) -> None:
        buckets = http().block("split_clients", "$affinity bucket", "$bucket")
        assert [one.name for one in buckets.directives] == ["1%"] * 99 + ["*"]
        assert [one.arguments for one in buckets.directives] == [[str(number)] for number in range(100)]

    def test_that_are_live_answer_for_a_candidate_that_does_not(self) -> None:
        fallback = http().block("map", "$slot $live", "$fallback")
        assert {one.name: one.arguments for one in fallback.directives} == {
            "blue green": ["green-$replica"],
            "green blue": ["blue-$replica"],
            "default": ["$slot-$next_replica"],
        }

    @pytest.mark.parametrize("location", ["/", "/_stcore/stream"])
    def test_are_closed_to_people_by_a_notice(self, location: str) -> None:
        closed = front(http()).block("location", location).block("if", "($notice)")
        assert closed.arguments("return") == [["503"]]

    def test_without_a_routing_answer_nobody(self) -> None:
        unset = front(http()).block("if", "(!-e", "/state/current)")
        assert unset.arguments("set") == [["$notice", "unavailable"]]
