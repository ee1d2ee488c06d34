/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_url.c: a URL on the first line, and on the second one what it redirects to; what is read must be fit for a
 * request's head, and read the same again. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "http/url.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(struct bh_arena *arena, const struct bh_url *url)
{
	struct bh_url again;
	const char *whole;

	if (url->host[0] == '\0' || strpbrk(url->host, " \r\n\t\"'/?#@\\%[]") != NULL)
		abort();
	if (strpbrk(url->authority, " \r\n\t\"'/?#@\\%") != NULL || url->port < 1 || url->port > 65535)
		abort();
	if (url->path[0] != '/' || strpbrk(url->path, " \r\n\t#\\") != NULL)
		abort();
	whole = bh_arena_printf(arena, "%s%s", bh_url_origin(arena, url), url->path);
	if (strlen(whole) > BH_URL_BYTES_MOST)
		return;
	if (bh_url_read(arena, whole, &again) < 0 || !bh_url_same_origin(url, &again) ||
		strcmp(url->path, again.path) != 0 || strcmp(url->authority, again.authority) != 0)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bh_arena arena = {0};
	char *text = bh_arena_copy(&arena, data, size);
	char *location = strchr(text, '\n');
	struct bh_url url, next;

	if (location != NULL)
		*location++ = '\0';
	if (bh_url_read(&arena, text, &url) == 0) {
		check(&arena, &url);
		if (location != NULL && bh_url_follow(&arena, &url, location, &next) == 0)
			check(&arena, &next);
	}
	bh_arena_close(&arena);
	return 0;
}
