/* SPDX-License-Identifier: Apache-2.0 */
/* layout.h: the page that words make: blocks, and the lines in them, by what recognition says of each word. */
#ifndef BH_MULTIMODAL_LAYOUT_H
#define BH_MULTIMODAL_LAYOUT_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "picture/said.h"

struct multimodal_line {
	struct bh_picture_box box;
	const char *text;
};

/* A paragraph, a column, a caption: what stands together. */
struct multimodal_block {
	struct bh_picture_box box;
	int64_t words, confidence; /* confidence: the mean, in percent */
	struct multimodal_line *lines;
	size_t n_lines;
};

/* Of words in reading order; in the arena. */
void multimodal_layout_of(struct bh_arena *arena, const struct bh_picture_word *words, size_t n,
	struct multimodal_block **out, size_t *out_n);

#endif
