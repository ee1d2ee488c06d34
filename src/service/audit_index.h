/* SPDX-License-Identifier: Apache-2.0 */
/* audit_index.h: reads the audit files of a source into the table audit_event.
 *
 * A source is a file with those that were put aside from it (NAME, NAME.1, …), each known by its first line, so that
 * neither renaming nor copying matters. Every file has its own position, which moves in the transaction that adds the
 * rows: nothing is lost or doubled by a kill, and what is still written to a file that was put aside is read too.
 *
 * Files are read in pieces. While a file is read to its end, all lines of a piece are added. Where there is more than
 * a piece to read, a tenant that has many lines in it is passed over, and its lines are read again by themselves, in
 * turn with those of other such tenants, when no file has anything new: a flood delays only its own lines. */
#ifndef BH_SERVICE_AUDIT_INDEX_H
#define BH_SERVICE_AUDIT_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/macros.h"
#include "base/uuid.h"
#include "sec/digest.h"

struct bh_db_pool;

enum { BH_AUDIT_INDEX_BEAT_MS = 1000, BH_AUDIT_INDEX_PATIENT_MS = 3000 };

/* A file as it was last seen. */
struct bh_audit_index_file {
	uint64_t device, inode;
	int64_t bytes;         /* its size */
	int64_t written_ns;    /* when it last changed */
	int64_t settled;       /* its size when the beat before ended; a new file's is 0 */
	int64_t at;            /* read so far */
	struct bh_digest file; /* of its first line */
	bool seen;             /* by the look that is under way */
	int64_t missed;        /* looks in a row that did not see it */
};

/* All pointers are borrowed, but for the two lists. */
struct bh_audit_index {
	const char *path;   /* of the file that is written to */
	const char *source; /* the service's name; "gateway" */
	struct bh_db_pool *db;
	const bool *stopping; /* atomic */
	/* Lines are read a beat after they were seen: those of another source may take their place meanwhile. */
	bool patient;
	bool loaded; /* positions are those of the database */
	bool failing;
	struct bh_buf files;  /* owned: struct bh_audit_index_file */
	struct bh_buf behind; /* owned: struct bh_audit_passed, the next to be served first */
	int64_t
		since_ms;  /* steady clock: when there began to be something unread; 0: there is nothing */
	int64_t added; /* rows; atomic */
	int64_t unreadable; /* lines; atomic */
	int64_t lag_bytes;  /* atomic */
	int64_t lag_ms;     /* for how long there has been something unread; atomic */
};

/* Reads all that is there, or until it is to stop. */
void bh_audit_index_beat(struct bh_audit_index *index);
void bh_audit_index_close(struct bh_audit_index *index);

/* Its lines of /metrics. */
void bh_audit_index_write(const struct bh_audit_index *indexes, size_t n, const char *service,
	struct bh_buf *out);

#endif
