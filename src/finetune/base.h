/* SPDX-License-Identifier: Apache-2.0 */
/* base.h: the base models of this installation that can be trained: files that set-up, or `bulkhead model pull`, put there.
 *
 * Source of the head's format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md (version 3). */
#ifndef BH_FINETUNE_BASE_H
#define BH_FINETUNE_BASE_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/macros.h"

#define FINETUNE_ARCHITECTURES "llama qwen2"

/* Strings live in the arena. */
struct finetune_base {
	const char *name, *path, *sha256, *licence; /* sha256 and licence: "" if unknown */
	const char *chat_template;                  /* path; NULL: the model's own */
	int64_t context;
};

/* PROGRAMS/manifest.json and HOME/models/NAME.json. BH_E_MODEL_NOT_FOUND: there is no such model; BH_E_INVALID on
 * "model": it cannot be trained. Both say which ones can. */
BH_MUST_CHECK int finetune_base_find(struct bh_arena *arena, const char *programs, const char *home,
	const char *name, struct finetune_base *out);

/* The value of general.architecture (or of another text) in the head of a GGUF file, "" if it is not among the first
 * bytes; BH_E_INVALID: the head is damaged. */
BH_MUST_CHECK int finetune_base_text(const unsigned char *head, size_t len, const char *key,
	char *out, size_t size);

#endif
