/* SPDX-License-Identifier: Apache-2.0 */
/* multimodal.h: what the files of the multimodal service share: its state and settings. */
#ifndef BH_MULTIMODAL_MULTIMODAL_H
#define BH_MULTIMODAL_MULTIMODAL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bell.h"
#include "base/uuid.h"
#include "picture/turns.h"
#include "service/service.h"

struct bh_runtime;
struct multimodal_near;

#define MULTIMODAL_QUEUE "multimodal"
#define MULTIMODAL_JOB_IMAGE "image"
#define MULTIMODAL_JOB_PREFIX "imgjob_"
#define MULTIMODAL_JOBS 12       /* at once in one process: they wait for models most of the time */
#define MULTIMODAL_LEASE_MS 6000 /* extended, and a cancellation seen, each second */
#define MULTIMODAL_ATTEMPTS_MAX 4
#define MULTIMODAL_INPUTS_MAX 16
#define MULTIMODAL_MASK_POSITION 16
#define MULTIMODAL_INPUT_BYTES_MAX (50LL * 1000 * 1000)
#define MULTIMODAL_INPUT_PIXELS_MAX (50LL * 1000 * 1000)

struct multimodal_conf {
	int64_t resume_ms;      /* longest a picture is made on without a client that waits */
	int64_t run_s_max;      /* of a job */
	int64_t unfinished_max; /* jobs of one tenant */
	int64_t
		edit_bytes_max; /* images of a request together, written anew; less than model's route takes */
	int64_t fetch_ms;     /* for all images of a request that are named by their URL */
	int64_t link_s;       /* how long a link is good */
	int64_t keep_image_s; /* a job's row, after its end; pictures stay */
	int64_t keep_job_s;
	int64_t pictures_max;      /* kept by one tenant */
	int64_t near_pictures;     /* whose hashes a process holds; all tenants' */
	int64_t audio_bytes_max;   /* of a recording that is sent */
	int64_t audio_seconds_max; /* how long it may be */
	int64_t audio_processes;   /* recordings that are decoded at once; 0: one for each processor */
};

/* The service's state; conf first. */
struct multimodal {
	struct multimodal_conf conf;
	struct bh_runtime *runtime;     /* borrowed */
	struct bh_picture_turns turns;  /* of bulkhead-picture */
	struct bh_bell bell;            /* rings when a job of this process has news */
	struct bh_picture_turns sounds; /* recordings that are decoded, tenants in turn */
	struct multimodal_near *near;   /* owned: hashes of pictures */
	char picture_path[512];
	char audio_path[512]; /* of bulkhead-audio */
};

extern const struct bh_route multimodal_routes[];
extern const struct bh_service multimodal_service;

#endif
