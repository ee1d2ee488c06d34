/* SPDX-License-Identifier: Apache-2.0 */
/* audit_piece.h: whole lines of an audit file as the rows of a step. Only src/service includes it. */
#ifndef BH_SERVICE_AUDIT_PIECE_H
#define BH_SERVICE_AUDIT_PIECE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/uuid.h"
#include "sec/digest.h"

struct bh_audit_step;

enum {
	BH_AUDIT_PIECE_BYTES = 256 * 1024,
	BH_AUDIT_PIECE_LINES = 100 /* of a tenant, where more than a piece is to be read */
};

/* What was passed over of a tenant in a file. */
struct bh_audit_passed {
	struct bh_uuid tenant;
	struct bh_digest file;
	int64_t at, until;
};

struct bh_audit_piece {
	struct bh_arena arena; /* owned: the rows */
	struct bh_buf text;    /* owned */
	int64_t at;            /* where in the file it begins */
	bool crowded;          /* there is more behind it: a tenant with many lines is passed over */
	/* Borrowed: who was passed over already, in whichever file. */
	const struct bh_audit_passed *passed;
	size_t n_passed;
	int64_t unreadable; /* lines */
};

/* The rows of all tenants, or of one. step->file is set; the rest but for the source and the size follows. */
void bh_audit_piece_read(struct bh_audit_piece *piece, const struct bh_uuid *only,
	struct bh_audit_step *step);
void bh_audit_piece_close(struct bh_audit_piece *piece);

#endif
