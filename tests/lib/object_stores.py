# SPDX-License-Identifier: Apache-2.0
"""S3 stores of the tests' own: SeaweedFS from its Python wheel, and MinIO where it was built.

Each is a process with a folder below `folder` and ports of its own on 127.0.0.1. `platform` is the key
that Bulkhead gets: it may assume the role, and with SeaweedFS nothing else. `admin` looks from outside.

    object_stores.py STORE COMMAND...      runs a command with BULKHEAD_TEST_S3 set; 77: it cannot be started
                                           STORE: SeaweedFS, MinIO; with TLS in front: SeaweedFS+TLS
"""
import base64
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

from ports import free_port

BUCKET = "bulkhead-objects"
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PLATFORM = ("BULKHEADPLATFORM", "platform-secret-0123456789abcdef")
ADMIN = ("BULKHEADADMIN", "admin-secret-0123456789abcdef")
WEED = os.path.join(os.path.dirname(sys.executable), "weed")
MINIO = os.environ.get("BULKHEAD_TEST_MINIO") or os.path.join(ROOT, "var/test-minio/minio")
READY_S = 60


def connect(url, key, secret, token=None, service="s3"):
    """boto3's client, with one try and no waiting."""
    import boto3
    from botocore.config import Config
    return boto3.client(service, endpoint_url=url, aws_access_key_id=key, aws_secret_access_key=secret, aws_session_token=token,
                        region_name="us-east-1", config=Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"},
                                                               connect_timeout=5, read_timeout=20))


class Store:
    """A running store; use as a context manager."""

    name = ""
    role = ""

    def __init__(self, folder=None):
        self.folder = tempfile.mkdtemp(prefix=f"bh-{self.name}-", dir=folder or os.environ.get("BULKHEAD_TEST_FOLDER"))
        self.data = os.path.join(self.folder, "data")
        os.makedirs(self.data)
        self.process = None
        self.port = 0

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def arguments(self):
        raise NotImplementedError

    def environment(self):
        return {"PATH": "/usr/bin:/bin", "HOME": self.folder, "TMPDIR": self.folder}

    def run(self):
        """Starts the process, and waits until it answers."""
        with open(os.path.join(self.folder, "log"), "ab") as log:
            self.process = subprocess.Popen(self.arguments(), cwd=self.folder, env=self.environment(), stdout=log,
                                            stderr=log, stdin=subprocess.DEVNULL)
        end = time.monotonic() + READY_S
        while True:
            try:
                self.client(*ADMIN).list_buckets()
                return
            except Exception as error:
                if self.process.poll() is not None or time.monotonic() > end:
                    raise RuntimeError(f"{self.name} did not start: {error}\n{self.log()[-4000:]}") from error
            time.sleep(0.1)

    def start(self):
        self.run()
        self.client(*ADMIN).create_bucket(Bucket=BUCKET)
        # The first object makes it lay out its disk: that is not to count as a platform's wait.
        self.client(*ADMIN).put_object(Bucket=BUCKET, Key="first", Body=b"first")
        self.client(*ADMIN).delete_object(Bucket=BUCKET, Key="first")
        return self

    def end(self):
        """Ends the process as a crash would; the data stay."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def stop(self):
        self.end()
        if not os.environ.get("BULKHEAD_KEEP"):
            shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        try:
            return self.start()
        except BaseException:
            self.stop()
            raise

    def __exit__(self, *_):
        self.stop()

    def log(self):
        with open(os.path.join(self.folder, "log"), encoding="utf-8", errors="replace") as file:
            return file.read()

    def client(self, key, secret, token=None, service="s3", endpoint=None):
        return connect(endpoint or self.url, key, secret, token, service)

    @property
    def admin(self):
        return self.client(*ADMIN)

    def session(self, policy=None, seconds=3600):
        """What AssumeRole gives for this policy; without one, the whole role."""
        more = {} if policy is None else {"Policy": policy if isinstance(policy, str) else json.dumps(policy)}
        return self.client(*PLATFORM, service="sts").assume_role(
            RoleArn=self.role, RoleSessionName="tests", DurationSeconds=seconds, **more)["Credentials"]

    def key_file(self, path=None):
        path = path or os.path.join(self.folder, "key")
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="ascii") as file:
            file.write("\n".join(PLATFORM) + "\n")
        return path

    def settings(self, **more):
        """The platform's settings for this store."""
        return {"object_driver": "s3", "object_s3_endpoint": self.url, "object_s3_bucket": BUCKET,
                "object_s3_role": self.role, "object_s3_key_file": self.key_file()} | more


class SeaweedFS(Store):
    name = "seaweedfs"
    role = "arn:aws:iam::000000000000:role/BulkheadObjects"

    def __init__(self, folder=None, s3_port=0):
        super().__init__(folder)
        names = ("master", "volume", "filer")
        found = [free_port() for _ in range(2 * len(names) + 2)]
        self.port = s3_port or found[0]
        self.ports = [f"-s3.port={self.port}", f"-s3.port.grpc={found[1]}"]
        for at, name in enumerate(names, 1):
            self.ports += [f"-{name}.port={found[2 * at]}", f"-{name}.port.grpc={found[2 * at + 1]}"]
        self.config = os.path.join(self.folder, "iam.json")
        with open(self.config, "w", encoding="utf-8") as file:
            json.dump(self.rights(), file)

    def rights(self):
        def policy(name, *statements):
            return {"name": name, "document": {"Version": "2012-10-17", "Statement": list(statements)}}

        return {
            "identities": [
                {"name": "admin", "credentials": [{"accessKey": ADMIN[0], "secretKey": ADMIN[1]}], "actions": ["Admin"]},
                {"name": "bulkhead", "credentials": [{"accessKey": PLATFORM[0], "secretKey": PLATFORM[1]}],
                 "policyNames": ["AssumeBulkheadObjects"]},
            ],
            "sts": {"tokenDuration": "1h", "maxSessionLength": "12h", "issuer": "seaweedfs-sts",
                    "signingKey": base64.b64encode(bytes(range(32))).decode()},
            "policy": {"defaultEffect": "Deny", "storeType": "memory"},
            "policies": [
                policy("AssumeBulkheadObjects", {"Effect": "Allow", "Action": ["sts:AssumeRole"], "Resource": [self.role]}),
                policy("BulkheadObjects", {"Effect": "Allow", "Action": ["s3:*"], "Resource": [
                    f"arn:aws:s3:::{BUCKET}", f"arn:aws:s3:::{BUCKET}/*"]}),
            ],
            "roles": [{"roleName": "BulkheadObjects", "roleArn": self.role, "attachedPolicies": ["BulkheadObjects"],
                       "trustPolicy": {"Version": "2012-10-17", "Statement": [
                           {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::000000000000:user/bulkhead"},
                            "Action": ["sts:AssumeRole"]}]}}],
        }

    def arguments(self):
        return [WEED, "-logtostderr=true", "server", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", f"-dir={self.data}",
                "-filer", "-s3", "-volume.max=20", "-master.volumeSizeLimitMB=256", "-s3.port.iceberg=0",
                "-s3.port.lance=0", f"-s3.config={self.config}", f"-s3.iam.config={self.config}",
                f"-s3.localSocket={self.folder}/s3.sock", f"-filer.localSocket={self.folder}/filer.sock", *self.ports]


class MinIO(Store):
    name = "minio"
    role = "arn:aws:iam::000000000000:role/BulkheadObjects"  # MinIO reads none

    def __init__(self, folder=None):
        super().__init__(folder)
        self.port, self.console = free_port(), free_port()

    def environment(self):
        return super().environment() | {"MINIO_ROOT_USER": ADMIN[0], "MINIO_ROOT_PASSWORD": ADMIN[1],
                                        "MINIO_BROWSER": "off", "MINIO_UPDATE": "off"}

    def arguments(self):
        return [MINIO, "server", "--quiet", "--address", f"127.0.0.1:{self.port}", "--console-address",
                f"127.0.0.1:{self.console}", self.data]

    def start(self):
        super().start()
        from minio import MinioAdmin
        from minio.credentials import StaticProvider
        admin = MinioAdmin(endpoint=f"127.0.0.1:{self.port}", credentials=StaticProvider(*ADMIN), secure=False)
        admin.user_add(*PLATFORM)
        policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["s3:*"], "Resource": [
            f"arn:aws:s3:::{BUCKET}", f"arn:aws:s3:::{BUCKET}/*"]}]}
        admin.policy_add("bulkhead-objects", policy=policy)
        admin.attach_policy(["bulkhead-objects"], user=PLATFORM[0])
        return self


def missing():
    """Why a store cannot be started here, by its class."""
    found = {}
    if not os.access(WEED, os.X_OK):
        found[SeaweedFS] = f"{WEED} is missing; run `scripts/setup test`"
    if not os.access(MINIO, os.X_OK):
        found[MinIO] = f"{MINIO} is missing: no Go when `scripts/setup test` ran"
    return found


def main(name, *command):
    name, _, tls = name.partition("+")
    kind = {"SeaweedFS": SeaweedFS, "MinIO": MinIO}[name]
    if kind in missing():
        print(missing()[kind])
        return 77
    with kind() as store:
        url, more = store.url, {}
        if tls:
            import tls_front
            certificate, key = tls_front.make_certificate(store.folder, "store", "127.0.0.1")
            front = tls_front.HttpsFront(certificate, key, store.port)
            url, more = f"https://127.0.0.1:{front.port}", {"BULKHEAD_TEST_S3_CA": certificate}
        words = " ".join((url, BUCKET, store.role, *PLATFORM))
        return subprocess.run(command, env={**os.environ, **more, "BULKHEAD_TEST_S3": words}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
