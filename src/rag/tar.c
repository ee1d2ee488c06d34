/* SPDX-License-Identifier: Apache-2.0 */
/* tar.c: one block of fields of fixed width. */
#include "rag/tar.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"

enum {
	AT_MODE = 100,
	AT_UID = 108,
	AT_GID = 116,
	AT_BYTES = 124,
	AT_TIME = 136,
	AT_SUM = 148,
	AT_TYPE = 156,
	AT_MAGIC = 257,
	AT_PREFIX = 345,
	SUM_WIDTH = 8,
	BYTES_WIDTH = 12
};

/* Its own field counts as blanks. */
static unsigned
sum(const uint8_t *block)
{
	unsigned total = 0;

	for (size_t i = 0; i < RAG_TAR_BLOCK; i++)
		total += i >= AT_SUM && i < AT_SUM + SUM_WIDTH ? ' ' : block[i];
	return total;
}

void
rag_tar_write(const struct rag_tar_member *member, int64_t mtime_s, uint8_t out[RAG_TAR_BLOCK])
{
	char *text = (char *)out;

	memset(out, 0, RAG_TAR_BLOCK);
	memcpy(text, member->name, strnlen(member->name, RAG_TAR_NAME));
	snprintf(text + AT_MODE, 8, "%07o", 0644);
	snprintf(text + AT_UID, 8, "%07o", 0);
	snprintf(text + AT_GID, 8, "%07o", 0);
	snprintf(text + AT_BYTES, BYTES_WIDTH, "%011llo", (unsigned long long)member->bytes);
	snprintf(text + AT_TIME, 12, "%011llo", (unsigned long long)mtime_s);
	text[AT_TYPE] = '0';
	memcpy(text + AT_MAGIC,
		"ustar\0"
		"00",
		8);
	snprintf(text + AT_SUM, 8, "%06o", sum(out));
	text[AT_SUM + 7] = ' ';
}

/* Octal digits, blanks around them; -1 for anything else. */
static int64_t
octal(const uint8_t *field, size_t width)
{
	int64_t value = 0;
	size_t i = 0, digits = 0;

	while (i < width && field[i] == ' ')
		i++;
	for (; i < width && field[i] >= '0' && field[i] <= '7'; i++, digits++)
		value = value * 8 + (field[i] - '0');
	while (i < width && (field[i] == ' ' || field[i] == '\0'))
		i++;
	return digits > 0 && i == width ? value : -1;
}

int
rag_tar_read(const uint8_t block[RAG_TAR_BLOCK], struct rag_tar_member *out, bool *out_end)
{
	static const uint8_t zeros[RAG_TAR_BLOCK];
	struct rag_tar_member member = {.name = ""};

	if (memcmp(block, zeros, RAG_TAR_BLOCK) == 0) {
		*out_end = true;
		return 0;
	}
	member.bytes = octal(block + AT_BYTES, BYTES_WIDTH);
	memcpy(member.name, block, RAG_TAR_NAME);
	if (memcmp(block + AT_MAGIC, "ustar", 5) != 0 ||
		octal(block + AT_SUM, SUM_WIDTH) != (int64_t)sum(block) || member.bytes < 0 ||
		(block[AT_TYPE] != '0' && block[AT_TYPE] != '\0') || block[AT_PREFIX] != '\0' ||
		member.name[0] == '\0')
		return bh_error(BH_E_INVALID, "not a plain file of a tar archive");
	*out = member;
	*out_end = false;
	return 0;
}

size_t
rag_tar_padding(int64_t bytes)
{
	return (size_t)((RAG_TAR_BLOCK - bytes % RAG_TAR_BLOCK) % RAG_TAR_BLOCK);
}
