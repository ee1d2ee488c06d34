/* SPDX-License-Identifier: Apache-2.0 */
/* icc.c: writes the profile, tag by tag (ICC.1:2001-04). */
#include "billing/icc.h"

#include <string.h>

#include "base/error.h"
#include "base/log.h"

enum { HEADER = 128, TAGS = 9, ROW = 12, XYZ_BYTES = 20 };

struct writer {
	uint8_t *out;
	uint32_t at;  /* where the next tag's data goes */
	uint32_t row; /* where its row of the table goes */
};

static void
put(uint8_t *at, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		at[i] = (uint8_t)(value >> (24 - 8 * i));
}

static void
put_name(uint8_t *at, const char *name)
{
	memcpy(at, name, 4);
}

/* Adds a row to the table; the data's place, behind its type. */
static uint8_t *
begin_tag(struct writer *writer, const char *name, const char *type, uint32_t bytes)
{
	uint8_t *row = writer->out + writer->row, *data = writer->out + writer->at;

	put_name(row, name);
	put(row + 4, writer->at);
	put(row + 8, bytes);
	put_name(data, type);
	writer->row += ROW;
	writer->at += (bytes + 3) & ~3u;
	return data + 8;
}

static void
add_xyz(struct writer *writer, const char *name, uint32_t x, uint32_t y, uint32_t z)
{
	uint8_t *data = begin_tag(writer, name, "XYZ ", XYZ_BYTES);

	put(data, x);
	put(data + 4, y);
	put(data + 8, z);
}

static void
add_header(uint8_t *out)
{
	put(out, BILLING_ICC_BYTES);
	put(out + 8, 0x02100000);
	put_name(out + 12, "mntr");
	put_name(out + 16, "RGB ");
	put_name(out + 20, "XYZ ");
	/* 2026-01-01 */
	out[24] = 2026 >> 8;
	out[25] = 2026 & 0xff;
	out[27] = 1;
	out[29] = 1;
	put_name(out + 36, "acsp");
	/* The connection space's white, D50. */
	put(out + 68, 0xf6d6);
	put(out + 72, 0x10000);
	put(out + 76, 0xd32d);
	put(out + HEADER, TAGS);
}

void
billing_icc_srgb(uint8_t out[BILLING_ICC_BYTES])
{
	static const char description[] = "sRGB", rights[] = "No rights reserved";
	static const char *const curves[] = {"rTRC", "gTRC", "bTRC"};
	struct writer writer = {out, HEADER + 4 + TAGS * ROW, HEADER + 4};
	uint8_t *data;
	uint32_t curve;

	memset(out, 0, BILLING_ICC_BYTES);
	add_header(out);
	data = begin_tag(&writer, "desc", "desc", 8 + 4 + sizeof(description) + 78);
	put(data, sizeof(description));
	memcpy(data + 4, description, sizeof(description));
	data = begin_tag(&writer, "cprt", "text", 8 + sizeof(rights));
	memcpy(data, rights, sizeof(rights));
	add_xyz(&writer, "wtpt", 0xf6d6, 0x10000, 0xd32d);
	add_xyz(&writer, "rXYZ", 0x6fa2, 0x38f5, 0x0390);
	add_xyz(&writer, "gXYZ", 0x6299, 0xb785, 0x18da);
	add_xyz(&writer, "bXYZ", 0x24a0, 0x0f84, 0xb6cf);
	/* The three curves are one. */
	curve = writer.at;
	for (int i = 0; i < 3; i++) {
		writer.at = curve;
		data = begin_tag(&writer, curves[i], "curv", 8 + 6);
		put(data, 1);
		data[4] = 0x02;
		data[5] = 0x33;
	}
	BH_ASSERT(writer.at == BILLING_ICC_BYTES);
}
