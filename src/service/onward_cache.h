/* SPDX-License-Identifier: Apache-2.0 */
/* onward_cache.h: service tokens that are good for a while longer. Only src/service includes it. */
#ifndef BH_SERVICE_ONWARD_CACHE_H
#define BH_SERVICE_ONWARD_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/uuid.h"

/* Thread-safe. */
struct bh_onward_cache;

/* What a token was made for. Text is borrowed during the call. */
struct bh_onward_key {
	struct bh_uuid tenant;
	const char *subject; /* "" for the service itself */
	const char *scope;
	struct bh_uuid credential;
};

struct bh_onward_cache *bh_onward_cache_new(void);
void bh_onward_cache_free(struct bh_onward_cache *cache); /* safe on NULL; wipes the tokens */

/* Copies the token that lives past `good_until_ms` (steady clock). False if there is none, or it
 * does not fit. */
bool bh_onward_cache_find(struct bh_onward_cache *cache, const struct bh_onward_key *key,
	int64_t good_until_ms, char *out, size_t size);
void bh_onward_cache_put(struct bh_onward_cache *cache, const struct bh_onward_key *key,
	const char *token, int64_t expires_ms);
void bh_onward_cache_drop(struct bh_onward_cache *cache, const struct bh_onward_key *key);

#endif
