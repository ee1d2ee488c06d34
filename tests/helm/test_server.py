# SPDX-License-Identifier: Apache-2.0
"""The chart at a real API server: everything is accepted as it is written, pods under Pod Security `restricted`; install, upgrade,
uninstall."""
import copy
import json
import unittest

import chart
import server
import tools
from chart import BUILT_IN, MATRIX, NAME, NAMESPACE, RELEASE, pods, rendered

RESTRICTED = {f"pod-security.kubernetes.io/{mode}": "restricted" for mode in ("enforce", "warn")}


@unittest.skipIf(server.missing(), f"absent: {', '.join(server.missing())}; run tests/helm/tools.py")
class Server(unittest.TestCase):
    """Kinds that the server does not have by itself are tried where their definitions were to be had."""

    cases = MATRIX if all(map(tools.find, tools.KINDS)) else BUILT_IN

    @classmethod
    def setUpClass(cls):
        cls.cluster = server.Cluster()
        cls.addClassCleanup(cls.cluster.stop)
        cls.cluster.start()
        cls.cluster_namespace(NAMESPACE)
        if cls.cases is MATRIX:
            for name in tools.KINDS:
                cls.cluster.define(tools.find(name))

    @classmethod
    def cluster_namespace(cls, name):
        status, reply, _ = cls.cluster.call("POST", "/api/v1/namespaces", {"metadata": {"name": name, "labels": RESTRICTED}})
        if status != 201:
            raise AssertionError(reply)
        # No controller runs that would make it.
        for account in ("default", NAME, f"{NAME}-migrate"):
            cls.cluster.create({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": account}}, name, really=name == NAMESPACE)

    def accepted(self, thing, namespace=NAMESPACE):
        status, reply, warnings = self.cluster.create(thing, namespace)
        self.assertEqual((status, warnings), (201, []), reply.get("message"))

    def test_every_object_is_accepted_as_it_is_written(self):
        for case in self.cases:
            for each in rendered(case):
                each = copy.deepcopy(each)
                # Those that are there already are tried under another name.
                if each["kind"] == "ServiceAccount":
                    each["metadata"]["name"] += "-tried"
                with self.subTest(case=case, kind=each["kind"], name=each["metadata"].get("name")):
                    self.accepted(each)

    def pod_of(self, case, name):
        made = copy.deepcopy(pods(case)[name])
        made["spec"].setdefault("restartPolicy", "Always")
        # Classes of priority are the cluster's.
        made["spec"].pop("priorityClassName", None)
        return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": f"try-{name}", **made["metadata"]}, "spec": made["spec"]}

    def test_every_pod_is_accepted_by_pod_security(self):
        for case in self.cases:
            for name in pods(case):
                with self.subTest(case=case, pod=name):
                    self.accepted(self.pod_of(case, name))

    def test_pod_security_is_in_force(self):
        for change in ({"privileged": True}, {"allowPrivilegeEscalation": True}, {"capabilities": {"add": ["NET_ADMIN"], "drop": ["ALL"]}}):
            pod = self.pod_of("least", "auth")
            pod["spec"]["containers"][0]["securityContext"] |= change
            status, reply, _ = self.cluster.create(pod, NAMESPACE)
            self.assertIn(status, (403, 422), reply)
            self.assertRegex(reply["message"], "PodSecurity|privileged")

    @unittest.skipUnless(cases is MATRIX, f"absent: {', '.join(tools.KINDS)}; run tests/helm/tools.py")
    def test_kinds_from_elsewhere_are_held_against_their_definitions(self):
        for kind, case in (("HTTPRoute", "ways"), ("ServiceMonitor", "ways"), ("Certificate", "issued")):
            thing = copy.deepcopy(chart.of_kind(case, kind)[0])
            thing["spec"]["nonsense"] = 1
            self.assertEqual(self.cluster.create(thing, NAMESPACE)[0], 400, kind)

    def test_unknown_fields_are_refused(self):
        pod = self.pod_of("least", "auth")
        pod["spec"]["containers"][0]["lifecycle"]["preStop"]["nap"] = 1
        self.assertEqual(self.cluster.create(pod, NAMESPACE)[0], 400)

    def helm(self, *words, values=None):
        done = chart.helm(*words, "--namespace", "road", "--kube-apiserver", self.cluster.address, "--kube-token", self.cluster.token,
                          "--kube-insecure-skip-tls-verify", values=values, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def there(self, group, kind):
        status, reply, _ = self.cluster.call("GET", f"{group}/namespaces/road/{kind}")
        self.assertEqual(status, 200)
        return {each["metadata"]["name"]: each for each in reply["items"] if each["metadata"]["name"] != "default"}

    def test_install_upgrade_and_uninstall(self):
        self.cluster_namespace("road")
        self.addCleanup(self.cluster.call, "DELETE", "/api/v1/namespaces/road")
        values = {case: chart.merged(chart.merged(chart.LEAST, given), chart.NO_COMMAND) for case, given in BUILT_IN.items()}
        self.helm("install", RELEASE, chart.CHART, "--dry-run=server", values=values["everything"])
        self.assertEqual(self.there("/apis/apps/v1", "deployments"), {})
        # Nobody runs the hook's Job here.
        said = self.helm("install", RELEASE, chart.CHART, "--no-hooks", values=values["least"])
        self.assertIn("bulkhead-supervisor", said)
        self.assertIn("must accept 120 connections", said)
        self.assertEqual(set(self.there("/apis/apps/v1", "deployments")),
                         {f"{NAME}-{name}" for name in ("auth", "billing", "model", "rag", "multimodal", "finetune", "agent")})
        for case in ("autoscaled", "everything", "folder", "open", "least"):
            with self.subTest(case=case):
                self.helm("upgrade", RELEASE, chart.CHART, "--no-hooks", values=values[case])
                wanted = {each["metadata"]["name"] for each in chart.of_kind(case, "Deployment")}
                self.assertEqual(set(self.there("/apis/apps/v1", "deployments")), wanted)
                policies = {each["metadata"]["name"] for each in chart.of_kind(case, "NetworkPolicy")} - {f"{NAME}-migrate"}
                self.assertEqual(set(self.there("/apis/networking.k8s.io/v1", "networkpolicies")), policies)
        self.assertEqual(json.loads(self.helm("status", RELEASE, "--output", "json"))["version"], 6)
        self.helm("uninstall", RELEASE, "--no-hooks")
        for group, kind in (("/apis/apps/v1", "deployments"), ("/apis/apps/v1", "statefulsets"), ("/api/v1", "services"),
                            ("/apis/networking.k8s.io/v1", "networkpolicies")):
            self.assertEqual(self.there(group, kind), {})


if __name__ == "__main__":
    unittest.main()
