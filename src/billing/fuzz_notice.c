/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_notice.c: any text as a mail's address, an amount, a cell and a mail. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "json/csv.h"
#include "billing/event.h"
#include "http/mail.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_amount(const char *text)
{
	int64_t nanos, again;
	char written[32];

	if (billing_amount_read(text, &nanos) < 0)
		return;
	bh_text_from_nanos(nanos, written);
	if (billing_amount_read(written, &again) < 0 || again != nanos)
		abort();
}

/* A cell begins with nothing that a spreadsheet runs, and quotes in it are doubled. */
static void
check_cell(const char *text)
{
	BH_AUTO(bh_buf_close) struct bh_buf out = {0};
	const char *cell;
	size_t quotes = 0;

	bh_csv_text(&out, text);
	cell = bh_buf_string(&out);
	for (const char *at = cell; *at != '\0'; at++)
		quotes += *at == '"';
	if (quotes % 2 != 0 || (cell[0] != '\0' && strchr("=+-@\t\r", cell[0]) != NULL))
		abort();
	if (cell[0] == '"' && strchr("=+-@\t\r", cell[1]) != NULL)
		abort();
}

static void
check_mail(const char *text)
{
	BH_AUTO(bh_buf_close) struct bh_buf out = {0};
	const struct bh_mail_conf conf = {.from = "a@b.example"};
	const struct bh_mail mail = {.to = &text, .n_to = 1, .id = "1", .subject = text, .text = text};
	bool good = bh_mail_is_address(text);

	if (good && strpbrk(text, " \r\n<>,\"") != NULL)
		abort();
	if ((bh_mail_write(&conf, &mail, &out) == 0) != good)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bh_arena arena = {0};
	const char *text = bh_arena_copy(&arena, data, size);

	check_amount(text);
	check_cell(text);
	check_mail(text);
	bh_arena_close(&arena);
	return 0;
}
