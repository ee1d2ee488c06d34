# SPDX-License-Identifier: Apache-2.0
"""Two of each service over TCP behind one gateway: every process is terminated and started again, one after the other, under
steady chat calls, plain and streaming by turns. Prints how many were answered and how many failed.

usage: upgrade.py [CALLS_A_SECOND]      300 without
"""
import json
import os
import signal
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path[:0] = [os.path.join(ROOT, "tests/lib"), os.path.join(ROOT, "tests/integration")]

from instance import MOCK_CHAT, until  # noqa: E402
from pairs import Pairs  # noqa: E402
from steady_load import Load  # noqa: E402


def replace(platform, name, service):
    """How long it took: from SIGTERM until the next one was ready."""
    begin = time.monotonic()
    child = platform.children[name]
    child.send_signal(signal.SIGTERM)
    assert child.wait(120) == 0, platform.log_of_child(name)[-2000:]
    platform.serve(name, service)
    until(lambda: platform.is_ready_at(name), 60, f"{name} ready again", pause=0.1)
    return round(time.monotonic() - begin, 2)


def main():
    rate = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    platform = Pairs("http", gateway_tenant_requests_per_second=10 * rate)
    try:
        platform.start_all()
        tenant = platform.tenant()
        with Load(platform.address, tenant.key, MOCK_CHAT, rate=rate, threads=32, slow_each=200) as load:
            until(lambda: load.done > 2 * rate, 120, "two seconds of calls")
            took = {name: replace(platform, name, service) for name, service in platform.replicas()}
            until(lambda before=load.done: load.done > before + rate, 120, "calls after the last")
            reached = load.per_second()
        print(json.dumps({"asked_per_second": rate, "calls_per_second": round(reached, 1), "answered": load.done,
                          "failed": len(load.failed), "slow_streams": load.slow, "latest_s": round(load.latest, 2),
                          "replaced_s": took, "load_average": os.getloadavg()[0], "first_failures": load.failed[:3]}, indent=1))
        return 1 if load.failed else 0
    finally:
        platform.stop()


if __name__ == "__main__":
    sys.exit(main())
