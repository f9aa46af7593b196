"""A table of bad settings, each with what its message has to say."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.support.platform import DIGEST


@dataclass(frozen=True)
class Bad:
    """One bad setting, and the parts of the message that help: the key, and what its rule says."""

    sentence: str
    config: Mapping[str, Any]
    key: str
    rule: str
    stack: str = "test"
    environment: Mapping[str, str] = field(default_factory=dict)
    value: Any = ...
    """What the message shows as the value; by default whatever was set at `key`."""


RELEASED = {"repository": "ghcr.io/acme/ktr-app"}
BAD = [
    # Keys that do not exist
    Bad("an unknown section", {"postgress": {}}, "ktr:postgress", "did you mean 'postgres'?", value="{}"),
    Bad("a section that resembles none", {"zzz": 1}, "ktr:zzz", "unknown key. Known: app, build,", value="1"),
    Bad("a nested key given without --path", {"edge.httpPort": 80}, "ktr:edge.httpPort", "--path", value="80"),
    Bad("an unknown key in a section", {"app": {"memori": "1g"}}, "ktr:app.memori", "did you mean 'memory'?"),
    Bad(
        "an unknown key two levels down", {"edge": {"tls": {"mod": "off"}}}, "ktr:edge.tls.mod", "did you mean 'mode'?"
    ),
    Bad("a key in snake case", {"edge": {"http_port": 80}}, "ktr:edge.http_port", "did you mean 'httpPort'?"),
    Bad("a key in other letters", {"app": {"logLEVEL": "info"}}, "ktr:app.logLEVEL", "did you mean 'logLevel'?"),
    Bad("the stack as a setting", {"stack": "prod"}, "ktr:stack", "unknown key", value="prod"),
    Bad("the lock file as a setting", {"lock_file": "x"}, "ktr:lock_file", "unknown key", value="x"),
    # Sections that are none
    Bad(
        "a section that is a text", {"edge": "yes"}, "ktr:edge", "must be a section with the keys address,", value="yes"
    ),
    Bad("a section that is a number", {"app": 5}, "ktr:app", "must be a section", value="5"),
    Bad("a section that is a list", {"redis": ["64m"]}, "ktr:redis", "must be a section", value='["64m"]'),
    Bad("a section that is empty text", {"data": ""}, "ktr:data", "must be a section", value=""),
    Bad("a section that is null", {"postgres": None}, "ktr:postgres", "must be a section", value="null"),
    Bad("an inner section that is a text", {"edge": {"tls": "off"}}, "ktr:edge.tls", "a section"),
    # Wrong types
    Bad("a text for a port", {"edge": {"httpPort": "80"}}, "ktr:edge.httpPort", "a whole number, without quotes"),
    Bad("true for a port", {"edge": {"httpPort": True}}, "ktr:edge.httpPort", "a whole number"),
    Bad("half a port", {"edge": {"httpPort": 80.5}}, "ktr:edge.httpPort", "1 to 65535"),
    Bad("null for a port", {"edge": {"httpPort": None}}, "ktr:edge.httpPort", "a whole number"),
    Bad("a number for a size", {"app": {"memory": 1024}}, "ktr:app.memory", "followed by k, m or g"),
    Bad("a text for yes or no", {"data": {"protect": "true"}}, "ktr:data.protect", "true or false, without quotes"),
    Bad("a number for yes or no", {"app": {"floatingTags": 1}}, "ktr:app.floatingTags", "true or false"),
    Bad("a text for CPUs", {"redis": {"cpus": "1"}}, "ktr:redis.cpus", "a number, without quotes"),
    Bad("true for CPUs", {"postgres": {"cpus": True}}, "ktr:postgres.cpus", "0.05 to 64"),
    Bad("a number for a version", {"release": {"blue": 1.4}}, "ktr:release.blue", "text, in quotes"),
    Bad("a list for a domain", {"edge": {"domain": ["a"]}}, "ktr:edge.domain", "text"),
    Bad("a number for a path", {"build": {"extraCaCertificates": 5}}, "ktr:build.extraCaCertificates", "PEM file"),
    # Sizes and ranges
    Bad("a size without a unit", {"app": {"memory": "1024"}}, "ktr:app.memory", "followed by k, m or g"),
    Bad("a size with a fraction", {"app": {"memory": "1.5g"}}, "ktr:app.memory", "a whole number"),
    Bad("a size in another spelling", {"app": {"memory": "1GiB"}}, "ktr:app.memory", "followed by k, m or g"),
    Bad("a negative size", {"redis": {"memory": "-1g"}}, "ktr:redis.memory", "a whole number"),
    Bad("too little memory for the application", {"app": {"memory": "64m"}}, "ktr:app.memory", "less than 256m"),
    Bad("too much memory for Redis", {"redis": {"memory": "65g"}}, "ktr:redis.memory", "more than 64g"),
    Bad("too little memory for Redis", {"redis": {"memory": "63m"}}, "ktr:redis.memory", "64m to 64g: less than 64m"),
    Bad("too large an upload", {"edge": {"uploadLimit": "2g"}}, "ktr:edge.uploadLimit", "1m to 1g"),
    Bad("a log file too small", {"logging": {"maxSize": "1k"}}, "ktr:logging.maxSize", "less than 1m"),
    Bad("no log files", {"logging": {"maxFiles": 0}}, "ktr:logging.maxFiles", "1 to 100"),
    Bad("no CPUs", {"app": {"cpus": 0}}, "ktr:app.cpus", "0.05 to 64"),
    Bad("more CPUs than any host has", {"edge": {"cpus": 65}}, "ktr:edge.cpus", "0.05 to 64"),
    Bad("no replicas", {"release": {"replicas": 0}}, "ktr:release.replicas", "1 to 16"),
    Bad("too many replicas", {"release": {"replicas": 17}}, "ktr:release.replicas", "1 to 16"),
    Bad("port zero", {"edge": {"httpPort": 0}}, "ktr:edge.httpPort", "1 to 65535"),
    Bad("a port too high", {"edge": {"httpPort": 65536}}, "ktr:edge.httpPort", "1 to 65535"),
    Bad("no requests", {"edge": {"requestsPerSecond": 0}}, "ktr:edge.requestsPerSecond", "1 to 10000"),
    Bad("no connections", {"edge": {"connectionsPerClient": 0}}, "ktr:edge.connectionsPerClient", "1 to 10000"),
    Bad("an idle time too short", {"edge": {"idleTimeout": 5}}, "ktr:edge.idleTimeout", "60 to 86400"),
    Bad("too few connections", {"postgres": {"maxConnections": 5}}, "ktr:postgres.maxConnections", "20 to 2000"),
    Bad(
        "memory too small for the connections of Postgres",
        {"postgres": {"memory": "512m", "maxConnections": 200}},
        "ktr:postgres.memory",
        "too small for maxConnections = 200: at least 1280m",
    ),
    # Names and addresses
    Bad("an IP address as domain", {"edge": {"domain": "10.0.0.7"}}, "ktr:edge.domain", "not an IP address"),
    Bad("a URL as domain", {"edge": {"domain": "https://ktr.example.com"}}, "ktr:edge.domain", "without a scheme"),
    Bad("a domain with a port", {"edge": {"domain": "ktr.example.com:80"}}, "ktr:edge.domain", "or a port"),
    Bad("a domain with an underscore", {"edge": {"domain": "my_ktr.example.com"}}, "ktr:edge.domain", "hyphens"),
    Bad("a domain with an empty label", {"edge": {"domain": "ktr..com"}}, "ktr:edge.domain", "joined by dots"),
    Bad("a domain with a label too long", {"edge": {"domain": "a" * 64}}, "ktr:edge.domain", "labels of letters"),
    Bad("a domain with letters outside ASCII", {"edge": {"domain": "\u017ftadt.de"}}, "ktr:edge.domain", "letters"),
    Bad("no domain", {"edge": {"domain": ""}}, "ktr:edge.domain", "host name"),
    Bad("a name as address", {"edge": {"address": "localhost"}}, "ktr:edge.address", "four numbers"),
    Bad("an IPv6 address", {"edge": {"address": "::"}}, "ktr:edge.address", "IPv4"),
    Bad("an address out of range", {"edge": {"address": "127.0.0.256"}}, "ktr:edge.address", "from 0 to 255"),
    Bad("an engine without a scheme", {"engine": {"host": "docker1"}}, "ktr:engine.host", "unix://, tcp:// or ssh://"),
    Bad("an engine over http", {"engine": {"host": "http://docker1"}}, "ktr:engine.host", "unix://, tcp:// or ssh://"),
    Bad("a registry with a scheme", {"registry": "https://r.example.com"}, "ktr:registry", "leave the scheme out"),
    Bad("a registry with a slash at its end", {"registry": "docker.io/"}, "ktr:registry", "without a scheme"),
    Bad("a registry in capitals", {"registry": "Docker.IO"}, "ktr:registry", "lower case"),
    Bad("a registry on an impossible port", {"registry": "r.example.com:99999"}, "ktr:registry", "1 and 65535"),
    Bad("a stack with capitals", {}, "stack", "lower-case letters", stack="Prod", value="Prod"),
    Bad("a stack of one letter", {}, "stack", "2 to 32", stack="p", value="p"),
    Bad("a stack with an underscore", {}, "stack", "hyphens", stack="my_prod", value="my_prod"),
    Bad("a stack that begins with a digit", {}, "stack", "begins with a letter", stack="1prod", value="1prod"),
    Bad("a stack that ends with a hyphen", {}, "stack", "lower-case letters", stack="prod-", value="prod-"),
    Bad(
        "a registry of the environment with a scheme",
        {"registry": "docker.io"},
        "KTR_REGISTRY",
        "leave the scheme out",
        environment={"KTR_REGISTRY": "http://127.0.0.1:5000"},
        value="http://127.0.0.1:5000",
    ),
    # TLS
    Bad("an unknown TLS mode", {"edge": {"tls": {"mode": "on"}}}, "ktr:edge.tls.mode", "off, self-signed, provided"),
    Bad("yes as TLS mode", {"edge": {"tls": {"mode": True}}}, "ktr:edge.tls.mode", "off, self-signed, provided"),
    Bad(
        "a TLS port without TLS",
        {"edge": {"httpsPort": 8443}},
        "ktr:edge.httpsPort",
        "is used with TLS only",
    ),
    Bad(
        "TLS without a port",
        {"edge": {"tls": {"mode": "self-signed"}}},
        "ktr:edge.httpsPort",
        "is required when tls.mode is self-signed",
        value="(not set)",
    ),
    Bad(
        "the same port twice",
        {"edge": {"httpPort": 8443, "httpsPort": 8443, "tls": {"mode": "self-signed"}}},
        "ktr:edge.httpsPort",
        "must differ from httpPort",
    ),
    Bad(
        "a provided certificate that is not named",
        {"edge": {"httpsPort": 8443, "tls": {"mode": "provided", "privateKeyFile": "/no"}}},
        "ktr:edge.tls.certificateFile",
        "is required with mode provided",
        value="(not set)",
    ),
    Bad(
        "a provided key that is not named",
        {"edge": {"httpsPort": 8443, "tls": {"mode": "provided", "certificateFile": "/no"}}},
        "ktr:edge.tls.privateKeyFile",
        "is required with mode provided",
        value="(not set)",
    ),
    Bad(
        "a provided certificate that is not there",
        {"edge": {"httpsPort": 8443, "tls": {"mode": "provided", "certificateFile": "/no", "privateKeyFile": "/no"}}},
        "ktr:edge.tls.certificateFile",
        "No such file",
    ),
    Bad(
        "a certificate for a self-signed edge",
        {"edge": {"httpsPort": 8443, "tls": {"mode": "self-signed", "certificateFile": "/no"}}},
        "ktr:edge.tls.certificateFile",
        "goes with mode provided only; the mode is self-signed",
    ),
    Bad(
        "a key for an edge without TLS",
        {"edge": {"tls": {"privateKeyFile": "/no"}}},
        "ktr:edge.tls.privateKeyFile",
        "goes with mode provided only; the mode is off",
    ),
    Bad(
        "certificates for the build that are not there",
        {"build": {"extraCaCertificates": "/no/ca.pem"}},
        "ktr:build.extraCaCertificates",
        "No such file",
    ),
    # Releases
    Bad("a colour that does not exist", {"release": {"active": "red"}}, "ktr:release.active", "blue or green"),
    Bad(
        "an active slot without a version",
        {"release": {"active": "green"}},
        "ktr:release.green",
        "needs a version",
        value="none",
    ),
    Bad("a live slot that is removed", {"release": {"blue": "none"}}, "ktr:release.blue", "needs a version"),
    Bad("a version with a space", {"app": RELEASED, "release": {"blue": "1.4 2"}}, "ktr:release.blue", "a tag has"),
    Bad("an empty version", {"app": RELEASED, "release": {"blue": ""}}, "ktr:release.blue", "a tag or a digest"),
    Bad(
        "a digest too short",
        {"app": RELEASED, "release": {"blue": "sha256:12ab"}},
        "ktr:release.blue",
        "64 hexadecimal",
    ),
    Bad(
        "a digest in capitals",
        {"app": RELEASED, "release": {"blue": DIGEST.upper()}},
        "ktr:release.blue",
        "64 hexadecimal",
    ),
    Bad(
        "a version without a repository",
        {"release": {"blue": "1.4.2"}},
        "ktr:app.repository",
        "names the version '1.4.2'",
        value="(not set)",
    ),
    Bad(
        "a digest without a repository",
        {"release": {"blue": DIGEST}},
        "ktr:app.repository",
        "is required",
        value="(not set)",
    ),
    Bad(
        "latest where tags must stay",
        {"app": RELEASED, "release": {"blue": "latest"}},
        "ktr:release.blue",
        "moves under the same name",
    ),
    Bad(
        "latest in capitals",
        {"app": RELEASED, "release": {"blue": "LATEST"}},
        "ktr:release.blue",
        "moves under the same name",
    ),
    Bad(
        "a branch as version",
        {"app": RELEASED, "release": {"green": "main"}},
        "ktr:release.green",
        "app.floatingTags allows it",
    ),
    Bad(
        "a repository with a tag",
        {"app": {"repository": "ghcr.io/acme/app:1"}},
        "ktr:app.repository",
        "leave the tag or digest out",
    ),
    Bad(
        "a repository with a digest",
        {"app": {"repository": f"acme/app@{DIGEST}"}},
        "ktr:app.repository",
        "leave the tag or digest out",
    ),
    Bad(
        "a repository with a scheme",
        {"app": {"repository": "https://ghcr.io/acme/app"}},
        "ktr:app.repository",
        "leave the scheme out",
    ),
    Bad("a repository in capitals", {"app": {"repository": "ghcr.io/Acme/app"}}, "ktr:app.repository", "lower-case"),
    Bad("an unknown log level", {"app": {"logLevel": "trace"}}, "ktr:app.logLevel", "debug, info, warning, error"),
    Bad(
        "data that is protected but not kept",
        {"data": {"keepOnDestroy": False}},
        "ktr:data.keepOnDestroy",
        "set protect to false as well",
    ),
    # Monitoring
    Bad("metrics kept for no day", {"monitoring": {"retentionDays": 0}}, "ktr:monitoring.retentionDays", "1 to 400"),
    Bad(
        "too little room for metrics",
        {"monitoring": {"retentionSize": "1m"}},
        "ktr:monitoring.retentionSize",
        "less than 256m",
    ),
    Bad(
        "measurements too far apart for the alerts",
        {"monitoring": {"scrapeInterval": 300}},
        "ktr:monitoring.scrapeInterval",
        "5 to 60",
    ),
    Bad(
        "one critical pipeline in place of a list",
        {"monitoring": {"criticalPipelines": "nightly"}},
        "ktr:monitoring.criticalPipelines",
        "names of the pipelines",
    ),
    Bad("yes for the monitoring", {"monitoring": {"enabled": "yes"}}, "ktr:monitoring.enabled", "true or false"),
    Bad("monitoring that is a text", {"monitoring": "on"}, "ktr:monitoring", "must be a section", value="(a secret)"),
    Bad(
        "an unknown receiver",
        {"monitoring": {"receivers": {"pager": {"url": "https://pager.example.com/my-token"}}}},
        "ktr:monitoring.receivers.pager",
        "unknown key",
        value="(a secret)",
    ),
    Bad(
        "a webhook without its section",
        {"monitoring": {"receivers": {"webhook": "https://alerts.example.com/my-token"}}},
        "ktr:monitoring.receivers.webhook",
        "a section",
        value="(a secret)",
    ),
    Bad(
        "a misspelled key of a webhook",
        {"monitoring": {"receivers": {"webhook": {"uri": "https://alerts.example.com/my-token"}}}},
        "ktr:monitoring.receivers.webhook.uri",
        "did you mean 'url'?",
        value="(a secret)",
    ),
    Bad(
        "a webhook that is no URL",
        {"monitoring": {"receivers": {"webhook": {"url": "alerts.example.com/my-token"}}}},
        "ktr:monitoring.receivers.webhook.url",
        "begins with https://",
        value="(a secret)",
    ),
    Bad(
        "a token without a webhook",
        {"monitoring": {"receivers": {"webhook": {"token": "my-token"}}}},
        "ktr:monitoring.receivers.webhook.url",
        "is required with a token",
        value="(not set)",
    ),
    Bad(
        "an empty token",
        {"monitoring": {"receivers": {"webhook": {"url": "https://alerts.example.com", "token": ""}}}},
        "ktr:monitoring.receivers.webhook.token",
        "not empty",
        value="(a secret)",
    ),
    Bad(
        "a channel without a mark",
        {"monitoring": {"receivers": {"slack": {"url": "https://hooks.example.com", "channel": "ops"}}}},
        "ktr:monitoring.receivers.slack.channel",
        "with # or @ in front",
    ),
    Bad(
        "a channel without a webhook",
        {"monitoring": {"receivers": {"slack": {"channel": "#ops"}}}},
        "ktr:monitoring.receivers.slack.url",
        "is required with a channel",
        value="(not set)",
    ),
    Bad(
        "mail to nobody",
        {"monitoring": {"receivers": {"email": {"host": "smtp.example.com"}}}},
        "ktr:monitoring.receivers.email.to",
        "is required with `host`",
        value="(not set)",
    ),
    Bad(
        "mail without a server",
        {"monitoring": {"receivers": {"email": {"to": "oncall@example.com"}}}},
        "ktr:monitoring.receivers.email.host",
        "is required with `to`",
        value="(not set)",
    ),
    Bad(
        "mail to a name",
        {"monitoring": {"receivers": {"email": {"to": "oncall", "host": "smtp.example.com"}}}},
        "ktr:monitoring.receivers.email.to",
        "address that alerts are sent to",
    ),
    Bad(
        "a mail user without a password",
        {"monitoring": {"receivers": {"email": {"to": "a@example.com", "host": "smtp.example.com", "user": "ktr"}}}},
        "ktr:monitoring.receivers.email.password",
        "is required with `user`",
        value="(not set)",
    ),
    Bad(
        "a mail password without a user",
        {"monitoring": {"receivers": {"email": {"to": "a@example.com", "host": "smtp.example.com", "password": "x"}}}},
        "ktr:monitoring.receivers.email.password",
        "goes with `user` only",
        value="(a secret)",
    ),
]
