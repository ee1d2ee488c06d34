/* SPDX-License-Identifier: Apache-2.0 */
/* adapters.h: adapters of tenants, from their row to the engine that answers with them.
 *
 * A row says that there is one; its file is the tenant's, kept by rag. Whoever asks for an adapter that the engine does
 * not hold has it fetched, checked and put into HOME/adapters, where the supervisor finds it and has the engine succeeded
 * by one that holds it (supervisor/adapters.h). So nothing has to be found again after a restart: what was asked for once
 * is asked for again by whoever waits for it. The copy bears the name TENANT-ID@MODEL, by which the engine tells what it
 * holds, and its time is that of its last use. */
#ifndef BH_MODEL_ADAPTERS_H
#define BH_MODEL_ADAPTERS_H

#include <pthread.h>
#include <sys/stat.h>

#include "model/adapter.h"

struct bh_erase;
struct bh_request;

enum {
	MODEL_ADAPTERS_WANTED = 1024,
	MODEL_ADAPTERS_TOUCHED = 512,
	MODEL_ADAPTERS_REFUSED = 256,
	MODEL_ADAPTERS_PATH = 720
};

struct model_adapter_want {
	struct bh_uuid tenant, id;
	bool taken; /* it is being loaded */
};

/* Thread-safe, but for what is the loading thread's. */
struct model_adapters {
	char folder[512]; /* "": there is none, as where no supervisor runs the engine */
	pthread_mutex_t lock;
	struct model_adapter_want wants[MODEL_ADAPTERS_WANTED];
	size_t n_wants;
	struct {
		struct bh_uuid id;
		int64_t at_ms;
	} touched[MODEL_ADAPTERS_TOUCHED]; /* when a copy's time was last set */

	/* Of the loading thread alone. */
	int64_t one_by_one; /* so many turns take one: several together were refused */
	struct bh_uuid refused[MODEL_ADAPTERS_REFUSED]; /* once, alone: the second time is final */
	struct {
		struct stat stat;
		struct bh_digest hash;
		bool known;
	} base; /* the file of the base that was last read */
};

BH_MUST_CHECK int model_adapters_open(struct model *model, struct model_adapters **out);
void model_adapters_close(struct model_adapters *adapters); /* safe on NULL */

/* Whether adapters can be made for this base: a chat model of the platform's that the platform runs itself, on this
 * machine. BH_E_MODEL_NOT_FOUND with a sentence. */
BH_MUST_CHECK int model_adapters_can(const struct model *model, const struct model_entry *base);

/* Has the adapter loaded, if it is not yet. */
void model_adapters_want(struct model *model, const struct bh_uuid *tenant,
	const struct bh_uuid *id);

/* Waits until the engine holds the entry's adapter, for as long as a call may wait for a place; at once for an entry
 * without one. BH_E_STATE: it has failed; BH_E_UNAVAILABLE: not in time. */
BH_MUST_CHECK int model_adapters_wait(struct bh_request *req, const struct model_entry *entry);

/* Removes the copy. */
void model_adapters_drop(struct model *model, const struct bh_uuid *tenant,
	const struct bh_uuid *id);

/* Removes all copies of a tenant that is being deleted. */
BH_MUST_CHECK int model_adapters_erase(struct bh_erase *erase);

/* ---- for those who load ---- */

#define MODEL_ADAPTER_NEW ".new"
#define MODEL_ADAPTER_TRIED ".gguf"

/* Path of a copy with this end, which is in the buffer. */
const char *model_adapters_path(const struct model_adapters *adapters, const char *stem,
	const char *end, char out[MODEL_ADAPTERS_PATH]);

/* A copy. */
struct model_adapter_copy {
	char stem[MODEL_ADAPTER_STEM];
	struct bh_uuid tenant, id;
	int64_t used_ms; /* wall clock */
	bool is_new;
};

/* All copies, in the arena. BH_E_IO. */
BH_MUST_CHECK int model_adapters_list(const struct model_adapters *adapters, struct bh_arena *arena,
	struct model_adapter_copy **out, size_t *out_n);

/* Removes one, tried or not. */
void model_adapters_unlink(const struct model_adapters *adapters, const char *stem);

bool model_adapters_are_wanted(struct model_adapters *adapters);
/* Those that are wanted and not taken yet, `most` of them, tenants in turn; they are taken. */
size_t model_adapters_take(struct model_adapters *adapters, struct model_adapter_want *out,
	size_t most);
/* No longer wanted. */
void model_adapters_done(struct model_adapters *adapters, const struct model_adapter_want *want);

#endif
