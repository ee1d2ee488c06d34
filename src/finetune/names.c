/* SPDX-License-Identifier: Apache-2.0 */
/* names.c: parts of the two ids make a name unique, whatever the suffix. */
#include "finetune/names.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { PART = 8 };

/* The end of an id is random in all versions. */
static const char *
part_of(const struct bh_uuid *id, char hex[BH_UUID_HEX])
{
	bh_uuid_hex(id, hex);
	return hex + BH_UUID_HEX - 1 - PART;
}

void
finetune_name_model(const struct bh_uuid *tenant, const struct finetune_job *job,
	char out[FINETUNE_NAME_MOST])
{
	const char *suffix = job->suffix != NULL ? job->suffix : "";
	char of_tenant[BH_UUID_HEX], of_job[BH_UUID_HEX];
	size_t len, end;

	snprintf(out, FINETUNE_NAME_MOST, "ft:%.*s:%s:", FINETUNE_MODEL_NAME_MOST - 3 * (PART + 1) - 4,
		job->model, part_of(tenant, of_tenant));
	len = strlen(out);
	end = FINETUNE_MODEL_NAME_MOST - PART - 1;
	for (; *suffix != '\0' && len < end; suffix++)
		/* Of a character of several bytes one hyphen is left. */
		if (isalnum((unsigned char)*suffix) || *suffix == '-' || *suffix == '_')
			out[len++] = (char)tolower((unsigned char)*suffix);
		else if ((*suffix & 0xc0) != 0x80)
			out[len++] = '-';
	snprintf(out + len, FINETUNE_NAME_MOST - len, ":%s", part_of(&job->id, of_job));
}

void
finetune_name_checkpoint(const struct bh_uuid *tenant, const struct finetune_job *job, int64_t step,
	char out[FINETUNE_NAME_MOST])
{
	size_t len;

	finetune_name_model(tenant, job, out);
	len = strlen(out);
	snprintf(out + len, FINETUNE_NAME_MOST - len, ":ckpt-step-%lld", (long long)step);
}
