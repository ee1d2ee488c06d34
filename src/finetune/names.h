/* SPDX-License-Identifier: Apache-2.0 */
/* names.h: names of what is trained: ft:BASE:TENANT:SUFFIX:ID, and that with :ckpt-step-N. Unique in all tenants. */
#ifndef BH_FINETUNE_NAMES_H
#define BH_FINETUNE_NAMES_H

#include <stdint.h>

#include "finetune/store.h"

/* A model's name has 64 characters at most: a longer suffix is cut in it. */
enum { FINETUNE_MODEL_NAME_MOST = 64, FINETUNE_NAME_MOST = 128 };

void finetune_name_model(const struct bh_uuid *tenant, const struct finetune_job *job,
	char out[FINETUNE_NAME_MOST]);
void finetune_name_checkpoint(const struct bh_uuid *tenant, const struct finetune_job *job,
	int64_t step, char out[FINETUNE_NAME_MOST]);

#endif
