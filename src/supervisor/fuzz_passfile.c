/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_passfile.c: any text as a password file: a role gets whole lines, and none that names another. */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "supervisor/passfile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The fourth field as libpq compares it: a backslash takes the next character as it is. */
static bool
names(const char *line, size_t len, const char *role)
{
	size_t at = 0, n = 0;

	for (int field = 0; at < len && field < 3; at++) {
		if (line[at] == '\\')
			at++;
		else if (line[at] == ':')
			field++;
	}
	if (at + 2 <= len && memcmp(line + at, "*:", 2) == 0)
		return true;
	for (; at < len && line[at] != ':'; at++) {
		if (line[at] == '\\' && at + 1 < len)
			at++;
		if (role[n] == '\0' || line[at] != role[n++])
			return false;
	}
	return role[n] == '\0';
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bh_buf out = {0};
	char *text = malloc(size + 1);

	if (text == NULL)
		abort();
	if (size > 0)
		memcpy(text, data, size);
	text[size] = '\0';
	supervisor_passfile_select(text, "bulkhead_rag", &out);
	for (const char *at = bh_buf_string(&out); *at != '\0';) {
		size_t len = strcspn(at, "\n");

		if (!names(at, len, "bulkhead_rag"))
			abort();
		at += len + 1;
	}
	if (out.len > strlen(text) + 1)
		abort();
	bh_buf_close(&out);
	free(text);
	return 0;
}
