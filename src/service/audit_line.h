/* SPDX-License-Identifier: Apache-2.0 */
/* audit_line.h: a line of an audit file as its reader needs it: whose it is, and what it is searched by. */
#ifndef BH_SERVICE_AUDIT_LINE_H
#define BH_SERVICE_AUDIT_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/macros.h"
#include "base/uuid.h"
#include "json/json.h"

enum {
	BH_AUDIT_LINE_MOST = 64 * 1024, /* a longer one is none of ours */
	BH_AUDIT_WORD_MOST = 128        /* bytes of what a line is searched by; the rest is cut off */
};

/* Zeroed means none. */
struct bh_audit_line {
	struct bh_json_doc doc; /* owned */
	const char *text;       /* borrowed: the line, or what of it can be read */
	size_t len;
	int64_t time_ms;
	struct bh_uuid
		tenants[2];   /* whom it concerns: who asked, and whom the platform's staff acted on */
	size_t n_tenants; /* 1 or 2 */
	char action[BH_AUDIT_WORD_MOST + 1];
	char actor[BH_AUDIT_WORD_MOST + 1];
	char object[BH_AUDIT_WORD_MOST + 1];
	char request_id[BH_AUDIT_WORD_MOST + 1];
	int64_t status;
};

/* Reads a line without its end. BH_E_EMPTY: it is whole, but concerns no tenant, or is a step of a request that
 * has a line of its own. BH_E_INVALID: it cannot be read. A line that follows on one that a full disk cut short is
 * found behind it. */
BH_MUST_CHECK int bh_audit_line_read(const char *text, size_t len, struct bh_audit_line *out);
/* Safe on a zeroed line, and twice. */
void bh_audit_line_close(struct bh_audit_line *line);

/* Its time, as milliseconds since 1970. False: it is none. */
bool bh_audit_line_time(const char *text, int64_t *out_ms);

/* Whether the row of tenants[i] tells what the platform's staff did to it. */
bool bh_audit_line_is_staff(const struct bh_audit_line *line, size_t i);

/* The line as the tenant may read it that the platform's staff acted on: what was done, without who that was and
 * from where. */
void bh_audit_line_write_staff(const struct bh_audit_line *line, struct bh_buf *out);

#endif
