#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Serves one GGUF model with llama.cpp's HTTP server on a Unix socket.

usage: engine_runner.py --socket PATH.sock --model FILE --kind chat|embedding
                        [--name NAME] [--slots N] [--context N] [--threads N] [--mode OCTAL]
                        [--chat-template FILE] [--server LLAMA_SERVER] [--adapters FOLDER]

--context is what one slot holds. Prints `ready` on stdout once /health answers 200. Ends with
status 0 on SIGTERM and SIGINT, and at once when the process that started it is gone.

With --adapters the engine can be succeeded by another one without a request that fails. It listens on a
socket of its own beside PATH.sock, which becomes a link to it once it is ready: whoever knows the socket's own
name knows which adapters it holds. On SIGUSR1 it ends when no answer has been under way for a while. It loads
the files ID@NAME.gguf of FOLDER, each at scale 0, so that a request that names no adapter has none. A successor
(BULKHEAD_SUCCEEDS) also tries the files ID@NAME.new, has each answer once, and ends with a status other than 0
where one cannot. An engine that is started afresh and cannot load its adapters goes on without them.
The package `xllamacpp`, whose server is used without --server, lies in the folder of this file.
"""
import argparse
import ctypes
import glob
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time

PR_SET_PDEATHSIG = 1
HEALTH_POLL_S = 0.05
READY_WITHIN_S = 120
# The server sees that a client has left only between two batches of its prompt: 0.3 s at 64, and
# 64 reads no slower than 128 or 512 on two cores.
CHAT_BATCH = 64
# An embedding input has to fit one batch, whatever its length.
EMBEDDING_BATCH_MIN = 512
CACHE_RAM_MIB = 64
ENDS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
LEAVE = signal.SIGUSR1
# How long no slot is at work before an engine that leaves is sure that nobody comes any more.
QUIET_S = 2.0
QUIET_POLL_S = 0.2
ADAPTERS_MAX = 256
WARM_UP = "The harbour opens at dawn, and the first boats leave before the sun has risen over the quays. " * 6


def own_name():
    """No other process has or had this one: the number of a process comes again, with its start it does not."""
    with open("/proc/self/stat", encoding="ascii", errors="replace") as file:
        started = file.read().rpartition(")")[2].split()[19]
    return f"{os.getpid()}-{started}.sock"


def find_adapters(args):
    """Paths of the adapters of this model; one of --lora-scaled is divided by what may not be in a path."""
    if not args.adapters or args.kind != "chat" or not args.name or any(mark in args.adapters for mark in ",:\""):
        return []
    ends = (f"@{args.name}.gguf", f"@{args.name}.new") if args.succeeds else (f"@{args.name}.gguf",)
    try:
        found = sorted(entry.path for entry in os.scandir(args.adapters)
                       if entry.name.endswith(ends) and entry.is_file(follow_symlinks=False))
    except OSError as error:
        print(f"engine: no adapters: {error}", file=sys.stderr, flush=True)
        return []
    return found[:ADAPTERS_MAX]


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--socket", required=True)
    parser.add_argument("--model", required=True)
    parser.add_argument("--kind", required=True, choices=("chat", "embedding"))
    parser.add_argument("--name")
    parser.add_argument("--slots", type=int, default=2)
    parser.add_argument("--context", type=int, default=0)
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--chat-template")
    parser.add_argument("--server")
    parser.add_argument("--adapters")
    parser.add_argument("--mode", type=lambda text: int(text, 8), default=0o660)
    args = parser.parse_args()
    if not args.socket.endswith(".sock"):
        parser.error("--socket: the server takes a path for a Unix socket only if it ends in .sock")
    args.link = args.socket if args.adapters else None
    if args.link:
        args.socket = os.path.join(os.path.dirname(args.link), own_name())
    args.succeeds = os.environ.get("BULKHEAD_SUCCEEDS") == "1"
    args.loras = find_adapters(args)
    args.ready = False
    if len(os.fsencode(args.socket)) > 107:
        parser.error("--socket: longer than the 107 bytes of a Unix socket's path")
    if not os.access(args.model, os.R_OK):
        parser.error(f"--model: cannot read {args.model}")
    if args.chat_template and not os.access(args.chat_template, os.R_OK):
        parser.error(f"--chat-template: cannot read {args.chat_template}")
    if args.server and not os.access(args.server, os.X_OK):
        parser.error(f"--server: cannot run {args.server}")
    if args.slots < 1 or args.threads < 1 or args.context < 0:
        parser.error("--slots and --threads start at 1, --context at 0")
    return args


def die_with_parent(parent, libc=None):
    """The kernel ends us with our parent; the check covers a parent that died before."""
    libc = libc or ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG)")
    if os.getppid() != parent:
        sys.exit("engine: the parent is gone")


def take_socket(path):
    """Removes a socket that a dead engine left; a living one keeps its place."""
    probe = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        probe.connect(path)
    except FileNotFoundError:
        return
    except ConnectionRefusedError:
        os.unlink(path)
        return
    finally:
        probe.close()
    sys.exit(f"engine: {path} is in use by another engine")


def server_parameters(xllamacpp, args):
    params = xllamacpp.CommonParams()
    params.model.path = args.model
    params.model_alias = {args.name} if args.name else set()
    params.hostnames = [args.socket]
    params.n_parallel = args.slots
    params.n_ctx = args.context * args.slots
    params.cpuparams.n_threads = args.threads
    params.cpuparams_batch.n_threads = args.threads
    params.n_gpu_layers = 0
    params.fit_params = False
    params.offline = True
    params.endpoint_metrics = True
    params.endpoint_slots = True
    params.endpoint_props = False
    params.cache_ram_mib = CACHE_RAM_MIB
    params.ui = False
    params.ui_mcp_proxy = False
    params.server_tools = []
    params.media_path = ""
    adapters = []
    for path in args.loras:
        adapter = xllamacpp.CommonAdapterLoraInfo()
        adapter.path, adapter.scale = path, 0.0
        adapters.append(adapter)
    params.lora_adapters = adapters
    if args.chat_template:
        params.use_jinja = True
        with open(args.chat_template, encoding="utf-8") as file:
            params.chat_template = file.read()
    if args.kind == "chat":
        params.n_batch = params.n_ubatch = CHAT_BATCH
    else:
        params.embedding = True
        params.pooling_type = xllamacpp.llama_pooling_type.LLAMA_POOLING_TYPE_MEAN
        params.n_batch = params.n_ubatch = max(EMBEDDING_BATCH_MIN, args.context)
    return params


def server_command(args):
    """The same settings for the server that was compiled here."""
    command = [args.server, "--host", args.socket, "--model", args.model, "--parallel", str(args.slots),
               "--ctx-size", str(args.context * args.slots), "--threads", str(args.threads),
               "--threads-batch", str(args.threads), "--n-gpu-layers", "0", "--fit", "off", "--offline", "--metrics",
               "--slots", "--cache-ram", str(CACHE_RAM_MIB), "--no-ui"]
    if args.name:
        command += ["--alias", args.name]
    if args.loras:
        command += ["--lora-scaled", ",".join(f"{path}:0" for path in args.loras)]
    if args.chat_template:
        command += ["--jinja", "--chat-template-file", args.chat_template]
    if args.kind == "chat":
        batch = CHAT_BATCH
    else:
        batch = max(EMBEDDING_BATCH_MIN, args.context)
        command += ["--embedding", "--pooling", "mean"]
    return [*command, "--batch-size", str(batch), "--ubatch-size", str(batch)]


def run_server(args):
    """Ends with it, and ends it: its own shutdown waits for its slots."""
    parent, libc = os.getpid(), ctypes.CDLL(None, use_errno=True)
    with subprocess.Popen(server_command(args), stdin=subprocess.DEVNULL,
                          preexec_fn=lambda: die_with_parent(parent, libc)) as server:
        end = lambda *_: (server.kill(), stop(args.socket))
        for number in ENDS:
            signal.signal(number, end)
        signal.signal(LEAVE, lambda *_: threading.Thread(target=leave, args=(args, end), daemon=True).start())
        threading.Thread(target=wait_until_ready, args=(args,), daemon=True).start()
        status = server.wait()
    if args.loras and not args.ready:
        without_adapters(args)
    sys.exit(f"engine: the server ended with status {status}")


def without_adapters(args):
    """Begins again without them, unless it would succeed to an engine that has them."""
    if args.succeeds:
        sys.exit("engine: cannot start with these adapters")
    print("engine: cannot start with its adapters; going on without them", file=sys.stderr, flush=True)
    words = iter(sys.argv[1:])
    kept = [word for word in words if word != "--adapters" or next(words, None) is None]
    # An empty folder keeps the socket's own name and the link.
    os.execv(sys.executable, [sys.executable, "-I", "-B", os.path.realpath(__file__), *kept, "--adapters", os.devnull])


def ask(path, method, target, body=None, within_s=READY_WITHIN_S):
    """An answer's status and JSON. OSError, ValueError."""
    data = b"" if body is None else json.dumps(body).encode()
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as peer:
        peer.settimeout(within_s)
        peer.connect(path)
        peer.sendall(f"{method} {target} HTTP/1.1\r\nHost: engine\r\nConnection: close\r\n"
                     f"Content-Type: application/json\r\nContent-Length: {len(data)}\r\n\r\n".encode() + data)
        answer = b"".join(iter(lambda: peer.recv(65536), b""))
    head, _, content = answer.partition(b"\r\n\r\n")
    status = int(head.split(b" ", 2)[1])
    return status, json.loads(content) if status == 200 else None


def try_adapters(args):
    """Has each that is new answer once."""
    for number, path in enumerate(args.loras):
        if not path.endswith(".new"):
            continue
        scales = [{"id": at, "scale": 1.0 if at == number else 0.0} for at in range(len(args.loras))]
        try:
            status, answer = ask(args.socket, "POST", "/completion", {
                "prompt": "Hello", "n_predict": 2, "cache_prompt": False, "ignore_eos": True, "lora": scales})
            good = status == 200 and isinstance(answer.get("content"), str)
        except (OSError, ValueError, IndexError, AttributeError):
            good = False
        if not good:
            print(f"engine: no answer with {os.path.basename(path)}", file=sys.stderr, flush=True)
            os._exit(1)


def take_place(args):
    """The link leads here from now on. What dead engines left beside it goes."""
    if not args.link:
        return
    new = f"{args.link}.{os.getpid()}"
    os.symlink(os.path.basename(args.socket), new)
    os.replace(new, args.link)
    for path in glob.glob(os.path.join(glob.escape(os.path.dirname(args.link)), "*-*.sock")):
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
            try:
                probe.connect(path)
            except ConnectionRefusedError:
                os.unlink(path)
            except OSError:
                pass


def leave(args, end):
    """Ends when no slot has been at work for a while; what cannot be asked may be at work."""
    quiet_since = None
    while quiet_since is None or time.monotonic() - quiet_since < QUIET_S:
        try:
            status, slots = ask(args.socket, "GET", "/slots", within_s=30)
            works = status != 200 or any(slot.get("is_processing", True) for slot in slots)
        except (OSError, ValueError, IndexError, AttributeError, TypeError):
            works = True
        now = time.monotonic()
        quiet_since = None if works else quiet_since or now
        time.sleep(QUIET_POLL_S)
    end()


def health(path):
    """The status of GET /health, or None while nobody listens."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as peer:
        peer.settimeout(5)
        try:
            peer.connect(path)
            peer.sendall(b"GET /health HTTP/1.1\r\nHost: engine\r\nConnection: close\r\n\r\n")
            line = peer.makefile("rb").readline(256).split()
        except OSError:
            return None
    return line[1] if len(line) > 1 else None


def warm_up(path):
    """Reads a prompt and writes some words: the weights are in memory then, and GET /metrics tells the engine's speed."""
    body = json.dumps({"prompt": WARM_UP, "n_predict": 12, "cache_prompt": False, "ignore_eos": True}).encode()
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as peer:
        peer.settimeout(READY_WITHIN_S)
        peer.connect(path)
        peer.sendall(b"POST /completion HTTP/1.1\r\nHost: engine\r\nConnection: close\r\n"
                     b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        while peer.recv(65536):
            pass


def wait_until_ready(args):
    deadline = time.monotonic() + READY_WITHIN_S
    while time.monotonic() < deadline:
        if health(args.socket) == b"200":
            os.chmod(args.socket, args.mode)
            if not args.succeeds:
                take_place(args)
            if args.kind == "chat":
                try:
                    warm_up(args.socket)
                except OSError as error:
                    print(f"engine: the first prompt failed: {error}", file=sys.stderr, flush=True)
            if args.succeeds:
                try_adapters(args)
                take_place(args)
            args.ready = True
            print("ready", flush=True)
            return
        time.sleep(HEALTH_POLL_S)
    print("engine: not ready in time", file=sys.stderr, flush=True)
    os._exit(1)


def stop(path):
    # The server's own shutdown waits for its slots; ours must not, and holds nothing to save.
    try:
        os.unlink(path)
    except FileNotFoundError:
        pass
    os._exit(0)


def main():
    parent = os.getppid()
    args = arguments()
    die_with_parent(parent)
    sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
    # Threads that wait for each other must sleep: spinning, they took the cores from whatever they
    # waited for, and with two neighbours on two cores embedding fell to a quarter of its speed.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    take_socket(args.socket)
    if args.server:
        run_server(args)
    import xllamacpp

    # Blocked before the server makes its threads, so that only sigwait below gets them.
    signal.pthread_sigmask(signal.SIG_BLOCK, (*ENDS, LEAVE))
    try:
        server = xllamacpp.Server(server_parameters(xllamacpp, args))  # noqa: F841 serves while held
    except RuntimeError as error:
        if not args.loras:
            raise
        print(f"engine: {error}", file=sys.stderr, flush=True)
        without_adapters(args)
    threading.Thread(target=wait_until_ready, args=(args,), daemon=True).start()
    while signal.sigwait((*ENDS, LEAVE)) == LEAVE:
        threading.Thread(target=leave, args=(args, lambda: stop(args.socket)), daemon=True).start()
    stop(args.socket)


if __name__ == "__main__":
    main()
