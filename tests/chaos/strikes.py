# SPDX-License-Identifier: Apache-2.0
"""Does to the ground what the plan says, and takes it back. Each strike is a generator: what comes before its yield begins it, what
comes behind ends it."""
import contextlib
import os
import shutil
import signal
import subprocess
import threading
import time

import s3_front
from base import marker
from ground import FIRST, SECOND, SERVICE_OF

DUTY_S = 0.2


class Strikes:
    def __init__(self, ground, log):
        self.ground, self.log = ground, log
        self.running = []        # (end, step, generator)
        self.lost_at = []        # (from, until) of what a lost machine may have taken with it, by the clock of the day
        self.full_at = []        # the same, of a full disk
        self.faults = []
        self.done = 0

    def run(self, steps, seconds, over=None):
        """The plan, in real time; `over` ends it early."""
        begin = time.monotonic()
        waiting = list(steps)
        while True:
            now = time.monotonic() - begin
            for entry in [entry for entry in self.running if entry[0] <= now]:
                self.finish(entry)
            if waiting and waiting[0].at <= now:
                step = waiting.pop(0)
                self.log(str(step))
                act = getattr(self, step.kind)(step)
                next(act)
                self.done += 1
                self.running.append((time.monotonic() - begin + step.seconds, step, act))
                continue
            if (now >= seconds and not waiting) or (over and over.is_set()):
                break
            time.sleep(0.05)
        self.finish_all()

    def finish(self, entry):
        self.running.remove(entry)
        with contextlib.suppress(StopIteration):
            next(entry[2])

    def finish_all(self):
        for entry in list(self.running):
            self.finish(entry)
        self.ground.proxy.set("*>*", "pass")

    # -- processes

    def ended(self, name, number):
        self.ground.hold_down(name)
        child = self.ground.kill(name, number)
        yield
        # Who was asked may take its time; who takes longer than any drain does not end.
        child.send_signal(signal.SIGCONT)
        try:
            child.wait(30)
        except subprocess.TimeoutExpired:
            self.faults.append(f"{name} had not ended 30 s after SIGTERM")
            child.kill()
        self.ground.bring_back(name)

    def kill(self, step):
        return self.ended(step.target, signal.SIGKILL)

    def term(self, step):
        return self.ended(step.target, signal.SIGTERM)

    def stop(self, step):
        child = self.ground.kill(step.target, signal.SIGSTOP)
        yield
        child.send_signal(signal.SIGCONT)

    def slow(self, step):
        """Runs for a share of the time only."""
        child, over = self.ground.children[step.target], threading.Event()
        share = int(step.how.rstrip("%")) / 100

        def pace():
            while not over.wait(DUTY_S * share) and child.poll() is None:
                child.send_signal(signal.SIGSTOP)
                over.wait(DUTY_S * (1 - share))
                child.send_signal(signal.SIGCONT)
        thread = threading.Thread(target=pace)
        thread.start()
        yield
        over.set()
        thread.join()
        if child.poll() is None:
            child.send_signal(signal.SIGCONT)

    def gateway(self, step):
        master = self.ground.children["nginx"]
        if step.how == "reload":
            master.send_signal(signal.SIGHUP)
        else:
            with open(f"/proc/{master.pid}/task/{master.pid}/children", encoding="ascii") as file:
                workers = [int(each) for each in file.read().split()]
            if workers:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(workers[step.number % len(workers)], signal.SIGKILL)
        yield

    def clock(self, step):
        self.ground.set_clock(step.target, int(step.how))
        yield
        self.ground.set_clock(step.target, 0)

    # -- between them

    def part(self, step):
        mode, _, ms = step.how.partition(" ")
        self.ground.proxy.set(step.target, mode, int(ms or 0))
        yield
        self.ground.proxy.set(step.target, "pass")

    # -- what they stand on

    def alone(self, *kinds):
        """What is under way of these kinds comes to its end first."""
        for entry in [entry for entry in self.running if entry[1].kind in kinds]:
            self.finish(entry)

    def database(self, step):
        self.alone("database", "promote")
        self.ground.server.pause(step.how)
        yield
        self.ground.server.resume()

    def promote(self, step):
        ground = self.ground
        self.alone("database", "promote")
        ground.fail_over()
        yield
        ground.rebuild_standby()

    def valkey(self, step):
        valkey = self.ground.valkey
        if valkey is None:
            yield
            return
        if step.how == "flush":
            valkey.say("FLUSHALL")
            yield
            return
        valkey.kill()
        yield
        valkey.start()

    def objects(self, step):
        front = self.ground.front
        if front is None:
            yield
            return
        method, _, status = step.how.partition(" ")
        act = s3_front.drops if step.how == "drop" else s3_front.refuses(int(status), "AccessDenied" if status == "403" else "SlowDown")
        fault = s3_front.Fault(method, act)
        if method != "PUT":
            fault.wants = lambda _, path: True
        front.fault = fault
        yield
        front.fault = None

    def disk(self, step):
        disk = self.ground.disk
        if disk.reason:
            yield
            return
        disk.fill()
        begin = time.time()
        yield
        disk.free()
        self.full_at.append((begin, time.time() + 5))

    def password(self, step):
        """The database's, as docs/database.md says: changed there, then here, then the service is started again."""
        ground, service = self.ground, SERVICE_OF[step.target]
        secret = marker()
        ground.psql(f"ALTER ROLE bulkhead_{service} PASSWORD '{secret}';")
        ground.change_password(service, secret)
        for name in [name for name in (*FIRST, *SECOND) if SERVICE_OF[name] == service]:
            ground.kill(name, signal.SIGTERM)  # started again by who looks after it
        yield

    def lost(self, step):
        """Machine 2, with everything that was on it; another one takes its place."""
        ground = self.ground
        self.alone("lost", "disk", "clock")
        for name in SECOND:
            ground.hold_down(name)
        for name in SECOND:
            ground.kill(name)
        now = time.time()
        self.lost_at.append((now - 3, now + 1))
        for name in SECOND:
            ground.children[name].wait(10)
        for entry in os.listdir(ground.homes[2]):
            path = os.path.join(ground.homes[2], entry)
            shutil.rmtree(path) if os.path.isdir(path) else os.unlink(path)
        ground.lives += 1
        yield
        for name in SECOND:
            ground.make_member(name)
        for name in SECOND:
            ground.bring_back(name)
