# SPDX-License-Identifier: Apache-2.0
"""Documents that the tests of bulkhead-extract make."""
import io
import struct
import zipfile
import zlib


def make_pdf(pages, font="<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>", extra=()):
    """A PDF of content streams; further objects count from 4 on."""
    first = 4 + len(extra)
    kids = " ".join(f"{first + 2 * i} 0 R" for i in range(len(pages)))
    objects = [b"<</Type/Catalog/Pages 2 0 R>>",
               f"<</Type/Pages/Kids[{kids}]/Count {len(pages)}>>".encode(), font.encode()]
    objects += [item.encode("latin-1") for item in extra]
    for i, content in enumerate(pages):
        content = content.encode("latin-1")
        objects.append(f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents "
                       f"{first + 2 * i + 1} 0 R/Resources<</Font<</F 3 0 R>>>>>>".encode())
        objects.append(b"<</Length %d>>stream\n%s\nendstream" % (len(content), content))
    out = b"%PDF-1.4\n"
    offsets = []
    for number, item in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, item)
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    return out + b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1, table)


def line_at(x, y, text, size=10):
    return f"BT /F {size} Tf {x} {y} Td ({text}) Tj ET\n"


def make_cjk_pdf(collection, encoding, base_font, text):
    """Text in a font that is not embedded and whose encoding only poppler's data explain."""
    supplement = ("<</Type/Font/Subtype/CIDFontType0/BaseFont/%s/CIDSystemInfo<</Registry(Adobe)"
                  "/Ordering(%s)/Supplement 2>>/FontDescriptor 5 0 R>>" % (base_font, collection))
    descriptor = ("<</Type/FontDescriptor/FontName/%s/Flags 4/FontBBox[0 -200 1000 900]"
                  "/ItalicAngle 0/Ascent 800/Descent -200/CapHeight 700/StemV 80>>" % base_font)
    font = ("<</Type/Font/Subtype/Type0/BaseFont/%s/Encoding/%s/DescendantFonts[4 0 R]>>"
            % (base_font, encoding))
    coded = text.encode("utf-16-be").hex()
    return make_pdf([f"BT /F 12 Tf 50 700 Td <{coded}> Tj ET"], font, (supplement, descriptor))


def make_form(fields, annotations="", need_appearances=""):
    """A page with a label and fields; each is (rectangle, entries of its dictionary)."""
    numbers = range(4, 4 + len(fields))
    extra = [f"<</Type/Annot/Subtype/Widget/Rect[{box}]/F 4{entries}>>" for box, entries in fields]
    pdf = make_pdf([line_at(50, 700, "Name of the applicant:") + line_at(50, 650, "Berth wanted:")], extra=extra)
    refs = " ".join(f"{n} 0 R" for n in numbers)
    pdf = pdf.replace(b"<</Type/Catalog", f"<</AcroForm<</Fields[{refs}]/DR<<>>{need_appearances}>>/Type/Catalog".encode())
    return pdf.replace(b"/Type/Page/", f"/Type/Page/Annots[{refs}{annotations}]/".encode())


def make_sfnt(text, first=40):
    """A font program that says no more than which glyph a character has: the n-th of the text is glyph first + n."""
    codes = sorted((ord(c), first + i) for i, c in enumerate(dict.fromkeys(text)))
    groups = b"".join(struct.pack(">III", code, code, glyph) for code, glyph in codes)
    cmap = struct.pack(">HHHHI", 0, 1, 3, 10, 12) + struct.pack(">HHIII", 12, 0, 16 + len(groups), 0, len(codes)) + groups
    glyphs = {chr(code): glyph for code, glyph in codes}
    return struct.pack(">IHHHH4sIII", 0x10000, 1, 0, 0, 0, b"cmap", 0, 28, len(cmap)) + cmap, glyphs


def make_numbered_pdf(text, program=None, glyphs=None, packed=False, shift=0):
    """Text in a font that names glyphs by number and says nothing of characters. With a shift, by numbers of its own,
    which a list turns into glyphs."""
    file = b""
    entries = ""
    if program is not None:
        data = zlib.compress(program) if packed else program
        file = b"<</Length %d%s>>stream\n%s\nendstream" % (len(data), b"/Filter/FlateDecode" if packed else b"", data)
        entries = "/FontFile2 6 0 R"
    to_glyph = "/CIDToGIDMap/Identity"
    extra = ["<</Type/Font/Subtype/CIDFontType2/BaseFont/ABCDEF+Own/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)"
             "/Supplement 0>>/FontDescriptor 5 0 R%s/DW 600>>",
             f"<</Type/FontDescriptor/FontName/ABCDEF+Own/Flags 4/FontBBox[0 -200 1000 900]/ItalicAngle 0/Ascent 800"
             f"/Descent -200/CapHeight 700/StemV 80{entries}>>", file.decode("latin-1") or "null"]
    if shift:
        table = b"\0" * 2 * shift + b"".join(struct.pack(">H", n) for n in range(256))
        extra.append("<</Length %d>>stream\n%s\nendstream" % (len(table), table.decode("latin-1")))
        to_glyph = "/CIDToGIDMap 7 0 R"
    extra[0] %= to_glyph
    font = "<</Type/Font/Subtype/Type0/BaseFont/ABCDEF+Own/Encoding/Identity-H/DescendantFonts[4 0 R]>>"
    coded = "".join(f"{(glyphs or {}).get(c, ord(c) - 29) + shift:04x}" for c in text)
    return make_pdf([f"BT /F 12 Tf 50 700 Td <{coded}> Tj ET"], font, extra)


def make_zip(parts):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


# Texts and the encodings in which they have to be recognised, short ones too.
ENCODED = (
    ("cp1251 koi8-r cp866 iso8859-5 mac_cyrillic", "Лодка ждёт лоцмана у седьмого буя."),
    ("cp1251 koi8-r cp866 iso8859-5", "Артикул;Цена\n15;Насос\n16;Перчатки рабочие"),
    ("cp1251 koi8-u", "Човен чекає на лоцмана біля сьомого буя. Її під'їзд щодня о шостій."),
    ("cp1251 iso8859-5", "Брод чека пилота код седме бове. Џеп, љубав, њива, ћошак, ђак."),
    ("cp1253 iso8859-7", "Κωδικός;Περιγραφή\n1;Σκάλα αλουμινίου"),
    ("cp1255 iso8859-8", "הספינה מחכה לנתב ליד המצוף השביעי"),
    ("cp1256 iso8859-6", "تنتظر السفينة المرشد عند العوامة السابعة"),
    ("cp874", "ราคาสินค้า;จำนวน\nปั๊มน้ำ;5"),
    ("cp874 iso8859-11", "เรือรอนำร่องที่ทุ่นเจ็ด นำร่องขึ้นเรือตอนรุ่งสาง"),
    ("cp1254 iso8859-9", "Ürün;Fiyat\nYağmurluk;15\nKışlık ayakkabı;20"),
    ("cp1250 iso8859-2 cp852 mac_latin2", "Loď čeká na lodivoda u sedmé bóje. Žluťoučký kůň"),
    ("cp1250 iso8859-2", "Číslo;Název\n1;Šroubovák křížový"),
    ("cp1250 iso8859-2", "Môže vplávať ľahko, vôňa, dĺžka"),
    ("cp1250 iso8859-2 cp852", "Cena;Ilość\nWąż ogrodowy;5\nZłącze;7"),
    ("cp1250 iso8859-2 cp852", "A hajó a hetedik bójánál várja a révkalauzt. Őrült hűtőszekrény"),
    ("cp1250 iso8859-2", "Brod čeka pilota kod sedme plutače. Šešir, žaba, ćevap, đak"),
    ("cp1250 iso8859-2", "Nava aşteaptă pilotul la geamandura a şaptea. Ţărm, câine, fântână"),
    ("cp1257 iso8859-13", "Laivas laukia locmano prie septinto plūduro. Ąžuolas, šuo, žemė, įlanka"),
    ("cp1257 iso8859-13", "Kuģis gaida loci pie septītās bojas. Šķēres, žurka, ņemt, ļoti"),
    ("cp1252 cp850 mac_roman iso8859-15", "Das Schiff wartet auf den Lotsen. Größe, Überdruck, Maß"),
    ("cp1252", "Menge;Preis\nSchläuche;5 €\nTemperatur;5 °C, 3½ m, §5, “so”"),
    ("cp1252 mac_roman", "Le bateau attend le pilote à la septième bouée. Où ça, l'été, forêt, œuf"),
    ("cp1252", "À 5 km"),
    ("cp1252 cp850 mac_roman", "Mañana, ¿qué?, corazón, pingüino"),
    ("cp1252 cp850", "O navio espera o prático na sétima boia. Coração, mãe, avô"),
    ("cp1252", "La nave aspetta il pilota. Perché è così, più, città, virtù"),
    ("cp1252 cp850", "Skibet venter på lodsen ved den syvende bøje. Æble, ål, ører"),
    ("gbk hz", "船在第七号浮标处等待引航员。引航员在黎明时登船。"),
    ("gbk", "品名;价格\n手套;15"),
    ("big5", "品名;價格\n手套;15"),
    ("shift_jis euc_jp iso2022_jp", "船は第七ブイで水先人を待つ。水先人は夜明けに乗船する。"),
    ("shift_jis euc_jp iso2022_jp", "品名;価格\n軍手;15"),
    ("shift_jis", "ﾃｽﾄ ﾎﾟﾝﾌﾟ 東京"),
    ("euc_kr iso2022_kr", "배는 일곱 번째 부표에서 도선사를 기다린다."),
    ("euc_kr", "품명;가격\n장갑;15"),
    # Nothing but capitals: in KOI8 they have the places of other encodings' small letters.
    ("cp1251 koi8-r cp866 iso8859-5", "ФИО,Должность\nИВАНОВ ПЁТР,ИНЖЕНЕР\nСИДОРОВА АННА,БУХГАЛТЕР"),
    ("cp1253 iso8859-7 cp737", "ΚΩΔΙΚΟΣ;ΠΕΡΙΓΡΑΦΗ\n10;ΒΙΔΕΣ ΑΝΟΞΕΙΔΩΤΕΣ"),
    # A sign in front of a word, elsewhere a letter.
    ("cp1250 iso8859-2 cp852", "Ime;Mesto\nŽiga Čuček;Škofja Loka"),
    ("cp1250 iso8859-2 cp852", "Název\nŘezník"),
    ("iso8859-15", "Prix: 15 €; œuvre; Šimek"),
    ("cp1252", "Copyright ©Siemens, Größe ±5 °C"),
    ("cp860", "Coração;São"),
    ("cp861", "Þórður;Reykjavík"),
    ("utf-16-le utf-16-be", "Привет мир, это проверка\nвторая строка"),
    ("utf-16-le utf-16-be", "日本語のテスト。\n二行目"),
)

DOCX_PARTS = {
    "[Content_Types].xml": "<Types/>",
    "word/document.xml": (
        '<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'
        "<w:body><w:p><w:r><w:t>Hello from Word</w:t></w:r></w:p></w:body></w:document>"),
}

XLSX_PARTS = {
    "xl/workbook.xml": (
        '<workbook xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">'
        '<sheets><sheet name="Data" sheetId="1" r:id="rId1"/></sheets></workbook>'),
    "xl/_rels/workbook.xml.rels": (
        '<Relationships><Relationship Id="rId1" Target="worksheets/sheet1.xml" Type="http://schemas.'
        'openxmlformats.org/officeDocument/2006/relationships/worksheet"/></Relationships>'),
    "xl/worksheets/sheet1.xml": (
        '<worksheet><sheetData><row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c>'
        '</row><row r="2"><c r="A2" t="s"><v>2</v></c><c r="B2"><v>126000</v></c></row></sheetData>'
        "</worksheet>"),
    "xl/sharedStrings.xml": "<sst><si><t>City</t></si><si><t>People</t></si><si><t>Ulm</t></si></sst>",
}

PPTX_PARTS = {
    "ppt/presentation.xml": (
        '<p:presentation xmlns:p="p" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/'
        'relationships"><p:sldIdLst><p:sldId id="256" r:id="rId1"/></p:sldIdLst></p:presentation>'),
    "ppt/_rels/presentation.xml.rels": (
        '<Relationships><Relationship Id="rId1" Target="slides/slide1.xml" Type="http://schemas.'
        'openxmlformats.org/officeDocument/2006/relationships/slide"/></Relationships>'),
    "ppt/slides/slide1.xml": (
        '<p:sld xmlns:p="p" xmlns:a="a"><p:sp><p:txBody><a:p><a:r><a:t>Hello from a slide</a:t></a:r>'
        "</a:p></p:txBody></p:sp></p:sld>"),
}

ODT_PARTS = {
    "mimetype": "application/vnd.oasis.opendocument.text",
    "content.xml": (
        '<office:document-content xmlns:office="o" xmlns:text="t"><office:body><office:text>'
        "<text:p>Hello from a text</text:p></office:text></office:body></office:document-content>"),
}

EPUB_PARTS = {
    "mimetype": "application/epub+zip",
    "META-INF/container.xml": (
        '<container><rootfiles><rootfile full-path="book.opf"/></rootfiles></container>'),
    "book.opf": (
        '<package><manifest><item id="a" href="a.xhtml" media-type="application/xhtml+xml"/>'
        '</manifest><spine><itemref idref="a"/></spine></package>'),
    "a.xhtml": "<html><head><title/></head><body><h1>Chapter</h1><p>Hello from a book</p></body></html>",
}
