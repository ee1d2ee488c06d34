# SPDX-License-Identifier: Apache-2.0
"""Runs bulkhead-extract on pictures of text, alone and in documents. The pictures are those from which the fuzzer starts.

    python3 test_scans.py PATH-OF-BULKHEAD-EXTRACT

BULKHEAD_SHARED names the folder of the shared test data; without it those tests are skipped.
"""
import difflib
import email.message
import os
import random
import struct
import subprocess
import sys
import tempfile
import unittest
import zlib

import testing_program as program
from testing_documents import line_at, make_pdf

PICTURES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../tests/fuzz/corpus/extract_image")
FIRST = ("The lighthouse keeper is called Wilhelmina. She climbs the tower every evening and lights the lamp before the "
         "ships return to the harbour. Nobody has ever seen her asleep.")
SECOND = "It stands beside the customs house and is painted yellow."


def picture(name):
    with open(os.path.join(PICTURES, name), "rb") as file:
        return file.read()


def asks(data, name):
    """Whether the document is said to have pictures."""
    with tempfile.TemporaryFile() as document:
        document.write(data)
        document.seek(0)
        run = subprocess.run([program.PROGRAM, "--name", name, "--pictures", "ask"], stdin=document,
                             capture_output=True, timeout=120, check=False)
    return run.returncode == 5


def extract(data, name, *args, languages="auto"):
    """As the rag service does it."""
    if not asks(data, name):
        return program.extract(data, name)
    return program.extract(data, name, "--ocr", languages, *args)


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width, height, lines):
    """A picture of grey pixels."""
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(lines)) + chunk(b"IEND", b"")


def parts(data):
    """Width, height, bits and compressed pixels of a grey PNG file."""
    at, pixels = 8, b""
    while at < len(data):
        size, kind = struct.unpack(">I4s", data[at:at + 8])
        body = data[at + 8:at + 8 + size]
        if kind == b"IHDR":
            width, height, bits = struct.unpack(">IIB", body[:9])
        pixels += body if kind == b"IDAT" else b""
        at += size + 12
    return width, height, bits, pixels


def make_scan(name, pages=1, content="", before=()):
    """A PDF whose pages are a picture, with more drawn on top, behind other pages."""
    width, height, bits, pixels = parts(picture(name))
    image = (f"<</Type/XObject/Subtype/Image/Width {width}/Height {height}/BitsPerComponent {bits}/ColorSpace/DeviceGray"
             f"/Filter/FlateDecode/DecodeParms<</Predictor 15/Colors 1/BitsPerComponent {bits}/Columns {width}>>"
             f"/Length {len(pixels)}>>stream\n{pixels.decode('latin-1')}\nendstream")
    # 600 by 800 points; the picture has 300 dpi.
    drawn = f"q {width * 0.24} 0 0 {height * 0.24} 60 300 cm /I Do Q\n" + content
    pdf = make_pdf([*before, *[drawn] * pages], extra=[image])
    return pdf.replace(b"/Resources<<", b"/Resources<</XObject<</I 4 0 R>>").replace(b"[0 0 600 800]", b"[50 290 490 530]")


class Pictures(unittest.TestCase):
    def test_a_page_becomes_its_heading_its_paragraph_and_its_table(self):
        answer = extract(picture("page.png"), "page.png")
        self.assertEqual(answer.document["format"], "image")
        self.assertEqual(answer.kinds("heading"), ["Harbour Regulations"])
        self.assertEqual(answer.kinds("paragraph"), [FIRST])
        rows = [block for block in answer.blocks if block["kind"] == "table_row"]
        self.assertEqual(rows[2]["header"], "Berth | Length | Fee")
        self.assertRegex(rows[2]["text"], r"^South quay \| 18 ?m \| 65\.00$")
        self.assertTrue(all(block["confidence"] >= 80 for block in answer.blocks))
        self.assertEqual((answer.last["ocr"]["pages"], answer.last["ocr"]["low"]), (1, ""))
        self.assertGreaterEqual(answer.last["ocr"]["confidence"], 90)

    def test_a_page_that_lies_on_its_side_and_one_that_is_crooked(self):
        for name in ("turned.png", "crooked.png"):
            with self.subTest(name=name):
                answer = extract(picture(name), name)
                self.assertEqual(answer.kinds("paragraph"), [FIRST])
                self.assertEqual(len(answer.kinds("table_row")), 4)

    def test_bullets_make_a_list(self):
        answer = extract(picture("list.png"), "list.png")
        self.assertEqual([text.lstrip("\u2022 ") for text in answer.kinds("list_item")], [
            "a list of the crew with their dates of birth,", "the certificate of the last inspection,",
            "a plan of the cargo and of the ballast tanks."])

    def test_every_format_is_known_by_its_content(self):
        for name in ("page.jpg", "page.webp", "page.gif"):
            with self.subTest(name=name):
                self.assertIn(SECOND, extract(picture(name), "upload.dat").text)
        self.assertIn("customs house", extract(picture("line.bmp"), "upload.txt").text)

    def test_each_picture_of_a_tiff_is_a_page(self):
        answer = extract(picture("two-pages.tif"), "fax.tif")
        self.assertEqual(answer.document["pages"], 2)
        self.assertEqual([line["pages_done"] for line in answer.progress], [1, 2])
        self.assertEqual({block["page"] for block in answer.blocks}, {1, 2})
        self.assertIn("lifts forty tonnes", [block["text"] for block in answer.blocks if block["page"] == 2][-1])

    def test_a_picture_without_text_says_so(self):
        grey = random.Random(1)
        soft = b"\0" + bytes(200 + at % 13 for at in range(400))
        for name, lines in (("blank", (b"\0" + b"\xff" * 400) * 300), ("shade", soft * 300),
                            ("noise", b"".join(b"\0" + grey.randbytes(300) for _ in range(300)))):
            with self.subTest(name=name):
                width = 300 if name == "noise" else 400
                answer = extract(png(width, len(lines) // (width + 1), lines), "photo.png")
                self.assertEqual((answer.status, answer.code), (3, "image_only"))
                self.assertRegex(answer.last["message"], "none was recognized|could not be recognized")

    def test_a_picture_that_is_broken_or_lies_about_its_size(self):
        whole = picture("page.png")
        self.assertEqual(extract(whole[:60], "a.png").code, "damaged")
        huge = png(30000, 30000, b"\0" * 100)
        self.assertEqual(extract(huge, "a.png").code, "too_large")
        self.assertIn(extract(png(9000, 9000, b"\0" * 100), "a.png").code, ("damaged", "image_only"))
        self.assertEqual(extract(whole, "a.pdf").code, "damaged")

    def test_a_language_that_is_not_installed_is_named(self):
        for name in ("qqq", "eng+qqq", "../eng", "eng+"):
            answer = extract(picture("page.gif"), "a.gif", languages=name)
            if name == "eng+":
                self.assertEqual(answer.status, 0)
            else:
                self.assertEqual((answer.status, answer.code), (3, "setup"))
                self.assertIn("is not installed", answer.last["message"])

    def test_a_language_is_not_needed_for_a_document_without_pictures(self):
        self.assertEqual(extract(b"Plain words.", "a.txt", languages="qqq").text, "Plain words.")

    def test_without_recognition_pictures_are_refused(self):
        answer = program.extract(picture("page.png"), "page.png")
        self.assertEqual(answer.code, "unsupported")
        self.assertEqual(program.extract(make_scan("page.png"), "a.pdf").code, "image_only")


class Scans(unittest.TestCase):
    def test_a_scanned_page_between_pages_of_text(self):
        text = line_at(60, 500, "This page was never printed.")
        answer = extract(make_scan("page.png", before=[text]), "mixed.pdf")
        self.assertEqual([block["page"] for block in answer.blocks if FIRST in block["text"]], [2])
        self.assertEqual([block["page"] for block in answer.blocks if "never printed" in block["text"]], [1])
        self.assertNotIn("confidence", answer.blocks[0])
        self.assertEqual(answer.last["ocr"]["pages"], 1)

    def test_a_stamp_does_not_hide_the_page_below_it(self):
        answer = extract(make_scan("page.png", content=line_at(60, 510, "RECEIVED 12 MAY")), "stamped.pdf")
        self.assertIn(FIRST, answer.text)

    def test_a_text_layer_that_is_sound_is_kept(self):
        layer = "".join(line_at(60, 500 - 12 * at, f"The layer of this scan says in line {at} what it is.") for at in range(9))
        answer = extract(make_scan("page.png", content=layer), "searchable.pdf")
        self.assertNotIn("ocr", answer.last)
        self.assertNotIn("Wilhelmina", answer.text)

    def test_a_text_layer_of_another_alphabet_is_not(self):
        shifted = "".join(chr(ord(c) - 3) if c.isalpha() and ord(c.lower()) > 99 else "x" for c in "the lighthouse keeper" * 12)
        words = " ".join(shifted.translate(str.maketrans("aeiouy", "bdfghk"))[at:at + 7] for at in range(0, 240, 7))
        answer = extract(make_scan("page.png", content="3 Tr " + line_at(60, 500, words, 4)), "shifted.pdf")
        self.assertIn(FIRST, answer.text)
        self.assertNotIn(words[:20], answer.text)

    def test_letters_that_are_drawn_as_lines(self):
        # Two letters of strokes, a word often enough to be one.
        strokes = "".join(f"3 w {x} 400 m {x} 440 l S {x} 420 m {x + 15} 420 l S {x + 15} 400 m {x + 15} 440 l S "
                          f"{x + 30} 400 m {x + 30} 440 l S " for x in range(100, 400, 60))
        answer = extract(make_pdf([strokes]), "outlines.pdf")
        self.assertRegex(answer.text, "HI|Hi|Hl")

    def test_pages_beyond_the_time_are_named(self):
        answer = extract(make_scan("page.png", pages=12), "long.pdf", "--ocr-seconds", "1")
        unread = answer.last["ocr"]["unread"]
        self.assertEqual(answer.status, 0)
        self.assertRegex(unread, r"^\d+-12$")
        self.assertEqual(answer.last["ocr"]["pages"], int(unread.split("-")[0]) - 1)
        self.assertEqual(answer.progress[-1]["pages_done"], 12)

    def test_a_running_head_of_scanned_pages_is_left_out(self):
        pages = [line_at(60, 520, "Port Authority Gazette", 9)] * 4
        answer = extract(make_scan("page.png", pages=4, before=pages), "heads.pdf")
        self.assertEqual(answer.last["ocr"]["pages"], 4)

    def test_pictures_in_a_mail(self):
        mail = email.message.EmailMessage()
        mail["Subject"], mail["From"], mail["To"] = "Berths", "a@example.org", "b@example.org"
        mail.set_content("The scan is attached.")
        mail.add_attachment(picture("page.png"), maintype="image", subtype="png", filename="fees.png")
        answer = extract(mail.as_bytes(), "mail.eml")
        self.assertIn("The scan is attached.", answer.text)
        self.assertIn(FIRST, answer.text)
        self.assertIn("fees.png", answer.kinds("heading"))
        self.assertEqual(answer.last["ocr"]["pages"], 1)

    def test_a_logo_in_a_mail_starts_nothing(self):
        mail = email.message.EmailMessage()
        mail["Subject"], mail["From"], mail["To"] = "Berths", "a@example.org", "b@example.org"
        mail.set_content("See below.")
        mail.add_attachment(picture("page.gif"), maintype="image", subtype="gif", filename="logo.gif")
        answer = extract(mail.as_bytes(), "mail.eml", languages="qqq")
        self.assertEqual(answer.status, 0)
        self.assertIn("logo.gif", answer.text)

    def test_the_shared_scan_has_97_percent_of_the_words(self):
        def words(name, *args):
            with open(program.shared_path("pdf", name), "rb") as file:
                answer = program.extract(file.read(), name, *args)
            return " ".join(block["text"] for block in answer.blocks if block["page"] <= 2).split()
        truth = words("supreme-court-tarrant-v-herrmann.pdf")
        found = words("supreme-court-tarrant-v-herrmann-scan.pdf", "--ocr", "auto")
        same = difflib.SequenceMatcher(None, truth, found, autojunk=False).get_matching_blocks()
        self.assertGreaterEqual(sum(each.size for each in same), 0.97 * len(truth))


if __name__ == "__main__":
    program.PROGRAM = sys.argv.pop(1)
    unittest.main()
