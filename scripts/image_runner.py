#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Serves one image model over HTTP on a Unix socket, with stable-diffusion.cpp's server behind it.

usage: image_runner.py --socket PATH.sock --server SD_SERVER --weights FILE [--name NAME] [--vae FILE] [--clip-l FILE]
                       [--clip-g FILE] [--t5xxl FILE] [--llm FILE] [--steps N] [--guidance X] [--threads N]
                       [--memory-mib N] [--idle-s N] [--mode OCTAL]

--weights is a whole model or, where one of --clip-l, --clip-g, --t5xxl and --llm is named, what is left of one without its
text encoders. --steps 0 and no --guidance leave both to the server. --memory-mib bounds the server's address space (0: not
at all), --idle-s is how long it stays without a request (0: for ever).

Prints `ready` on stdout once it answers, which is before the weights are loaded: weights that are damaged or not there keep
nobody from starting, and every request is told so. Ends with status 0 on SIGTERM and SIGINT, and at once when the process
that started it is gone; the server ends with it.

  GET  /health                   {"status": "ok", "state": "loading", "ready", "resting" or "failed", "note": "…"}
  GET  /props                    {"total_slots": 1}: a second request waits until the first one has ended
  POST /v1/images/generations    {"prompt": "…", "size": "512x512"}; other members are not passed on
  POST /v1/images/edits          a form with the parts prompt, size, image, image[] and mask

Both are answered as OpenAI's Images API does, by one PNG without text in it. The server cannot be told to stop: when the
client has gone, the server is killed, and started again for the next request.

The note is a sentence for the operator, and lies in the file `note` beside the socket while there is one.
"""
import argparse
import contextlib
import ctypes
import json
import os
import queue
import re
import resource
import select
import signal
import socket
import subprocess
import sys
import threading
import time

PR_SET_PDEATHSIG = 1
HEAD_BYTES_MAX = 16 * 1024
JSON_BYTES_MAX = 1024 * 1024
# The server divides a prompt by regular expressions, which take some 350 bytes of its thread's stack for each byte: at 16,000 of
# 8 MiB all is well, at 32,000 it is ended. The model service refuses longer ones of a form (src/model/image.h).
PROMPT_BYTES_MAX = 8000
STACK_BYTES = 8 * 1024 * 1024
FORM_BYTES_MAX = 1024 * 1024 * 1024
ERROR_BYTES_MAX = 64 * 1024
COPY_BYTES = 64 * 1024
HEAD_WITHIN_S = 30
COPY_WITHIN_S = 120
CONNECT_WITHIN_S = 10
LOAD_WITHIN_S = 900
WAITING_MOST = 16
# Weights that were refused are tried again when their files have changed, or after this long.
AGAIN_AFTER_S = 60
POLL_S = 0.05
PASSED_MOST = 40
ENDS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
PATHS = ("/v1/images/generations", "/v1/images/edits")
# By this, the server takes any parameter out of a prompt, files it is to read among them.
SMUGGLED = b"<sd_cpp_extra_args>"
PARTS = ("vae", "clip_l", "clip_g", "t5xxl", "llm")
ENCODERS = PARTS[1:]
# The first to go when the machine has no memory left.
OOM_SCORE = "900"


class Refused(Exception):
    """What was asked cannot be done: a status and a sentence."""

    def __init__(self, status, sentence):
        super().__init__(sentence)
        self.status = status


class Gone(Exception):
    """Nobody waits for the answer."""


# -- HTTP ---------------------------------------------------------------------------------------


def read_head(file):
    """The first line's words, and the length of what follows (None: nobody said)."""
    line = file.readline(HEAD_BYTES_MAX).decode("latin-1").split()
    read, headers = 0, {}
    while (header := file.readline(HEAD_BYTES_MAX)) not in (b"\r\n", b"\n", b""):
        read += len(header)
        if read > HEAD_BYTES_MAX:
            raise Refused(431, "the head is too long")
        name, _, value = header.decode("latin-1").partition(":")
        headers[name.strip().lower()] = value.strip()
    return line, headers


class Peer:
    """One connection with one request; both are over with its answer."""

    def __init__(self, connection):
        self.connection = connection
        self.file = connection.makefile("rb")
        self.path = ""
        self.headers = {}
        self.left = 0
        self.begun = False

    def read_head(self):
        line, self.headers = read_head(self.file)
        length = self.headers.get("content-length", "0")
        if len(line) < 2 or not length.isdigit() or int(length) > FORM_BYTES_MAX or "transfer-encoding" in self.headers:
            raise Refused(400, "the request is malformed or too large")
        self.left = int(length)
        self.path = line[1].partition("?")[0]
        return line[0]

    def read(self, most):
        piece = self.file.read1(min(self.left, most))
        if not piece:
            raise Gone
        self.left -= len(piece)
        return piece

    def read_json(self):
        if self.left > JSON_BYTES_MAX:
            raise Refused(413, "the request is too large")
        body = b""
        while self.left:
            body += self.read(self.left)
        try:
            value = json.loads(body)
        except ValueError as error:
            raise Refused(400, "the request is not JSON") from error
        if not isinstance(value, dict):
            raise Refused(400, "the request is not a JSON object")
        return value

    def has_gone(self):
        """A client that hung up is readable, and has nothing to say."""
        try:
            return bool(select.select([self.connection], [], [], 0)[0]) and not self.connection.recv(1, socket.MSG_PEEK)
        except OSError:
            return True

    def answer(self, status, value):
        self.begun = True
        body = json.dumps(value).encode()
        self.connection.sendall(b"HTTP/1.1 %d -\r\nContent-Type: application/json\r\nContent-Length: %d\r\n"
                                b"Connection: close\r\n\r\n" % (status, len(body)) + body)

    def refuse(self, refused):
        if not self.begun:
            self.answer(refused.status, {"error": {"message": str(refused), "code": refused.status}})

    def close(self):
        self.file.close()
        self.connection.close()


# -- the server ---------------------------------------------------------------------------------


def marks(path):
    try:
        is_ = os.stat(path)
    except OSError:
        return None
    return is_.st_ino, is_.st_size, is_.st_mtime_ns


class Listener(threading.Thread):
    """Keeps some of what the server says, and passes on what is an error, up to a number of lines a start: of a model that is
    not whole it names every part. It does not say prompts."""

    WORTH = re.compile(r"\[(ERROR|WARN) *\]|ggml|GGML|terminate|what\(\)|std::")

    def __init__(self, stream):
        super().__init__(daemon=True)
        self.stream = stream
        self.began, self.latest = [], ""
        self.passed = 0
        self.start()

    def run(self):
        for line in iter(lambda: self.stream.readline(4096), b""):
            text = "".join(each for each in line.decode("utf-8", "replace").rpartition("\r")[2] if each.isprintable()).strip()
            if self.WORTH.search(text):
                self.latest = re.sub(r"^\[\w+ *\] *(\S+:\d+ *- *)?", "", text)[:200]
                if len(self.began) < 2:
                    self.began.append(self.latest)
                self.passed += 1
                if self.passed <= PASSED_MOST:
                    print(f"image: {text[:300]}", file=sys.stderr, flush=True)

    def first(self):
        """What a load failed for comes before what failed for that."""
        self.join(2)
        return "; ".join(self.began)

    def last(self):
        self.join(2)
        return self.latest


class Engine:
    """The server, started and ended by the main thread alone: the kernel ends it with the thread that started it."""

    def __init__(self, args):
        self.args = args
        self.files = [args.weights, *(getattr(args, part) for part in PARTS if getattr(args, part))]
        self.socket = os.path.join(os.path.dirname(os.path.abspath(args.socket)), "sd.sock")
        self.note_path = os.path.join(os.path.dirname(os.path.abspath(args.socket)), "note")
        self.process = self.listener = None
        self.state, self.note = "loading", ""
        self.refused_at, self.refused_marks = 0.0, None

    # What others see: plain values, written by the main thread.

    def become(self, state, note=""):
        if note != self.note:
            self.note = note
            self.keep_note()
        self.state = state

    def keep_note(self):
        """A file that the supervisor reads; it appears whole."""
        try:
            if not self.note:
                os.unlink(self.note_path)
                return
            part = self.note_path + ".part"
            with open(part, "w", encoding="utf-8") as file:
                file.write(self.note)
            os.chmod(part, 0o640)
            os.replace(part, self.note_path)
        except FileNotFoundError:
            pass
        except OSError as error:
            print(f"image: the note was not kept: {error}", file=sys.stderr, flush=True)
        if self.note:
            print(f"image: {self.note}", file=sys.stderr, flush=True)

    def command(self):
        args = self.args
        parts = any(getattr(args, encoder) for encoder in ENCODERS)
        command = [args.server, "--listen-ip", self.socket, "--listen-port", "1",
                   "--diffusion-model" if parts else "--model", args.weights, "--threads", str(args.threads),
                   "--disable-image-metadata",
                   # By chance: else it makes the same image of the same words.
                   "--seed", "-1"]
        for part in PARTS:
            if getattr(args, part):
                command += ["--" + part, getattr(args, part)]
        if args.steps:
            command += ["--steps", str(args.steps)]
        if args.guidance is not None:
            command += ["--cfg-scale", f"{args.guidance:g}"]
        return command

    def limits(self, parent, libc):
        """What the server is held to; runs in it before it is the server."""
        die_with_parent(parent, libc)
        os.umask(0o177)
        # Not where a container's /proc cannot be written to.
        with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w", encoding="ascii") as file:
            file.write(OOM_SCORE)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        # Also of its threads; where it is unlimited, they have 2 MiB.
        _, hard = resource.getrlimit(resource.RLIMIT_STACK)
        most = STACK_BYTES if hard == resource.RLIM_INFINITY else min(STACK_BYTES, hard)
        resource.setrlimit(resource.RLIMIT_STACK, (most, hard))
        if self.args.memory_mib:
            most = self.args.memory_mib * 1024 * 1024
            resource.setrlimit(resource.RLIMIT_AS, (most, most))

    def stop(self):
        process, self.process = self.process, None
        if process is not None:
            process.kill()
            process.wait()
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self.socket)

    def rest(self):
        if self.process is not None:
            self.stop()
            self.become("resting")

    def is_alive(self):
        return self.process is not None and self.process.poll() is None

    def how_it_ended(self):
        status = self.process.wait()
        return f"was ended by signal {-status}" if status < 0 else f"ended with status {status}"

    def fail(self, note):
        self.stop()
        self.refused_at, self.refused_marks = time.monotonic(), [marks(path) for path in self.files]
        self.become("failed", note)
        raise Refused(500, note)

    def check_files(self):
        for path in self.files:
            if not os.path.isfile(path):
                self.fail(f"The image weights {path} are not there.")
            if not os.access(path, os.R_OK):
                self.fail(f"The image weights {path} cannot be read by the engine's user.")

    def is_refused(self):
        """Whether the same files were refused a moment ago."""
        return (self.state == "failed" and time.monotonic() - self.refused_at < AGAIN_AFTER_S
                and self.refused_marks == [marks(path) for path in self.files])

    def start(self):
        """Loads the weights, unless they are loaded. Refused: a sentence about why not."""
        if self.is_alive():
            return
        if self.is_refused():
            raise Refused(500, self.note)
        self.stop()
        self.check_files()
        self.become("loading", self.note)
        parent, libc = os.getpid(), ctypes.CDLL(None, use_errno=True)
        try:
            self.process = subprocess.Popen(self.command(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                            stderr=subprocess.STDOUT, preexec_fn=lambda: self.limits(parent, libc))
        except (OSError, subprocess.SubprocessError) as error:
            self.fail(f"The image engine {self.args.server} does not start: {error}")
        self.listener = Listener(self.process.stdout)
        deadline = time.monotonic() + LOAD_WITHIN_S
        while not self.answers():
            if self.process.poll() is not None:
                how, why = self.how_it_ended(), self.listener.first()
                self.fail(f"The image weights {self.args.weights} could not be loaded: the engine {how}"
                          f"{': ' + why if why else ''}.")
            if time.monotonic() > deadline:
                self.fail(f"The image weights {self.args.weights} were not loaded within {LOAD_WITHIN_S} s.")
            time.sleep(POLL_S)
        self.become("ready")

    def connect(self):
        """Where its queue is full, there is room in a moment."""
        peer = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        peer.settimeout(COPY_WITHIN_S)
        deadline = time.monotonic() + CONNECT_WITHIN_S
        while True:
            try:
                peer.connect(self.socket)
                return peer
            except BlockingIOError as error:
                if time.monotonic() > deadline:
                    peer.close()
                    raise TimeoutError from error
                time.sleep(POLL_S)
            except OSError:
                peer.close()
                raise

    def answers(self):
        """It listens when the weights are loaded."""
        try:
            self.connect().close()
        except OSError:
            return False
        return True

    # -- one request

    def serve(self, peer):
        body = read_request(peer)
        if peer.has_gone():
            raise Gone
        self.start()
        try:
            with self.connect() as server:
                self.pass_on(peer, server, body)
                self.wait(peer, server)
                self.pass_back(peer, server)
        except (ConnectionError, TimeoutError) as error:
            if self.is_alive():
                raise Refused(503, "the image engine does not answer") from error
            how, why = self.how_it_ended(), self.listener.last()
            self.stop()
            self.become("resting", f"The image engine {how} while it made an image{': ' + why if why else ''}.")
            raise Refused(503, self.note) from error
        except Gone:
            # What it is at cannot be ended otherwise.
            self.rest()
            raise
        self.become("ready")

    @staticmethod
    def pass_on(peer, server, body):
        kind = peer.headers["content-type"] if body is None else "application/json"
        server.sendall(b"POST %s HTTP/1.1\r\nHost: engine\r\nConnection: close\r\nContent-Type: %s\r\n"
                       b"Content-Length: %d\r\n\r\n" % (peer.path.encode(), kind.encode("latin-1"), peer.left if body is None
                                                       else len(body)) + (body or b""))
        before = b""
        while peer.left:
            piece = peer.read(COPY_BYTES)
            if SMUGGLED in before + piece:
                raise Refused(400, "prompt: it has parameters of the engine")
            server.sendall(piece)
            # A piece may be shorter than what is looked for.
            before = (before + piece)[-len(SMUGGLED):]

    def wait(self, peer, server):
        """Until the server begins to answer, or has gone, or nobody waits for it."""
        while not select.select([server], [], [], POLL_S)[0]:
            if peer.has_gone():
                raise Gone
        if not server.recv(1, socket.MSG_PEEK):
            # Its connections end before it does.
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(5)
            raise ConnectionResetError("it ended")

    @staticmethod
    def pass_back(peer, server):
        with server.makefile("rb") as answer:
            line, headers = read_head(answer)
            status = int(line[1]) if len(line) > 1 and line[1].isdigit() else 0
            length = headers.get("content-length", "")
            if not length.isdigit():
                raise ConnectionResetError("it does not say how long its answer is")
            if status != 200:
                raise Refused(400 if status == 400 else 500, "the image engine: " + sentence(answer.read(ERROR_BYTES_MAX)))
            peer.begun = True
            peer.connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %s\r\n"
                                    b"Connection: close\r\n\r\n" % length.encode())
            left = int(length)
            while left:
                piece = answer.read1(min(left, COPY_BYTES))
                if not piece:
                    raise ConnectionResetError("it ended")
                left -= len(piece)
                send(peer, piece)


def send(peer, piece):
    try:
        peer.connection.sendall(piece)
    except OSError as error:
        raise Gone from error


def read_request(peer):
    """The body to be sent; None: it is a form, to be passed on as it comes."""
    if peer.path == PATHS[0]:
        return generation(peer.read_json())
    kind = peer.headers.get("content-type", "")
    if not kind.lower().startswith("multipart/form-data") or not kind.isprintable():
        raise Refused(400, "the request is not a form")
    return None


def generation(asked):
    """The server's request: what is not named here would be a way to its other parameters."""
    prompt, size = asked.get("prompt"), asked.get("size")
    if not isinstance(prompt, str) or not prompt:
        raise Refused(400, "prompt: it is missing")
    if len(prompt.encode("utf-8", "surrogatepass")) > PROMPT_BYTES_MAX:
        raise Refused(400, f"prompt: it has more than {PROMPT_BYTES_MAX} bytes")
    if SMUGGLED.decode() in prompt:
        raise Refused(400, "prompt: it has parameters of the engine")
    if not isinstance(size, str) or not re.fullmatch(r"[1-9]\d{1,3}x[1-9]\d{1,3}", size):
        raise Refused(400, "size: it is not WIDTHxHEIGHT")
    return json.dumps({"prompt": prompt, "size": size, "n": 1, "output_format": "png"}).encode()


def sentence(body):
    """The server's words for an error: {"error": "…", "message": "…"}."""
    try:
        told = json.loads(body)
        words = told.get("message") or told.get("error")
    except (ValueError, AttributeError):
        words = None
    return words[:200] if isinstance(words, str) else "an error without words"


# -- the process --------------------------------------------------------------------------------


def answer_now(peer, engine, waiting):
    """What needs no turn; else the request is put in line."""
    if peer.read_head() == "GET":
        known = {"/health": {"status": "ok", "state": engine.state, "note": engine.note}, "/props": {"total_slots": 1}}
        peer.answer(200 if peer.path in known else 404, known.get(peer.path, {"error": "there is no such path"}))
        return True
    if peer.path not in PATHS:
        raise Refused(404, "there is no such path")
    try:
        waiting.put_nowait(peer)
    except queue.Full:
        raise Refused(503, "too many requests wait for the image engine") from None
    return False


def receive(connection, engine, waiting):
    peer, over = Peer(connection), True
    try:
        connection.settimeout(HEAD_WITHIN_S)
        over = answer_now(peer, engine, waiting)
    except Refused as refused:
        with contextlib.suppress(OSError):
            peer.refuse(refused)
    except OSError:
        pass
    finally:
        if over:
            peer.close()


def accept(listener, engine, waiting):
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=receive, args=(connection, engine, waiting), daemon=True).start()


def work(engine, peer):
    try:
        peer.connection.settimeout(COPY_WITHIN_S)
        engine.serve(peer)
    except Refused as refused:
        with contextlib.suppress(OSError):
            peer.refuse(refused)
    except (Gone, OSError):
        pass
    except Exception as error:  # noqa: BLE001 the process serves others
        print(f"image: a request failed: {type(error).__name__}: {str(error)[:200]}", file=sys.stderr, flush=True)
    finally:
        peer.close()


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--socket", required=True)
    parser.add_argument("--server", required=True)
    parser.add_argument("--weights", required=True)
    parser.add_argument("--name")
    for part in PARTS:
        parser.add_argument("--" + part.replace("_", "-"))
    parser.add_argument("--steps", type=int, default=0)
    parser.add_argument("--guidance", type=float)
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--memory-mib", type=int, default=0)
    parser.add_argument("--idle-s", type=int, default=0)
    parser.add_argument("--mode", type=lambda text: int(text, 8), default=0o660)
    args = parser.parse_args()
    if len(os.fsencode(os.path.abspath(args.socket))) > 107:
        parser.error("--socket: longer than the 107 bytes of a Unix socket's path")
    if not os.access(args.server, os.X_OK):
        parser.error(f"--server: cannot run {args.server}")
    if args.threads < 1 or min(args.steps, args.memory_mib, args.idle_s) < 0:
        parser.error("--threads starts at 1, --steps, --memory-mib and --idle-s at 0")
    return args


def die_with_parent(parent, libc=None):
    """The kernel ends us with our parent; the check covers a parent that died before."""
    libc = libc or ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG)")
    if os.getppid() != parent:
        sys.exit("image: the parent is gone")


def listen(path, mode):
    """In the place of a socket that a dead engine left; a living one keeps its place."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(path)
            sys.exit(f"image: {path} is in use by another engine")
        except FileNotFoundError:
            pass
        except ConnectionRefusedError:
            os.unlink(path)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(path)
    os.chmod(path, mode)
    listener.listen(64)
    return listener


def stop(paths):
    """The kernel ends the server with us."""
    for path in paths:
        with contextlib.suppress(OSError):
            os.unlink(path)
    os._exit(0)


def main():
    parent = os.getppid()
    args = arguments()
    die_with_parent(parent)
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    engine = Engine(args)
    waiting = queue.Queue(WAITING_MOST)
    for number in ENDS:
        signal.signal(number, lambda *_: stop([args.socket, engine.socket, engine.note_path]))
    engine.keep_note()
    listener = listen(args.socket, args.mode)
    threading.Thread(target=accept, args=(listener, engine, waiting), daemon=True).start()
    print("ready", flush=True)
    with contextlib.suppress(Refused):  # the note says it
        engine.start()
    while True:
        try:
            work(engine, waiting.get(timeout=args.idle_s or None))
        except queue.Empty:
            engine.rest()


if __name__ == "__main__":
    main()
