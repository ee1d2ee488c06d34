/* SPDX-License-Identifier: Apache-2.0 */
/* meter.h: one model call from reservation to usage event: what is a model call's own of src/meter. */
#ifndef BH_MODEL_METER_H
#define BH_MODEL_METER_H

#include "meter/slot.h"
#include "model/catalog.h"
#include "model/model.h"
#include "model/usage.h"
#include "service/trace.h"

struct bh_buf;
struct bh_request;

BH_MUST_CHECK int model_meter_open(struct model *model, struct model_meter **out);
/* Safe on NULL. */
void model_meter_close(struct model_meter *meter);

/* Forgets what it knows of the tenant's limits, after a change by this process. */
void model_meter_forget(struct model_meter *meter, const struct bh_uuid *tenant);

struct model_price;

/* What a call of the model, whose book was read, costs the tenant of the request by its plan. */
BH_MUST_CHECK int model_meter_price(struct bh_request *req, const struct model_entry *entry,
	struct model_price *out);

/* A call that was admitted. Zeroed means none. Lives until model_call_end, which comes before the
 * exchange is over (a stream's close does too). */
struct model_call {
	struct model *model;    /* borrowed */
	struct bh_request *req; /* borrowed: its audit line tells what the call used */
	struct meter_slot *slot;
	struct model_limits limits;
	struct bh_trace_span span; /* the call at its engine; zeroed: not traced */
	int64_t tokens_left;       /* of the tenant's, this minute */
	int64_t output_cap;        /* tokens this call may produce, or search units; 0: no cap */
};

/* How a call is made, OR-ed: it is streamed; it is part of a batch, and has a batch's prices; it is
 * beside the request's own call, whose headers tell what is left. */
enum model_manner { MODEL_STREAMED = 1, MODEL_BATCH = 2, MODEL_BESIDE = 4 };

/* Admits a call: a slot, then the token bucket, then money in all scopes (reserved durably enough to be
 * recovered). `prompt` is the estimate of input tokens, `output_cap` what the client allows (0: none given).
 * BH_E_RATE_LIMITED or BH_E_OVER_BUDGET with a detail that names the limit, its owner and when it
 * frees; response headers are set on req. A refused call consumes nothing. */
BH_MUST_CHECK int model_call_begin(struct bh_request *req, const struct model_entry *entry,
	int64_t prompt, int64_t output_cap, unsigned manner, struct model_call *out);

/* Output passed: pieces of an answer, and their bytes. */
void model_call_count(struct model_call *call, int64_t pieces, int64_t bytes);

/* What it makes is told by rows of image_charge that name its act: should this process die, they are what it is
 * charged for. */
void model_call_by_rows(struct model_call *call);

/* Corrects the estimate of input tokens to what has been sent of it. */
void model_call_estimate(struct model_call *call, int64_t prompt);

/* What is known at the end. Zeroed with status set: nothing was reported. */
struct model_outcome {
	enum meter_status status;
	struct model_usage usage; /* as the engine reported it, if it did */
	bool refused;             /* the engine did no work: nothing is charged */
	bool unread;              /* it was working, and its output is unknown */
};

/* What the call would be billed with this outcome, for the client to be told: by the rule of usage.h.
 * Reasoning is told only where the engine's report is credible. */
struct model_usage model_call_usage(const struct model_call *call,
	const struct model_outcome *outcome);

/* Ends it, once: the row is written and settled by the writer within some 50 ms, or by a later process. The call is zeroed. Safe on a zeroed call. */
void model_call_end(struct model_call *call, const struct model_outcome *outcome);

/* Workers of the service: write ended calls; settle what dead processes left, and keep reservations of
 * long calls alive. */
void model_meter_write(struct bh_runtime *runtime, void *service);
void model_meter_sweep(struct bh_runtime *runtime, void *service);

/* Makes the months of usage events ahead, and drops those that are not kept any more. */
void model_meter_months(struct bh_runtime *runtime, void *service);

/* Its lines of the service's metrics. */
void model_meter_metrics(const void *service, struct bh_buf *out);

#endif
