/* SPDX-License-Identifier: Apache-2.0 */
/* admission.h: limits what a service's requests hold at the same time, by tenant: threads, memory, spool
 * space. Only src/service includes it. */
#ifndef BH_SERVICE_ADMISSION_H
#define BH_SERVICE_ADMISSION_H

#include <stdint.h>

#include "base/buf.h"
#include "base/macros.h"
#include "service/share.h"

struct bh_platform_conf;

/* Memory of bodies and of parsed values are two accounts, so that requests that hold their body and wait
 * for parsing do not wait for each other. */
struct bh_admission {
	struct bh_share requests; /* being served: each has a thread */
	struct bh_share bodies;   /* bytes of bodies in memory */
	struct bh_share values;   /* bytes of parsed bodies and of answers being built from them */
	struct bh_share spool;    /* bytes of bodies on disk */
	int64_t wait_ms;          /* longest wait for more of the last three */
};

/* What one request holds; zeroed means nothing. */
struct bh_holding {
	struct bh_uuid tenant;
	int64_t requests, bodies, values, spool;
	int64_t body_values; /* of values, what the parsed body takes */
};

void bh_admission_init(struct bh_admission *admission, const struct bh_platform_conf *conf,
	int64_t connections_most);
void bh_admission_close(struct bh_admission *admission);

/* A request of this tenant begins; zero: nobody's yet. BH_E_BUSY, BH_E_UNAVAILABLE. */
BH_MUST_CHECK int bh_admission_begin(struct bh_admission *admission, const struct bh_uuid *tenant,
	struct bh_holding *out);

/* Sets what its body takes in memory and on disk; waits a moment for more. BH_E_BUSY, BH_E_UNAVAILABLE,
 * BH_E_TOO_LARGE. */
BH_MUST_CHECK int bh_admission_body(struct bh_admission *admission, struct bh_holding *holding,
	int64_t memory_bytes, int64_t spool_bytes);

/* The same for what is made of it. Less is always granted. */
BH_MUST_CHECK int bh_admission_values(struct bh_admission *admission, struct bh_holding *holding,
	int64_t bytes);

/* Gives everything back. Safe on a zeroed holding, and twice. */
void bh_admission_end(struct bh_admission *admission, struct bh_holding *holding);

/* As metrics: what is held, and how many waited or were refused. */
void bh_admission_write(struct bh_admission *admission, const char *service, struct bh_buf *out);

#endif
