/* SPDX-License-Identifier: Apache-2.0 */
/* image.h: the image engine: stable-diffusion.cpp's server behind scripts/image_runner.py, on weights of the operator's.
 *
 * It starts whatever the weights are, so that a damaged file stops nothing else: what is wrong with them is a sentence,
 * which the engine keeps in its folder. */
#ifndef BH_SUPERVISOR_IMAGE_H
#define BH_SUPERVISOR_IMAGE_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/macros.h"

/* Its process. */
#define SUPERVISOR_IMAGE "image"

struct supervisor_image_conf;
struct supervisor_instance;
struct supervisor_manifest;

/* Whether there are weights, and the engine is installed. */
bool supervisor_image_runs(const struct supervisor_instance *instance);

/* The model's name in the catalogue: the file's without folder and ending, in the characters of model names. */
const char *supervisor_image_model(struct bh_arena *arena, const char *weights);

/* Writes the engine's argv, which ends with NULL, to `out`: at most SUPERVISOR_IMAGE_WORDS. */
#define SUPERVISOR_IMAGE_WORDS 36
void supervisor_image_command(struct bh_arena *arena, const struct supervisor_image_conf *conf,
	const struct supervisor_manifest *manifest, const char *socket, char **out);

/* What the operator should know of the engine: its own sentence, or that it is not installed; NULL: nothing. */
const char *supervisor_image_note(struct bh_arena *arena,
	const struct supervisor_instance *instance);

#endif
