# SPDX-License-Identifier: Apache-2.0
"""The chart, rendered for a table of values, and what stands in it."""
import functools
import json
import os
import subprocess
import tempfile

import yaml

import tools
from edges import ROOT

CHART = os.path.join(ROOT, "deploy/helm/bulkhead")
RELEASE, NAMESPACE = "trial", "ai"
NAME = f"{RELEASE}-bulkhead"
KUBE = "1.34.0"

LEAST = {"database": {"url": "postgresql://bulkhead_{service}@db.example.com:5432/bulkhead?sslmode=verify-full"},
         "objects": {"endpoint": "https://s3.example.com", "bucket": "files", "role": "arn:aws:iam::000000000000:role/objects"},
         "internalTls": {"existingSecret": "wire-tls"}}
ISSUED = {"internalTls": {"existingSecret": "", "certManager": {"issuerRef": {"name": "ours", "kind": "Issuer"}}}}
AUTOSCALED = {"defaults": {"autoscaling": {"enabled": True, "minReplicas": 2, "maxReplicas": 4}, "disruptionBudget": {"minAvailable": "50%"}},
              "valkey": {"url": "redis://valkey.example.com:6379/0"}}
ENGINE = {"engine": {"enabled": True, "model": "qwen.gguf", "existingClaim": "models", "extraArgs": ["--threads", "4"]}}
WAYS = {"httpRoute": {"enabled": True, "parentRefs": [{"name": "edge"}], "hostnames": ["ai.example.com"]},
        "serviceMonitor": {"enabled": True, "existingSecret": "scrape", "labels": {"release": "prometheus"}}}
RECIPIENT = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"
EVERYTHING = {
    "image": {"registry": "registry.example.com/team/", "tag": "1.2.3", "pullSecrets": ["pull"],
              "names": {"rag": "rag@sha256:" + "0" * 64, "engine": "llama:9"}},
    "database": {"setupUrl": "postgresql://bulkhead_setup@db.example.com:5432/bulkhead", "caSecret": "db-ca",
                 "replicaUrl": "postgresql://bulkhead_{service}@replica.example.com:5432/bulkhead"},
    "objects": {"stsEndpoint": "https://sts.example.com", "caSecret": "s3-ca"},
    "valkey": {"url": "redis://valkey.example.com:6379/0", "existingSecret": "valkey"}, "mail": {"existingSecret": "smtp"},
    "syslog": {"url": "tls://syslog.example.com:6514", "caSecret": "syslog-ca"},
    "publicUrl": "https://ai.example.com",
    "settings": {"mail": {"host": "smtp.example.com", "from": "ai@example.com"}, "platform": {"log_level": "warn"},
                 "trace": {"otlp_url": "http://collector.example.com:4318"}, "database": {"connections": 20},
                 "rag": {"storage_bytes_max": 53687091200}, "service": {"drain_s": 120}},
    "services": {"stripemock": {"enabled": True}, "agent": {"replicas": 3, "podLabels": {"team": "a"}, "podAnnotations": {"note": "b"},
                                                             "nodeSelector": {"disk": "fast"}, "priorityClassName": "high",
                                                             "tolerations": [{"key": "x", "operator": "Exists"}]}},
    "gateway": {"tlsSecret": "public-tls", "trustedProxies": "10.0.0.0/8", "service": {"type": "LoadBalancer", "loadBalancerClass": "a/b"}},
    "ingress": {"enabled": True, "host": "ai.example.com", "className": "nginx", "tlsSecret": "public-tls", "annotations": {"a": "b"}},
    "backup": {"enabled": True, "recipient": RECIPIENT, "existingClaim": "backups", "keep": 7},
    "operator": {"command": ["tenant", "list"]}, "serviceAccount": {"annotations": {"a": "b"}},
    **ENGINE,
}
FOLDER = {"objects": {"driver": "fs", "existingClaim": "shared", "endpoint": "", "bucket": "", "role": ""},
          "internalTls": {"enabled": False, "existingSecret": ""}, "migrate": {"enabled": False},
          "user": {"uid": None, "gid": None, "fsGroup": None},
          "backup": {"enabled": True, "recipient": RECIPIENT, "existingClaim": "backups"}}
OPEN = {"networkPolicy": {"enabled": False}, "defaults": {"replicas": 1}, "gateway": {"replicas": 1}}
WITH_PODS = ("Deployment", "StatefulSet", "Job", "CronJob")
# An operator's Job is made with a name of the server's choice, which is nothing that a release may have.
NO_COMMAND = {"operator": {"command": []}}
# What an API server knows by itself; the others bring kinds of their own.
BUILT_IN = {"least": {}, "autoscaled": AUTOSCALED, "engine": ENGINE, "everything": EVERYTHING, "folder": FOLDER, "open": OPEN}
MATRIX = {**BUILT_IN, "issued": ISSUED, "ways": WAYS}


def merged(one, other):
    """Two maps of values, the second above the first."""
    out = dict(one)
    for key, value in other.items():
        out[key] = merged(out[key], value) if isinstance(value, dict) and isinstance(out.get(key), dict) else value
    return out


def helm(*words, values=None, check=True):
    with tempfile.TemporaryDirectory(prefix="bh-helm-") as home:
        path = os.path.join(home, "values.json")
        with open(path, "w", encoding="utf-8") as file:
            json.dump(values or {}, file)
        command = [tools.find("helm"), *words, *(["--values", path] if values is not None else [])]
        return subprocess.run(command, capture_output=True, text=True, check=check, timeout=120,
                              env={**os.environ, "HOME": home, "HELM_CACHE_HOME": home, "HELM_CONFIG_HOME": home,
                                   "HELM_DATA_HOME": home})


def template(values, *words):
    """The run of `helm template` with these values above the least there must be."""
    return helm("template", RELEASE, CHART, "--namespace", NAMESPACE, "--kube-version", KUBE, *words, values=merged(LEAST, values), check=False)


def objects(values, *words):
    return [each for each in yaml.safe_load_all(template(values, *words).stdout) if each]


@functools.cache
def rendered(case):
    done = template(MATRIX[case])
    if done.returncode != 0:
        raise AssertionError(f"{case}: {done.stderr}")
    return [each for each in yaml.safe_load_all(done.stdout) if each]


def of_kind(case, *kinds):
    return [each for each in rendered(case) if each["kind"] in kinds]


def component(thing):
    return thing["metadata"]["labels"]["app.kubernetes.io/component"]


def pods(case):
    """Component and pod template of all that makes pods."""
    return {component(each): pod_of(each) for each in of_kind(case, *WITH_PODS)}


def pod_of(thing):
    """The template of what makes pods."""
    return thing["spec"].get("jobTemplate", thing)["spec"]["template"]


def containers(pod):
    return [*pod["spec"].get("initContainers", []), *pod["spec"]["containers"]]


def variables(pod):
    """Name to value, of the container that stays."""
    return {each["name"]: each.get("value") for each in pod["spec"]["containers"][0].get("env", [])}


def settings(case):
    """Section and name to value, of bulkhead.conf."""
    text = next(each["data"]["bulkhead.conf"] for each in of_kind(case, "ConfigMap") if each["metadata"]["name"] == NAME)
    found, section = {}, None
    for line in text.splitlines():
        if line.startswith("["):
            section = line.strip("[]")
        elif line.strip():
            name, value = line.split(" = ", 1)
            found[f"{section}.{name}"] = value
    return found, text
