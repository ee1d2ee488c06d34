/* SPDX-License-Identifier: Apache-2.0 */
/* place.h: a slot of the model's engine for one request, or the refusal. */
#ifndef BH_MODEL_PLACE_H
#define BH_MODEL_PLACE_H

#include "model/admit.h"
#include "model/model.h"

struct bh_request;

/* Waits until the model's engine has a place for this tenant; `tokens` are those of its input. A model
 * without a bound gives an empty ticket at once. Call it before money is reserved: a reservation that
 * waits for a slot would refuse other calls of the tenant, and a call without a slot consumes nothing.
 * BH_E_BUSY with a detail and retry headers set on req; BH_E_GONE; BH_E_UNAVAILABLE while stopping;
 * BH_E_UNAUTHENTICATED if the credential was revoked in the meantime. */
BH_MUST_CHECK int model_place_take(struct bh_request *req, const struct model_entry *entry,
	int64_t tokens, struct model_ticket *out);

/* How many tokens a text has, by the engine's own count; as model_upstream_tokenize, but for that texts
 * are counted one after the other, tenants taking turns: an engine that counts for many tenants at the
 * same time does little else, and a request that is refused because its text is too long is not billed.
 * Errors as above too. */
BH_MUST_CHECK int model_place_tokenize(struct bh_request *req, const struct model_entry *entry,
	const char *text, size_t len, int64_t *out_count);

/* Calls that wait for the model's engine and that have a place there. */
void model_place_count(struct model *model, const struct model_entry *entry, size_t *out_waiting,
	size_t *out_running);

/* Whether calls to this model wait for places at all. */
bool model_place_is_bounded(const struct model_entry *entry);

#endif
