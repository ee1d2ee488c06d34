/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_query.c: four lines: a header with parameters, a query string, a URL to call or an origin, and a Range header. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "http/client.h"
#include "http/disposition.h"
#include "http/exchange.h"
#include "http/origin.h"
#include "http/range.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Cuts the line off *at. */
static char *
line(char **at)
{
	char *start = *at;

	*at += strcspn(*at, "\n");
	if (**at != '\0')
		*(*at)++ = '\0';
	return start;
}

static void
walk_parameters(const char *value)
{
	char name[BH_DISPOSITION_TEXT], text[BH_DISPOSITION_VALUE], word[BH_DISPOSITION_TEXT];
	const char *at = value;

	if (!bh_disposition_is(value, "form-data", &at) && strchr(value, ';') != NULL)
		at = strchr(value, ';');
	while (bh_disposition_next(&at, name, text) == 1) {
		if (name[0] == '\0' || at > value + strlen(value))
			abort();
		if (bh_disposition_decode(text, word) && strlen(word) > strlen(text))
			abort();
	}
}

static void
decode(const char *query)
{
	struct bh_arena arena = {0};
	const struct bh_http_exchange exchange = {.arena = &arena, .query = query};
	const char *value = NULL;

	if (bh_http_query(&exchange, "after", &value) == 0 && value != NULL &&
		!bh_text_is_utf8(value, strlen(value)))
		abort();
	if (bh_http_decode(&arena, query, strlen(query), false, &value) == 0 &&
		(strlen(value) > strlen(query) || !bh_text_is_utf8(value, strlen(value))))
		abort();
	bh_arena_close(&arena);
}

static void
open_client(const char *url)
{
	const struct bh_http_client_conf conf = {.url = url, .idle_max = 1, .connect_ms = 1};
	struct bh_http_client *client = NULL;

	if (bh_http_client_open(&conf, &client) == 0)
		bh_http_client_close(client);
	else if (client != NULL)
		abort();
}

/* Whatever is one can stand in a header, and in nginx's configuration. */
static void
read_origin(const char *text)
{
	if (bh_origin_is(text, strlen(text)) &&
		(strlen(text) > 255 || strpbrk(text, " \t\r\n\"';{}$\\,@*?#%") != NULL))
		abort();
}

/* Never anything outside of the content. */
static void
read_range(const char *header)
{
	static const int64_t sizes[] = {0, 1, 1000, INT64_MAX};

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct bh_http_range range;
		enum bh_http_range_kind kind = bh_http_range_read(header, sizes[i], &range);

		if (range.start < 0 || range.bytes < 0 || range.start > sizes[i] - range.bytes ||
			(kind == BH_RANGE_PART && range.bytes == 0) ||
			(kind == BH_RANGE_ALL && range.bytes != sizes[i]))
			abort();
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	char *at = text;

	if (text == NULL)
		abort();
	if (size > 0)
		memcpy(text, data, size);
	text[size] = '\0';
	walk_parameters(line(&at));
	decode(line(&at));
	read_origin(at);
	open_client(line(&at));
	read_range(at);
	free(text);
	return 0;
}
