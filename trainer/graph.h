/* SPDX-License-Identifier: Apache-2.0 */
/* graph.h: the model as a graph of ggml: forward to the last hidden states, and back to the adapter. */
#ifndef TRAINER_GRAPH_H
#define TRAINER_GRAPH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "trainer/base.h"

struct ggml_cgraph;
struct trainer_rooms;

/* The two matrices of one weight's adapter; NULL: it has none. */
struct trainer_lora {
	struct ggml_tensor *a, *b; /* a: columns of the weight by rank; b: rank by rows of the weight */
};

struct trainer_loras {
	struct trainer_lora *lora; /* TRAINER_LINEARS a layer; NULL: the base model alone */
	float scale;               /* alpha / rank */
};

/* What one pass reads: `sequences` of `length` tokens, and the places whose next token is scored. */
struct trainer_shape {
	int64_t sequences, length, targets;
	bool backward;
};

/* A graph and its inputs. All of it lies in `memory`, and is forgotten when that is used again. */
struct trainer_graph {
	struct ggml_context *context; /* owned */
	struct ggml_cgraph *graph;
	struct ggml_tensor *tokens, *positions, *mask, *places; /* to be set: I32, I32, F32, I32 */
	struct ggml_tensor *hidden;                             /* forward's result: width by targets */
	struct ggml_tensor *slope; /* to be set before backward: of the loss by `hidden` */
	int forward_nodes;         /* those up to `hidden` */
};

/* Bytes that `memory` has to have. */
size_t trainer_graph_memory_bytes(void);

/* The rooms are borrowed for as long as the graph is. */
void trainer_graph_build(const struct trainer_base *base, const struct trainer_loras *loras,
	const struct trainer_shape *shape, struct trainer_rooms *rooms, void *memory,
	struct trainer_graph *out);
void trainer_graph_close(struct trainer_graph *graph);

#endif
