/* SPDX-License-Identifier: Apache-2.0 */
/* test_pdf.c: invoices as files: what PDF/A wants is there, and the same invoice makes the same bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "billing/icc.h"
#include "billing/invoice_pdf.h"

enum { MANY = 1200 };

static const struct billing_fonts fonts = {"/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf",
	"/usr/share/fonts/truetype/dejavu/DejaVuSans-Bold.ttf"};

static const struct billing_invoice_line line = {.position = 1,
	.kind = "usage",
	.description = "Chat, gpt",
	.act = "chat",
	.model = "gpt",
	.price_version = 3,
	.calls = 2,
	.quantities = "[{\"meter\":\"chat.input_tokens\",\"quantity\":1200,\"included\":200,"
				  "\"unit_price\":\"0.6\"}]",
	.nanos = 1234567891};

static struct billing_invoice
invoice(void)
{
	return (struct billing_invoice){.id.bytes = {1, 2, 3},
		.kind = "invoice",
		.status = "open",
		.number = "INV-00000001-2026-000001",
		.currency = "EUR",
		.starts_on = "2026-11-01",
		.ends_on = "2026-12-01",
		.subtotal = 1234567891,
		.tax = {"VAT", 190000, false, false},
		.tax_nanos = 234567899,
		.total = 1469135790,
		.carried_out = -864210,
		.due = 1470000000,
		.seller = "{\"name\":\"Müller & Söhne GmbH\",\"address\":\"Am Deich 1 / 20457 Hamburg\","
				  "\"country\":\"DE\",\"vat_id\":\"DE123456789\"}",
		.buyer = "{\"name\":\"Cliente SA\",\"address\":\"Calle 1\\nMadrid\",\"country\":\"ES\","
				 "\"vat_id\":\"\"}",
		.note = "Thank you — €",
		.created_ms = 1796000000000,
		.finalized_ms = 1796000000000,
		.due_ms = 1797000000000};
}

static bool
has(const struct bh_buf *pdf, const char *text)
{
	return memmem(pdf->data, pdf->len, text, strlen(text)) != NULL;
}

static size_t
count(const struct bh_buf *pdf, const char *text)
{
	const char *at = pdf->data;
	size_t n = 0;

	while ((at = memmem(at, pdf->len - (size_t)(at - pdf->data), text, strlen(text))) != NULL) {
		at += strlen(text);
		n++;
	}
	return n;
}

static void
it_has_what_the_standard_wants(void **state)
{
	BH_AUTO(bh_buf_close) struct bh_buf pdf = {0};
	struct billing_invoice one = invoice();

	(void)state;
	assert_int_equal(billing_invoice_pdf(&one, &line, 1, &fonts, &pdf), 0);
	assert_memory_equal(pdf.data, "%PDF-1.4\n%", 10);
	assert_true(
		has(&pdf, "<pdfaid:part>1</pdfaid:part><pdfaid:conformance>B</pdfaid:conformance>"));
	assert_true(has(&pdf, "/Subtype /XML"));
	assert_true(has(&pdf, "/S /GTS_PDFA1"));
	assert_true(has(&pdf, "/DestOutputProfile "));
	assert_true(has(&pdf, "acsp"));
	assert_true(has(&pdf, "/ID ["));
	/* The two fonts, each embedded. */
	assert_int_equal(count(&pdf, "/FontFile2"), 2);
	assert_int_equal(count(&pdf, "/Type0"), 0);
	assert_false(has(&pdf, "/Encrypt"));
	assert_true(has(&pdf, "2026-11-30T"));
	assert_true(has(&pdf, "(D:20261130"));
}

static void
the_same_invoice_makes_the_same_bytes(void **state)
{
	BH_AUTO(bh_buf_close) struct bh_buf first = {0}, second = {0};
	struct billing_invoice one = invoice();

	(void)state;
	assert_int_equal(billing_invoice_pdf(&one, &line, 1, &fonts, &first), 0);
	assert_int_equal(billing_invoice_pdf(&one, &line, 1, &fonts, &second), 0);
	assert_int_equal(first.len, second.len);
	assert_memory_equal(first.data, second.data, first.len);
}

static void
another_script_is_printed_and_nothing_is_claimed(void **state)
{
	BH_AUTO(bh_buf_close) struct bh_buf pdf = {0};
	struct billing_invoice one = invoice();

	(void)state;
	one.buyer = "{\"name\":\"Ελλάδα ΑΕ\",\"address\":\"\",\"country\":\"GR\",\"vat_id\":\"\"}";
	assert_int_equal(billing_invoice_pdf(&one, &line, 1, &fonts, &pdf), 0);
	assert_true(has(&pdf, "/Type0"));
	assert_false(has(&pdf, "pdfaid:part>"));
}

static void
many_lines_take_many_pages_and_no_more_than_are_bearable(void **state)
{
	BH_AUTO(bh_buf_close) struct bh_buf pdf = {0};
	struct billing_invoice_line *lines = calloc(MANY, sizeof(*lines));
	struct billing_invoice one = invoice();

	(void)state;
	for (int i = 0; i < MANY; i++)
		lines[i] = line;
	assert_int_equal(billing_invoice_pdf(&one, lines, MANY, &fonts, &pdf), 0);
	assert_in_range(count(&pdf, "/Type /Page\n"), 20, 80);
	assert_in_range(pdf.len, 1000, 4000000);
	free(lines);
}

static void
a_font_that_is_missing_is_told(void **state)
{
	static const struct billing_fonts none = {"/nowhere.ttf", "/nowhere.ttf"};
	BH_AUTO(bh_buf_close) struct bh_buf pdf = {0};
	struct billing_invoice one = invoice();

	(void)state;
	assert_int_equal(billing_invoice_pdf(&one, &line, 1, &none, &pdf), BH_E_CONFIG);
	assert_non_null(strstr(bh_error_detail(BH_E_CONFIG), "/nowhere.ttf"));
}

int
main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_has_what_the_standard_wants),
		cmocka_unit_test(the_same_invoice_makes_the_same_bytes),
		cmocka_unit_test(another_script_is_printed_and_nothing_is_claimed),
		cmocka_unit_test(many_lines_take_many_pages_and_no_more_than_are_bearable),
		cmocka_unit_test(a_font_that_is_missing_is_told),
	};

	/* A file to look at, or to validate elsewhere. */
	if (argc > 1) {
		BH_AUTO(bh_buf_close) struct bh_buf pdf = {0};
		struct billing_invoice one = invoice();
		FILE *file = fopen(argv[1], "wb");
		int rc = file == NULL ? -1 : billing_invoice_pdf(&one, &line, 1, &fonts, &pdf);

		if (rc == 0)
			rc = fwrite(pdf.data, 1, pdf.len, file) == pdf.len && fclose(file) == 0 ? 0 : -1;
		return rc == 0 ? 0 : 1;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
