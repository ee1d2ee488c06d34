/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_endpoint.c: addresses of processes, divided by blanks; every part must lie within the text. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "http/endpoint.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(const char *text, size_t size, const struct bh_endpoint_part *part, const char *not_in_it)
{
	if (part->len == 0)
		return;
	if (part->text < text || part->text + part->len > text + size)
		abort();
	/* nginx's configuration and a request's head are written from it. */
	for (size_t i = 0; i < part->len; i++) {
		if (part->text[i] == '\0' || strchr(not_in_it, part->text[i]) != NULL)
			abort();
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bh_endpoint list[BH_ENDPOINTS_MOST];
	char *text = malloc(size + 1);
	size_t n = 0;

	if (text == NULL)
		abort();
	if (size > 0)
		memcpy(text, data, size);
	text[size] = '\0';
	if (bh_endpoints_read(text, list, &n) < 0)
		n = 0;
	if (n > BH_ENDPOINTS_MOST)
		abort();
	for (size_t i = 0; i < n; i++) {
		check(text, size, &list[i].path, " ");
		check(text, size, &list[i].host, " \r\n\t\"';{}$\\@/?#[]");
		check(text, size, &list[i].authority, " \r\n\t\"';{}$\\@/?#");
		check(text, size, &list[i].base, " \r\n\t?#");
		if (!bh_endpoint_is_local(&list[i]) && (list[i].port < 1 || list[i].port > 65535))
			abort();
	}
	free(text);
	return 0;
}
