/* SPDX-License-Identifier: Apache-2.0 */
/* testing_fetch.c: one fetch from the command line, for tests in a network of their own. Tests only.
 *
 *     testing_fetch [open=ORIGINS] [ca=FILE] [plain=1] [hops=N] [bytes=N] [total=MS] [first=MS] [tenant=ID]
 *                   [method=M] [body=TEXT] [private=1] [header=NAME:VALUE]... URL
 *
 * Prints a line: "STATUS BYTES URL" and the body below it, or "SYMBOL DETAIL". */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"
#include "http/fetch.h"
#include "http/fetch_conf.h"

struct words {
	struct bh_fetch_settings settings;
	struct bh_fetch ask;
	struct bh_http_header headers[8];
	struct bh_uuid tenant;
};

static void
read_word(struct words *words, char *word)
{
	char *value = strchr(word, '=');

	if (value == NULL || bh_text_starts(word, "http")) {
		words->ask.url = word;
		return;
	}
	*value++ = '\0';
	if (strcmp(word, "open") == 0)
		words->settings.open = value;
	else if (strcmp(word, "ca") == 0)
		words->settings.ca_file = value;
	else if (strcmp(word, "plain") == 0)
		words->settings.plain = true;
	else if (strcmp(word, "private") == 0)
		words->ask.any_private = true;
	else if (strcmp(word, "hops") == 0)
		words->ask.hops_most = (unsigned)atoi(value);
	else if (strcmp(word, "bytes") == 0)
		words->ask.bytes_most = (size_t)atol(value);
	else if (strcmp(word, "total") == 0)
		words->ask.total_ms = atol(value);
	else if (strcmp(word, "first") == 0)
		words->ask.first_byte_ms = atol(value);
	else if (strcmp(word, "method") == 0)
		words->ask.method = value;
	else if (strcmp(word, "body") == 0) {
		words->ask.body = value;
		words->ask.body_len = strlen(value);
	} else if (strcmp(word, "header") == 0) {
		char *text = strchr(value, ':');

		*text++ = '\0';
		words->headers[words->ask.n_headers++] = (struct bh_http_header){value, text};
	} else if (strcmp(word, "tenant") != 0 || bh_uuid_parse(value, &words->tenant) < 0) {
		fprintf(stderr, "unknown: %s\n", word);
		exit(2);
	}
}

int
main(int argc, char **argv)
{
	struct words words = {
		.settings = {.open = "", .ca_file = ""},
		.ask = {.hops_most = 4, .bytes_most = 1000000, .total_ms = 10000, .first_byte_ms = 5000},
	};
	struct bh_arena arena = {0};
	struct bh_fetcher *fetcher = NULL;
	struct bh_fetched answer = {0};
	struct bh_buf body = {0};
	int rc;

	for (int i = 1; i < argc; i++)
		read_word(&words, argv[i]);
	words.ask.headers = words.headers;
	words.ask.tenant = &words.tenant;
	rc = bh_fetcher_open(&words.settings, &fetcher);
	if (rc == 0)
		rc = bh_fetch(fetcher, &arena, &words.ask, &answer);
	if (rc == 0)
		rc = bh_fetch_body(&answer, &body);
	if (rc < 0)
		printf("%s %s\n", bh_error_row(rc)->symbol, bh_error_detail(rc));
	else
		printf("%d %zu %s%s\n%s\n", answer.status, body.len, bh_url_origin(&arena, &answer.url),
			answer.url.path, bh_buf_string(&body));
	bh_fetch_close(&answer);
	bh_fetcher_close(fetcher);
	bh_buf_close(&body);
	bh_arena_close(&arena);
	return 0;
}
