/* SPDX-License-Identifier: Apache-2.0 */
/* gguf.c: texts of the head of a GGUF file, within bounds. */
#include <string.h>

#include "base/error.h"
#include "finetune/base.h"

enum { KEYS_MOST = 4096, TYPE_STRING = 8, TYPE_ARRAY = 9, DEPTH_MOST = 2 };

/* Bytes of a value by its type; 0: it has a length of its own. */
static const unsigned char widths[] = {1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8};

struct cursor {
	const unsigned char *at;
	size_t left;
};

static bool
skip(struct cursor *cursor, uint64_t bytes)
{
	if (bytes > cursor->left)
		return false;
	cursor->at += bytes;
	cursor->left -= bytes;
	return true;
}

static bool
take(struct cursor *cursor, size_t bytes, uint64_t *out)
{
	const unsigned char *at = cursor->at;

	if (!skip(cursor, bytes))
		return false;
	*out = 0;
	for (size_t i = 0; i < bytes; i++)
		*out |= (uint64_t)at[i] << 8 * i;
	return true;
}

static bool
take_text(struct cursor *cursor, const unsigned char **out, uint64_t *out_len)
{
	if (!take(cursor, 8, out_len))
		return false;
	*out = cursor->at;
	return skip(cursor, *out_len);
}

static bool
skip_value(struct cursor *cursor, uint64_t type, int depth)
{
	const unsigned char *text;
	uint64_t inner, count, len;

	if (type >= sizeof(widths))
		return false;
	if (type == TYPE_STRING)
		return take_text(cursor, &text, &len);
	if (type != TYPE_ARRAY)
		return skip(cursor, widths[type]);
	if (depth >= DEPTH_MOST || !take(cursor, 4, &inner) || !take(cursor, 8, &count) ||
		inner >= sizeof(widths))
		return false;
	if (widths[inner] != 0)
		return count <= cursor->left && skip(cursor, count * widths[inner]);
	while (count-- > 0)
		if (!skip_value(cursor, inner, depth + 1))
			return false;
	return true;
}

int
finetune_base_text(const unsigned char *head, size_t len, const char *key, char *out, size_t size)
{
	struct cursor cursor = {head, len};
	uint64_t version, tensors, count;

	out[0] = '\0';
	if (len < 24 || memcmp(head, "GGUF", 4) != 0 || !skip(&cursor, 4) ||
		!take(&cursor, 4, &version) || version < 2 || version > 3 || !take(&cursor, 8, &tensors) ||
		!take(&cursor, 8, &count))
		return bh_error(BH_E_INVALID, "it is not a GGUF file");
	for (uint64_t i = 0; i < count && i < KEYS_MOST; i++) {
		const unsigned char *name, *text;
		uint64_t name_len, type, text_len;

		/* Its tokens are megabytes of it; what is behind the part that was read is not looked for. */
		if (!take_text(&cursor, &name, &name_len) || !take(&cursor, 4, &type))
			return 0;
		if (type == TYPE_STRING && name_len == strlen(key) && memcmp(name, key, name_len) == 0) {
			if (!take_text(&cursor, &text, &text_len) || text_len >= size ||
				memchr(text, '\0', text_len) != NULL)
				return bh_error(BH_E_INVALID, "its head is damaged");
			memcpy(out, text, text_len);
			out[text_len] = '\0';
			return 0;
		}
		if (!skip_value(&cursor, type, 0))
			return 0;
	}
	return 0;
}
