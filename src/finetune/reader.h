/* SPDX-License-Identifier: Apache-2.0 */
/* reader.h: reads a file of training data line by line, and counts what is in it. */
#ifndef BH_FINETUNE_READER_H
#define BH_FINETUNE_READER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/macros.h"
#include "finetune/data.h"

/* After so many errors nobody reads on. */
enum { FINETUNE_ERRORS_MOST = 10000, FINETUNE_SAMPLES = 64, FINETUNE_SAMPLE_BYTES = 4096 };

/* What is told of a file beside its findings. */
struct finetune_count {
	int64_t bytes, text_bytes, longest_bytes, longest_line;
	int64_t messages;
	struct bh_buf samples[FINETUNE_SAMPLES]; /* owned: texts to be counted in tokens */
	size_t n_samples;
	int64_t sample_bytes;
	bool cut_off; /* by FINETUNE_ERRORS_MOST */
};
void finetune_count_close(struct finetune_count *count);

/* Reads the whole file into `data`, which was initialised. `stop` is asked now and then, and ends it when it is
 * negative. BH_E_IO. */
BH_MUST_CHECK int finetune_reader_read(const char *path, struct finetune_data *data,
	struct finetune_count *count, int (*stop)(void *ctx), void *ctx);

#endif
