/* SPDX-License-Identifier: Apache-2.0 */
/* keys.c: makes, finds and destroys the keys of tenants, and holds those in use for seconds. */
#include "object/keys.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "sec/seal.h"

enum { HELD_MOST = 1024, KEYS_MOST = BH_OBJECT_KEYS_MOST };

struct held {
	struct bh_uuid tenant; /* zero: the place is free */
	struct bh_object_tenant_key key;
	int64_t read_ms, used_ms; /* steady clock */
	bool current;
};

/* A tenant holds one place, or two after a race: none can push out the others by what it does. */
struct bh_object_keys {
	struct bh_secret wrap;
	pthread_mutex_t lock;
	struct held held[HELD_MOST];
};

struct bh_object_keys *
bh_object_keys_new(const struct bh_secret *wrap)
{
	struct bh_object_keys *keys = calloc(1, sizeof(*keys));

	BH_ASSERT(keys != NULL);
	keys->wrap = *wrap;
	pthread_mutex_init(&keys->lock, NULL);
	return keys;
}

void
bh_object_keys_free(struct bh_object_keys *keys)
{
	if (keys == NULL)
		return;
	pthread_mutex_destroy(&keys->lock);
	bh_wipe(keys, sizeof(*keys));
	free(keys);
}

/* ---- in memory ---- */

/* `id` NULL: the one for new objects. */
static bool
held_get(struct bh_object_keys *keys, const struct bh_uuid *tenant, const struct bh_uuid *id,
	struct bh_object_tenant_key *out)
{
	int64_t now_ms = bh_clock_steady_ms();
	bool found = false;

	pthread_mutex_lock(&keys->lock);
	for (size_t i = 0; i < HELD_MOST && !found; i++) {
		struct held *held = &keys->held[i];

		if (!bh_uuid_equal(&held->tenant, tenant) ||
			now_ms - held->read_ms >= BH_OBJECT_KEY_FRESH_MS)
			continue;
		found = id == NULL ? held->current : bh_uuid_equal(&held->key.id, id);
		if (found) {
			held->used_ms = now_ms;
			*out = held->key;
		}
	}
	pthread_mutex_unlock(&keys->lock);
	return found;
}

/* In its own place, a free one, or that of the one that was not used for longest. */
static void
held_put(struct bh_object_keys *keys, const struct bh_uuid *tenant,
	const struct bh_object_tenant_key *key, bool current)
{
	int64_t now_ms = bh_clock_steady_ms();
	struct held *place = &keys->held[0];

	pthread_mutex_lock(&keys->lock);
	for (size_t i = 0; i < HELD_MOST; i++) {
		struct held *held = &keys->held[i];

		if (bh_uuid_equal(&held->tenant, tenant) && bh_uuid_equal(&held->key.id, &key->id)) {
			place = held;
			current = current || held->current;
			break;
		}
		if (held->used_ms < place->used_ms)
			place = held;
	}
	*place = (struct held){*tenant, *key, now_ms, now_ms, current};
	pthread_mutex_unlock(&keys->lock);
}

static void
held_drop(struct bh_object_keys *keys, const struct bh_uuid *tenant)
{
	pthread_mutex_lock(&keys->lock);
	for (size_t i = 0; i < HELD_MOST; i++)
		if (bh_uuid_equal(&keys->held[i].tenant, tenant))
			bh_wipe(&keys->held[i], sizeof(keys->held[i]));
	pthread_mutex_unlock(&keys->lock);
}

/* ---- sealed ---- */

#define CONTEXT_TEXT 128

static void
make_context(const struct bh_uuid *tenant, const struct bh_uuid *id, char out[CONTEXT_TEXT])
{
	char tenant_hex[BH_UUID_HEX], id_hex[BH_UUID_HEX];

	bh_uuid_hex(tenant, tenant_hex);
	bh_uuid_hex(id, id_hex);
	snprintf(out, CONTEXT_TEXT, "object.key:%s:%s", tenant_hex, id_hex);
}

int
bh_object_key_open(const struct bh_secret *wrap, const struct bh_uuid *tenant,
	const struct bh_object_sealed_key *sealed, struct bh_object_tenant_key *out)
{
	BH_AUTO(bh_buf_close) struct bh_buf opened = {0};
	char context[CONTEXT_TEXT];
	int rc;

	make_context(tenant, &sealed->id, context);
	rc = bh_unseal(wrap, context, sealed->bytes, sizeof(sealed->bytes), &opened);
	if (rc < 0 || opened.len != sizeof(out->secret.bytes))
		rc = bh_error(BH_E_CONFIG,
			"object store: a tenant's key was sealed with a different master key");
	if (rc == 0) {
		out->id = sealed->id;
		memcpy(out->secret.bytes, opened.data, opened.len);
	}
	if (opened.data != NULL)
		bh_wipe(opened.data, opened.len);
	return rc;
}

static int
load_sealed(struct bh_object_store *store, const struct bh_uuid *tenant, const struct bh_uuid *id,
	struct bh_object_sealed_key *out)
{
	BH_AUTO(bh_buf_close) struct bh_buf sealed = {0};
	int rc = store->driver->key_get(store, tenant, id, &sealed);

	if (rc == 0 && sealed.len != sizeof(out->bytes))
		rc = bh_error(BH_E_CONFIG, "object store: a tenant's key has %zu bytes", sealed.len);
	if (rc < 0)
		return rc;
	out->id = *id;
	memcpy(out->bytes, sealed.data, sealed.len);
	return 0;
}

static int
load(struct bh_object_store *store, const struct bh_uuid *tenant, const struct bh_uuid *id,
	struct bh_object_tenant_key *out)
{
	struct bh_object_sealed_key sealed;
	int rc = load_sealed(store, tenant, id, &sealed);

	return rc < 0 ? rc : bh_object_key_open(&store->keys->wrap, tenant, &sealed, out);
}

static int
make(struct bh_object_store *store, const struct bh_uuid *tenant)
{
	BH_AUTO(bh_buf_close) struct bh_buf sealed = {0};
	struct bh_uuid id = bh_uuid_new();
	struct bh_secret secret;
	char context[CONTEXT_TEXT];

	bh_random(secret.bytes, sizeof(secret.bytes));
	make_context(tenant, &id, context);
	bh_seal(&store->keys->wrap, context, secret.bytes, sizeof(secret.bytes), &sealed);
	bh_secret_close(&secret);
	return store->driver->key_put(store, tenant, &id, sealed.data, sealed.len);
}

/* ---- what others ask for ---- */

/* Listed again after one was made: whoever sees two takes the same of them as the other who has made one, or one that
 * stays readable all the same. */
int
bh_object_keys_current(struct bh_object_store *store, const struct bh_uuid *tenant,
	struct bh_object_tenant_key *out)
{
	struct bh_uuid ids[KEYS_MOST];
	size_t n = 0;
	int rc;

	if (held_get(store->keys, tenant, NULL, out))
		return 0;
	rc = store->driver->key_list(store, tenant, ids, KEYS_MOST, &n);
	if (rc == 0 && n == 0) {
		rc = make(store, tenant);
		if (rc == 0)
			rc = store->driver->key_list(store, tenant, ids, KEYS_MOST, &n);
	}
	if (rc == 0 && n == 0)
		rc = bh_error(BH_E_UNAVAILABLE, "object store: a key that was written is not there");
	if (rc < 0)
		return rc;
	qsort(ids, n, sizeof(*ids), bh_uuid_order);
	rc = load(store, tenant, &ids[0], out);
	if (rc == BH_E_NOT_FOUND)
		rc = bh_error(BH_E_UNAVAILABLE, "object store: a tenant's key was just destroyed");
	if (rc == 0)
		held_put(store->keys, tenant, out, true);
	return rc;
}

int
bh_object_keys_find(struct bh_object_store *store, const struct bh_uuid *tenant,
	const struct bh_uuid *id, struct bh_object_tenant_key *out)
{
	int rc;

	if (held_get(store->keys, tenant, id, out))
		return 0;
	rc = load(store, tenant, id, out);
	if (rc == 0)
		held_put(store->keys, tenant, out, false);
	return rc;
}

int
bh_object_keys_destroy(struct bh_object_store *store, const struct bh_uuid *tenant, size_t *out_n)
{
	struct bh_uuid ids[KEYS_MOST];
	size_t n = 0, total = 0;
	int rc = 0;

	if (store->previous != NULL)
		rc = bh_object_keys_destroy(store->previous, tenant, &total);
	if (store->keys != NULL)
		held_drop(store->keys, tenant);
	do {
		if (rc == 0)
			rc = store->driver->key_list(store, tenant, ids, KEYS_MOST, &n);
		for (size_t i = 0; rc == 0 && i < n; i++)
			rc = store->driver->key_remove(store, tenant, &ids[i]);
		total += n;
	} while (rc == 0 && n == KEYS_MOST);
	if (rc == 0)
		*out_n = total;
	return rc;
}

int
bh_object_keys_list(struct bh_object_store *store, const struct bh_uuid *tenant,
	struct bh_object_sealed_key *out, size_t room, size_t *out_n)
{
	struct bh_uuid ids[KEYS_MOST];
	size_t n = 0;
	int rc = store->driver->key_list(store, tenant, ids, room < KEYS_MOST ? room : KEYS_MOST, &n);

	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = load_sealed(store, tenant, &ids[i], &out[i]);
	if (rc == 0)
		*out_n = n;
	return rc;
}

int
bh_object_keys_give(struct bh_object_store *store, const struct bh_uuid *tenant,
	const struct bh_object_sealed_key *key)
{
	struct bh_object_tenant_key opened;
	int rc;

	if (store->keys == NULL)
		return bh_error(BH_E_CONFIG, "the object store was opened without its secret");
	rc = bh_object_key_open(&store->keys->wrap, tenant, key, &opened);
	bh_wipe(&opened, sizeof(opened));
	return rc < 0
		? rc
		: store->driver->key_put(store, tenant, &key->id, key->bytes, BH_OBJECT_SEALED_KEY);
}
