/* SPDX-License-Identifier: Apache-2.0 */
/* admission.c: the four accounts of a service, and what one request holds of each. */
#include "service/admission.h"

#include "base/log.h"
#include "service/metrics.h"
#include "service/platform.h"

/* Long enough for a parsed body to be done with, short enough to tell the client. */
#define WAIT_MS 2000

/* Whoever holds no more than this finds room in the last eighth of an account. */
#define SMALL_BYTES ((int64_t)1 * BH_MIB)
#define SMALL_REQUESTS 8

void
bh_admission_init(struct bh_admission *admission, const struct bh_platform_conf *conf,
	int64_t connections_most)
{
	int64_t percent = conf->tenant_percent;

	admission->wait_ms = WAIT_MS;
	bh_share_init(&admission->requests, "connections", connections_most, percent, SMALL_REQUESTS);
	bh_share_init(&admission->bodies, "memory for request bodies",
		conf->body_memory_mib * (int64_t)BH_MIB, percent, SMALL_BYTES);
	bh_share_init(&admission->values, "memory for parsed requests",
		conf->parse_memory_mib * (int64_t)BH_MIB, percent, SMALL_BYTES);
	bh_share_init(&admission->spool, "disk space for request bodies",
		conf->spool_mib * (int64_t)BH_MIB, percent, 16 * SMALL_BYTES);
}

void
bh_admission_close(struct bh_admission *admission)
{
	bh_share_close(&admission->requests);
	bh_share_close(&admission->bodies);
	bh_share_close(&admission->values);
	bh_share_close(&admission->spool);
}

int
bh_admission_begin(struct bh_admission *admission, const struct bh_uuid *tenant,
	struct bh_holding *out)
{
	int rc = bh_share_take(&admission->requests, tenant, 1, 0);

	if (rc == 0)
		*out = (struct bh_holding){.tenant = *tenant, .requests = 1};
	return rc;
}

static int
set(struct bh_share *share, const struct bh_holding *holding, int64_t *held, int64_t bytes,
	int64_t wait_ms)
{
	int rc = 0;

	if (bytes > *held)
		rc = bh_share_take(share, &holding->tenant, bytes - *held, wait_ms);
	else
		bh_share_give(share, &holding->tenant, *held - bytes);
	if (rc == 0)
		*held = bytes;
	return rc;
}

int
bh_admission_body(struct bh_admission *admission, struct bh_holding *holding, int64_t memory_bytes,
	int64_t spool_bytes)
{
	int64_t wait_ms = admission->wait_ms;
	int rc = set(&admission->spool, holding, &holding->spool, spool_bytes, wait_ms);

	if (rc == 0)
		rc = set(&admission->bodies, holding, &holding->bodies, memory_bytes, wait_ms);
	return rc;
}

int
bh_admission_values(struct bh_admission *admission, struct bh_holding *holding, int64_t bytes)
{
	return set(&admission->values, holding, &holding->values, bytes, admission->wait_ms);
}

void
bh_admission_end(struct bh_admission *admission, struct bh_holding *holding)
{
	bh_share_give(&admission->values, &holding->tenant, holding->values);
	bh_share_give(&admission->bodies, &holding->tenant, holding->bodies);
	bh_share_give(&admission->spool, &holding->tenant, holding->spool);
	bh_share_give(&admission->requests, &holding->tenant, holding->requests);
	*holding = (struct bh_holding){0};
}

void
bh_admission_write(struct bh_admission *admission, const char *service, struct bh_buf *out)
{
	static const struct {
		const char *name, *type, *help;
	} metrics[] = {
		{"held", "gauge", "Number of requests, or bytes, held by account."},
		{"held_refused_total", "counter", "Requests refused because a share was exhausted."},
		{"held_waited_total", "counter", "Requests that waited for a share."},
	};
	const struct {
		const char *name;
		struct bh_share_state state;
	} accounts[] = {
		{"requests", bh_share_state(&admission->requests)},
		{"bodies", bh_share_state(&admission->bodies)},
		{"values", bh_share_state(&admission->values)},
		{"spool", bh_share_state(&admission->spool)},
	};

	for (size_t i = 0; i < BH_COUNT(metrics); i++) {
		bh_metrics_head(out, metrics[i].name, metrics[i].type, metrics[i].help);
		for (size_t j = 0; j < BH_COUNT(accounts); j++) {
			const struct bh_share_state *state = &accounts[j].state;
			uint64_t values[] = {(uint64_t)state->used, state->refused, state->waited};

			bh_buf_printf(out, "bulkhead_service_%s{service=\"%s\",account=\"%s\"} %llu\n",
				metrics[i].name, service, accounts[j].name, (unsigned long long)values[i]);
		}
	}
}
