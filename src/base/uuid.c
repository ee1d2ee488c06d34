/* SPDX-License-Identifier: Apache-2.0 */
/* uuid.c: making, reading and printing UUIDs. */
#include "base/uuid.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"

const struct bh_uuid bh_platform_tenant = {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}};

/* A request needs several ids, and each call into the kernel costs more than all the rest of making
 * one: a thread takes 256 bytes at a time, the most the kernel gives whole. The bytes are used once
 * and never as a secret; a forked child has another process id and throws its parent's away. */
static void
random_bytes(void *out, size_t len)
{
	static _Thread_local struct {
		unsigned char bytes[256];
		size_t left;
		pid_t pid;
	} pool;
	pid_t pid = getpid();

	if (pool.left < len || pool.pid != pid) {
		if (getrandom(pool.bytes, sizeof(pool.bytes), 0) != (ssize_t)sizeof(pool.bytes))
			abort(); /* once it has booted, the kernel always has them */
		pool.left = sizeof(pool.bytes);
		pool.pid = pid;
	}
	pool.left -= len;
	memcpy(out, pool.bytes + pool.left, len);
}

struct bh_uuid
bh_uuid_new(void)
{
	struct bh_uuid id;
	uint64_t now_ms = (uint64_t)bh_clock_wall_ms();

	random_bytes(id.bytes, sizeof(id.bytes));
	for (int i = 0; i < 6; i++)
		id.bytes[i] = (uint8_t)(now_ms >> (40 - 8 * i));
	id.bytes[6] = (uint8_t)(0x70 | (id.bytes[6] & 0x0f));
	id.bytes[8] = (uint8_t)(0x80 | (id.bytes[8] & 0x3f));
	return id;
}

bool
bh_uuid_equal(const struct bh_uuid *a, const struct bh_uuid *b)
{
	return memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}

int
bh_uuid_order(const void *left, const void *right)
{
	return memcmp(left, right, sizeof(struct bh_uuid));
}

bool
bh_uuid_is_zero(const struct bh_uuid *id)
{
	static const struct bh_uuid zero;

	return bh_uuid_equal(id, &zero);
}

void
bh_uuid_hex(const struct bh_uuid *id, char out[BH_UUID_HEX])
{
	static const char digits[] = "0123456789abcdef";

	for (int i = 0; i < 16; i++) {
		out[2 * i] = digits[id->bytes[i] >> 4];
		out[2 * i + 1] = digits[id->bytes[i] & 15];
	}
	out[32] = '\0';
}

void
bh_uuid_format(const struct bh_uuid *id, char out[BH_UUID_TEXT])
{
	char hex[BH_UUID_HEX];

	bh_uuid_hex(id, hex);
	snprintf(out, BH_UUID_TEXT, "%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8, hex + 12, hex + 16,
		hex + 20);
}

int
bh_uuid_parse(const char *text, struct bh_uuid *out)
{
	struct bh_uuid id;
	char hex[BH_UUID_HEX];
	int n = 0;

	if (strlen(text) != BH_UUID_TEXT - 1)
		return BH_E_INVALID;
	for (int i = 0; i < BH_UUID_TEXT - 1; i++) {
		bool hyphen = i == 8 || i == 13 || i == 18 || i == 23;
		char c = text[i];

		if (hyphen != (c == '-'))
			return BH_E_INVALID;
		if (!hyphen)
			hex[n++] = (char)(c >= 'A' && c <= 'F' ? c - 'A' + 'a' : c);
	}
	if (!bh_text_unhex(hex, (size_t)n, id.bytes, sizeof(id.bytes)))
		return BH_E_INVALID;
	*out = id;
	return 0;
}

int
bh_uuid_parse_id(const char *text, const char *prefix, struct bh_uuid *out)
{
	struct bh_uuid id;
	size_t len = strlen(prefix);

	if (strncmp(text, prefix, len) != 0 ||
		!bh_text_unhex(text + len, strlen(text + len), id.bytes, sizeof(id.bytes)))
		return BH_E_NOT_FOUND;
	*out = id;
	return 0;
}

void
bh_uuid_format_id(const struct bh_uuid *id, const char *prefix, char *out, size_t size)
{
	char hex[BH_UUID_HEX];

	bh_uuid_hex(id, hex);
	snprintf(out, size, "%s%s", prefix, hex);
}
