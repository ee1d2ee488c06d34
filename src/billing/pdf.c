/* SPDX-License-Identifier: Apache-2.0 */
/* pdf.c: the one file that knows libharu. */
#include "billing/pdf.h"

#include <hpdf.h>
#include <hpdf_doc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "billing/icc.h"

enum { TEXT_MAX = 1024 };

#define PRODUCER "Bulkhead " BH_VERSION
#define LINE_WIDTH 0.5f

struct billing_pdf {
	HPDF_Doc doc;         /* owned */
	HPDF_Font narrow[2];  /* Windows-1252; plain, bold */
	const char *names[2]; /* of the fonts, in the document */
	HPDF_Font wide[2];    /* composite, from the first text on that needs it */
	HPDF_Page page;       /* the current one */
	bool failed;
};

/* ---- fonts ---- */

int
billing_pdf_open(const char *font, const char *bold, struct billing_pdf **out)
{
	struct billing_pdf *pdf = calloc(1, sizeof(*pdf));
	const char *const paths[2] = {font, bold};

	BH_ASSERT(pdf != NULL);
	pdf->doc = HPDF_New(NULL, NULL);
	if (pdf->doc != NULL)
		HPDF_SetCompressionMode(pdf->doc, HPDF_COMP_ALL);
	for (int i = 0; pdf->doc != NULL && i < 2; i++) {
		pdf->names[i] = HPDF_LoadTTFontFromFile(pdf->doc, paths[i], HPDF_TRUE);
		pdf->narrow[i] = pdf->names[i] != NULL
			? HPDF_GetFont(pdf->doc, pdf->names[i], "WinAnsiEncoding")
			: NULL;
		if (pdf->narrow[i] == NULL) {
			billing_pdf_close(pdf);
			return bh_error(BH_E_CONFIG, "the font %s cannot be used", paths[i]);
		}
		/* It belongs into the font's descriptor, and every character has a width. */
		HPDF_Dict_RemoveElement(pdf->narrow[i], "MissingWidth");
	}
	if (pdf->doc == NULL) {
		billing_pdf_close(pdf);
		return BH_E_MEMORY;
	}
	*out = pdf;
	return 0;
}

void
billing_pdf_close(struct billing_pdf *pdf)
{
	if (pdf != NULL && pdf->doc != NULL)
		HPDF_Free(pdf->doc);
	free(pdf);
}

static HPDF_Font
wide_font(struct billing_pdf *pdf, bool bold)
{
	if (pdf->wide[bold] == NULL) {
		HPDF_UseUTFEncodings(pdf->doc);
		pdf->wide[bold] = HPDF_GetFont(pdf->doc, pdf->names[bold], "UTF-8");
	}
	return pdf->wide[bold];
}

/* ---- Windows-1252 ---- */

/* What its bytes from 0x80 to 0x9f are; 0: nothing. */
static const uint16_t specials[32] = {0x20ac, 0, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021,
	0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0, 0x017d, 0, 0, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
	0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0, 0x017e, 0x0178};

/* The next code point of valid UTF-8. */
static uint32_t
next_point(const unsigned char **at)
{
	const unsigned char *text = *at;
	int more = text[0] < 0xc0 ? 0 : text[0] < 0xe0 ? 1 : text[0] < 0xf0 ? 2 : 3;
	uint32_t point = more == 0 ? text[0] : text[0] & (0x3fu >> more);

	for (int i = 1; i <= more && text[i] != '\0'; i++)
		point = point << 6 | (text[i] & 0x3fu);
	*at += more + 1;
	return point;
}

/* 0 for a character that it has not. Controls are blanks. */
static char
narrow_char(uint32_t point)
{
	if (point < 0x20 || point == 0x7f)
		return ' ';
	if (point < 0x7f || (point >= 0xa0 && point <= 0xff))
		return (char)point;
	for (int i = 0; i < 32; i++) {
		if (specials[i] == point)
			return (char)(0x80 + i);
	}
	return '\0';
}

static bool
to_narrow(const char *text, char out[TEXT_MAX])
{
	const unsigned char *at = (const unsigned char *)text, *end = at + strlen(text);
	size_t n = 0;

	while (at < end && n + 1 < TEXT_MAX) {
		char c = narrow_char(next_point(&at));

		if (c == '\0')
			return false;
		out[n++] = c;
	}
	out[n] = '\0';
	return true;
}

/* ---- pages ---- */

void
billing_pdf_page(struct billing_pdf *pdf)
{
	pdf->page = HPDF_AddPage(pdf->doc);
	if (pdf->page == NULL) {
		pdf->failed = true;
		return;
	}
	HPDF_Page_SetWidth(pdf->page, BILLING_PDF_WIDTH);
	HPDF_Page_SetHeight(pdf->page, BILLING_PDF_HEIGHT);
	HPDF_Page_SetLineWidth(pdf->page, LINE_WIDTH);
}

void
billing_pdf_text(struct billing_pdf *pdf, double x, double y, const struct billing_pdf_style *style,
	const char *text)
{
	char shown[TEXT_MAX];
	bool narrow = to_narrow(text, shown);
	HPDF_Font font = narrow ? pdf->narrow[style->bold] : wide_font(pdf, style->bold);
	double width;

	if (pdf->page == NULL || font == NULL) {
		pdf->failed = true;
		return;
	}
	if (!narrow)
		snprintf(shown, sizeof(shown), "%.*s",
			(int)bh_text_cut(text, strlen(text), sizeof(shown) - 1), text);
	HPDF_Page_SetFontAndSize(pdf->page, font, (float)style->size);
	width = (double)HPDF_Page_TextWidth(pdf->page, shown);
	while (style->width > 0 && width > style->width && shown[0] != '\0') {
		size_t len = strlen(shown) - 1;

		shown[narrow ? len : bh_text_cut(shown, strlen(shown), len)] = '\0';
		width = (double)HPDF_Page_TextWidth(pdf->page, shown);
	}
	HPDF_Page_BeginText(pdf->page);
	HPDF_Page_TextOut(pdf->page, (float)(style->right ? x - width : x), (float)y, shown);
	HPDF_Page_EndText(pdf->page);
}

void
billing_pdf_rule(struct billing_pdf *pdf, double x, double y, double until_x)
{
	if (pdf->page == NULL)
		return;
	HPDF_Page_MoveTo(pdf->page, (float)x, (float)y);
	HPDF_Page_LineTo(pdf->page, (float)until_x, (float)y);
	HPDF_Page_Stroke(pdf->page);
}

/* ---- what makes it PDF/A ---- */

static const char xmp[] =
	"<?xpacket begin=\"\xef\xbb\xbf\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n"
	"<x:xmpmeta xmlns:x=\"adobe:ns:meta/\">\n"
	"<rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">\n"
	"<rdf:Description rdf:about=\"\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\""
	" xmlns:xmp=\"http://ns.adobe.com/xap/1.0/\" xmlns:pdf=\"http://ns.adobe.com/pdf/1.3/\""
	" xmlns:pdfaid=\"http://www.aiim.org/pdfa/ns/id/\">\n"
	"<dc:title><rdf:Alt><rdf:li xml:lang=\"x-default\">%s</rdf:li></rdf:Alt></dc:title>\n"
	"<xmp:CreatorTool>%s</xmp:CreatorTool>\n"
	"<xmp:CreateDate>%s</xmp:CreateDate><xmp:ModifyDate>%s</xmp:ModifyDate>\n"
	"<pdf:Producer>%s</pdf:Producer>\n"
	"%s"
	"</rdf:Description>\n</rdf:RDF>\n</x:xmpmeta>\n<?xpacket end=\"w\"?>";
static const char claim[] =
	"<pdfaid:part>1</pdfaid:part><pdfaid:conformance>B</pdfaid:conformance>\n";

static void
set_info(struct billing_pdf *pdf, const char *title, const struct tm *tm)
{
	const HPDF_Date date = {tm->tm_year + 1900, tm->tm_mon + 1, tm->tm_mday, tm->tm_hour,
		tm->tm_min, tm->tm_sec, 'Z', 0, 0};

	HPDF_SetInfoAttr(pdf->doc, HPDF_INFO_TITLE, title);
	HPDF_SetInfoAttr(pdf->doc, HPDF_INFO_CREATOR, PRODUCER);
	HPDF_SetInfoAttr(pdf->doc, HPDF_INFO_PRODUCER, PRODUCER);
	HPDF_SetInfoDateAttr(pdf->doc, HPDF_INFO_CREATION_DATE, date);
	HPDF_SetInfoDateAttr(pdf->doc, HPDF_INFO_MOD_DATE, date);
}

/* The same as in the information dictionary, word for word; not compressed, as the standard wants it. */
static void
add_metadata(struct billing_pdf *pdf, const char *title, const struct tm *tm)
{
	BH_AUTO(bh_buf_close) struct bh_buf text = {0};
	HPDF_Dict dict = HPDF_DictStream_New(pdf->doc->mmgr, pdf->doc->xref);
	bool conforms = pdf->wide[0] == NULL && pdf->wide[1] == NULL;
	char date[32];

	if (dict == NULL) {
		pdf->failed = true;
		return;
	}
	strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%SZ", tm);
	bh_buf_printf(&text, xmp, title, PRODUCER, date, date, PRODUCER, conforms ? claim : "");
	HPDF_Dict_AddName(dict, "Type", "Metadata");
	HPDF_Dict_AddName(dict, "Subtype", "XML");
	HPDF_Stream_Write(dict->stream, (const HPDF_BYTE *)text.data, (HPDF_UINT)text.len);
	HPDF_Dict_Add(pdf->doc->catalog, "Metadata", dict);
}

static void
add_intent(struct billing_pdf *pdf)
{
	HPDF_Doc doc = pdf->doc;
	HPDF_Dict profile = HPDF_DictStream_New(doc->mmgr, doc->xref);
	HPDF_Dict intent = HPDF_Dict_New(doc->mmgr);
	HPDF_Array intents = HPDF_Array_New(doc->mmgr);
	uint8_t icc[BILLING_ICC_BYTES];

	if (profile == NULL || intent == NULL || intents == NULL ||
		HPDF_Xref_Add(doc->xref, intent) != HPDF_OK) {
		pdf->failed = true;
		return;
	}
	billing_icc_srgb(icc);
	HPDF_Dict_AddNumber(profile, "N", 3);
	HPDF_Stream_Write(profile->stream, icc, sizeof(icc));
	HPDF_Dict_AddName(intent, "Type", "OutputIntent");
	HPDF_Dict_AddName(intent, "S", "GTS_PDFA1");
	HPDF_Dict_Add(intent, "OutputConditionIdentifier", HPDF_String_New(doc->mmgr, "sRGB", NULL));
	HPDF_Dict_Add(intent, "Info", HPDF_String_New(doc->mmgr, "sRGB", NULL));
	HPDF_Dict_Add(intent, "DestOutputProfile", profile);
	HPDF_Array_Add(intents, intent);
	HPDF_Dict_Add(doc->catalog, "OutputIntents", intents);
}

static void
add_id(struct billing_pdf *pdf, const struct bh_uuid *id)
{
	HPDF_Array ids = HPDF_Array_New(pdf->doc->mmgr);
	uint8_t bytes[sizeof(id->bytes)];

	memcpy(bytes, id->bytes, sizeof(bytes));
	for (int i = 0; ids != NULL && i < 2; i++)
		HPDF_Array_Add(ids, HPDF_Binary_New(pdf->doc->mmgr, bytes, sizeof(bytes)));
	if (ids == NULL || HPDF_Dict_Add(pdf->doc->trailer, "ID", ids) != HPDF_OK)
		pdf->failed = true;
}

static int
copy_out(struct billing_pdf *pdf, struct bh_buf *out)
{
	HPDF_UINT32 size, got;
	HPDF_STATUS rc = HPDF_SaveToStream(pdf->doc);

	if (rc != HPDF_OK || pdf->failed || HPDF_GetError(pdf->doc) != HPDF_OK)
		return bh_error(BH_E_INTERNAL, "libharu failed: 0x%lx", HPDF_GetError(pdf->doc));
	size = HPDF_GetStreamSize(pdf->doc);
	got = size;
	rc = HPDF_ReadFromStream(pdf->doc, (HPDF_BYTE *)bh_buf_room(out, size), &got);
	/* All of it in one piece ends with EOF. */
	if ((rc != HPDF_OK && rc != HPDF_STREAM_EOF) || got != size)
		return bh_error(BH_E_INTERNAL, "libharu gave %u of %u bytes", got, size);
	out->len += got;
	return 0;
}

int
billing_pdf_save(struct billing_pdf *pdf, const char *title, int64_t made_ms,
	const struct bh_uuid *id, struct bh_buf *out)
{
	time_t made = (time_t)(made_ms / 1000);
	struct tm tm;

	gmtime_r(&made, &tm);
	set_info(pdf, title, &tm);
	pdf->doc->pdf_version = HPDF_VER_14;
	add_metadata(pdf, title, &tm);
	add_intent(pdf);
	add_id(pdf, id);
	return copy_out(pdf, out);
}
