# SPDX-License-Identifier: Apache-2.0
"""What the chart makes, held against the tables of the program: settings, commands, edges, secrets, and the walls of a pod."""
import os
import re
import subprocess
import tempfile
import unittest
from urllib.parse import urlsplit

import chart
import edges
import services
import tools
from chart import MATRIX, NAME, NAMESPACE, component, containers, of_kind, pods, rendered

needs_helm = unittest.skipUnless(tools.find("helm"), "helm is absent; run tests/helm/tools.py")
GATEWAY, OPERATOR = "gateway", "supervisor"
# Pods that end by themselves.
ENDING = ("migrate", "backup", OPERATOR)


def bulkhead(*words, home=None, **more):
    with tempfile.TemporaryDirectory(prefix="bh-helm-") as folder:
        return subprocess.run([services.PROGRAM, *words], capture_output=True, text=True, check=False, timeout=60,
                              env={"PATH": os.environ["PATH"], "BULKHEAD_HOME": home or folder, "BULKHEAD_RUN": os.path.join(folder, "run"), **more})


class Files(unittest.TestCase):
    """What needs no Helm."""

    def test_the_edges_are_those_of_the_tables(self):
        with open(edges.FILE, encoding="utf-8") as file:
            self.assertEqual(file.read(), edges.text(), "run tests/helm/edges.py --write")

    def test_the_version_is_that_of_the_programs(self):
        with open(os.path.join(chart.CHART, "Chart.yaml"), encoding="utf-8") as one, \
                open(os.path.join(edges.ROOT, "meson.build"), encoding="utf-8") as other:
            self.assertEqual(re.search(r'^appVersion: "(.*)"', one.read(), re.M).group(1),
                             re.search(r"version: '(.*)'", other.read()).group(1))

    def test_the_images_are_targets_of_the_recipe(self):
        path = os.path.join(edges.ROOT, "deploy/image/Dockerfile")
        if not os.path.isfile(path):
            self.skipTest("deploy/image/Dockerfile is absent")
        with open(path, encoding="utf-8") as file:
            text = file.read()
        with open(os.path.join(chart.CHART, "values.yaml"), encoding="utf-8") as file:
            values = file.read()
        wanted = set(re.findall(r"(?m)^    (\w+): bulkhead-\1$", values)) - {"engine"}
        self.assertEqual(len(wanted), 4)
        uid = re.search(r"(?m)^  uid: (\d+)$", values).group(1)
        for name in wanted:
            stage = re.search(rf"(?ms)^FROM \S+ AS {name}$.*?(?=^FROM |\Z)", text)
            self.assertIsNotNone(stage, name)
            self.assertIn(f"USER {uid}:{uid}\n", stage.group())
            self.assertRegex(stage.group(), r'(?m)^ENTRYPOINT \["/\S*/bulkhead"\]$')
        self.assertIn("STOPSIGNAL SIGQUIT", re.search(r"(?ms)^FROM \S+ AS gateway$.*?(?=^FROM |\Z)", text).group())

    def test_the_programs_beside_the_executable_are_in_an_image_with_what_they_load_by_name(self):
        with open(os.path.join(edges.ROOT, "deploy/image/Dockerfile"), encoding="utf-8") as file:
            text = file.read().replace("\\\n", " ")
        made = re.search(r"ninja -C /build (.*?) && ", text).group(1).split()
        held = {word for each in re.findall(r"closure\.py /files (.*)", text) for word in each.split()}
        programs = {name for folder in ("extract", "picture") for name in self.executables(folder)}
        self.assertGreater(len(programs), 3)
        for folder, name in sorted(programs):
            self.assertIn(f"{folder}/{name}", made)
            self.assertIn(f"/opt/bulkhead/bin/{name}", held)
        loaded = {name for folder in ("src", "extract", "picture", "sandbox") for name in self.loaded(folder)}
        self.assertIn("libzbar.so.0", loaded)
        self.assertLessEqual({f"/usr/lib/*/{name}" for name in loaded}, held)

    @staticmethod
    def executables(folder):
        with open(os.path.join(edges.ROOT, folder, "meson.build"), encoding="utf-8") as file:
            return [(folder, name) for name in re.findall(r"executable\('(bulkhead-[a-z-]+)'", file.read())]

    @staticmethod
    def loaded(folder):
        for at, _, names in os.walk(os.path.join(edges.ROOT, folder)):
            for name in names:
                if name.endswith(".c"):
                    with open(os.path.join(at, name), encoding="utf-8") as file:
                        yield from re.findall(r'dlopen\("([^"]+)"', file.read())


@needs_helm
class Chart(unittest.TestCase):
    def test_lint_has_nothing_to_say(self):
        for case, values in MATRIX.items():
            with self.subTest(case=case):
                done = chart.helm("lint", "--strict", "--kube-version", chart.KUBE, chart.CHART, check=False,
                                  values=chart.merged(chart.merged(chart.LEAST, values), chart.NO_COMMAND))
                self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_names_are_unique_and_fit(self):
        for case in MATRIX:
            seen = set()
            for each in rendered(case):
                if "generateName" in each["metadata"]:
                    continue
                name = (each["kind"], each["metadata"]["name"])
                with self.subTest(case=case, name=name):
                    self.assertNotIn(name, seen)
                    self.assertLessEqual(len(name[1]), 63)
                    self.assertIn("app.kubernetes.io/component", each["metadata"]["labels"])
                seen.add(name)

    def test_every_service_of_the_table_runs(self):
        self.assertEqual({each for each in pods("everything") if each not in ("engine", *ENDING, GATEWAY)},
                         set(services.names()))

    def test_selectors_find_the_pods_of_their_component_and_no_other(self):
        for case in MATRIX:
            all_pods = {name: pod["metadata"]["labels"] for name, pod in pods(case).items()}
            for each in of_kind(case, "Service", "Deployment", "StatefulSet", "PodDisruptionBudget"):
                selector = each["spec"]["selector"]
                selector = selector.get("matchLabels", selector)
                with self.subTest(case=case, kind=each["kind"], name=each["metadata"]["name"]):
                    self.assertEqual([name for name, labels in all_pods.items() if selector.items() <= labels.items()], [component(each)])

    def test_who_is_scaled_says_no_number(self):
        scaled = {each["spec"]["scaleTargetRef"]["name"]: each["spec"]["scaleTargetRef"]["kind"]
                  for each in of_kind("autoscaled", "HorizontalPodAutoscaler")}
        found = {each["metadata"]["name"]: each["kind"] for each in of_kind("autoscaled", "Deployment", "StatefulSet")
                 if "replicas" not in each["spec"]}
        self.assertEqual(scaled, found)
        self.assertEqual(of_kind("least", "HorizontalPodAutoscaler"), [])
        self.assertEqual({each["spec"]["replicas"] for each in of_kind("least", "Deployment", "StatefulSet")}, {2})

    def test_one_alone_has_no_budget_that_nothing_satisfies(self):
        self.assertEqual(of_kind("open", "PodDisruptionBudget"), [])
        self.assertEqual({component(each) for each in of_kind("least", "PodDisruptionBudget")}, set(pods("least")) - {"migrate"})

    def test_a_migration_brings_what_it_needs_before_the_release(self):
        hooks = [each for each in rendered("everything") if "helm.sh/hook" in each["metadata"].get("annotations", {})]
        job = next(each for each in hooks if each["kind"] == "Job")
        for each in hooks:
            self.assertEqual(each["metadata"]["annotations"]["helm.sh/hook"], "pre-install,pre-upgrade")
        made = {each["metadata"]["name"] for each in hooks
                if int(each["metadata"]["annotations"]["helm.sh/hook-weight"]) < int(job["metadata"]["annotations"]["helm.sh/hook-weight"])}
        spec = job["spec"]["template"]["spec"]
        needed = {spec["serviceAccountName"], *(each["configMap"]["name"] for each in spec["volumes"] if "configMap" in each)}
        self.assertLessEqual(needed, made)
        self.assertIn("NetworkPolicy", {each["kind"] for each in hooks})
        # A certificate is made with the release, so what runs before it must not wait for one.
        self.assertNotIn("tls", {each["name"] for each in pods("issued")["migrate"]["spec"]["volumes"]})

    def test_an_upgrade_looks_first_whether_something_stands_in_its_way(self):
        def first(values, *words):
            job = next(each for each in chart.objects(values, *words) if each["kind"] == "Job" and component(each) == "migrate")
            return [each["args"] for each in containers(job["spec"]["template"])]
        self.assertEqual(first({}, "--is-upgrade"), [["upgrade", "--check"], ["migrate"]])
        self.assertEqual(first({}), [["migrate"]])
        self.assertEqual(first({"migrate": {"check": False}}, "--is-upgrade"), [["migrate"]])

    def test_a_process_is_replaced_pod_by_pod_with_none_missing(self):
        for case in MATRIX:
            for each in of_kind(case, "Deployment"):
                if component(each) != "engine":
                    self.assertEqual(each["spec"]["strategy"]["rollingUpdate"], {"maxUnavailable": 0, "maxSurge": 1})

    def test_images_bear_registry_and_tag(self):
        found = {each["image"] for pod in pods("everything").values() for each in containers(pod)}
        self.assertEqual(found, {"registry.example.com/team/bulkhead-services:1.2.3", "registry.example.com/team/bulkhead-gateway:1.2.3",
                                 "registry.example.com/team/bulkhead-backup:1.2.3",
                                 "registry.example.com/team/rag@sha256:" + "0" * 64, "registry.example.com/team/llama:9"})
        self.assertEqual({each["image"] for pod in pods("least").values() for each in containers(pod)},
                         {f"bulkhead-{name}:0.3.0" for name in ("services", "rag", "gateway")})


@needs_helm
class Pods(unittest.TestCase):
    """Pod Security's `restricted`, a root that nobody writes, secrets as files, and time to finish."""

    @staticmethod
    def each_pod():
        return [(case, name, pod) for case in MATRIX for name, pod in pods(case).items()]

    def test_a_pod_may_do_nothing(self):
        for case, name, pod in self.each_pod():
            with self.subTest(case=case, pod=name):
                spec = pod["spec"]
                self.assertIs(spec["securityContext"]["runAsNonRoot"], True)
                self.assertEqual(spec["securityContext"]["seccompProfile"], {"type": "RuntimeDefault"})
                self.assertEqual("runAsUser" in spec["securityContext"], case != "folder")
                self.assertIs(spec["automountServiceAccountToken"], False)
                self.assertIs(spec["enableServiceLinks"], False)
                for each in containers(pod):
                    self.assertEqual(each["securityContext"], {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True,
                                                               "capabilities": {"drop": ["ALL"]}})
                    self.assertIn("memory", each["resources"]["limits"])

    def test_what_is_mounted_is_there(self):
        for case, name, pod in self.each_pod():
            with self.subTest(case=case, pod=name):
                volumes = {each["name"] for each in pod["spec"]["volumes"]}
                for each in containers(pod):
                    self.assertLessEqual({mount["name"] for mount in each["volumeMounts"]}, volumes)
                self.assertEqual({mount["name"] for each in containers(pod) for mount in each["volumeMounts"]}, volumes)

    def test_secrets_are_named_and_never_made(self):
        for case in MATRIX:
            self.assertEqual(of_kind(case, "Secret"), [])
        for case, name, pod in self.each_pod():
            with self.subTest(case=case, pod=name):
                for volume in pod["spec"]["volumes"]:
                    if "secret" in volume:
                        self.assertEqual(volume["secret"]["defaultMode"] & 0o227, 0)
                for each in containers(pod):
                    for variable in each.get("env", []):
                        self.assertNotIn("secretKeyRef", variable.get("valueFrom", {}))

    def test_each_process_has_the_folder_that_secrets_create_makes(self):
        with tempfile.TemporaryDirectory(prefix="bh-helm-") as folder:
            done = bulkhead("secrets", "create", os.path.join(folder, "secrets"))
            self.assertEqual(done.returncode, 0, done.stderr)
            made = set(os.listdir(os.path.join(folder, "secrets")))
        named = {volume["secret"]["secretName"].removeprefix("bulkhead-") for pod in pods("everything").values()
                 for volume in pod["spec"]["volumes"] if volume["name"] == "secrets"}
        self.assertEqual(named - {"migrate", "backup"}, made)

    def test_every_command_exists(self):
        for case, name, pod in self.each_pod():
            with self.subTest(case=case, pod=name):
                for each in containers(pod):
                    if each["name"] != "engine" and "args" in each:
                        words = each["args"]
                        self.assertIn(0, [bulkhead("help", *words[:n]).returncode for n in (1, 2)], words)
        self.assertNotEqual(bulkhead("help", "nonsense").returncode, 0)

    def test_there_is_time_to_finish(self):
        self.assertEqual({chart.settings(case)[0]["service.drain_s"] for case in MATRIX}, {"30", "120"})
        for case in MATRIX:
            drain = int(chart.settings(case)[0]["service.drain_s"])
            for name, pod in pods(case).items():
                if name in ENDING:
                    continue
                before = pod["spec"]["containers"][0]["lifecycle"]["preStop"]["sleep"]["seconds"]
                self.assertGreater(pod["spec"]["terminationGracePeriodSeconds"], before + drain)

    def test_a_pod_that_goes_serves_until_no_gateway_uses_its_address(self):
        with open(os.path.join(edges.ROOT, "src/nginx/names.h"), encoding="utf-8") as file:
            gone_s = int(re.search(r"BH_NGINX_NAMES_GONE_MS = (\d+)", file.read()).group(1)) / 1000
        # DNS of clusters answers what it knew for up to 5 s, and the gateway asks every 5 s.
        for name in services.names():
            before = pods("everything")[name]["spec"]["containers"][0]["lifecycle"]["preStop"]["sleep"]["seconds"]
            self.assertGreaterEqual(before, gone_s + 5 + 5, name)

    def test_the_gateway_is_the_program_that_keeps_nginx(self):
        # It shares limits, looks names up again, and rotates files; nginx by itself does none of that.
        for case in MATRIX:
            spec = pods(case)[GATEWAY]["spec"]
            self.assertNotIn("initContainers", spec)
            self.assertEqual([(each.get("command"), each["args"]) for each in spec["containers"]], [(None, ["serve", "gateway"])])

    def test_the_password_of_shared_limits_is_a_file_of_those_who_count(self):
        path = chart.settings("everything")[0]["limits.shared_password_file"]
        found = {name for name, pod in pods("everything").items() for each in containers(pod) for mount in each["volumeMounts"]
                 for volume in pod["spec"]["volumes"] if volume["name"] == mount["name"]
                 for item in volume.get("secret", {}).get("items", []) if f"{mount['mountPath']}/{item['path']}" == path}
        self.assertEqual(found, {*services.names(), GATEWAY})
        self.assertNotIn("limits.shared_password_file", chart.settings("autoscaled")[0])

    def test_probes_go_to_ports_that_are_open(self):
        for case, name, pod in self.each_pod():
            with self.subTest(case=case, pod=name):
                for each in pod["spec"]["containers"]:
                    ports = {port["name"] for port in each.get("ports", [])}
                    for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
                        if probe in each:
                            self.assertIn(each[probe]["httpGet"]["port"], ports)
                    self.assertTrue("readinessProbe" in each or name in ENDING)


@needs_helm
class Settings(unittest.TestCase):
    """bulkhead.conf and the variables, as the program itself reads them."""

    def test_the_program_takes_every_setting(self):
        for case in MATRIX:
            found, text = chart.settings(case)
            with self.subTest(case=case), tempfile.TemporaryDirectory(prefix="bh-helm-") as home:
                with open(os.path.join(home, "bulkhead.conf"), "w", encoding="utf-8") as file:
                    file.write(text)
                done = bulkhead("doctor", home=home)
                read = dict(re.findall(r"(?m)^([a-z0-9_]+\.[a-z0-9_]+) = (.*)  \[\S*bulkhead\.conf line \d+\]$", done.stdout))
                self.assertIn("database.url = (set)", done.stdout)
                self.assertEqual(read, {name: value if read.get(name) != "(set)" else "(set)" for name, value in found.items()},
                                 done.stderr)

    def test_audit_files_fit_into_the_smallest_state_folder(self):
        for values, wanted in (({}, 5 << 30), ({"defaults": {"stateSize": "1Ti"}}, 16 << 30),
                               ({"services": {"agent": {"stateSize": "900M"}}, "gateway": {"stateSize": "4Gi"}}, 450000000),
                               ({"settings": {"audit": {"bytes_max": 8 << 30}}}, 8 << 30)):
            with self.subTest(values=values):
                done = chart.template(values)
                self.assertEqual({int(each) for each in re.findall(r"(?m)^ *bytes_max = (\S+)$", done.stdout)}, {wanted}, done.stderr)

    @staticmethod
    def peers_of_the_gateway(case):
        return {name: value for name, value in chart.variables(pods(case)[GATEWAY]).items() if name.startswith("BULKHEAD_PEER_")}

    def test_the_gateway_is_configured_by_them(self):
        for case in MATRIX:
            found, text = chart.settings(case)
            with self.subTest(case=case), tempfile.TemporaryDirectory(prefix="bh-helm-") as home:
                with open(os.path.join(home, "bulkhead.conf"), "w", encoding="utf-8") as file:
                    file.write(text)
                self.assertEqual(bulkhead("secrets", "create", os.path.join(home, "secrets"), home=home).returncode, 0)
                path = os.path.join(home, "nginx.conf")
                peers = self.peers_of_the_gateway(case)
                done = bulkhead("gateway-conf", path, home=home, BULKHEAD_SECRETS_DIR=os.path.join(home, "secrets/gateway"), **peers)
                self.assertEqual(done.returncode, 0, done.stderr)
                with open(path, encoding="utf-8") as file:
                    made = file.read()
                self.assertEqual(len(peers), len(pods(case)) - len({GATEWAY, "engine", *ENDING} & {*pods(case)}))
                for value in peers.values():
                    self.assertIn(f"server {urlsplit(value).netloc} ", made)
                self.assertRegex(made, rf"listen {re.escape(found['gateway.listen'])}[ ;]")
                self.assertRegex(made, rf"listen {re.escape(urlsplit(found['listen.gateway_private']).netloc)}[ ;]")

    def test_a_migration_reads_the_same(self):
        texts = {each["data"]["bulkhead.conf"] for each in of_kind("everything", "ConfigMap")}
        self.assertEqual((len(texts), len(of_kind("everything", "ConfigMap"))), (1, 2))

    def test_every_variable_is_one_of_the_program(self):
        listed = {f"BULKHEAD_{name.replace('.', '_').upper()}" for name in
                  re.findall(r"(?m)^([a-z0-9_]+\.[a-z0-9_]+) = ", bulkhead("doctor").stdout)}
        self.assertIn("BULKHEAD_LIMITS_SHARED", listed)
        places = {"BULKHEAD_HOME", "BULKHEAD_RUN", "BULKHEAD_SECRETS_DIR", "BULKHEAD_INSTANCE", "BULKHEAD_PUBLIC_URL"}
        for case in MATRIX:
            for pod in pods(case).values():
                named = {each["name"] for one in containers(pod) for each in one.get("env", [])}
                self.assertLessEqual(named - {"PGPASSFILE", "TMPDIR"}, listed | places)

    def test_who_is_named_listens_there(self):
        for case in MATRIX:
            found, _ = chart.settings(case)
            ports = {component(each): {port["name"]: port["containerPort"] for one in each["spec"]["template"]["spec"]["containers"]
                                       for port in one["ports"]} for each in of_kind(case, "Deployment", "StatefulSet")}
            addresses = {each["metadata"]["name"]: each for each in of_kind(case, "Service")}
            own = {f"peer.{name.removeprefix('BULKHEAD_PEER_').lower()}": value for name, value in self.peers_of_the_gateway(case).items()}
            for name, value in (*found.items(), *own.items()):
                section, key = name.split(".")
                if section not in ("peer", "listen") or key.endswith("_file"):
                    continue
                process, port = (GATEWAY, "private") if key in (GATEWAY, "gateway_private") else (key, "wire")
                for address in map(urlsplit, value.split()):
                    with self.subTest(case=case, name=name):
                        self.assertEqual(address.port, ports[process][port])
                        self.assertEqual(address.scheme, "http" if case == "folder" else "https")
                        if section == "peer":
                            host = address.hostname.split(".")
                            self.assertEqual(host[-2:], [NAMESPACE, "svc"])
                            service = addresses[host[-3]]["spec"]
                            self.assertEqual([(each["port"], each["targetPort"]) for each in service["ports"]], [(address.port, port)])
                            self.assertEqual(component(addresses[host[-3]]), process)
                            # One address that stays, or those of all pods: for the gateways' and for the gateway, which look again.
                            self.assertEqual(service.get("clusterIP") == "None", process == GATEWAY or value == own[name] != found[name])
            self.assertEqual(int(found["gateway.listen"].split(":")[1]), ports[GATEWAY]["public"])

    def test_every_gateway_there_may_be_is_told_by_its_name(self):
        for case, most in (("least", 2), ("autoscaled", 4), ("open", 1)):
            gateway = next(each for each in of_kind(case, "StatefulSet"))
            hosts = [urlsplit(each).hostname for each in chart.settings(case)[0]["peer.gateway"].split()]
            self.assertEqual(hosts, [f"{gateway['metadata']['name']}-{i}.{gateway['spec']['serviceName']}.{NAMESPACE}.svc"
                                     for i in range(most)])

    def test_a_peer_of_the_settings_is_the_gateways_too(self):
        with_own = {"settings": {"peer": {"model": "https://model.example.com:8443"}}}
        made = [each for each in chart.objects(with_own) if each["kind"] == "StatefulSet"]
        named = chart.variables(made[0]["spec"]["template"])
        self.assertNotIn("BULKHEAD_PEER_MODEL", named)
        self.assertIn("BULKHEAD_PEER_RAG", named)

    def test_a_gateway_knows_how_many_share_limits(self):
        for case, most in (("everything", "2"), ("autoscaled", "4")):
            found, _ = chart.settings(case)
            self.assertEqual((found["limits.gateways"], found["limits.shared"]), (most, "redis://valkey.example.com:6379/0"))
        self.assertFalse([name for name in chart.settings("least")[0] if name.startswith("limits.")])

    def test_the_certificate_bears_every_host(self):
        names = set(of_kind("issued", "Certificate")[0]["spec"]["dnsNames"])
        own = {f"peer.gateway.{name}": value for name, value in self.peers_of_the_gateway("issued").items()}
        for name, value in (chart.settings("issued")[0] | own).items():
            if name.startswith("peer.") and not name.endswith("_file"):
                for host in (urlsplit(each).hostname for each in value.split()):
                    self.assertTrue(host in names or "*." + host.split(".", 1)[1] in names, host)


@needs_helm
class Network(unittest.TestCase):
    """Two pods may speak where the policies of both let them, and nowhere else."""

    @staticmethod
    def policies(case):
        return {component(each): each["spec"] for each in of_kind(case, "NetworkPolicy")}

    @staticmethod
    def reaches(rules, side, labels, port):
        return any(port in [each["port"] for each in rule["ports"]] and
                   any(peer["podSelector"]["matchLabels"].items() <= labels.items()
                       for peer in rule.get(side, []) if "podSelector" in peer and "namespaceSelector" not in peer)
                   for rule in rules)

    def allowed(self, case):
        """All pairs of pods that may speak, with the port."""
        policies, found = self.policies(case), set()
        labels = {name: pod["metadata"]["labels"] for name, pod in pods(case).items()}
        labels[OPERATOR] = {**labels["auth"], "app.kubernetes.io/component": OPERATOR}
        ports = {name: [port["name"] for each in pod["spec"]["containers"] for port in each.get("ports", [])]
                 for name, pod in pods(case).items()}
        for one in labels:
            for other, names in ports.items():
                for port in names:
                    if self.reaches(policies[one].get("egress", []), "to", labels[other], port) and \
                            self.reaches(policies[other].get("ingress", []), "from", labels[one], port):
                        found.add((one, other, port))
        return found

    def wanted(self, case):
        on = {*pods(case)} - {"engine", *ENDING}
        found = {(each["from"], each["to"], "private" if each["to"] == GATEWAY else "wire") for each in edges.derive()["edges"]
                 if {each["from"], each["to"]} <= on}
        found |= {(OPERATOR, name, "wire") for name in on - {GATEWAY}}
        return found | ({("model", "engine", "engine")} if "engine" in pods(case) else set())

    def test_the_edges_are_those_of_the_table_and_no_more(self):
        for case in MATRIX:
            if case == "open":
                continue
            with self.subTest(case=case):
                self.assertEqual(self.allowed(case), self.wanted(case))
        self.assertEqual(of_kind("open", "NetworkPolicy"), [])

    def test_nothing_is_allowed_to_a_pod_without_a_policy_of_its_own(self):
        for case in MATRIX:
            if case == "open":
                continue
            policies = self.policies(case)
            self.assertEqual(policies["deny"]["policyTypes"], ["Ingress", "Egress"])
            self.assertNotIn("ingress", policies["deny"])
            self.assertNotIn("egress", policies["deny"])
            for name, pod in pods(case).items():
                with self.subTest(case=case, pod=name):
                    self.assertLessEqual(policies["deny"]["podSelector"]["matchLabels"].items(), pod["metadata"]["labels"].items())
                    self.assertLessEqual(policies[name]["podSelector"]["matchLabels"].items(), pod["metadata"]["labels"].items())
                    self.assertEqual(policies[name]["policyTypes"], ["Ingress", "Egress"])

    def test_all_who_count_reach_valkey_and_nobody_else(self):
        for case, wanted in (("everything", {*services.names(), GATEWAY}), ("least", set())):
            self.assertEqual({name for name, spec in self.policies(case).items() for rule in spec.get("egress", [])
                              if 6379 in [each["port"] for each in rule["ports"]]}, wanted)

    def test_auth_alone_reaches_the_syslog(self):
        for case, wanted in (("everything", {"auth"}), ("least", set())):
            self.assertEqual({name for name, spec in self.policies(case).items() for rule in spec.get("egress", [])
                              if 6514 in [each["port"] for each in rule["ports"]]}, wanted)

    def test_a_backup_reaches_the_database_and_objects_only(self):
        for case, wanted in (("everything", {53, 5432, 443}), ("folder", {53, 5432})):
            spec = self.policies(case)["backup"]
            self.assertEqual({each["port"] for rule in spec["egress"] for each in rule["ports"]}, wanted)
            self.assertNotIn("ingress", spec)

    def test_only_the_gateway_is_open(self):
        for name, spec in self.policies("least").items():
            anybody = [[port["port"] for port in rule["ports"]] for rule in spec.get("ingress", []) if "from" not in rule]
            self.assertEqual(anybody, [["public"]] if name == GATEWAY else [], name)

    def test_the_internet_is_reached_by_those_who_need_it_and_never_a_private_address(self):
        wide = set()
        for name, spec in self.policies("least").items():
            for rule in spec.get("egress", []):
                for peer in rule.get("to", []):
                    if "ipBlock" in peer:
                        wide.add(name)
                        self.assertLessEqual({"10.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16"},
                                             set(peer["ipBlock"]["except"]))
        self.assertEqual(wide, {"auth", "billing", "model", "multimodal"})


@needs_helm
class Refused(unittest.TestCase):
    """Values that would install something else than was meant."""

    CASES = [
        ({"database": {"url": ""}}, "database.url must be set"),
        ({"database": {"url": "postgresql://bulkhead_{service}:secret@db/bulkhead"}}, "password does not belong"),
        ({"database": {"setupUrl": "host=db password=x"}}, "password does not belong"),
        ({"internalTls": {"existingSecret": ""}}, "internalTls needs"),
        ({"objects": {"bucket": ""}}, "objects.bucket"),
        ({"objects": {"driver": "fs"}}, "objects.existingClaim"),
        ({"objects": {"driver": "ftp"}}, "driver"),
        ({"settings": {"limits": {"shared": "redis://v"}}}, "settings.limits.shared: set valkey.url"),
        ({"settings": {"audit": {"bytes_max": 9000000000}}}, "settings.audit.bytes_max: 9000000000"),
        ({"settings": {"audit": {"bytes_max": 900000000}}, "gateway": {"stateSize": "1G"}}, "settings.audit.bytes_max: 900000000"),
        ({"defaults": {"stateSize": "1.5Gi"}}, "stateSize"),
        ({"settings": {"auth": {"syslog": "tls://s:6514"}}}, "settings.auth.syslog: set syslog.url"),
        ({"syslog": {"url": "udp://s:514"}}, "url"),
        ({"valkey": {"url": "redis://:x@v:6379/0"}}, "valkey.url: a password does not belong"),
        ({"valkey": {"existingSecret": "valkey"}}, "valkey.url must be set"),
        ({"valkey": {"url": "valkey:6379"}}, "url"),
        ({"settings": {"platform": {"log_level": "info\n[peer]"}}}, "log_level"),
        ({"backup": {"enabled": True, "existingClaim": "backups"}}, "backup.recipient"),
        ({"backup": {"enabled": True, "recipient": chart.RECIPIENT}}, "backup.existingClaim"),
        ({"backup": {"recipient": "AGE-SECRET-KEY-1"}}, "recipient"),
        ({"gateway": {"replicas": 17}}, "replicas"),
        ({"gateway": {"autoscaling": {"enabled": True, "maxReplicas": 17}}}, "16 at most"),
        ({"services": {"router": {}}}, "router"),
        ({"services": {"auth": {"replicaCount": 1}}}, "replicaCount"),
        ({"engine": {"enabled": True, "existingClaim": "models"}}, "engine.model"),
        ({"engine": {"enabled": True, "model": "../x", "existingClaim": "models"}}, "model"),
        ({"httpRoute": {"enabled": True}}, "parentRefs"),
        ({"ingress": {"enabled": True}}, "ingress.host"),
        ({"serviceMonitor": {"enabled": True}}, "serviceMonitor.existingSecret"),
        ({"drain": {"seconds": 1}}, "seconds"),
        ({"nonsense": 1}, "nonsense"),
    ]

    def test_each_is_refused_with_its_name(self):
        for values, word in self.CASES:
            with self.subTest(values=values):
                done = chart.template(values)
                self.assertNotEqual(done.returncode, 0)
                self.assertIn(word, done.stderr)


if __name__ == "__main__":
    unittest.main()
