"""The files of `deploy/`: each is checked by the tools of its kind, and against what the program has."""

from __future__ import annotations

import configparser
import json
import re
import shutil
import subprocess
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import kubernetes_validate
import promql_parser
import pytest
import yaml
from yamllint.config import YamlLintConfig
from yamllint.linter import run as run_yamllint

from resolver.api.access.metrics import JobCounts, Metrics
from resolver.app.environment import variable_of
from resolver.app.settings import Settings
from resolver.nightly.metrics import render_metrics
from tests.container_files import ROOT, UID, the_words
from tests.test_deployment import parse_command

DEPLOY = ROOT / "deploy"
YAML = sorted(set(DEPLOY.rglob("*.yaml")) - {DEPLOY / "conda" / "meta.yaml"})  # which is a template
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose" / "compose.yaml").read_text(encoding="utf-8"))
_LINT = YamlLintConfig(
    "extends: default\n"
    "rules:\n"
    "  line-length: {max: 140}\n"
    "  document-start: disable\n"
    "  comments: {min-spaces-from-content: 1}\n"
    "  braces: {max-spaces-inside: 0}\n"
)
_KUBERNETES = "1.33"
_SETTINGS = {variable_of(name) for name in Settings.model_fields}


@pytest.mark.parametrize("path", YAML, ids=lambda path: path.relative_to(DEPLOY).as_posix())
def test_yaml_has_no_lint(path: Path) -> None:
    problems = list(run_yamllint(path.read_text(encoding="utf-8"), _LINT))
    assert [str(problem) for problem in problems] == []


def test_every_setting_that_is_named_exists() -> None:
    named = {
        (path.name, name)
        for path in (*DEPLOY.rglob("*"), ROOT / "docker-compose.yml", ROOT / "Dockerfile")
        if path.is_file()
        for name in re.findall(r"RESOLVER_[A-Z_]+", path.read_text(encoding="utf-8"))
    }
    assert {name for _, name in named} - _SETTINGS == set()
    assert len(named) > 15


# --- Compose ------------------------------------------------------------------------------------------------------


def test_the_composed_services_run_commands_that_the_command_line_has() -> None:
    for name in ("api", "nightly"):
        service = COMPOSE["services"][name]
        parse_command(service["command"])
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["environment"]["RESOLVER_ACCESS"] == "keys"
    assert parse_command(COMPOSE["services"]["api"]["command"])["port"] == parse_command(the_words("CMD"))["port"]


def test_only_the_proxy_publishes_ports_and_its_network_is_the_trusted_one() -> None:
    assert [name for name, service in COMPOSE["services"].items() if "ports" in service] == ["proxy"]
    (subnet,) = COMPOSE["networks"]["inside"]["ipam"]["config"]
    trusted = COMPOSE["services"]["api"]["environment"]["RESOLVER_TRUSTED_PROXIES"]
    assert ip_network(trusted) == ip_network(subnet["subnet"])


def test_what_composed_services_refer_to_is_declared() -> None:
    text = (DEPLOY / "compose" / "compose.yaml").read_text(encoding="utf-8")
    example = (DEPLOY / "compose" / "env.example").read_text(encoding="utf-8")
    assert set(re.findall(r"\$\{([A-Z_]+)", text)) == set(re.findall(r"^([A-Z_]+)=", example, re.MULTILINE))
    for service in COMPOSE["services"].values():
        assert set(service["networks"]) <= set(COMPOSE["networks"])
        assert set(service.get("depends_on", ())) <= set(COMPOSE["services"])
        for volume in service["volumes"]:
            source = volume.split(":")[0]
            assert source in COMPOSE["volumes"] or (DEPLOY / "compose" / source).is_file(), volume
    caddy = (DEPLOY / "compose" / "Caddyfile").read_text(encoding="utf-8")
    assert "name api" in caddy
    assert caddy.count("{") == caddy.count("}")
    assert "respond @metrics 404" in caddy


# --- Kubernetes ---------------------------------------------------------------------------------------------------


def _objects() -> dict[str, dict[str, Any]]:
    listed = [
        one
        for path in sorted((DEPLOY / "kubernetes").glob("*.yaml"))
        for one in yaml.safe_load_all(path.read_text(encoding="utf-8"))
    ]
    return {one["kind"]: one for one in listed}


OBJECTS = _objects()


@pytest.mark.parametrize("kind", sorted(OBJECTS))
def test_kubernetes_objects_have_the_published_schema(kind: str) -> None:
    kubernetes_validate.validate(OBJECTS[kind], _KUBERNETES, strict=True)


def test_the_kubernetes_example_is_whole() -> None:
    assert set(OBJECTS) == {"PersistentVolumeClaim", "Service", "Deployment", "PodDisruptionBudget", "CronJob"}
    claim = OBJECTS["PersistentVolumeClaim"]["metadata"]["name"]
    deployment = OBJECTS["Deployment"]["spec"]
    labels = deployment["template"]["metadata"]["labels"]
    assert OBJECTS["Service"]["spec"]["selector"] == labels == deployment["selector"]["matchLabels"]
    pods = deployment["template"]["spec"], OBJECTS["CronJob"]["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    for pod in pods:
        assert pod["securityContext"]["fsGroup"] == pod["securityContext"]["runAsUser"] == int(UID)
        assert pod["securityContext"]["runAsNonRoot"] is True
        (container,) = pod["containers"]
        assert container["securityContext"]["readOnlyRootFilesystem"] is True
        parse_command(container["args"])
        volumes = {volume["name"]: volume for volume in pod["volumes"]}
        assert volumes["data"]["persistentVolumeClaim"]["claimName"] == claim
        mounts = {mount["name"]: mount["mountPath"] for mount in container["volumeMounts"]}
        assert mounts.keys() == volumes.keys()
        assert mounts["data"] == the_words("VOLUME")[0]
    (api,) = pods[0]["containers"]
    (port,) = api["ports"]
    assert port["containerPort"] == parse_command(api["args"])["port"]
    assert OBJECTS["Service"]["spec"]["ports"][0]["targetPort"] == port["name"]
    probes = {name: api[f"{name}Probe"]["httpGet"] for name in ("startup", "liveness", "readiness")}
    assert {name: probe["path"] for name, probe in probes.items()} == {
        "startup": "/healthz", "liveness": "/healthz", "readiness": "/readyz",
    }  # fmt: skip
    assert {probe["port"] for probe in probes.values()} == {port["name"]}


# --- systemd ------------------------------------------------------------------------------------------------------

UNITS = sorted((DEPLOY / "systemd").iterdir())


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_units_are_accepted_by_systemd(path: Path, tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed")
    for unit in UNITS:
        # The program, and the user, need not be installed here.
        text = re.sub(r"^ExecStart=\S+", "ExecStart=/bin/true", unit.read_text(encoding="utf-8"), flags=re.MULTILINE)
        (tmp_path / unit.name).write_text(text.replace("User=resolver\n", ""), encoding="utf-8")
    command = ["systemd-analyze", "verify", "--recursive-errors=no", str(tmp_path / path.name)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    complaints = [line for line in ran.stderr.splitlines() if path.name in line]
    assert (ran.returncode, complaints) == (0, []), ran.stderr


def test_units_run_commands_that_the_command_line_has() -> None:
    for path in UNITS:
        if path.suffix == ".service":
            unit = configparser.ConfigParser(strict=False, interpolation=None)
            unit.optionxform = str  # type: ignore[assignment,method-assign]
            unit.read_string(path.read_text(encoding="utf-8"))
            parse_command(unit["Service"]["ExecStart"].split()[1:])
            assert unit["Service"]["ProtectSystem"] == "strict"
            assert unit["Service"]["NoNewPrivileges"] == "true"


# --- Prometheus and Grafana ---------------------------------------------------------------------------------------

DASHBOARD: dict[str, Any] = json.loads((DEPLOY / "grafana" / "dashboard.json").read_text(encoding="utf-8"))
ALERTS: dict[str, Any] = yaml.safe_load((DEPLOY / "prometheus" / "alerts.yaml").read_text(encoding="utf-8"))


def _known_metrics() -> set[str]:
    text = Metrics().render(None, None, lambda: JobCounts({}, 0, 1)).decode() + render_metrics(None)
    known = {"up"}
    for name, kind in re.findall(r"^# TYPE (\S+) (\S+)$", text, re.MULTILINE):
        known |= {name} if kind != "histogram" else {f"{name}_{suffix}" for suffix in ("bucket", "sum", "count")}
    source = "".join(
        (ROOT / "resolver" / path).read_text(encoding="utf-8")
        for path in ("nightly/metrics.py", "api/access/metrics.py")
    )
    # What is reported only if there is a release or a ledger.
    known |= set(re.findall(r'"(gene_xref_[a-z_]+)"', source))
    known |= {f"gene_xref_nightly_{name}" for name in re.findall(r'_gauge\(\s*"([a-z_]+)"', source)}
    known |= {f"gene_xref_nightly_{name}" for name in ("tracked", "checked_30d")}
    return known | {f"gene_xref_nightly_run_{name}" for name in ("checked", "not_checked", "calls")}


def _named_metrics(query: str) -> set[str]:
    promql_parser.parse(re.sub(r"\$__rate_interval", "5m", query).replace('"$job"', '"job"'))
    return set(re.findall(r"\b(gene_xref_\w+|up)\b(?!=)", re.sub(r'"[^"]*"', "", query)))


def _queries() -> list[tuple[str, str]]:
    queries = [(panel["title"], target["expr"]) for panel in DASHBOARD["panels"] for target in panel["targets"]]
    return queries + [(rule["alert"], rule["expr"]) for group in ALERTS["groups"] for rule in group["rules"]]


@pytest.mark.parametrize(("name", "query"), _queries())
def test_queries_are_promql_and_name_metrics_that_exist(name: str, query: str) -> None:
    named = _named_metrics(query)
    assert named, name
    assert named - _known_metrics() == set()


def test_the_dashboard_shows_every_metric() -> None:
    shown = {name for _, query in _queries() for name in _named_metrics(query)}
    left_out = {name for name in _known_metrics() - shown if not name.endswith(("_created", "_sum", "_count"))}
    assert {name for name in left_out if f"{name}_total" not in shown and f"{name}_bucket" not in shown} <= {
        "gene_xref_nightly_run_checked",
        "gene_xref_nightly_run_not_checked",
    }


def test_a_service_without_any_nightly_run_is_noticed() -> None:
    rules = [rule["expr"] for group in ALERTS["groups"] for rule in group["rules"]]
    assert "absent(gene_xref_nightly_run_ended_timestamp_seconds)" in rules


def test_containers_that_may_unpack_the_embedded_genome_have_the_memory_for_it() -> None:
    composed = yaml.safe_load((DEPLOY / "compose" / "compose.yaml").read_text(encoding="utf-8"))["services"]
    limits = [composed[name]["deploy"]["resources"]["limits"]["memory"] for name in ("api", "nightly")]
    job = yaml.safe_load((DEPLOY / "kubernetes" / "nightly.yaml").read_text(encoding="utf-8"))
    pod = job["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    limits += [container["resources"]["limits"]["memory"] for container in pod["containers"]]
    assert [limit.lower().rstrip("i") for limit in limits] == ["2g", "2g", "2g"]


def test_a_failed_source_fails_the_nightly_unit() -> None:
    unit = (DEPLOY / "systemd" / "gene-xref-nightly.service").read_text(encoding="utf-8")
    assert "SuccessExitStatus=6\n" in unit


def test_every_alert_says_what_to_do() -> None:
    for group in ALERTS["groups"]:
        for rule in group["rules"]:
            assert rule["labels"]["severity"] in {"page", "ticket"}
            assert rule["annotations"].keys() == {"summary", "action"}
