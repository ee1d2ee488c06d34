# SPDX-License-Identifier: Apache-2.0
"""What a picture costs: a bomb, a photograph of 12 megapixels, the words of a scan; and how many near-duplicates are found.

Method: bulkhead-picture is run in its sandbox as a service runs it; seconds are the processor time of the child (user and
system), its start included, and memory is its peak. The photograph is noise and shapes, drawn by Pillow, as JPEG of
quality 90; the baseline is Pillow doing the same in a process that runs already. The scan is the first page of the shared
one, as it lies in the PDF (300 dpi); its words are compared with those of the text version, upright and turned. Near-duplicates: each of the pictures that the machine has below BULKHEAD_PICTURES (a folder; without it, pictures
that bulkhead-picture draws, which are easier) is compressed, scaled and cut by 5 %, and is found if the rule of
docs/pictures.md says so; pictures that are found for others are stated beside.
The search reads the hashes of all pictures, which a process keeps in memory.
"""
import difflib
import io
import json
import os
import random
import re
import resource
import struct
import subprocess
import sys
import tempfile
import zlib

from instance import BUILD, ROOT, shared_file
from table import Row

sys.path.append(os.path.join(ROOT, "picture"))
import testing_program as program  # noqa: E402

PROGRAM, PEAK = (os.path.join(BUILD, name) for name in ("picture/bulkhead-picture", "bench/bench_peak"))
NEAR = 12
SCAN, TEXT = "supreme-court-tarrant-v-herrmann-scan.pdf", "supreme-court-tarrant-v-herrmann.pdf"


def cost(data, *args):
    """(lines, processor seconds, peak MB) of one run."""
    with tempfile.TemporaryFile() as file, tempfile.TemporaryFile() as output:
        file.write(data)
        file.seek(0)
        done = subprocess.run(["/bin/bash", "-c", f'exec 3<&{output.fileno()}; exec "$0" "$@"', PEAK, PROGRAM, *args], stdin=file,
                              capture_output=True, pass_fds=[output.fileno()], check=False)
    used, peak = map(int, done.stderr.split()[-2:])
    return [json.loads(line) for line in done.stdout.splitlines()], used / 1e6, peak / 1024


def median(values):
    return sorted(values)[len(values) // 2]


def bomb(rounds):
    head = struct.pack(">IIBBBBB", 30000, 30000, 8, 2, 0, 0, 0)
    data = b"\x89PNG\r\n\x1a\n" + program.chunk(b"IHDR", head) + program.chunk(b"IDAT", zlib.compress(bytes(1 << 20)))
    runs = [cost(data, "--to", "jpeg") for _ in range(rounds)]
    assert all(lines[-1]["code"] == "too_large" for lines, _, _ in runs)
    seconds, memory = median([each[1] for each in runs]), max(each[2] for each in runs)
    yield Row("picture, a bomb of 30,000 by 30,000 is refused", f"{seconds * 1000:.1f} ms", "", "", "<= 5 ms", seconds <= 0.005,
              f"median of {rounds}, processor time with the program's start")
    yield Row("picture, memory for that", f"{memory:.1f} MB", "", "", "<= 16 MB", memory <= 16, "peak")


def photograph():
    from PIL import Image, ImageDraw, ImageFilter
    image = Image.effect_noise((1000, 750), 60).convert("RGB").resize((4000, 3000))
    draw, chance = ImageDraw.Draw(image), random.Random(5)
    for _ in range(400):
        x, y, size = chance.randrange(4000), chance.randrange(3000), chance.randrange(20, 400)
        draw.ellipse((x, y, x + size, y + size), fill=tuple(chance.randrange(256) for _ in range(3)))
    out = io.BytesIO()
    image.filter(ImageFilter.GaussianBlur(1)).save(out, "JPEG", quality=90)
    return out.getvalue()


def encoding(rounds):
    from PIL import Image
    data, plain = photograph(), []
    for _ in range(rounds):
        before = resource.getrusage(resource.RUSAGE_SELF)
        Image.open(io.BytesIO(data)).save(io.BytesIO(), "JPEG", quality=85)
        after = resource.getrusage(resource.RUSAGE_SELF)
        plain.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    whole = [cost(data, "--to", "jpeg") for _ in range(rounds)]
    small = [cost(data, "--to", "jpeg", "--max-edge", "2048") for _ in range(rounds)]
    seconds = median([each[1] for each in whole])
    yield Row("picture, 12 megapixels of JPEG written anew", f"{seconds * 1000:.0f} ms", f"Pillow {median(plain) * 1000:.0f} ms",
              f"{seconds / median(plain):.2f}", "<= 150 ms", seconds <= 0.15, f"{len(data) / 1e6:.1f} MB, median of {rounds}; peak "
              f"{max(each[2] for each in whole):.0f} MB")
    seconds = median([each[1] for each in small])
    yield Row("picture, the same with 2,048 pixels to its longer side", f"{seconds * 1000:.0f} ms", "", "", "<= 150 ms", seconds <= 0.15)


def words_of(lines):
    return [line["text"] for line in lines if line["type"] == "word"]


def right(truth, found):
    same = difflib.SequenceMatcher(None, truth, found, autojunk=False).get_matching_blocks()
    return sum(each.size for each in same) / len(truth)


def first_page(path):
    """The picture of the scan's first page, on white where its mask is transparent."""
    from PIL import Image
    with open(path, "rb") as file:
        data = file.read()
    size, found = (2550, 3300), []
    for start in re.finditer(rb"/Subtype\s*/Image\s[^>]*>>\s*stream\r?\n", data):
        raw = zlib.decompressobj().decompress(data[start.end():])
        found.append(Image.frombytes("L" if len(raw) == size[0] * size[1] else "RGB", size, raw))
    page = Image.new("L", size, 255)
    page.paste(found[0].convert("L"), mask=found[1])
    return page


def recognition(bench):
    scan, text = (shared_file("documents", "pdf", name) for name in (SCAN, TEXT))
    if not scan or not text:
        bench.say("words: skipped: the shared scan is absent")
        return
    page = first_page(scan)
    with open(text, "rb") as file:
        said = subprocess.run([os.path.join(BUILD, "extract/bulkhead-extract"), "--name", "a.pdf"], stdin=file, capture_output=True, check=True)
    truth = " ".join(line["text"] for line in map(json.loads, said.stdout.splitlines()) if line["type"] == "block" and line["page"] == 1).split()
    for name, angle, target in (("upright", 0, 0.97), ("on its side", 90, 0.97), ("turned by 3 degrees", 3, 0.95)):
        out = io.BytesIO()
        page.rotate(angle, expand=True, fillcolor=255).save(out, "PNG")
        lines, seconds, _ = cost(out.getvalue(), "--analyse", "text", "--languages", "eng")
        share = right(truth, words_of(lines))
        yield Row(f"picture, words of a scanned page, {name}", f"{share * 100:.1f} %", "", "", f">= {target * 100:.0f} %",
                  share >= target, f"{len(truth)} words in their order; {seconds:.1f} s of processor time")


def pictures(count):
    """(name, picture) of what there is; drawn ones where there is nothing."""
    from PIL import Image
    folder = os.environ.get("BULKHEAD_PICTURES")
    names = [os.path.join(at, name) for at, _, names in os.walk(folder or "/nonexistent") for name in sorted(names)
             if name.lower().endswith((".jpg", ".jpeg", ".png", ".webp"))]
    random.Random(3).shuffle(names)
    for name in names[:count]:
        image = Image.open(name).convert("RGBA")
        ground = Image.new("RGB", image.size, "white")
        ground.paste(image, mask=image.split()[3])
        ground.thumbnail((1200, 1200))
        if min(ground.size) >= 120:
            yield ground
    for seed in range(0 if names else count):
        yield Image.open(io.BytesIO(program.run(b"picture %d" % seed, "--draw", "640x480", "--to", "png").file())).convert("RGB")


def variants(image):
    width, height = image.size
    side, foot = width // 20, height // 20
    yield image, "JPEG", 30
    yield image.resize((width // 2, height // 2)), "JPEG", 85
    yield image.resize((max(width // 4, 1), max(height // 4, 1))), "WEBP", 60
    for box in ((side, 0, width, height), (0, foot, width, height), (0, 0, width - side, height), (0, 0, width, height - foot),
                (side // 2, foot // 2, width - side // 2, height - foot // 2)):
        yield image.crop(box), "JPEG", 80


def hashes(image, form="PNG", quality=80):
    out = io.BytesIO()
    image.save(out, form, quality=quality)
    found = program.run(out.getvalue(), "--analyse", "hashes", "--limit-ratio", "1000").one("hashes")["hashes"]
    return [int(each, 16) for each in found]


def is_near(left, right_):
    """The rule of docs/pictures.md."""
    pairs = [(left[0], each) for each in right_] + [(right_[0], each) for each in left]
    return min((one ^ other).bit_count() for one, other in pairs) <= NEAR


def duplicates(bench):
    found = tried = wrong = pairs = 0
    kept = []
    for image in pictures(bench.pick(100, 4)):
        own = hashes(image)
        if not own:
            continue
        for variant in variants(image):
            tried += 1
            other = hashes(*variant)
            found += bool(other) and is_near(own, other)
        wrong += sum(is_near(own, other) for other in kept)
        pairs += len(kept)
        kept.append(own)
    share = found / tried
    yield Row("picture, near-duplicates found", f"{share * 100:.2f} %", "", "", ">= 99 %", share >= 0.99,
              f"{tried} of {len(kept)} pictures{'' if os.environ.get('BULKHEAD_PICTURES') else ', drawn ones'}; "
              f"{wrong} of {pairs} pairs of others are near as well")


def search(rounds):
    runs = [subprocess.run([os.path.join(BUILD, "bench/bench_picture_near")], capture_output=True, text=True, check=True).stdout.split()
            for _ in range(rounds)]
    spent = median([float(each[0]) for each in runs])
    assert all(int(each[1]) >= 1 for each in runs)
    yield Row("picture, near-duplicates sought among 100,000", f"{spent:.1f} ms", "", "", "<= 10 ms", spent <= 10,
              "hashes of chance in memory, one after the other; median")


def run(bench):
    program.PROGRAM = PROGRAM
    rounds = bench.pick(9, 1)
    yield from bomb(rounds)
    yield from encoding(rounds)
    yield from recognition(bench)
    yield from duplicates(bench)
    yield from search(rounds)
