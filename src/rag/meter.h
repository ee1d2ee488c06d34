/* SPDX-License-Identifier: Apache-2.0 */
/* meter.h: what rag does for tenants as usage events: a search, the pages of a document that was read, what is kept
 * on a day. What the tenant's plan sets no rate for costs nothing. */
#ifndef RAG_METER_H
#define RAG_METER_H

#include <stdint.h>

#include "base/macros.h"
#include "base/uuid.h"

struct bh_request;
struct bh_runtime;
struct meter_slot;
struct rag;
struct rag_meter;

BH_MUST_CHECK int rag_meter_open(struct bh_runtime *runtime, struct rag_meter **out);
/* Safe on NULL. Writes what has ended first. */
void rag_meter_close(struct bh_runtime *runtime, struct rag_meter *meter);

/* Admits a search, or says which budget refuses it (BH_E_OVER_BUDGET, response headers set). */
BH_MUST_CHECK int rag_meter_search_begin(struct bh_request *req, struct meter_slot **out);
/* Ends it: rc below 0 means that there is no result, and nothing to pay. */
void rag_meter_search_end(struct bh_request *req, struct meter_slot *slot, int rc);

/* Notes that so many pages of the file were read, once for each file however often it is said. Below 0: not noted;
 * the pages have to be read again. */
BH_MUST_CHECK int rag_meter_pages(struct rag *rag, const struct bh_uuid *tenant,
	const struct bh_uuid *file, int64_t pages);

/* The id of the event of what the tenant keeps on that day (since 1970): the same whoever notes it. */
struct bh_uuid rag_meter_storage_id(const struct bh_uuid *tenant, int64_t day);

/* Workers of the service: note what each tenant keeps today, once a day; write ended acts; settle what dead
 * processes left. */
void rag_meter_storage(struct bh_runtime *runtime, void *service);
void rag_meter_write(struct bh_runtime *runtime, void *service);
void rag_meter_sweep(struct bh_runtime *runtime, void *service);

#endif
