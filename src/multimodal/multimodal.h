/* SPDX-License-Identifier: Apache-2.0 */
/* multimodal.h: what the files of the multimodal service share: its state and settings. */
#ifndef BH_MULTIMODAL_MULTIMODAL_H
#define BH_MULTIMODAL_MULTIMODAL_H

#include <stdint.h>

#include "picture/turns.h"
#include "service/service.h"

struct bh_runtime;

struct multimodal_conf {
	int64_t audio_bytes_max;   /* of a recording that is sent */
	int64_t audio_seconds_max; /* how long it may be */
	int64_t audio_processes;   /* recordings that are decoded at once; 0: one for each processor */
};

/* The service's state; conf first, as the skeleton wants it. */
struct multimodal {
	struct multimodal_conf conf;
	struct bh_runtime *runtime;     /* borrowed */
	struct bh_picture_turns sounds; /* recordings that are decoded, tenants in turn */
	char audio_path[512];           /* of bulkhead-audio */
	char spool_dir[512];
};

extern const struct bh_route multimodal_routes[];
extern const struct bh_service multimodal_service;

#endif
