# SPDX-License-Identifier: Apache-2.0
"""bulkhead-picture as its tests run it, and files that they make."""
import contextlib
import fcntl
import json
import os
import struct
import subprocess
import tempfile
import zlib

PROGRAM = os.environ.get("BULKHEAD_PICTURE", "bulkhead-picture")  # main() of a test may name another


class Answer:
    """The lines of one run, and what it wrote to descriptor 3."""

    def __init__(self, status, said, stderr, output):
        self.status, self.stderr, self.output = status, stderr.decode(errors="replace"), output
        self.raw = said
        self.lines = [json.loads(line) for line in said.splitlines()]
        self.last = self.lines[-1] if self.lines else {"type": "none"}

    def all(self, kind):
        return [line for line in self.lines if line["type"] == kind]

    def one(self, kind):
        found = self.all(kind)
        assert len(found) == 1, (kind, self.lines, self.stderr)
        return found[0]

    @property
    def code(self):
        return self.last.get("code")

    def file(self, index=-1):
        line = self.all("picture")[index]
        return self.output[line["offset"]:line["offset"] + line["bytes"]]


def spool(data):
    file = tempfile.TemporaryFile()
    file.write(data)
    file.seek(0)
    return file


def run(data, *args, more=()):
    """`more`: the files that come as descriptors 4 and so on."""
    with contextlib.ExitStack() as stack:
        output = stack.enter_context(tempfile.TemporaryFile())
        files = [output, *(stack.enter_context(spool(each)) for each in more)]
        # Above those places that they are to take.
        high = [fcntl.fcntl(file.fileno(), fcntl.F_DUPFD, 60) for file in files]
        for fd in high:
            stack.callback(os.close, fd)
        places = " ".join(f"{3 + i}<&{fd}" for i, fd in enumerate(high))
        done = subprocess.run(["/bin/bash", "-c", f'exec {places}; exec "$0" "$@"', PROGRAM, *args],
                              stdin=stack.enter_context(spool(data)), capture_output=True, pass_fds=high, timeout=170, check=False)
        output.seek(0)
        answer = Answer(done.returncode, done.stdout, done.stderr, output.read())
    check(answer)
    return answer


def check(answer):
    """What holds for every answer."""
    assert answer.raw.endswith(b"\n"), (answer.raw, answer.stderr, answer.status)
    assert answer.last["type"] == {0: "end", 3: "error"}.get(answer.status), (answer.status, answer.last, answer.stderr)
    assert answer.lines[0] == {"type": "begun", "protocol": 1}
    assert all(len(line) < 65536 for line in answer.raw.splitlines())
    assert sum(line["bytes"] for line in answer.all("picture")) == len(answer.output)
    if answer.status == 3:
        assert answer.last["message"].endswith("."), answer.last


# -- files --------------------------------------------------------------------------------------


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width, height, lines=b"", *, bits=8, kind=2, before=b"", after=b""):
    """A PNG of these filtered lines; chunks may stand before and behind the pixels."""
    head = struct.pack(">IIBBBBB", width, height, bits, kind, 0, 0, 0)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + before + chunk(b"IDAT", zlib.compress(lines)) + after
            + chunk(b"IEND", b""))


def flat(width, height, pixel, **more):
    return png(width, height, (b"\0" + bytes(pixel) * width) * height, **more)


def pixels(data):
    """(width, height, channels, rows) of a PNG that bulkhead-picture wrote."""
    at, packed = 8, b""
    while at < len(data):
        size, kind = struct.unpack(">I4s", data[at:at + 8])
        body = data[at + 8:at + 8 + size]
        if kind == b"IHDR":
            width, height, bits, colour = struct.unpack(">IIBB", body[:10])
        packed += body if kind == b"IDAT" else b""
        at += size + 12
    assert bits == 8 and colour in (2, 6)
    channels = 3 if colour == 2 else 4
    return width, height, channels, unfilter(zlib.decompress(packed), width * channels, channels)


def unfilter(data, row, step):
    rows, last = [], bytes(row)
    for at in range(0, len(data), row + 1):
        line = bytearray(data[at + 1:at + 1 + row])
        for i in range(row):
            left = line[i - step] if i >= step else 0
            corner = last[i - step] if i >= step else 0
            line[i] = line[i] + predict(data[at], left, last[i], corner) & 255
        rows.append(bytes(line))
        last = rows[-1]
    return rows


def predict(kind, left, above, corner):
    if kind == 4:
        guess = left + above - corner
        return min((abs(guess - left), 0, left), (abs(guess - above), 1, above), (abs(guess - corner), 2, corner))[2]
    return (0, left, above, (left + above) // 2)[kind]


def pixel(data, x, y):
    _, _, channels, rows = pixels(data)
    return tuple(rows[y][x * channels:(x + 1) * channels])


def tiff(orientation=1, place=False):
    """EXIF with an orientation, a camera, a date, and perhaps a place."""
    out = bytearray(400)
    entries = [(0x0110, 2, 8, 200), (0x0112, 3, 1, orientation << 16), (0x8769, 4, 1, 100)]
    if place:
        entries.append((0x8825, 4, 1, 130))
    write_directory(out, 8, entries)
    write_directory(out, 100, [(0x9003, 2, 20, 210)])
    write_directory(out, 130, [(1, 2, 2, ord("N") << 24), (2, 5, 3, 240), (3, 2, 2, ord("E") << 24), (4, 5, 3, 270)])
    out[:8] = b"MM\0*\0\0\0\x08"
    out[200:208] = b"Keeper1\0"
    out[210:230] = b"2026:05:01 12:30:00\0"
    out[240:264] = struct.pack(">6I", 48, 1, 8, 1, 137, 10)
    out[270:294] = struct.pack(">6I", 11, 1, 34, 1, 305, 10)
    return bytes(out)


def write_directory(out, at, entries):
    data = struct.pack(">H", len(entries)) + b"".join(struct.pack(">HHII", *entry) for entry in entries)
    out[at:at + len(data)] = data


def with_segment(jpeg, marker, body):
    """The JPEG with an application segment behind its start."""
    return jpeg[:2] + struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body + jpeg[2:]


def swapped_profile():
    """An ICC profile of a display whose red is sRGB's blue, and the other way round."""
    def xyz(x, y, z):
        return b"XYZ \0\0\0\0" + struct.pack(">3i", *(round(v * 65536) for v in (x, y, z)))
    red, green, blue = xyz(0.4360, 0.2225, 0.0139), xyz(0.3851, 0.7169, 0.0971), xyz(0.1431, 0.0606, 0.7141)
    curve = b"curv\0\0\0\0" + struct.pack(">IH", 1, round(2.2 * 256)) + b"\0\0"
    tags = {b"wtpt": xyz(0.9642, 1, 0.8249), b"rXYZ": blue, b"gXYZ": green, b"bXYZ": red, b"rTRC": curve,
            b"gTRC": curve, b"bTRC": curve}
    table, body = struct.pack(">I", len(tags)), b""
    start = 128 + 4 + 12 * len(tags)
    for name, data in tags.items():
        table += name + struct.pack(">II", start + len(body), len(data))
        body += data
    head = struct.pack(">I4sI4s4s4s", start + len(body), b"\0\0\0\0", 0x02400000, b"mntr", b"RGB ", b"XYZ ")
    head += bytes(12) + b"acsp" + bytes(28) + struct.pack(">3i", 63190, 65536, 54061)
    return head.ljust(128, b"\0") + table + body


def gif(frames, width=64, height=32):
    head = b"GIF89a" + struct.pack("<HH", width, height) + b"\x80\0\0\xff\0\0\0\0\xff"
    # Codes of three bits: clear, the first colour, clear …, end; the rest of the frame is missing.
    frame = b"\x2c\0\0\0\0" + struct.pack("<HH", width, height) + b"\0\x02\x02\x44\x01\0"
    return head + frame * frames + b";"
