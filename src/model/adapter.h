/* SPDX-License-Identifier: Apache-2.0 */
/* adapter.h: an adapter of a tenant: its row, its name, the name of its copy. */
#ifndef BH_MODEL_ADAPTER_H
#define BH_MODEL_ADAPTER_H

#include "model/model.h"

#define MODEL_ADAPTER_PREFIX "ft:"

/* A row. Text and bytes are the arena's. */
struct model_adapter {
	struct bh_uuid id, file_id;
	const char *name, *base, *license, *state;
	const char *error; /* NULL: none */
	struct bh_bytes base_sha256, sha256;
	int64_t bytes, created_ms;
};

enum { MODEL_ADAPTER_STEM = 32 + 1 + 32 + 1 + 100 + 1 };

/* The name of its copy, without the end. BH_E_INVALID for a base whose name no file can have. */
BH_MUST_CHECK int model_adapter_stem(const struct bh_uuid *tenant, const struct bh_uuid *id,
	const char *base, char out[MODEL_ADAPTER_STEM]);
/* Whose it is; false for any other name. */
bool model_adapter_stem_read(const char *name, struct bh_uuid *out_tenant, struct bh_uuid *out_id);

/* ft: and up to 197 further bytes, of letters, digits and .:_/- . */
bool model_adapter_name_is(const char *name);

/* The platform's model of this name, or its default chat model, which a tenant's own of the same name does not hide. BH_E_NOT_FOUND. */
BH_MUST_CHECK int model_adapter_base(struct bh_db *db, const char *name, struct model_entry *out);

/* Makes an entry of the base one of the adapter; text is borrowed. */
void model_adapter_entry(const struct bh_uuid *tenant, const struct model_adapter *adapter,
	struct model_entry *entry);

#endif
