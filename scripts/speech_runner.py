#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Serves one speech model over HTTP on a Unix socket: samples in and words out, or words in and samples out.

usage: speech_runner.py --socket PATH.sock --kind transcription|speech --model PATH [--name NAME] [--threads N]
                        [--mode OCTAL]

--model is a folder with a Whisper model in CTranslate2's form, or the ONNX file of a Piper voice with its .json beside
it. Prints `ready` on stdout once it can answer. Ends with status 0 on SIGTERM and SIGINT, and at once when the process
that started it is gone. The packages that it uses lie in the folder `packages` beside this file.

  GET  /health        200
  GET  /props         {"total_slots": 1}: a second request waits until the first one has ended
  POST /transcribe    a line of JSON {"language": "de" or null, "task": "transcribe" or "translate", "prompt": "…" or
                      null, "temperature": 0.0, "words": false}, behind it samples: 16 kHz, one channel, signed 16-bit
                      little-endian. The answer is JSON, an object a line: {"type": "language", "language": "en",
                      "duration": 9.6}, then {"type": "segment", "id": 0, "start": 0.0, "end": 2.4, "text": " Hello.",
                      …} as they are found, last {"type": "end"}. Without the last line it is not whole.
  POST /speak         {"input": "…", "voice": "…", "speed": 1.0}. The answer is samples as above, sentence by sentence,
                      at the rate that the header x-sample-rate names.

A client that has gone ends the work between two segments or sentences.
"""
import argparse
import ctypes
import json
import os
import re
import select
import signal
import socket
import subprocess
import sys
import threading
import types

PR_SET_PDEATHSIG = 1
HEAD_BYTES_MAX = 16 * 1024
LINE_BYTES_MAX = 64 * 1024
BODY_BYTES_MAX = 1024 * 1024 * 1024
TEXT_BYTES_MAX = 64 * 1024
HEARD_RATE = 16000
HEAD_WITHIN_S = 30
IDLE_S = 120
ENDS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
ESPEAK = "/usr/bin/espeak-ng"
ESPEAK_RATE = 22050
ESPEAK_WITHIN_S = 60


class Refused(Exception):
    """What was asked cannot be done: a status and a sentence."""

    def __init__(self, status, sentence):
        super().__init__(sentence)
        self.status = status


class Gone(Exception):
    """Nobody waits for the answer."""


# -- hearing ------------------------------------------------------------------------------------


def stand_in(name, **members):
    """faster-whisper imports what reads files and fetches models; here it is given samples and a folder."""
    module = types.ModuleType(name)
    vars(module).update(members)
    sys.modules[name] = module
    return module


class Silent:
    """In the place of a progress bar."""

    def __init__(self, *_, **__):
        self.n = 0

    def update(self, *_):
        pass

    def close(self):
        pass


class Whisper:
    def __init__(self, args):
        stand_in("av")
        stand_in("huggingface_hub")
        tqdm = stand_in("tqdm", tqdm=Silent)
        tqdm.auto = stand_in("tqdm.auto", tqdm=Silent)
        import numpy
        from faster_whisper import WhisperModel

        self.numpy = numpy
        self.model = WhisperModel(args.model, device="cpu", compute_type="int8", cpu_threads=args.threads,
                                  local_files_only=True)
        list(self.model.transcribe(numpy.zeros(HEARD_RATE, dtype=numpy.float32), language="en", vad_filter=True)[0])

    def answer(self, path, peer):
        if path != "/transcribe":
            raise Refused(404, "there is no such path")
        asked = json.loads(peer.read_line())
        samples = self.numpy.frombuffer(peer.read_rest(), dtype="<i2").astype(self.numpy.float32) / 32768
        try:
            found, info = self.model.transcribe(
                samples, language=asked["language"], task=asked["task"], initial_prompt=asked["prompt"],
                # With 0 the model tries others by itself where a result is implausible.
                temperature=asked["temperature"] or (0.0, 0.4, 0.8),
                word_timestamps=asked["words"], vad_filter=True, condition_on_previous_text=False)
        except ValueError as error:
            raise Refused(400, f"language: {error}") from error
        peer.begin("application/x-ndjson")
        peer.send_line({"type": "language", "language": info.language, "probability": round(info.language_probability, 4),
                        "duration": round(len(samples) / HEARD_RATE, 3)})
        for number, segment in enumerate(found):
            peer.send_line(self.described(number, segment))
        peer.send_line({"type": "end"})

    @staticmethod
    def described(number, segment):
        words = [{"word": each.word, "start": round(float(each.start), 3), "end": round(float(each.end), 3)}
                 for each in segment.words or ()]
        return {"type": "segment", "id": number, "seek": int(segment.seek), "start": round(float(segment.start), 3),
                "end": round(float(segment.end), 3), "text": segment.text, "tokens": [int(each) for each in segment.tokens],
                "temperature": float(segment.temperature or 0), "avg_logprob": round(float(segment.avg_logprob), 4),
                "compression_ratio": round(float(segment.compression_ratio), 4),
                "no_speech_prob": round(float(segment.no_speech_prob), 6), "words": words}


# -- speaking -----------------------------------------------------------------------------------


def espeak(text, *args):
    """What the program makes of a text, which it reads from its input: nothing of it is an argument."""
    done = subprocess.run([ESPEAK, *args, "--stdin"], input=text.encode(), capture_output=True, timeout=ESPEAK_WITHIN_S,
                          check=False)
    if done.returncode != 0:
        raise Refused(500, f"espeak-ng ended with status {done.returncode}")
    return done.stdout


def sentences(text):
    """Pieces at which a voice pauses; none is longer than it can say at once."""
    for piece in re.split(r"(?<=[.!?…。！？])\s+|\n+", text):
        while len(piece) > 400:
            cut = max(piece.rfind(mark, 100, 400) for mark in ",;: ")
            cut = 400 if cut < 100 else cut + 1
            yield piece[:cut]
            piece = piece[cut:]
        if piece.strip():
            yield piece.strip()


class Piper:
    """A voice of its own for English, and espeak-ng's for the languages that a voice's name asks for: espeak-de."""

    CLAUSE = re.compile(r"[^,;:.!?…]*[,;:.!?…]*")

    def __init__(self, args):
        import numpy
        import onnxruntime

        self.numpy = numpy
        with open(args.model + ".json", encoding="utf-8") as file:
            self.conf = json.load(file)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = args.threads
        options.inter_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(args.model, options, providers=["CPUExecutionProvider"])
        self.rate = self.conf["audio"]["sample_rate"]
        self.languages = {line.split()[1] for line in espeak("", "--voices").decode().splitlines()[1:]}
        self.say("Ready.", 1.0)

    def ids(self, sentence):
        """The numbers of a sentence's sounds; espeak-ng leaves out the marks at which the voice pauses."""
        table = self.conf["phoneme_id_map"]
        sounds = ""
        for clause in self.CLAUSE.findall(sentence):
            words = clause.rstrip(",;:.!?… ")
            if words.strip():
                heard = espeak(words, "-q", "--ipa", "-v", self.conf["espeak"]["voice"]).decode()
                sounds += " ".join(heard.split())
            mark = clause[len(words):].strip()[:1].replace("…", ".")
            sounds += mark + " " if mark else ""
        out = list(table["^"])
        for each in sounds.strip():
            if each in table:
                out += table["_"] + table[each]
        return out + table["_"] + table["$"]

    def say(self, sentence, speed):
        numpy, inference = self.numpy, self.conf["inference"]
        ids = numpy.array([self.ids(sentence)], dtype=numpy.int64)
        scales = numpy.array([inference["noise_scale"], inference["length_scale"] / speed, inference["noise_w"]],
                             dtype=numpy.float32)
        sound = self.session.run(None, {"input": ids, "input_lengths": numpy.array([ids.shape[1]], dtype=numpy.int64),
                                        "scales": scales})[0].squeeze()
        most = max(0.01, float(numpy.abs(sound).max())) if sound.size else 1.0
        pause = numpy.zeros(int(self.rate * 0.2 / speed), dtype="<i2")
        return (sound / most * 29000).astype("<i2").tobytes() + pause.tobytes()

    def by_espeak(self, sentence, language, speed):
        """Bare samples: what it writes is a WAV file of one chunk."""
        sound = espeak(sentence, "-v", language, "-s", str(max(80, min(450, round(165 * speed)))), "--stdout")
        return sound[44:44 + (len(sound) - 44) // 2 * 2]

    def answer(self, path, peer):
        if path != "/speak":
            raise Refused(404, "there is no such path")
        asked = json.loads(peer.read_rest())
        text, voice, speed = asked["input"], asked["voice"], float(asked["speed"])
        language = voice[len("espeak-"):] if voice.startswith("espeak-") else None
        if language is not None and language not in self.languages:
            raise Refused(400, f"voice: espeak-ng has no language {language[:20]!r}")
        pieces = list(sentences(text))
        if not pieces:
            raise Refused(400, "input: there is nothing to say")
        peer.begin("application/octet-stream", f"x-sample-rate: {ESPEAK_RATE if language else self.rate}\r\n")
        for sentence in pieces:
            peer.send(self.by_espeak(sentence, language, speed) if language else self.say(sentence, speed))


# -- HTTP ---------------------------------------------------------------------------------------


class Peer:
    """One connection with one request; both are over with its answer."""

    def __init__(self, connection):
        self.connection = connection
        self.file = connection.makefile("rb")
        self.left = 0
        self.begun = False

    def read_head(self):
        line = self.file.readline(HEAD_BYTES_MAX).split()
        read, length = 0, 0
        while (header := self.file.readline(HEAD_BYTES_MAX)) not in (b"\r\n", b"\n", b""):
            read += len(header)
            name, _, value = header.partition(b":")
            if read > HEAD_BYTES_MAX:
                raise Refused(431, "the head is too long")
            if name.strip().lower() == b"content-length" and value.strip().isdigit():
                length = int(value)
        if len(line) < 2 or length > BODY_BYTES_MAX:
            raise Refused(400, "the request is malformed or too large")
        self.left = length
        return line[0].decode("latin-1"), line[1].decode("latin-1").partition("?")[0]

    def read_line(self):
        line = self.file.readline(min(self.left, LINE_BYTES_MAX))
        self.left -= len(line)
        if not line.endswith(b"\n"):
            raise Refused(400, "the first line is missing or too long")
        return line

    def read_rest(self):
        body = self.file.read(self.left)
        if len(body) < self.left:
            raise Gone
        self.left = 0
        return body

    def check(self):
        """A client that hung up is readable, and has nothing to say."""
        if select.select([self.connection], [], [], 0)[0] and not self.connection.recv(1, socket.MSG_PEEK):
            raise Gone

    def begin(self, kind, more=""):
        self.begun = True
        self.connection.sendall(f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nTransfer-Encoding: chunked\r\n{more}"
                                "Connection: close\r\n\r\n".encode())

    def send(self, data):
        self.check()
        if data:
            self.connection.sendall(b"%x\r\n" % len(data) + data + b"\r\n")

    def send_line(self, value):
        self.send(json.dumps(value, ensure_ascii=False).encode() + b"\n")

    def end(self):
        self.connection.sendall(b"0\r\n\r\n")

    def whole(self, status, value):
        body = json.dumps(value).encode()
        self.connection.sendall(b"HTTP/1.1 %d -\r\nContent-Type: application/json\r\nContent-Length: %d\r\n"
                                b"Connection: close\r\n\r\n" % (status, len(body)) + body)


def handle(connection, engine, turn):
    peer = Peer(connection)
    try:
        connection.settimeout(HEAD_WITHIN_S)
        method, path = peer.read_head()
        connection.settimeout(IDLE_S)
        if method == "GET":
            known = {"/health": {"status": "ok"}, "/props": {"total_slots": 1}}
            peer.whole(200 if path in known else 404, known.get(path, {"error": "there is no such path"}))
            return
        with turn:
            engine.answer(path, peer)
        peer.end()
    except Refused as refused:
        if not peer.begun:
            peer.whole(refused.status, {"error": {"message": str(refused), "code": refused.status}})
    except (Gone, OSError):
        pass
    except (KeyError, TypeError, ValueError) as error:
        print(f"speech: a request could not be read: {type(error).__name__}", file=sys.stderr, flush=True)
        if not peer.begun:
            peer.whole(400, {"error": {"message": "the request is malformed", "code": 400}})
    finally:
        peer.file.close()
        connection.close()


def guarded(connection, engine, turn):
    """A fault in one request is told, ends its connection without an end mark, and no other."""
    try:
        handle(connection, engine, turn)
    except Exception as error:  # noqa: BLE001 the process serves others
        print(f"speech: a request failed: {type(error).__name__}: {str(error)[:200]}", file=sys.stderr, flush=True)


# -- the process --------------------------------------------------------------------------------


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--socket", required=True)
    parser.add_argument("--kind", required=True, choices=("transcription", "speech"))
    parser.add_argument("--model", required=True)
    parser.add_argument("--name")
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--mode", type=lambda text: int(text, 8), default=0o660)
    args = parser.parse_args()
    if len(os.fsencode(args.socket)) > 107:
        parser.error("--socket: longer than the 107 bytes of a Unix socket's path")
    if not os.access(args.model, os.R_OK):
        parser.error(f"--model: cannot read {args.model}")
    if args.threads < 1:
        parser.error("--threads starts at 1")
    return args


def die_with_parent(parent):
    """The kernel ends us with our parent; the check covers a parent that died before."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG)")
    if os.getppid() != parent:
        sys.exit("speech: the parent is gone")


def listen(path, mode):
    """In the place of a socket that a dead engine left; a living one keeps its place."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(path)
            sys.exit(f"speech: {path} is in use by another engine")
        except FileNotFoundError:
            pass
        except ConnectionRefusedError:
            os.unlink(path)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(path)
    os.chmod(path, mode)
    listener.listen(64)
    return listener


def stop(path):
    try:
        os.unlink(path)
    except FileNotFoundError:
        pass
    os._exit(0)


def main():
    parent = os.getppid()
    args = arguments()
    die_with_parent(parent)
    sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)), "packages"))
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    for number in ENDS:
        signal.signal(number, lambda *_: stop(args.socket))
    engine = (Whisper if args.kind == "transcription" else Piper)(args)
    listener = listen(args.socket, args.mode)
    print("ready", flush=True)
    turn = threading.Lock()
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=guarded, args=(connection, engine, turn), daemon=True).start()


if __name__ == "__main__":
    main()
