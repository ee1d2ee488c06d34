/* SPDX-License-Identifier: Apache-2.0 */
/* catalog.c: a small cache in front of the model table; an answer is at most one second old. */
#include "model/catalog.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/processors.h"
#include "base/text.h"
#include "meter/slot.h"
#include "model/adapter.h"
#include "model/store.h"
#include "model/store_adapter.h"

enum { ENTRIES = 1024, FRESH_MS = 1000 };

struct cached {
	struct bh_arena arena; /* owned: the entry's text */
	struct bh_uuid tenant;
	char name[METER_MODEL_BYTES]; /* "" for the tenant's limits */
	enum model_kind kind;
	int64_t until_ms;
	struct model_entry entry;
	struct model_limits limits;
};

struct model_catalog {
	pthread_mutex_t lock;
	struct cached entries[ENTRIES];
};

int
model_catalog_open(struct model_catalog **out)
{
	struct model_catalog *catalog = calloc(1, sizeof(*catalog));

	if (catalog == NULL)
		return BH_E_MEMORY;
	pthread_mutex_init(&catalog->lock, NULL);
	*out = catalog;
	return 0;
}

void
model_catalog_close(struct model_catalog *catalog)
{
	if (catalog == NULL)
		return;
	for (size_t i = 0; i < ENTRIES; i++)
		bh_arena_close(&catalog->entries[i].arena);
	pthread_mutex_destroy(&catalog->lock);
	free(catalog);
}

void
model_catalog_forget(struct model_catalog *catalog, const struct bh_uuid *tenant)
{
	bool all = bh_uuid_equal(tenant, &bh_platform_tenant);

	pthread_mutex_lock(&catalog->lock);
	for (size_t i = 0; i < ENTRIES; i++) {
		if (all || bh_uuid_equal(&catalog->entries[i].tenant, tenant))
			catalog->entries[i].until_ms = 0;
	}
	pthread_mutex_unlock(&catalog->lock);
}

/* Copies what an entry points to, so that it may outlive where it came from. */
static struct model_entry
entry_copy(struct bh_arena *arena, const struct model_entry *from)
{
	struct model_entry to = *from;

	to.name = bh_arena_strdup(arena, from->name);
	to.url = bh_arena_strdup(arena, from->url);
	to.upstream_name = bh_arena_strdup(arena, from->upstream_name);
	to.base = from->base != NULL ? bh_arena_strdup(arena, from->base) : NULL;
	to.adapter_state = from->adapter_state != NULL ? bh_arena_strdup(arena, from->adapter_state)
												   : NULL;
	to.adapter_error = from->adapter_error != NULL ? bh_arena_strdup(arena, from->adapter_error)
												   : NULL;
	to.sealed_key.data = bh_arena_copy(arena, from->sealed_key.data, from->sealed_key.len);
	return to;
}

static struct cached *
place(struct model_catalog *catalog, const struct bh_uuid *tenant, const char *name)
{
	uint64_t hash = 1469598103934665603ull; /* FNV-1a */

	for (size_t i = 0; i < sizeof(tenant->bytes); i++)
		hash = (hash ^ tenant->bytes[i]) * 1099511628211ull;
	for (; *name != '\0'; name++)
		hash = (hash ^ (unsigned char)*name) * 1099511628211ull;
	return &catalog->entries[hash % ENTRIES];
}

static bool
holds(const struct cached *cached, const struct bh_uuid *tenant, const char *name,
	enum model_kind kind)
{
	return cached->until_ms > bh_clock_steady_ms() && cached->kind == kind &&
		bh_uuid_equal(&cached->tenant, tenant) && strcmp(cached->name, name) == 0;
}

static void
keep(struct model_catalog *catalog, const struct bh_uuid *tenant, const char *name,
	enum model_kind kind, const struct model_entry *entry, const struct model_limits *limits)
{
	struct cached *cached;

	pthread_mutex_lock(&catalog->lock);
	cached = place(catalog, tenant, name);
	bh_arena_close(&cached->arena);
	cached->tenant = *tenant;
	strcpy(cached->name, name); /* both callers have bounded it */
	cached->kind = kind;
	cached->until_ms = bh_clock_steady_ms() + FRESH_MS;
	if (entry != NULL)
		cached->entry = entry_copy(&cached->arena, entry);
	if (limits != NULL)
		cached->limits = *limits;
	pthread_mutex_unlock(&catalog->lock);
}

/* Tells which models there are instead; the answer is the same whether a name never existed or is
 * another tenant's. */
static int
not_found(struct bh_db *db, const struct bh_uuid *tenant, enum model_kind kind)
{
	struct model_entry *entries = NULL;
	static const char *const kinds[MODEL_KINDS] = {"a chat", "an embedding", "a rerank", "an image",
		"a transcription", "a speech", "a moderation"};
	struct bh_buf names = {0};
	size_t count = 0;
	int rc;

	rc = model_store_model_list(db, tenant, &entries, &count);
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < count && names.len < 300; i++) {
		if (entries[i].kind != kind)
			continue;
		bh_buf_printf(&names, "%s%s", names.len > 0 ? ", " : "", entries[i].name);
	}
	rc = bh_error_param(BH_E_MODEL_NOT_FOUND, "model",
		"The model does not exist or is not %s model. Available models: %s.", kinds[kind],
		names.len > 0 ? names.data : "none");
	bh_buf_close(&names);
	return rc;
}

/* The owner's book: a public model has the platform's prices. */
int
model_catalog_price(struct bh_db *db, struct model_entry *entry)
{
	struct bh_db owner = bh_db_as(db, &entry->tenant);

	return model_store_book_get(&owner, &entry->tenant, entry->name, entry->upstream_name,
		&entry->book);
}

int
model_catalog_price_image(struct bh_db *db, struct model_entry *entry, const char *size,
	const char *quality)
{
	struct bh_db owner = bh_db_as(db, &entry->tenant);
	const char *const bases[] = {entry->name, entry->upstream_name};
	const char *names[3 * BH_COUNT(bases)];
	const char *by = strchr(size, 'x');
	size_t n = 0;

	for (size_t i = 0; i < BH_COUNT(bases) && by != NULL; i++) {
		const char *sized = bh_arena_printf(db->arena, "%.*s-x-%s/%s", (int)(by - size), size,
			by + 1, bases[i]);

		names[n++] = bh_arena_printf(db->arena, "%s/%s", quality, sized);
		names[n++] = sized;
	}
	for (size_t i = 0; i < BH_COUNT(bases); i++)
		names[n++] = bases[i];
	return model_store_book_first(&owner, &entry->tenant, names, n, &entry->book);
}

/* Without a model the backend for tests answers, whose pictures say that they are its. */
static bool
is_test_image(const struct model *model, const char *name, enum model_kind kind)
{
	return kind == MODEL_IMAGE && model->conf.test_images &&
		(strcmp(name, "default") == 0 || strcmp(name, MODEL_IMAGE_TEST) == 0);
}

static int
test_image(struct bh_db *db, struct model_entry *out)
{
	*out = (struct model_entry){
		.tenant = bh_platform_tenant,
		.name = MODEL_IMAGE_TEST,
		.url = MODEL_IMAGE_TEST_URL,
		.upstream_name = MODEL_IMAGE_TEST,
		.kind = MODEL_IMAGE,
		.concurrency = bh_processors() > 2 ? bh_processors() : 2,
		.managed = true,
	};
	return model_catalog_price(db, out);
}

/* Without a model the rules judge, and nobody is asked. */
static bool
is_rules(const char *name, enum model_kind kind)
{
	return kind == MODEL_MODERATION &&
		(strcmp(name, "default") == 0 || strcmp(name, MODEL_RULES) == 0);
}

static int
rules(struct bh_db *db, struct model_entry *out)
{
	*out = (struct model_entry){
		.tenant = bh_platform_tenant,
		.name = MODEL_RULES,
		.url = MODEL_RULES_URL,
		.upstream_name = MODEL_RULES,
		.kind = MODEL_MODERATION,
		.managed = true,
	};
	return model_catalog_price(db, out);
}

/* A tenant's adapter: its base, under the adapter's name and at the base's price. */
static int
find_adapter(struct bh_db *db, const struct bh_uuid *tenant, const char *name,
	struct model_entry *out)
{
	struct model_adapter adapter;
	int rc = model_store_adapter_find(db, tenant, name, &adapter);

	if (rc == 0)
		rc = model_adapter_base(db, adapter.base, out);
	if (rc == 0)
		rc = model_catalog_price(db, out);
	if (rc < 0)
		return rc;
	model_adapter_entry(tenant, &adapter, out);
	return 0;
}

int
model_catalog_find(struct model *model, struct bh_db *db, const struct bh_uuid *tenant,
	const char *name, enum model_kind kind, struct model_entry *out)
{
	struct model_catalog *catalog = model->catalog;
	struct model_entry entry = {0};
	struct cached *cached;
	bool hit;
	int rc;

	if (name[0] == '\0' || strlen(name) >= METER_MODEL_BYTES)
		return not_found(db, tenant, kind);

	pthread_mutex_lock(&catalog->lock);
	cached = place(catalog, tenant, name);
	hit = holds(cached, tenant, name, kind);
	if (hit)
		*out = entry_copy(db->arena, &cached->entry);
	pthread_mutex_unlock(&catalog->lock);
	if (hit)
		return 0;

	if (bh_text_starts(name, MODEL_ADAPTER_PREFIX))
		rc = find_adapter(db, tenant, name, &entry);
	else if (strcmp(name, "default") == 0)
		rc = model_store_model_default(db, tenant, model_kind_name(kind), &entry);
	else
		rc = model_store_model_find(db, tenant, name, &entry);
	if (rc == BH_E_NOT_FOUND && is_test_image(model, name, kind))
		return test_image(db, out);
	if (rc == BH_E_NOT_FOUND && is_rules(name, kind))
		return rules(db, out);
	if (rc == BH_E_NOT_FOUND || (rc == 0 && entry.kind != kind))
		return not_found(db, tenant, kind);
	if (rc == 0 && entry.base == NULL)
		rc = model_catalog_price(db, &entry);
	if (rc < 0)
		return rc;
	keep(catalog, tenant, name, kind, &entry, NULL);
	*out = entry;
	return 0;
}

int
model_catalog_limits(struct model *model, struct bh_db *db, const struct bh_uuid *tenant,
	struct model_limits *out)
{
	struct model_catalog *catalog = model->catalog;
	struct model_limits limits;
	struct cached *cached;
	bool hit;
	int rc;

	pthread_mutex_lock(&catalog->lock);
	cached = place(catalog, tenant, "");
	hit = holds(cached, tenant, "", MODEL_CHAT);
	if (hit)
		*out = cached->limits;
	pthread_mutex_unlock(&catalog->lock);
	if (hit)
		return 0;

	rc = model_store_limits_get(db, tenant, &limits);
	if (rc < 0)
		return rc;
	keep(catalog, tenant, "", MODEL_CHAT, NULL, &limits);
	*out = limits;
	return 0;
}
