/* SPDX-License-Identifier: Apache-2.0 */
/* keys.h: the keys of tenants, which lie beside their objects in the store. Only src/object includes it.
 *
 * 32 random bytes, sealed (sec/seal.h) under a secret of the service that keeps objects, at {tenant}/key-{id}: whoever
 * reads the store alone opens nothing, nor does whoever has a backup of the database. Every machine that reaches the
 * objects reaches the keys, and the store's own lock (docs/objects.md) holds for them as well. A key is made with the
 * first object of its tenant. Two processes that do so at once make two; each object says which is its own, new ones
 * take the one with the lower id, and both are destroyed with the tenant. */
#ifndef BH_OBJECT_KEYS_H
#define BH_OBJECT_KEYS_H

#include "object/driver.h"

/* How long a process uses a key without looking whether it is still there. */
#define BH_OBJECT_KEY_FRESH_MS 15000

struct bh_object_keys;

struct bh_object_tenant_key {
	struct bh_uuid id;
	struct bh_secret secret; /* wiped by the caller */
};

/* Opens a sealed key. BH_E_CONFIG: another secret has sealed it, or for another tenant. */
BH_MUST_CHECK int bh_object_key_open(const struct bh_secret *wrap, const struct bh_uuid *tenant,
	const struct bh_object_sealed_key *sealed, struct bh_object_tenant_key *out);

struct bh_object_keys *bh_object_keys_new(const struct bh_secret *wrap);
void bh_object_keys_free(struct bh_object_keys *keys); /* wipes them; safe on NULL */

/* The key for new objects; made if there is none. BH_E_CONFIG: it was sealed under another master key. */
BH_MUST_CHECK int bh_object_keys_current(struct bh_object_store *store,
	const struct bh_uuid *tenant, struct bh_object_tenant_key *out);
/* The key of an object. BH_E_NOT_FOUND: it is not there (any more). BH_E_CONFIG. */
BH_MUST_CHECK int bh_object_keys_find(struct bh_object_store *store, const struct bh_uuid *tenant,
	const struct bh_uuid *id, struct bh_object_tenant_key *out);

#endif
