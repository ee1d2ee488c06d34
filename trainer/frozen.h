/* SPDX-License-Identifier: Apache-2.0 */
/* frozen.h: trainer/product.h as operators of ggml's graphs. */
#ifndef TRAINER_FROZEN_H
#define TRAINER_FROZEN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/macros.h"

struct ggml_tensor;

/* What the threads of a graph work in, one room each. Zeroed is closed. */
struct trainer_rooms {
	char *memory; /* owned */
	int threads;
};

size_t trainer_rooms_bytes(int threads);
BH_MUST_CHECK int trainer_rooms_open(int threads, struct trainer_rooms *out);
void trainer_rooms_close(struct trainer_rooms *rooms);

/* Whether weights of that type can be read. */
bool trainer_frozen_is_readable(const struct ggml_tensor *weight);

/* Each makes of `node` another operator for the same result, from these sources; false: it was left alone, since the
 * sources do not lie as that operator reads them. The rooms have to live as long as the graph. */

/* A node MUL_MAT(weight, values). */
bool trainer_frozen_forward(struct ggml_tensor *node, struct trainer_rooms *rooms);
/* A node OUT_PROD(weight, transposed values). */
bool trainer_frozen_back(struct ggml_tensor *node, struct trainer_rooms *rooms);
/* A node OUT_PROD(values, values). */
bool trainer_frozen_outer(struct ggml_tensor *node, struct trainer_rooms *rooms);

#endif
