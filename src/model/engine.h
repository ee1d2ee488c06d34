/* SPDX-License-Identifier: Apache-2.0 */
/* engine.h: the process behind a managed model's address. Where it can be succeeded by another, the address is a link to
 * the socket of the one that serves, whose name no other process has: the adapters that it holds are asked for once, and
 * a request that names one goes to that socket, so that no other process can take its number for another adapter. */
#ifndef BH_MODEL_ENGINE_H
#define BH_MODEL_ENGINE_H

#include "model/adapter.h"
#include "model/model.h"

struct bh_request;
struct model_engines; /* what is known of them; thread-safe */

enum { MODEL_ENGINE_URL = 128, MODEL_ENGINE_ADAPTERS = 256 };

/* A process, as one request sees it. */
struct model_engine {
	char url[MODEL_ENGINE_URL]; /* "": the model's own address, and no adapters */
	size_t n_adapters;
	int64_t ids[MODEL_ENGINE_ADAPTERS];
	size_t chosen; /* which of them; n_adapters: none */
};

BH_MUST_CHECK int model_engines_open(struct model_engines **out);
void model_engines_close(struct model_engines *engines); /* safe on NULL */

/* The process that serves the entry now, and the adapter that the entry names. BH_E_NOT_FOUND: it does not hold that one.
 * BH_E_UNAVAILABLE: there is none at the moment. */
BH_MUST_CHECK int model_engine_find(struct model *model, const struct model_entry *entry,
	struct model_engine *out);

/* The same for a request, which waits while one process makes way for the next, as long as a call may wait for a place. */
BH_MUST_CHECK int model_engine_wait(struct bh_request *req, const struct model_entry *entry,
	struct model_engine *out);

/* Whether another process serves by now. */
bool model_engine_has_moved(const struct model_entry *entry, const struct model_engine *engine);

/* The same by the name of a copy. */
BH_MUST_CHECK int model_engine_holds(struct model *model, const struct model_entry *entry,
	const char *stem, struct model_engine *out);

/* The file of the model that it serves, in the arena. */
BH_MUST_CHECK int model_engine_file(struct model *model, const struct model_entry *entry,
	struct bh_arena *arena, const char **out);

#endif
