# SPDX-License-Identifier: Apache-2.0
"""Runs bulkhead-picture on sound, odd and hostile files.

    python3 test_program.py PATH-OF-BULKHEAD-PICTURE [CLASS]...
"""
import ctypes
import os
import random
import struct
import sys
import unittest
import zlib

import testing_program as program
from testing_program import chunk, flat, gif, pixel, png, run, swapped_profile, tiff, with_segment

CORPUS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../tests/fuzz/corpus/picture_decode")
PAGES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../tests/fuzz/corpus/extract_image")
RED, GREEN, BLUE = (255, 0, 0), (0, 255, 0), (0, 0, 255)


def read(folder, name):
    with open(os.path.join(folder, name), "rb") as file:
        return file.read()


def draw(form, size="96x64", *args):
    return run(b"a lamp", "--draw", size, "--to", form, *args).file()


def quarters(form):
    """Red, green, blue and white in the corners."""
    line = bytes(RED) * 32 + bytes(GREEN) * 32, bytes(BLUE) * 32 + b"\xff" * 96
    data = png(64, 64, (b"\0" + line[0]) * 32 + (b"\0" + line[1]) * 32)
    return data if form == "png" else run(data, "--to", form, "--quality", "100").file()


def nearly(one, other):
    return all(abs(a - b) <= 24 for a, b in zip(one, other))


class Reading(unittest.TestCase):
    def test_every_format_becomes_every_format(self):
        sources = {form: quarters(form) for form in ("png", "jpeg", "webp")}
        for form, source in sources.items():
            for target in sources:
                with self.subTest(form=form, target=target):
                    answer = run(source, "--to", target)
                    self.assertEqual(answer.one("head")["format"], form)
                    back = run(answer.file(), "--to", "png").file()
                    self.assertTrue(nearly(pixel(back, 5, 5), RED), pixel(back, 5, 5))
                    self.assertTrue(nearly(pixel(back, 58, 58), (255, 255, 255)))

    def test_the_same_format_but_png_for_gif(self):
        self.assertEqual(run(quarters("webp"), "--to", "same").one("picture")["format"], "webp")
        self.assertEqual(run(read(PAGES, "page.gif"), "--to", "same").one("picture")["format"], "png")

    def test_a_header_alone_writes_nothing(self):
        answer = run(quarters("png"))
        self.assertEqual([line["type"] for line in answer.lines], ["begun", "head", "end"])

    def test_16_bits_palette_and_grey(self):
        deep = png(2, 1, b"\0" + struct.pack(">6H", 65535, 0, 32896, 0, 65535, 0), bits=16)
        self.assertEqual(pixel(run(deep, "--to", "png").file(), 0, 0), (255, 0, 128))
        palette = png(2, 1, b"\0\x01", bits=4, kind=3, before=chunk(b"PLTE", bytes(RED + BLUE)) + chunk(b"tRNS", b"\0\xff"))
        made = run(palette, "--to", "png").file()
        self.assertEqual((pixel(made, 0, 0)[3], pixel(made, 1, 0)), (0, (0, 0, 255, 255)))
        grey = png(2, 1, b"\0\x40", bits=1, kind=0)
        self.assertEqual(pixel(run(grey, "--to", "png").file(), 1, 0), (255, 255, 255))

    def test_transparency_is_laid_on_a_colour_for_jpeg(self):
        clear = flat(40, 40, (0, 0, 0, 0), kind=6)
        for colour, expected in ((None, (255, 255, 255)), ("0000ff", BLUE)):
            made = run(clear, "--to", "jpeg", *(["--flatten", colour] if colour else [])).file()
            self.assertTrue(nearly(pixel(run(made, "--to", "png").file(), 9, 9), expected))

    def test_the_orientation_is_applied_and_gone(self):
        # Where the red corner, first in the file, is to be seen.
        for orientation, (x, y) in {1: (5, 5), 3: (58, 58), 6: (58, 5), 8: (5, 58)}.items():
            with self.subTest(orientation=orientation):
                data = with_segment(quarters("jpeg"), 0xE1, b"Exif\0\0" + tiff(orientation))
                answer = run(data, "--to", "png")
                self.assertEqual(answer.one("head")["orientation"], orientation)
                self.assertTrue(nearly(pixel(answer.file(), x, y), RED))
                self.assertEqual(run(answer.file()).one("head")["orientation"], 1)

    def test_a_profile_is_applied(self):
        profile = swapped_profile()
        jpeg = with_segment(quarters("jpeg"), 0xE2, b"ICC_PROFILE\0\1\1" + profile)
        answer = run(jpeg, "--to", "png")
        self.assertTrue(answer.one("head")["profile"])
        self.assertTrue(nearly(pixel(answer.file(), 5, 5), BLUE), pixel(answer.file(), 5, 5))
        data = flat(8, 8, RED, before=chunk(b"iCCP", b"x\0\0" + zlib.compress(profile)))
        self.assertTrue(nearly(pixel(run(data, "--to", "png").file(), 4, 4), BLUE))

    def test_a_broken_profile_is_ignored(self):
        for profile in (b"", b"\0" * 200, swapped_profile()[:150], b"\xff" * 3000):
            jpeg = with_segment(quarters("jpeg"), 0xE2, b"ICC_PROFILE\0\1\1" + profile)
            self.assertTrue(nearly(pixel(run(jpeg, "--to", "png").file(), 5, 5), RED))

    def test_inks_become_colours(self):
        for name in ("cmyk.jpg", "ycck.jpg"):
            with self.subTest(name=name):
                answer = run(read(CORPUS, name), "--to", "png")
                self.assertEqual(answer.one("head")["colour"], name[:4])
                self.assertTrue(nearly(pixel(answer.file(), 8, 8), (255, 0, 0)), pixel(answer.file(), 8, 8))

    def test_of_an_animation_the_first_frame(self):
        answer = run(read(CORPUS, "two.webp"), "--to", "png")
        self.assertEqual(answer.one("head")["frames"], 2)
        self.assertTrue(nearly(pixel(answer.file(), 8, 8), RED))
        answer = run(read(CORPUS, "two.gif"), "--to", "png")
        self.assertEqual(answer.one("head")["frames"], 2)
        self.assertTrue(nearly(pixel(answer.file(), 8, 8), RED))
        apng = flat(8, 8, GREEN, before=chunk(b"acTL", struct.pack(">II", 7, 0)))
        self.assertEqual(run(apng).one("head")["frames"], 7)

    def test_scaling_keeps_the_ratio_and_never_enlarges(self):
        data = draw("jpeg", "1000x500")
        for edge, size in ((200, (200, 100)), (999, (999, 500)), (4000, (1000, 500))):
            line = run(data, "--to", "webp", "--max-edge", str(edge)).one("picture")
            self.assertEqual((line["width"], line["height"]), size)


class Hostile(unittest.TestCase):
    def refused(self, data, code, *args):
        answer = run(data, "--to", "png", *args)
        self.assertEqual((answer.status, answer.code, answer.output), (3, code, b""))
        return answer.last["message"]

    def test_bombs(self):
        self.refused(png(30000, 30000), "too_large")
        self.refused(png(16000, 16000), "too_large")
        self.refused(gif(10000), "too_large")
        self.refused(flat(4, 300, RED), "too_large")
        self.refused(b"RIFF" + struct.pack("<I", 60_000_000) + b"WEBP" + bytes(60_000_000), "too_large")
        self.refused(b"RIFF" + struct.pack("<I", 999_988) + b"WEBP" + bytes(999_980), "damaged")

    def test_limits_are_options(self):
        data = flat(20, 10, RED)
        for limit, least in (("pixels", 200), ("edge", 20), ("ratio", 2), ("bytes", len(data))):
            self.refused(data, "too_large", f"--limit-{limit}", str(least - 1))
            self.assertEqual(run(data, f"--limit-{limit}", str(least)).status, 0)
        self.refused(gif(3), "too_large", "--limit-frames", "2")

    def test_what_is_no_picture(self):
        self.refused(b"", "empty")
        self.assertIn("SVG", self.refused(b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "unsupported"))
        self.assertIn("PDF", self.refused(b"%PDF-1.4\n", "unsupported"))
        self.refused(b"<script>alert(1)</script>", "unsupported")

    def test_truncated_files_give_what_there_is_or_are_refused(self):
        for form in ("png", "jpeg", "webp"):
            whole = draw(form, "200x150")
            for share in (1, 5, 30, 60, 95):
                with self.subTest(form=form, share=share):
                    answer = run(whole[:len(whole) * share // 100], "--to", "png")
                    if answer.status == 0:
                        self.assertTrue(answer.one("picture")["truncated"])
                    else:
                        self.assertEqual(answer.code, "damaged")
            answer = run(whole[:len(whole) * 6 // 10], "--to", "png")
            self.assertEqual(answer.status, 3 if form == "webp" else 0)

    def test_noise_never_ends_the_program_otherwise(self):
        chance = random.Random(7)
        for form in ("png", "jpeg", "webp"):
            whole = bytearray(draw(form))
            for _ in range(25):
                data = bytearray(whole)
                for _ in range(chance.randrange(1, 20)):
                    data[chance.randrange(8, len(data))] = chance.randrange(256)
                run(bytes(data), "--to", "webp", "--analyse", "exif,gps,colours,hashes,blur")

    def test_nothing_but_pixels_is_left(self):
        mark = b"POLYGLOT<script>"
        files = {
            "png": flat(9, 9, RED, before=chunk(b"tEXt", b"parameters\0" + mark) + chunk(b"eXIf", tiff(1, True)),
                        after=chunk(b"zTXt", mark)) + mark * 50,
            "jpeg": with_segment(with_segment(draw("jpeg"), 0xFE, mark), 0xED, mark) + b"PK\3\4" + mark * 50,
            "webp": draw("webp") + mark * 9,
        }
        for form, data in files.items():
            for target in ("png", "jpeg", "webp"):
                with self.subTest(form=form, target=target):
                    made = run(data, "--to", target).file()
                    self.assertNotIn(b"POLYGLOT", made)
                    self.assertNotIn(b"Exif", made)
                    self.assertNotIn(b"eXIf", made)
                    self.assertEqual(sorted(parts(made)), sorted(PLAIN[target]))


PLAIN = {"png": {b"IHDR", b"IDAT", b"IEND"}, "jpeg": {0xE0, 0xDB, 0xC0, 0xC4, 0xDA}, "webp": {b"VP8 "}}


def parts(data):
    """The kinds of chunks or segments that a file has, to its last byte."""
    if data[:4] == b"\x89PNG":
        found, at = set(), 8
        while at < len(data):
            found.add(data[at + 4:at + 8])
            at += 12 + struct.unpack(">I", data[at:at + 4])[0]
    elif data[:4] == b"RIFF":
        found, at = set(), 12
        assert struct.unpack("<I", data[4:8])[0] + 8 == len(data)
        while at < len(data):
            found.add(data[at:at + 4])
            size = struct.unpack("<I", data[at + 4:at + 8])[0]
            at += 8 + size + size % 2
    else:
        found, at = set(), 2
        while data[at + 1] != 0xDA:
            found.add(data[at + 1])
            at += 2 + struct.unpack(">H", data[at + 2:at + 4])[0]
        found.add(0xDA)
        assert data.endswith(b"\xff\xd9") and data.count(b"\xff\xd9") == 1
        return found
    assert at == len(data)
    return found


class Metadata(unittest.TestCase):
    def test_exif_without_the_place_and_the_place_by_its_own_name(self):
        data = with_segment(draw("jpeg"), 0xE1, b"Exif\0\0" + tiff(1, place=True))
        answer = run(data, "--analyse", "exif")
        self.assertEqual(answer.one("exif")["taken"], "2026-05-01T12:30:00")
        self.assertEqual(answer.one("exif")["camera"], "Keeper1")
        self.assertEqual(answer.all("gps"), [])
        self.assertNotIn(b"48.", answer.raw)
        place = run(data, "--analyse", "exif,gps").one("gps")
        self.assertEqual((round(place["latitude"], 4), round(place["longitude"], 4)), (48.1371, 11.5751))

    def test_no_byte_of_a_place_is_left_in_any_format(self):
        exif = tiff(6, place=True)
        needles = [exif[240:264], exif[270:294], exif[200:207], exif[210:229], exif[240:244] + exif[244:248]]
        source = {"jpeg": with_segment(draw("jpeg"), 0xE1, b"Exif\0\0" + exif), "png": flat(32, 32, RED, before=chunk(b"eXIf", exif))}
        for form, data in source.items():
            self.assertTrue(all(needle in data for needle in needles))
            for target in ("same", "png", "jpeg", "webp"):
                made = run(data, "--to", target).file()
                with self.subTest(form=form, target=target):
                    self.assertEqual([needle for needle in needles if needle in made], [])
                    self.assertEqual(run(made, "--analyse", "exif,gps").all("gps"), [])

    def test_provenance_is_written_only_when_asked(self):
        mark = b"digitalsourcetype/trainedAlgorithmicMedia"
        for form, more in (("png", b"iTXt"), ("jpeg", 0xE1), ("webp", b"XMP ")):
            for size in ("96x64", "97x65"):
                for clear in ((), ("--background", "transparent")) if form != "jpeg" else ((),):
                    with self.subTest(form=form, size=size, clear=clear):
                        made = draw(form, size, "--ai-generated", "yes", *clear)
                        self.assertEqual(made.count(mark), 1)
                        self.assertIn(more, parts(made))
                        self.assertNotIn(mark, draw(form, size, *clear))
                        again = run(made, "--to", "same")
                        self.assertEqual(again.one("picture")["width"], int(size.split("x")[0]))
                        self.assertNotIn(mark, again.file())


class Analysis(unittest.TestCase):
    def test_all_at_once(self):
        answer = run(draw("png", "300x200"), "--analyse", "exif,gps,colours,hashes,blur", "--to", "jpeg", "--max-edge", "50")
        self.assertEqual([line["type"] for line in answer.lines],
                         ["begun", "head", "exif", "colours", "hashes", "blur", "picture", "end"])
        self.assertEqual(len(answer.one("hashes")["hashes"]), 7)
        self.assertLessEqual(sum(each["share"] for each in answer.one("colours")["colours"]), 1.001)

    def test_near_duplicates_have_near_hashes(self):
        data = draw("png", "600x400")
        small = run(data, "--to", "jpeg", "--max-edge", "200", "--quality", "40").file()
        first, second = (run(each, "--analyse", "hashes").one("hashes")["hashes"] for each in (data, small))
        self.assertLessEqual(bin(int(first[0], 16) ^ int(second[0], 16)).count("1"), 12)

    def test_a_bar_code(self):
        try:
            ctypes.CDLL("libzbar.so.0")
        except OSError:
            self.assertEqual(run(code39("BH-2026"), "--analyse", "codes").code, "setup")
            self.skipTest("libzbar is not installed")
        answer = run(code39("BH-2026"), "--analyse", "codes")
        self.assertEqual([(each["kind"], each["text"]) for each in answer.all("code")], [("CODE-39", "BH-2026")])
        self.assertEqual(answer.one("codes")["count"], 1)

    def test_words_with_their_places_upright_turned_and_crooked(self):
        for name, turned in (("page.png", 0), ("turned.png", 90), ("crooked.png", None)):
            with self.subTest(name=name):
                data = read(PAGES, name)
                answer = run(data, "--analyse", "text", "--languages", "eng")
                words = answer.all("word")
                text = " ".join(word["text"] for word in words)
                self.assertIn("The lighthouse keeper is called Wilhelmina.", text)
                if turned is not None:
                    self.assertEqual(answer.one("text")["turned"], turned)
                self.assertGreater(answer.one("text")["confidence"], 85)
                self.boxes_hold_ink(data, [word["box"] for word in words])

    def boxes_hold_ink(self, data, boxes):
        """Nearly all that is dark lies in them."""
        width, height, channels, rows = program.pixels(run(data, "--to", "png", "--max-edge", "900").file())
        scale = run(data).one("head")["width"] / width
        dark = inside = 0
        for y in range(height):
            for x in range(width):
                if rows[y][x * channels] < 100:
                    dark += 1
                    inside += any(left - 6 <= x * scale <= left + w + 6 and top - 6 <= y * scale <= top + h + 6
                                  for left, top, w, h in boxes)
        self.assertGreater(inside, 0.9 * dark)

    def test_a_language_that_is_missing_is_named(self):
        answer = run(read(PAGES, "page.png"), "--analyse", "text", "--languages", "qqq")
        self.assertEqual(answer.code, "setup")


def code39(text):
    """A bar code as PNG: wide and narrow bars and gaps."""
    patterns = {"*": "nwnnwnwnn", "-": "nwnnnnwnw", "0": "nnnwwnwnn", "2": "nnwwnnnnw", "6": "nnwwwnnnn", "B": "nnwnnwnnw",
                "H": "wnnnnwwnn"}
    row = bytearray(b"\xff" * 60)
    for letter in f"*{text}*":
        for at, width in enumerate(patterns[letter]):
            row += (b"\0" if at % 2 == 0 else b"\xff") * (3 if width == "n" else 9)
        row += b"\xff" * 3
    row += b"\xff" * 60
    lines = (b"\0" + b"\xff" * len(row)) * 20 + (b"\0" + bytes(row)) * 80 + (b"\0" + b"\xff" * len(row)) * 20
    return png(len(row), 120, lines, kind=0)


class Drawing(unittest.TestCase):
    def test_the_label_can_be_read_in_every_shape(self):
        for size in ("1024x1024", "512x200", "160x300", "1500x64"):
            with self.subTest(size=size):
                answer = run(draw("png", size), "--analyse", "text", "--languages", "eng")
                text = " ".join(word["text"] for word in answer.all("word"))
                self.assertRegex(text, r"TEST\s+BACKEND")
                self.assertRegex(text, r"no\s+image\s+model")

    def test_variants_and_partial_pictures_come_in_order(self):
        answer = run(b"a lamp", "--draw", "64x64", "--to", "png", "--variants", "2", "--partials", "2")
        lines = answer.all("picture")
        self.assertEqual([(line["variant"], line["partial"]) for line in lines], [(0, 1), (0, 2), (0, 0), (1, 1), (1, 2), (1, 0)])
        self.assertTrue(all(line["test_backend"] for line in lines))
        self.assertEqual(len({answer.file(at) for at in range(6)}), 6)

    def test_the_prompt_is_nowhere_in_the_file(self):
        made = run(b"a very secret lighthouse", "--draw", "64x64", "--to", "png", "--ai-generated", "yes").file()
        self.assertNotIn(b"secret", made)

    def test_the_background_is_transparent_if_asked(self):
        made = draw("png", "128x128", "--background", "transparent")
        _, height, channels, rows = program.pixels(made)
        self.assertEqual(channels, 4)
        self.assertTrue(any(rows[y][3] == 0 for y in range(height)))

    def test_an_edit_needs_a_mask_of_its_size_with_transparency(self):
        picture = draw("png", "100x80")
        clear = flat(100, 80, (0, 0, 0, 0), kind=6)
        self.assertEqual(run(b"a boat", "--edit", "1", "--mask", "yes", "--to", "png", more=(picture, clear)).status, 0)
        for mask in (flat(99, 80, (0, 0, 0, 0), kind=6), flat(100, 80, RED)):
            answer = run(b"a boat", "--edit", "1", "--mask", "yes", "--to", "png", more=(picture, mask))
            self.assertEqual((answer.code, answer.last["input"], answer.output), ("mask", 1, b""))

    def test_a_picture_without_room_for_the_label_is_not_edited(self):
        answer = run(b"a boat", "--edit", "1", "--to", "png", more=(flat(63, 200, RED),))
        self.assertEqual((answer.code, answer.last["input"]), ("unsupported", 0))

    def test_sixteen_pictures_and_one_that_is_broken(self):
        picture = draw("jpeg", "100x80")
        answer = run(b"a boat", "--edit", "16", "--to", "webp", more=(picture,) * 16)
        self.assertEqual((answer.status, len(answer.all("head"))), (0, 16))
        answer = run(b"a boat", "--edit", "3", "--to", "webp", more=(picture, picture, b"%PDF-1.4"))
        self.assertEqual((answer.code, answer.last["input"]), ("unsupported", 2))

    def test_a_prompt_there_has_to_be(self):
        self.assertEqual(run(b"", "--draw", "64x64", "--to", "png").code, "empty")
        self.assertEqual(run(b"x" * 200000, "--draw", "64x64", "--to", "png").code, "too_large")
        self.assertEqual(run(b"\xff\xfe\0 \x80 lamp \xf0\x9f", "--draw", "64x64", "--to", "png").status, 0)


if __name__ == "__main__":
    program.PROGRAM = sys.argv.pop(1)
    unittest.main()
