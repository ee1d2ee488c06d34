# SPDX-License-Identifier: Apache-2.0
"""Speech by the installation's own engines: how fast it is heard and spoken, and how many words are wrong.

Method: the sentences below are spoken by the voice and, in German, by espeak-ng; each is decoded by bulkhead-audio and
transcribed. Word errors are substitutions, insertions and deletions by the words spoken, case and punctuation aside, of
speech that was synthesised: of people's they are higher. The real-time factor is wall time by the length of the
speech; below 1 it is faster than the speech. Needs `make speech-engine`; starts the two engines itself.
"""
import json
import os
import re
import socket
import subprocess
import tempfile
import time

from table import Row

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
BUILD = os.environ.get("BULKHEAD_BUILD") or os.path.join(ROOT, "build")
AUDIO = os.path.join(BUILD, "audio/bulkhead-audio")
ENGLISH = (
    "The harbour opens at dawn, and the first boats leave before the sun has risen over the quays.",
    "Please send the report to the office by Friday afternoon, and keep a copy for yourself.",
    "The council decided to close the old bridge until the engineers have finished their work.",
    "Water boils at a lower temperature in the mountains, because the air is thinner there.",
    "She had read the letter twice before she understood that nobody would come to meet her.",
    "Every tenant has a quota, and what is over it is refused with a sentence that says why.",
    "The museum shows paintings from three centuries, and a collection of maps and clocks.",
    "If the train is late again tomorrow, we will take the bus and walk the last mile.",
)
GERMAN = (
    "Das Wetter wird morgen besser, sagte der Mann im Radio.",
    "Der Hafen öffnet am frühen Morgen, und die Boote fahren hinaus.",
    "Bitte schicken Sie den Bericht bis Freitag an das Büro.",
)


def manifest():
    programs = os.environ.get("BULKHEAD_PROGRAMS") or subprocess.run(
        [os.path.join(ROOT, "scripts/setup"), "programs"], capture_output=True, text=True, check=True).stdout.strip()
    with open(os.path.join(programs, "manifest.json"), encoding="utf-8") as file:
        return json.load(file)


def ask(path, head, body):
    with socket.socket(socket.AF_UNIX) as link:
        link.connect(path)
        link.sendall(f"POST {head} HTTP/1.1\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
        data = b"".join(iter(lambda: link.recv(65536), b""))
    head, _, rest = data.partition(b"\r\n\r\n")
    if b" 200 " not in head.split(b"\r\n")[0]:
        raise RuntimeError(data[:300])
    out = b""
    while rest:
        size, _, rest = rest.partition(b"\r\n")
        out, rest = out + rest[:int(size, 16)], rest[int(size, 16) + 2:]
    return out


def through(data, *args):
    """What bulkhead-audio writes to descriptor 3."""
    with tempfile.TemporaryFile() as source, tempfile.TemporaryFile() as output:
        source.write(data)
        source.seek(0)
        subprocess.run(["/bin/bash", "-c", f'exec 3<&{output.fileno()}; exec "$0" "$@"', AUDIO, *args], stdin=source,
                       stdout=subprocess.DEVNULL, pass_fds=[output.fileno()], check=True)
        output.seek(0)
        return output.read()


def words(text):
    return re.findall(r"[\w']+", text.lower().replace("harbor", "harbour"))


def errors(spoken, heard):
    """The least number of changed, missing and added words."""
    row = list(range(len(heard) + 1))
    for i, word in enumerate(spoken):
        last, row[0] = row[0], i + 1
        for j, other in enumerate(heard):
            last, row[j + 1] = row[j + 1], min(row[j + 1] + 1, row[j] + 1, last + (word != other))
    return row[-1]


def measure(name, sentences, voice, sockets):
    spoken_s = said_s = heard_s = 0.0
    wrong = total = 0
    for sentence in sentences:
        begin = time.monotonic()
        samples = ask(sockets["speech"], "/speak", json.dumps({"input": sentence, "voice": voice, "speed": 1.0}).encode())
        said_s += time.monotonic() - begin
        spoken_s += len(samples) / 2 / 22050
        mp3 = through(samples, "--encode", "mp3", "--rate", "22050")
        begin = time.monotonic()
        order = json.dumps({"language": None, "task": "transcribe", "prompt": None, "temperature": 0, "words": False}).encode()
        lines = ask(sockets["transcription"], "/transcribe", order + b"\n" + through(mp3, "--decode", "pcm"))
        heard_s += time.monotonic() - begin
        text = "".join(json.loads(line).get("text", "") for line in lines.splitlines())
        spoken, heard = words(sentence), words(text)
        wrong, total = wrong + errors(spoken, heard), total + len(spoken)
    return Row(f"speech heard and spoken, of its length: {name}", f"{heard_s / spoken_s:.2f} / {said_s / spoken_s:.2f}", "", "", "< 1",
               heard_s < spoken_s, f"{spoken_s:.1f} s of speech; {wrong} of {total} words wrong ({100 * wrong / total:.1f} %)")


def run(bench):
    speech = manifest().get("speech")
    if speech is None:
        bench.say("not measured: `make speech-engine` has not been run")
        return
    with tempfile.TemporaryDirectory() as folder:
        sockets, children = {}, []
        try:
            for kind in ("transcription", "speech"):
                sockets[kind] = os.path.join(folder, kind + ".sock")
                child = subprocess.Popen(["/usr/bin/python3", "-I", "-B", speech["runner"], "--socket", sockets[kind], "--kind", kind,
                                          "--model", speech[kind]["path"]], stdout=subprocess.PIPE)
                children.append(child)
                if child.stdout.readline() != b"ready\n":
                    raise RuntimeError(f"{kind}: the engine did not start")
            yield measure("English, piper-joe", ENGLISH, "alloy", sockets)
            yield measure("German, espeak-ng", GERMAN, "espeak-de", sockets)
        finally:
            for child in children:
                child.kill()
                child.wait()
