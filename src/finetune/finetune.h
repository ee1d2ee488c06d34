/* SPDX-License-Identifier: Apache-2.0 */
/* finetune.h: what the files of the finetune service share: its state, settings and limits. */
#ifndef BH_FINETUNE_FINETUNE_H
#define BH_FINETUNE_FINETUNE_H

#include <stdint.h>

#include "base/bell.h"
#include "base/uuid.h"
#include "service/service.h"

struct bh_runtime;
struct meter_terms_cache;

#define FINETUNE_QUEUE "finetune"
#define FINETUNE_VALIDATE "validate"
#define FINETUNE_TRAIN "train"
#define FINETUNE_PUBLISH "publish"

#define FINETUNE_JOB_PREFIX "ftjob-"
#define FINETUNE_EVENT_PREFIX "ftevent-"
#define FINETUNE_CHECKPOINT_PREFIX "ftckpt_"
#define FINETUNE_PERMISSION_PREFIX "cp_"
#define FINETUNE_FILE_PREFIX "file-"

/* One training at a time in a process; the other places are for what is short. */
#define FINETUNE_PLACES 4
#define FINETUNE_LEASE_MS 6000 /* extended each second */
#define FINETUNE_ATTEMPTS_MAX 3
#define FINETUNE_FILE_BYTES_MAX (512LL * BH_MIB)
#define FINETUNE_ADAPTER_BYTES_MAX (2LL * BH_GIB)

struct finetune_conf {
	const char *trainer;       /* path of the program; "": PROGRAMS/trainer/bulkhead-train */
	int64_t unfinished_max;    /* jobs of one tenant */
	int64_t tokens_per_second; /* before a job's own pace is known */
	int64_t silence_s;         /* of a trainer, after which it hangs */
	int64_t train_s_max;       /* of a job, in one go */
	int64_t turn_s;            /* of a job, after which a tenant that waits has its own */
	int64_t checkpoint_steps;
	int64_t context; /* tokens of an example */
	int64_t threads;
	int64_t memory_mib;
	int64_t publish_s_max; /* longest wait for the model service to load an adapter */
	int64_t keep_tuning_s; /* a job's row with its events and checkpoints, after its end */
	int64_t keep_job_s;
};

/* The service's state; conf first. */
struct finetune {
	struct finetune_conf conf;
	struct bh_runtime *runtime;      /* borrowed */
	struct meter_terms_cache *terms; /* owned */
	struct bh_bell bell;             /* rings when a job of this process has news */
	char trainer[512];               /* path of the program */
	char home[512];                  /* folder of what is being trained: TENANT/JOB in hex */
};

extern const struct bh_route finetune_routes[];
extern const struct bh_service finetune_service;

#endif
