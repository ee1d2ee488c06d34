/* SPDX-License-Identifier: Apache-2.0 */
/* catalog.h: resolves a model's name for a tenant, and a tenant's limits, with a cache of one second. */
#ifndef BH_MODEL_CATALOG_H
#define BH_MODEL_CATALOG_H

#include "model/model.h"
#include "model/store.h"

BH_MUST_CHECK int model_catalog_open(struct model_catalog **out);
void model_catalog_close(struct model_catalog *catalog);

/* The model a tenant means by `name`: its own, else a public one, else by the alias "default" (for
 * `kind`). BH_E_MODEL_NOT_FOUND with a detail that names the usable ones. Text in *out is the
 * arena's. */
BH_MUST_CHECK int model_catalog_find(struct model *model, struct bh_db *db,
	const struct bh_uuid *tenant, const char *name, enum model_kind kind, struct model_entry *out);

/* Reads what the price book says of it now. */
BH_MUST_CHECK int model_catalog_price(struct bh_db *db, struct model_entry *entry);

/* The same for a picture of this size ("1024x1024") and quality ("high"): what the book says under
 * "high/1024-x-1024/NAME", as LiteLLM's list has it, else "1024-x-1024/NAME", else NAME. */
BH_MUST_CHECK int model_catalog_price_image(struct bh_db *db, struct model_entry *entry,
	const char *size, const char *quality);

BH_MUST_CHECK int model_catalog_limits(struct model *model, struct bh_db *db,
	const struct bh_uuid *tenant, struct model_limits *out);

/* Drops the cache entries of the tenant or, for the platform tenant, of all tenants, after a change by
 * this process. */
void model_catalog_forget(struct model_catalog *catalog, const struct bh_uuid *tenant);

#endif
