# SPDX-License-Identifier: Apache-2.0
"""Runs bulkhead-extract on whole documents: made here, and the shared ones where they are at hand.

    python3 test_documents.py PATH-OF-BULKHEAD-EXTRACT

BULKHEAD_SHARED names the folder of the shared test data; without it those tests are skipped.
"""
import email.message
import json
import os
import random
import subprocess
import sys
import tempfile
import time
import unicodedata
import unittest

import testing_program as program
from testing_documents import (DOCX_PARTS, ENCODED, EPUB_PARTS, ODT_PARTS, PPTX_PARTS, XLSX_PARTS, line_at, make_cjk_pdf,
                               make_form, make_numbered_pdf, make_pdf, make_sfnt, make_zip)
from testing_program import extract, shared


class Made(unittest.TestCase):
    """Documents made here."""

    def test_a_pdf_is_read_whatever_its_name(self):
        for name in ("a.pdf", "a.txt", "a"):
            answer = extract(make_pdf([line_at(50, 700, "Hello from a page")]), name)
            assert answer.document["format"] == "pdf" and answer.document["pages"] == 1
            assert answer.text == "Hello from a page"
            assert answer.blocks[0]["page"] == 1

    def test_each_page_reports_progress(self):
        answer = extract(make_pdf([line_at(50, 700, f"Text number {i}") for i in range(3)]), "a.pdf")
        assert [line["pages_done"] for line in answer.progress] == [1, 2, 3]
        assert [block["page"] for block in answer.blocks] == [1, 2, 3]

    def test_a_pdf_without_text_is_only_pictures(self):
        assert extract(make_pdf(["0 0 100 100 re f"]), "a.pdf").code == "image_only"

    def test_a_damaged_pdf_says_so(self):
        whole = make_pdf([line_at(50, 700, "Hello")])
        assert extract(b"%PDF-1.4\nnothing", "a.pdf").code == "damaged"
        assert extract(b"no PDF at all", "a.pdf").code == "damaged"
        assert extract(whole[:60], "a.pdf").code == "damaged"

    def test_mutilated_pdfs_end_in_an_answer(self):
        whole = bytearray(make_pdf([line_at(50, 700, "Hello")] * 3))
        for i in range(0, len(whole), 37):
            mutilated = whole[:]
            mutilated[i] ^= 0xff
            extract(bytes(mutilated), "a.pdf")

    def test_character_maps_that_open_late_are_found(self):
        cases = (("GB1", "UniGB-UCS2-H", "STSong-Light", "世界人权宣言"),
                 ("Japan1", "UniJIS-UCS2-H", "HeiseiMin-W3", "世界人権宣言"),
                 ("Korea1", "UniKS-UCS2-H", "HYSMyeongJo-Medium", "세계인권선언"))
        for collection, encoding, font, text in cases:
            answer = extract(make_cjk_pdf(collection, encoding, font, text), "a.pdf")
            if not os.path.exists("/usr/share/poppler/cMap/Adobe-" + collection):
                self.skipTest("poppler-data is not installed")
            assert answer.text.replace(" ", "") == text, (encoding, answer.text)

    def test_values_of_a_form_stand_beside_their_labels(self):
        fields = [("220 692 420 712", "/FT/Tx/T(name)/V(Torvald Grimstad)"),
                  ("220 642 340 662", "/FT/Ch/Ff 131072/T(berth)/Opt[(North 1)(South 9)]/V(South 9)"),
                  ("220 592 240 612", "/FT/Btn/T(ins)/V/Yes/AS/Yes/AP<</N<</Yes null/Off null>>>>"),
                  ("220 542 420 562", "/FT/Tx/Ff 8192/T(secret)/V(password1)"),
                  ("220 492 420 512", "/FT/Tx/T(wide)/V<FEFF0141006F0064017A>")]
        for need in ("", "/NeedAppearances true"):
            text = extract(make_form(fields, need_appearances=need), "a.pdf").text
            assert "applicant: Torvald Grimstad" in text.replace(" |", ""), text
            assert "wanted: South 9" in text.replace(" |", "") and "North 1" not in text, text
            assert "\u2611" in text and "\u0141od\u017a" in text and "password1" not in text, text

    def test_hidden_fields_are_not_read(self):
        text = extract(make_form([("220 692 420 712", "/FT/Tx/T(name)/V(kept back)/F 2")]), "a.pdf").text
        assert "kept back" not in text

    def test_what_is_written_on_a_page_is_read(self):
        note = " <</Type/Annot/Subtype/FreeText/Rect[50 400 300 430]/F 4/DA(/Helv 10 Tf)/Contents(Checked by Aud)>>"
        assert "Checked by Aud" in extract(make_form([], note), "a.pdf").text
        assert "Checked" not in extract(make_form([], note.replace("/F 4", "/F 2")), "a.pdf").text

    def test_fonts_without_characters_are_turned_round(self):
        text = "The committee met on the ninth of March"
        program, glyphs = make_sfnt(text)
        for packed, shift in ((False, 0), (True, 0), (True, 300)):
            answer = extract(make_numbered_pdf(text, program, glyphs, packed, shift), "a.pdf")
            assert answer.text == text, answer.text

    def test_no_character_is_lost_with_the_number_of_a_blank(self):
        """Glyphs from 1 on, as producers of subsets number them, have the numbers of line ends and blanks."""
        text = "".join(chr(c) for c in range(0x41, 0x41 + 40)) + " met on the ninth of March"
        program, glyphs = make_sfnt(text, first=1)
        whole = make_numbered_pdf(text, program, glyphs)
        for data in (whole, b"junk" * 9 + whole, whole[:-9]):
            answer = extract(data, "a.pdf")
            assert answer.text.replace(" ", "") == text.replace(" ", ""), answer.text

    def test_codes_without_a_character_are_not_passed_over(self):
        font = ("<</Type/Font/Subtype/TrueType/BaseFont/ABCDEF+Own/FirstChar 0/LastChar 127/FontDescriptor 4 0 R>>")
        extra = ("<</Type/FontDescriptor/FontName/ABCDEF+Own/Flags 4/FontBBox[0 -200 1000 900]/ItalicAngle 0"
                 "/Ascent 800/Descent -200/CapHeight 700/StemV 80/FontFile2 5 0 R>>",
                 "<</Length 4>>stream\nnone\nendstream")
        page = line_at(50, 700, "The size is Gr\\001\\002e, the mass is 5 kg and more")
        assert "Gr\ufffd\ufffde" in extract(make_pdf([page], font, extra), "a.pdf").text
        assert extract(make_pdf([line_at(50, 700, "x\\001\\002\\003 a")], font, extra), "a.pdf").code == "unsupported"

    def test_fonts_whose_characters_nobody_knows_are_refused(self):
        text = "The committee met"
        program, glyphs = make_sfnt(text)
        without_table = program.replace(b"cmap", b"glyf")
        for answer in (extract(make_numbered_pdf(text), "a.pdf"),
                       extract(make_numbered_pdf(text, without_table, glyphs), "a.pdf")):
            assert answer.code == "unsupported" and "fonts" in answer.last["message"], answer.text

    def test_a_form_that_only_adobe_shows_is_refused(self):
        words = "If this message is not eventually replaced with the proper contents of the document, your PDF viewer"
        answer = extract(make_pdf([line_at(50, 700, "Please wait...") + line_at(50, 680, words)]), "a.pdf")
        assert answer.code == "unsupported" and "XFA" in answer.last["message"]

    def test_texts_are_read_in_their_encoding(self):
        for charsets, text in ENCODED:
            for charset in charsets.split():
                answer = extract(text.encode(charset), "a.txt")
                wanted = unicodedata.normalize("NFC", text.encode(charset).decode(charset))
                assert answer.text.replace("\n\n", "\n") == wanted, (charset, answer.text, answer.last)

    def test_utf8_stays_utf8_where_places_are_broken(self):
        base = ("Prüfprotokoll der Anlage Süd: Überdruck 4,7 bar, geprüft von Jürgen Weiß. " * 20).encode()
        for data in (base[:700] + b"\xff" + base[700:], base + "Größe 12".encode("latin-1"), base[:-1] + b"\xc3",
                     "Größe, Maß".encode() + b"\xfc"):
            text = extract(data, "a.txt").text
            assert "ü" in text or "ö" in text, text
            assert "Ã" not in text and "\ufffd" in text, text
        surrogates = "Jürgen ".encode() + b"\xed\xa0\xbd\xed\xb8\x80" + " Weiß Köln".encode()
        assert "Jürgen" in extract(surrogates, "a.txt").text
        page = b"<html><meta charset=iso-8859-1><p>" + base[:500] + b"\xff</p></html>"
        assert "Jürgen Weiß" in extract(page, "a.html").text

    def test_a_stray_nul_makes_no_binary_file(self):
        base = ("Prüfung der Anlage Süd, geprüft von Jürgen Weiß. " * 9).encode()
        for data in (base[:200] + b"\0" + base[200:], base + bytes(700), b"a,b\n1,\0\n2,3\n"):
            answer = extract(data, "a.txt")
            assert answer.status == 0 and "\0" not in answer.text, answer.last
        for data in (bytes(100), bytes(range(256)) * 4, base.decode().encode("latin-1") + b"\0"):
            assert extract(data, "a.txt").code == "unsupported"

    def test_bytes_that_make_no_words_are_refused(self):
        state = random.Random(1)
        for first in (0x80, 0xa1, 0xc0):
            data = bytes(state.randrange(first, 0x100) if state.random() < 0.8 else 32 for _ in range(400))
            answer = extract(data, "a.txt")
            assert answer.code == "unsupported" and "encoding" in answer.last["message"], answer.text

    def test_the_type_of_an_upload_can_name_the_charset(self):
        answer = extract("мир".encode("koi8-r"), "a.txt", "--mime", "text/plain; charset=koi8-r")
        assert answer.text == "мир"

    def test_a_word_document_is_read_whatever_its_name(self):
        for name in ("a.docx", "a.bin"):
            answer = extract(make_zip(DOCX_PARTS), name)
            assert answer.document["format"] == "docx" and answer.text == "Hello from Word"

    def test_archives_that_hold_no_word_document(self):
        assert extract(make_zip({"a.txt": "x"}), "a.zip").code == "unsupported"
        assert extract(make_zip({"a.txt": "x"}), "a.docx").code == "damaged"
        assert extract(make_zip({"a.txt": "x"}), "a.xlsx").code == "damaged"
        assert extract(make_zip({"xl/workbook.xml": "x"}), "a.xlsx").code == "damaged"
        assert extract(make_zip({"xl/workbook.bin": "x"}), "a.xlsb").code == "unsupported"
        assert extract(make_zip(DOCX_PARTS)[:100], "a.docx").code == "damaged"

    def test_office_files_are_read_whatever_their_name(self):
        for parts, form, text in (
                (XLSX_PARTS, "xlsx", "Data\n\nCity | People\n\nUlm | 126000"),
                (PPTX_PARTS, "pptx", "Hello from a slide"),
                (ODT_PARTS, "odt", "Hello from a text"),
                (EPUB_PARTS, "epub", "Chapter\n\nHello from a book")):
            for name in ("a." + form, "a.docx", "upload"):
                answer = extract(make_zip(parts), name)
                assert answer.document["format"] == form, (form, answer.document)
                assert answer.text == text, (form, answer.text)

    def test_a_mail_with_attachments_is_read(self):
        mail = email.message.EmailMessage()
        mail["From"], mail["To"] = "Jörg <j@example.com>", "ada@example.com"
        mail["Subject"], mail["Message-ID"] = "Grüße – Angebot", "<1@example.com>"
        mail.set_content("Der Preis beträgt 1.200 €.\n")
        mail.add_attachment(make_zip(XLSX_PARTS), maintype="application", subtype="octet-stream",
                            filename="Übersicht März.xlsx")
        mail.add_attachment(make_pdf([line_at(50, 700, "Hello from a page")]), maintype="application",
                            subtype="pdf", filename="a.pdf")
        mail.add_attachment(make_zip({"a.txt": "x"}), maintype="application", subtype="zip",
                            filename="rest.zip")
        answer = extract(bytes(mail), "a.eml")
        assert answer.document == {"type": "document", "format": "eml", "title": "Grüße – Angebot",
                                   "pages": None}
        assert not answer.progress and not any(block["page"] for block in answer.blocks)
        assert answer.text.startswith("Grüße – Angebot\n\nFrom: Jörg <j@example.com>\nTo: ada@")
        assert "Der Preis beträgt 1.200 €." in answer.kinds("paragraph")
        assert {"Übersicht März.xlsx", "a.pdf", "Data"} < set(answer.kinds("heading"))
        assert "Hello from a page" in answer.text and "Ulm | 126000" in answer.text
        assert answer.blocks[-1]["text"] == "rest.zip"

    def test_a_bomb_in_an_attachment_is_refused(self):
        bomb = {**XLSX_PARTS, "xl/sharedStrings.xml": b"<a>" + b" " * (100 << 20)}
        mail = email.message.EmailMessage()
        mail["From"], mail["Message-ID"] = "j@example.com", "<1@example.com>"
        mail.set_content("Text.\n")
        mail.add_attachment(make_zip(bomb), maintype="application", subtype="zip", filename="a.xlsx")
        assert extract(bytes(mail), "a.eml").code == "bomb"

    def test_mutilated_files_end_in_an_answer(self):
        for parts in (XLSX_PARTS, PPTX_PARTS, ODT_PARTS, EPUB_PARTS):
            whole = bytearray(make_zip(parts))
            for i in range(0, len(whole), 97):
                mutilated = whole[:]
                mutilated[i] ^= 0xff
                extract(bytes(mutilated), "a.bin")

    def test_a_zip_bomb_is_refused(self):
        started = time.monotonic()
        for parts, part in ((DOCX_PARTS, "word/document.xml"), (XLSX_PARTS, "xl/sharedStrings.xml"),
                            (PPTX_PARTS, "ppt/slides/slide1.xml"), (ODT_PARTS, "content.xml"),
                            (EPUB_PARTS, "a.xhtml")):
            bomb = {**parts, part: b"<a>" + b" " * (200 << 20)}
            assert extract(make_zip(bomb), "a.docx").code == "bomb", part
        assert time.monotonic() - started < 60

    def test_too_many_entries_are_refused(self):
        many = {f"part{i}": "" for i in range(10050)}
        assert extract(make_zip({**many, **DOCX_PARTS}), "a.docx").code == "bomb"

    def test_entities_are_refused(self):
        laughs = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 12))
        for dtd in (f'<!ENTITY l0 "ha">{laughs}', '<!ENTITY l11 SYSTEM "file:///etc/passwd">'):
            xml = f"<!DOCTYPE d [{dtd}]><d>&l11;</d>"
            for parts, part in ((DOCX_PARTS, "word/document.xml"), (XLSX_PARTS, "xl/workbook.xml"),
                                (PPTX_PARTS, "ppt/presentation.xml"), (ODT_PARTS, "content.xml"),
                                (EPUB_PARTS, "book.opf")):
                answer = extract(make_zip({**parts, part: xml}), "a.docx")
                assert answer.code == "bomb" and "root:" not in answer.text, part

    def test_old_and_encrypted_office_files(self):
        head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)
        assert extract(head, "a.doc").code == "unsupported"
        package = "EncryptedPackage".encode("utf-16-le")
        assert extract(head + package, "a.docx").code == "encrypted"
        mail = extract(head + "__substg1.0_0037001F".encode("utf-16-le"), "a.msg")
        assert mail.code == "unsupported" and "Outlook" in mail.last["message"]

    def test_binary_files_are_unsupported(self):
        assert extract(os.urandom(64) + bytes(4096), "a.bin").code == "unsupported"
        assert extract(b"\x89PNG\r\n\x1a\n" + bytes(100), "a.txt").code == "unsupported"

    def test_too_much_text_is_too_large(self):
        answer = extract(b"word " * 10000, "a.txt", "--max-characters", "20000")
        assert answer.code == "too_large" and answer.last["message"].endswith(".")

    def test_a_large_json_file_is_read_without_a_tree(self):
        rows = [{"id": i, "text": "some words " * 10} for i in range(50000)]
        answer = extract(json.dumps(rows).encode(), "a.json")
        assert answer.status == 0 and len(answer.blocks) == 50000

    def test_deep_pages_need_neither_the_square_of_memory_nor_more_of_time(self):
        for page in (b"<div>" * 15000 + b"end", b"<main>" + b"<aside>x" * 3000 + b"end"):
            started = time.monotonic()
            answer = extract(page, "a.html")
            assert answer.status == 0 and answer.text.endswith("end"), answer.last
            assert time.monotonic() - started < 30

    def test_cpu_time_ends(self):
        deep = b"<div><table><a><b><i>" * 200000
        with tempfile.TemporaryFile() as document:
            document.write(deep)
            document.seek(0)
            run = subprocess.run([program.PROGRAM, "--name", "a.html", "--cpu-seconds", "1"],
                                 stdin=document, capture_output=True, timeout=60, check=False)
        # Either it copes in time or it is killed; it never goes on.
        assert run.returncode in (0, 3) or run.returncode < 0

    def test_wrong_arguments_are_a_usage_error(self):
        for args in ([], ["--name"], ["--name", "a", "--max-characters", "-1"], ["x", "y"]):
            run = subprocess.run([program.PROGRAM, *args], stdin=subprocess.DEVNULL, capture_output=True,
                                 check=False)
            assert run.returncode == 2 and not run.stdout

    def test_a_pipe_is_no_document(self):
        run = subprocess.run([program.PROGRAM, "--name", "a.txt"], input=b"text", capture_output=True,
                             check=False)
        assert run.returncode == 2 and run.stdout == b'{"type":"begun"}\n'


class Shared(unittest.TestCase):
    """Real documents."""

    def test_irs_publication_15(self):
        started = time.monotonic()
        answer = shared("pdf", "irs-publication-15-2013.pdf")
        assert time.monotonic() - started < 20
        assert answer.document["pages"] == 67 and answer.document["title"] == "2013 Publication 15"
        assert 260000 < answer.last["characters"] < 320000
        # Left column to its end, then the right one.
        page = [block["text"] for block in answer.blocks if block["page"] == 12]
        left = next(i for i, text in enumerate(page) if text == "Husband-Wife Business")
        right = next(i for i, text in enumerate(page) if text.startswith("Spouses using the qual"))
        assert left < right < page.index("3. Family Employees")
        assert "you may be relieved from having to pay employment taxes" in answer.text
        assert "Page 12" not in page and "Publication 15 (2013)" not in page
        headings = answer.kinds("heading")
        assert "11. Depositing Taxes" in headings and "Husband-Wife Business" in headings
        assert "600 | 610" in answer.text.replace("$", "")

    def test_supreme_court_opinion(self):
        answer = shared("pdf", "supreme-court-tarrant-v-herrmann.pdf")
        assert answer.document["pages"] == 30 and 50000 < answer.last["characters"] < 57000
        # What no other place says is kept once.
        assert answer.text.count("Cite as: 569 U. S.") == 1
        assert any(text.startswith("The Red River Compact, (or Compact), 94 Stat. 3305, allocates "
                                   "water rights") for text in answer.kinds("paragraph"))

    def test_scan_has_only_pictures(self):
        answer = shared("pdf", "supreme-court-tarrant-v-herrmann-scan.pdf")
        assert answer.code == "image_only"

    def test_password_is_asked_for(self):
        assert shared("pdf", "password-protected.pdf").code == "encrypted"

    def test_two_columns_below_a_title(self):
        answer = shared("pdf", "two-column-sample.pdf")
        texts = [block["text"] for block in answer.blocks]
        assert texts[0] == "Two-Column Document with Lorem Ipsum"
        abstract = texts.index("Abstract")
        assert texts[abstract + 1] == ("This is a sample document with two columns filled with "
                                       "Lorem Ipsum text.")
        assert "Vivamus viverra fermentum felis. Donec nonummy pellentesque ante." in answer.text

    def test_german_formulas(self):
        answer = shared("pdf", "geometrie-und-topologie-de.pdf")
        assert answer.document["pages"] == 117
        assert "Ein topologischer Raum ist ein Paar (X, T)" in answer.text
        assert "Metrische Räume sind hausdorffsch, wegen" in answer.text
        assert "1.2 Metrische Räume" in answer.kinds("heading")
        assert "1.2. METRISCHE RÄUME" not in answer.text

    def test_small_pdfs(self):
        assert shared("pdf", "four-pages.pdf").document["pages"] == 4
        assert "habibi" in shared("pdf", "arabic-short.pdf").text

    def test_word_documents(self):
        answer = shared("docx", "working-with-oscal.docx")
        assert "1.1. XML and JSON Formats" in answer.kinds("heading")
        assert 5000 < answer.last["characters"] < 6500
        answer = shared("docx", "rich-table-cells.docx")
        assert "Simple cell upper left | Simple cell with bold and italic text" in answer.text
        rows = [b for b in answer.blocks if b.get("header") == "Column A | Column B"]
        assert any("A nested table A B C Cell 1 Cell 2 Cell 3" in row["text"] for row in rows)
        answer = shared("docx", "usability-table.docx")
        assert any(b.get("header", "").startswith("Usability Considerations | Memorized secrets")
                   for b in answer.blocks)

    def test_web_page(self):
        answer = shared("html", "wikipedia-duck.html")
        assert answer.document["title"] == "Duck - Wikipedia"
        assert answer.blocks[0]["text"] == "Duck" and answer.blocks[0]["level"] == 1
        assert "Etymology" in answer.kinds("heading")
        assert "Kingdom: | Animalia" in answer.kinds("table_row")
        assert "Jump to content" not in answer.text and "Afrikaans" not in answer.text

    def test_markdown(self):
        answer = shared("markdown", "nist-sp800-63b-4-authenticators.md")
        assert answer.document["title"] == "Authenticators"
        assert answer.blocks[0]["text"] == "Authenticator and Verifier Requirements"
        assert "{:" not in answer.text and "navOrder" not in answer.text
        answer = shared("markdown", "pgvector-readme.md")
        assert "CREATE EXTENSION vector;" in answer.kinds("code")
        assert any(block.get("header") for block in answer.blocks)

    def test_csv(self):
        answer = shared("csv", "sp500-constituents.csv")
        assert len(answer.blocks) == 504
        assert answer.blocks[1]["header"].startswith("Symbol | Security | GICS Sector")
        assert "Saint Paul, Minnesota" in answer.blocks[1]["text"]

    def test_declarations_of_human_rights(self):
        for name, words in (("ar", "الإعلان العالمي لحقوق الإنسان"),
                            ("hi", "मानव अधिकारों की सार्वभौम घोषणा"),
                            ("ja", "『世界人権宣言』"), ("ru", "Всеобщая декларация прав человека"),
                            ("zh-hans", "世界人权宣言")):
            answer = shared("text", f"udhr-{name}.txt")
            assert answer.blocks[0]["text"] == unicodedata.normalize("NFC", words)
            assert answer.blocks[0]["kind"] == "heading" and len(answer.blocks) > 30


if __name__ == "__main__":
    if len(sys.argv) > 1 and not sys.argv[1].startswith("-"):
        program.PROGRAM = sys.argv.pop(1)
    unittest.main()
