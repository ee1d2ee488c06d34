/* SPDX-License-Identifier: Apache-2.0 */
/* adapter.c: names of adapters and of their copies, and the entry that a request sees. */
#include "model/adapter.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "model/store.h"

enum { HEX = 32 };

static bool
is_word(const char *text, const char *marks)
{
	for (; *text != '\0'; text++) {
		bool is_letter = (*text >= 'a' && *text <= 'z') || (*text >= 'A' && *text <= 'Z') ||
			(*text >= '0' && *text <= '9');

		if (!is_letter && strchr(marks, *text) == NULL)
			return false;
	}
	return true;
}

bool
model_adapter_name_is(const char *name)
{
	size_t len = strlen(name);

	return bh_text_starts(name, MODEL_ADAPTER_PREFIX) && len > strlen(MODEL_ADAPTER_PREFIX) &&
		len <= 200 && is_word(name, ".:_/-");
}

int
model_adapter_stem(const struct bh_uuid *tenant, const struct bh_uuid *id, const char *base,
	char out[MODEL_ADAPTER_STEM])
{
	char tenant_hex[BH_UUID_HEX], id_hex[BH_UUID_HEX];

	if (base[0] == '\0' || base[0] == '.' || strlen(base) > 100 || !is_word(base, "._-"))
		return bh_error(BH_E_INVALID, "A model called '%.100s' cannot have adapters.", base);
	bh_uuid_hex(tenant, tenant_hex);
	bh_uuid_hex(id, id_hex);
	snprintf(out, MODEL_ADAPTER_STEM, "%s-%s@%s", tenant_hex, id_hex, base);
	return 0;
}

bool
model_adapter_stem_read(const char *name, struct bh_uuid *out_tenant, struct bh_uuid *out_id)
{
	char hex[HEX + 1];

	if (strlen(name) < 2 * HEX + 3 || name[HEX] != '-' || name[2 * HEX + 1] != '@')
		return false;
	snprintf(hex, sizeof(hex), "%.*s", HEX, name);
	if (bh_uuid_parse_id(hex, "", out_tenant) < 0)
		return false;
	snprintf(hex, sizeof(hex), "%.*s", HEX, name + HEX + 1);
	return bh_uuid_parse_id(hex, "", out_id) == 0;
}

int
model_adapter_base(struct bh_db *db, const char *name, struct model_entry *out)
{
	struct bh_db owner = bh_db_as(db, &bh_platform_tenant);

	if (strcmp(name, "default") == 0)
		return model_store_model_default(&owner, &bh_platform_tenant, model_kind_name(MODEL_CHAT),
			out);
	return model_store_model_find(&owner, &bh_platform_tenant, name, out);
}

void
model_adapter_entry(const struct bh_uuid *tenant, const struct model_adapter *adapter,
	struct model_entry *entry)
{
	entry->name = adapter->name;
	entry->created_ms = adapter->created_ms;
	entry->base = adapter->base;
	entry->adapter = adapter->id;
	entry->adapter_tenant = *tenant;
	entry->adapter_state = adapter->state;
	entry->adapter_error = adapter->error;
}
