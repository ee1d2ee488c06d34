/* SPDX-License-Identifier: Apache-2.0 */
/* image_conf.h: the settings of the image engine: the operator's files, and what the engine may take. */
#ifndef BH_SUPERVISOR_IMAGE_CONF_H
#define BH_SUPERVISOR_IMAGE_CONF_H

#include <stdint.h>

#include "base/macros.h"

/* [image]: the engine of `make image-engine`. Files are the operator's; "" where there is none. */
struct supervisor_image_conf {
	const char *weights; /* "": the engine is not started */
	const char *vae, *clip_l, *clip_g, *t5xxl, *llm;
	int64_t steps;        /* 0: what the engine takes */
	const char *guidance; /* a number; "": what the engine takes */
	int64_t threads;      /* 0 until it is loaded: one per processor */
	int64_t memory_mib;   /* 0 until it is loaded: three quarters of the machine's */
	int64_t idle_s;       /* 0: the weights stay loaded */
};

/* A file of a model: its setting, the runner's option for it, and its path; "" where there is none. The first are the
 * weights. */
struct supervisor_image_conf_part {
	const char *setting, *option, *path;
};

#define SUPERVISOR_IMAGE_CONF_PARTS 6

void supervisor_image_conf_parts(const struct supervisor_image_conf *conf,
	struct supervisor_image_conf_part out[SUPERVISOR_IMAGE_CONF_PARTS]);

/* Whether the settings make sense; the files are not looked at. BH_E_CONFIG. */
BH_MUST_CHECK int supervisor_image_conf_check(const struct supervisor_image_conf *conf);

/* Puts this machine's values where the operator leaves them to it. */
void supervisor_image_conf_fill(struct supervisor_image_conf *conf);

/* Whether the files that the settings name are there and begin as a model's file does. Whether all of one is right,
 * only the engine knows, when it loads it. BH_E_CONFIG with a sentence. */
BH_MUST_CHECK int supervisor_image_conf_look(const struct supervisor_image_conf *conf);

#endif
