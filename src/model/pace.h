/* SPDX-License-Identifier: Apache-2.0 */
/* pace.h: how fast a managed engine reads a prompt and writes an answer, as itself has counted. */
#ifndef BH_MODEL_PACE_H
#define BH_MODEL_PACE_H

#include <stdbool.h>
#include <stdint.h>

/* Since the engine started: what its GET /metrics says. */
struct model_sums {
	double read_tokens, read_s, written_tokens, written_s;
};

struct model_pace {
	struct model_sums sums;
	int64_t reads, writes; /* tokens of one call in a second; 0: not known */
	int64_t asked_ms;      /* steady clock */
};

/* Reads the text of GET /metrics. False when a counter is missing. */
bool model_pace_read(const char *metrics, struct model_sums *out);

/* Takes newer sums in. Of a few tokens no speed is told; one that was known counts half, so that a single
 * slow moment does not change it all. Sums that have shrunk are those of an engine that started anew. */
void model_pace_add(struct model_pace *pace, const struct model_sums *sums);

#endif
