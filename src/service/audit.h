/* audit.h: the service's audit file, one JSON object a line. Only src/service includes it; handlers
 * use bh_audit_text, bh_audit_int and bh_audit_line of request.h. */
#ifndef BH_SERVICE_AUDIT_H
#define BH_SERVICE_AUDIT_H

#include <stdint.h>

#include "base/buf.h"
#include "base/macros.h"
#include "base/uuid.h"

struct bh_audit {
	int fd; /* owned; -1 for none. The number stays while the file behind it changes */
	char path[512];
	const char *service; /* borrowed */
	uint64_t lost;       /* lines that could not be written; atomic */
};

/* Opens <log_dir>/audit-<service>.jsonl for appending, making the folder if it is missing. */
BH_MUST_CHECK int bh_audit_open(struct bh_audit *audit, const char *log_dir, const char *service);
void bh_audit_close(struct bh_audit *audit);

/* Opens the name anew when it leads to another file by now, or to none: whoever puts grown files aside
 * only renames them. A line is written by one call to the old file or to the new one, never lost. */
BH_MUST_CHECK int bh_audit_follow(struct bh_audit *audit);

/* Begins a line with time, event, service, request_id and tenant_id (null when zero). */
void bh_audit_begin(const struct bh_audit *audit, struct bh_buf *line, const char *event,
	const struct bh_uuid *tenant, const char *request_id);

/* `,"name":"value"`; null for NULL and "". */
void bh_audit_member(struct bh_buf *line, const char *name, const char *value);

/* Ends the line and writes it with one call, so that lines of processes never mix. */
void bh_audit_end(struct bh_audit *audit, struct bh_buf *line);

#endif
