/* SPDX-License-Identifier: Apache-2.0 */
/* audit.h: the service's audit file, one JSON object a line. Handlers add members to their line
 * (req->audit); the rest is for src/service. */
#ifndef BH_SERVICE_AUDIT_H
#define BH_SERVICE_AUDIT_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/macros.h"
#include "base/uuid.h"

enum {
	BH_AUDIT_STRANGERS = 600, /* lines per minute of all requests without a credential */
	BH_AUDIT_REFUSALS = 600,  /* lines per minute of refusals of one tenant */
};

struct bh_audit_tenant;

struct bh_audit_file {
	int fd; /* owned; -1 for none. The number stays while the file behind it changes */
	char path[512];
};

/* Two files: one for requests with a credential, kept by age, and one for refused requests without a
 * credential, limited to a number of lines per minute and of files. */
struct bh_audit {
	struct bh_audit_file acts, strangers;
	const char *service; /* borrowed */
	uint64_t lost;       /* lines that could not be written; atomic */
	uint64_t unwritten;  /* lines of requests without a credential that were only counted; atomic */
	uint64_t sampled;    /* refusals of tenants that were only counted; atomic */
	pthread_mutex_t lock; /* guards what follows */
	int64_t ahead_us;     /* until when the limit of lines without a credential is used up */
	struct bh_audit_tenant *tenants; /* owned */
};

/* Opens <log_dir>/audit-<service>.jsonl and audit-anonymous-<service>.jsonl for appending, making the
 * folder if it is missing. */
BH_MUST_CHECK int bh_audit_open(struct bh_audit *audit, const char *log_dir, const char *service);
void bh_audit_close(struct bh_audit *audit);

/* Reopens the files if their names now lead to other files, or to none: rotation only renames them. A
 * line is written by one call to the old file or to the new one, never lost. */
BH_MUST_CHECK int bh_audit_follow(struct bh_audit *audit);

/* Whether one more line of a request without a credential is written at this time (steady clock):
 * BH_AUDIT_STRANGERS per minute, with a burst of as many. If not, it is counted. */
bool bh_audit_admits(struct bh_audit *audit, int64_t steady_us);

/* Whether one more line of a refusal of the tenant is written: BH_AUDIT_REFUSALS per minute and tenant,
 * with a burst of as many. If not, it is counted. If there is no room to count a tenant, the line is
 * written: one line too many is better than one too few. */
bool bh_audit_admits_refusal(struct bh_audit *audit, const struct bh_uuid *tenant,
	int64_t steady_us);

/* Begins a line with time, event, service, request_id and tenant_id (null when zero). */
void bh_audit_begin(const struct bh_audit *audit, struct bh_buf *line, const char *event,
	const struct bh_uuid *tenant, const char *request_id);

/* `,"name":"value"`; null for NULL and "". The name is a literal of ours. */
void bh_audit_text(struct bh_buf *line, const char *name, const char *value);
/* `,"name":1` */
void bh_audit_int(struct bh_buf *line, const char *name, int64_t value);
/* An id in the one form that audit lines are searched for, however it was sent. */
void bh_audit_uuid(struct bh_buf *line, const char *name, const struct bh_uuid *id);

/* Ends the line and writes it with one call, so that lines of processes never mix. */
void bh_audit_end(struct bh_audit *audit, struct bh_buf *line, bool stranger);

#endif
