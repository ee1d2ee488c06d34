/* SPDX-License-Identifier: Apache-2.0 */
/* invoice_pdf.c: where what stands on an invoice. */
#include "billing/invoice_pdf.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/text.h"
#include "billing/currency.h"
#include "billing/pdf.h"
#include "json/json.h"

enum { LEFT = 56, RIGHT = 539, TOP = 780, BOTTOM = 70, LINE = 14, SMALL_LINE = 11, AMOUNT = 120 };

struct sheet {
	struct billing_pdf *pdf;
	const struct billing_invoice *invoice;
	double y;
	int pages;
};

static const struct billing_pdf_style plain = {.size = 10}, bold = {.size = 10, .bold = true},
									  small = {.size = 8, .width = RIGHT - LEFT - AMOUNT},
									  right = {.size = 10, .right = true},
									  right_bold = {.size = 10, .bold = true, .right = true},
									  title = {.size = 18, .bold = true},
									  line_text = {.size = 10, .width = RIGHT - LEFT - AMOUNT};

static void
begin_page(struct sheet *sheet)
{
	char text[80];

	billing_pdf_page(sheet->pdf);
	sheet->y = TOP;
	sheet->pages++;
	snprintf(text, sizeof(text), "%.60s, page %d",
		sheet->invoice->number != NULL ? sheet->invoice->number : "Draft", sheet->pages);
	billing_pdf_text(sheet->pdf, RIGHT, BOTTOM - 30,
		&(struct billing_pdf_style){.size = 8, .right = true}, text);
}

/* Goes down by this much, if need be to the next page. */
static void
step(struct sheet *sheet, double by)
{
	sheet->y -= by;
	if (sheet->y < BOTTOM)
		begin_page(sheet);
}

static void
put(struct sheet *sheet, const struct billing_pdf_style *style, const char *text)
{
	billing_pdf_text(sheet->pdf, LEFT, sheet->y, style, text);
	step(sheet, style->size > 9 ? LINE : SMALL_LINE);
}

static const char *
day(int64_t ms, char out[16])
{
	time_t seconds = (time_t)(ms / 1000);
	struct tm tm;

	gmtime_r(&seconds, &tm);
	strftime(out, 16, "%Y-%m-%d", &tm);
	return out;
}

/* ---- the head ---- */

static void
put_lines(struct sheet *sheet, const char *text)
{
	while (text != NULL && *text != '\0') {
		size_t len = strcspn(text, "\n");
		const char *slash = strstr(text, " / ");
		char line[200];

		if (slash != NULL && (size_t)(slash - text) < len)
			len = (size_t)(slash - text);
		snprintf(line, sizeof(line), "%.*s", (int)bh_text_cut(text, len, sizeof(line) - 1), text);
		put(sheet, &plain, line);
		text += len;
		text += *text == '\n' ? 1 : strncmp(text, " / ", 3) == 0 ? 3 : 0;
	}
}

static void
put_party(struct sheet *sheet, const char *label, const char *party)
{
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	const char *name, *country, *vat_id;
	char text[80];

	if (bh_json_parse(party, strlen(party), &doc) < 0)
		return;
	name = bh_json_get_string(doc.root, "name");
	country = bh_json_get_string(doc.root, "country");
	vat_id = bh_json_get_string(doc.root, "vat_id");
	put(sheet, &small, label);
	put(sheet, &bold, name != NULL ? name : "");
	put_lines(sheet, bh_json_get_string(doc.root, "address"));
	put_lines(sheet, country);
	if (vat_id != NULL && vat_id[0] != '\0') {
		snprintf(text, sizeof(text), "VAT ID %.40s", vat_id);
		put(sheet, &plain, text);
	}
	step(sheet, LINE / 2.0);
}

static void
put_head(struct sheet *sheet)
{
	const struct billing_invoice *invoice = sheet->invoice;
	bool is_note = strcmp(invoice->kind, "credit_note") == 0;
	char text[200], date[16];

	billing_pdf_text(sheet->pdf, LEFT, sheet->y, &title, is_note ? "Credit note" : "Invoice");
	step(sheet, 2 * LINE);
	snprintf(text, sizeof(text), "Number %.60s",
		invoice->number != NULL ? invoice->number : "(draft)");
	put(sheet, &bold, text);
	if (invoice->finalized_ms != 0) {
		snprintf(text, sizeof(text), "Date %s", day(invoice->finalized_ms, date));
		put(sheet, &plain, text);
	}
	if (invoice->starts_on != NULL && invoice->ends_on != NULL) {
		snprintf(text, sizeof(text), "Usage from %.10s until %.10s (not included)",
			invoice->starts_on, invoice->ends_on);
		put(sheet, &plain, text);
	}
	step(sheet, LINE);
	put_party(sheet, "From", invoice->seller);
	put_party(sheet, "To", invoice->buyer);
}

/* ---- the lines ---- */

static void
put_amount(struct sheet *sheet, const char *label, int64_t nanos, bool is_bold)
{
	char text[48];

	billing_currency_print(sheet->invoice->currency, nanos, text);
	billing_pdf_text(sheet->pdf, LEFT, sheet->y,
		is_bold
			? &(struct billing_pdf_style){.size = 10, .bold = true, .width = RIGHT - LEFT - AMOUNT}
			: &line_text,
		label);
	billing_pdf_text(sheet->pdf, RIGHT, sheet->y, is_bold ? &right_bold : &right, text);
	step(sheet, LINE);
}

/* "chat.input_tokens: 1200, 1000 of them included, 0.60 EUR a million" */
static void
put_quantity(struct sheet *sheet, const struct bh_json *quantity)
{
	const char *meter = bh_json_get_string(quantity, "meter");
	const char *price = bh_json_get_string(quantity, "unit_price");
	int64_t used = 0, included = 0;
	char text[240];
	int n;

	(void)bh_json_int(bh_json_get(quantity, "quantity"), &used);
	(void)bh_json_int(bh_json_get(quantity, "included"), &included);
	n = snprintf(text, sizeof(text), "%.60s: %lld", meter != NULL ? meter : "", (long long)used);
	if (included != 0)
		n += snprintf(text + n, sizeof(text) - (size_t)n, ", %lld of them included",
			(long long)included);
	if (price != NULL)
		snprintf(text + n, sizeof(text) - (size_t)n, ", %.32s %.3s a million", price,
			sheet->invoice->currency);
	billing_pdf_text(sheet->pdf, LEFT + 12, sheet->y, &small, text);
	step(sheet, SMALL_LINE);
}

static void
put_usage(struct sheet *sheet, const struct billing_invoice_line *line)
{
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	char text[120];

	if (line->price_version != 0 || line->rate_version != 0) {
		snprintf(text, sizeof(text), "%lld calls, %s version %lld", (long long)line->calls,
			line->rate_version != 0 ? "plan" : "price",
			(long long)(line->rate_version != 0 ? line->rate_version : line->price_version));
		billing_pdf_text(sheet->pdf, LEFT + 12, sheet->y, &small, text);
		step(sheet, SMALL_LINE);
	}
	if (bh_json_parse(line->quantities, strlen(line->quantities), &doc) < 0)
		return;
	for (size_t i = 0; i < bh_json_count(doc.root); i++)
		put_quantity(sheet, bh_json_at(doc.root, i));
}

static void
put_line(struct sheet *sheet, const struct billing_invoice_line *line)
{
	char from[16], until[16], text[64];

	put_amount(sheet, line->description, line->nanos, false);
	if (line->starts_ms != 0 && line->ends_ms != 0) {
		snprintf(text, sizeof(text), "%s until %s", day(line->starts_ms, from),
			day(line->ends_ms, until));
		billing_pdf_text(sheet->pdf, LEFT + 12, sheet->y, &small, text);
		step(sheet, SMALL_LINE);
	}
	if (strcmp(line->kind, "usage") == 0)
		put_usage(sheet, line);
}

static void
put_all_lines(struct sheet *sheet, const struct billing_invoice_line *lines, size_t n)
{
	int64_t rest = 0;

	billing_pdf_rule(sheet->pdf, LEFT, sheet->y + LINE - 3, RIGHT);
	for (size_t i = 0; i < n && i < BILLING_PDF_LINES; i++)
		put_line(sheet, &lines[i]);
	for (size_t i = BILLING_PDF_LINES; i < n; i++)
		rest += lines[i].nanos;
	if (n > BILLING_PDF_LINES)
		put_amount(sheet, "Further lines, which the invoice's JSON lists", rest, false);
	billing_pdf_rule(sheet->pdf, LEFT, sheet->y + LINE - 3, RIGHT);
}

/* ---- the foot ---- */

static void
put_tax(struct sheet *sheet)
{
	const struct billing_tax *tax = &sheet->invoice->tax;
	char rate[32], text[120];

	if (tax->reverse_charge) {
		put_amount(sheet, "Tax: reverse charge", 0, false);
		return;
	}
	bh_text_from_nanos(tax->ppm * 100000, rate);
	if (tax->name[0] == '\0')
		snprintf(text, sizeof(text), "No tax");
	else
		snprintf(text, sizeof(text), "%s%.40s %s %%", tax->inclusive ? "Contains " : "", tax->name,
			rate);
	put_amount(sheet, text, sheet->invoice->tax_nanos, false);
}

static void
put_foot(struct sheet *sheet)
{
	const struct billing_invoice *invoice = sheet->invoice;
	bool is_note = strcmp(invoice->kind, "credit_note") == 0;
	char text[160], date[16];

	put_amount(sheet, "Subtotal", invoice->subtotal, false);
	put_tax(sheet);
	put_amount(sheet, "Total", invoice->total, false);
	if (invoice->carried_in != 0)
		put_amount(sheet, "Carried from earlier invoices", invoice->carried_in, false);
	if (invoice->carried_out != 0)
		put_amount(sheet, "Carried to the next invoice", -invoice->carried_out, false);
	put_amount(sheet, is_note ? "Credited" : "Amount due", invoice->due, true);
	step(sheet, LINE);
	if (!is_note && invoice->due_ms != 0 && invoice->due > 0) {
		snprintf(text, sizeof(text), "Please pay by %s.", day(invoice->due_ms, date));
		put(sheet, &plain, text);
	}
	if (invoice->tax.reverse_charge)
		put(sheet, &plain,
			"Reverse charge: the buyer owes the tax (Article 196 of Directive 2006/112/EC).");
	if (invoice->tax.note != NULL && invoice->tax.note[0] != '\0')
		put(sheet, &plain, invoice->tax.note);
	put_lines(sheet, invoice->note);
}

int
billing_invoice_pdf(const struct billing_invoice *invoice, const struct billing_invoice_line *lines,
	size_t n, const struct billing_fonts *fonts, struct bh_buf *out)
{
	struct sheet sheet = {.invoice = invoice};
	char name[120];
	int rc = billing_pdf_open(fonts->plain, fonts->bold, &sheet.pdf);

	if (rc < 0)
		return rc;
	begin_page(&sheet);
	put_head(&sheet);
	put_all_lines(&sheet, lines, n);
	put_foot(&sheet);
	snprintf(name, sizeof(name), "%s %.60s",
		strcmp(invoice->kind, "credit_note") == 0 ? "Credit note" : "Invoice",
		invoice->number != NULL ? invoice->number : "(draft)");
	rc = billing_pdf_save(sheet.pdf, name,
		invoice->finalized_ms != 0 ? invoice->finalized_ms : invoice->created_ms, &invoice->id,
		out);
	billing_pdf_close(sheet.pdf);
	return rc;
}
