/* SPDX-License-Identifier: Apache-2.0 */
/* seen.h: a set of hashes of examples, each with the line where it was met first. */
#ifndef FINETUNE_SEEN_H
#define FINETUNE_SEEN_H

#include <stddef.h>
#include <stdint.h>

struct finetune_seen;

/* An empty set for at most `most` hashes; grows as it fills. */
struct finetune_seen *finetune_seen_new(size_t most);
void finetune_seen_free(struct finetune_seen *seen);

/* The line of a hash, or 0. NULL is an empty set. */
int64_t finetune_seen_find(const struct finetune_seen *seen, uint64_t hash);

/* Adds a hash that is not there yet; does nothing in a full set. */
void finetune_seen_add(struct finetune_seen *seen, uint64_t hash, int64_t line);

/* FNV-1a of 64 bits, mixed, from a beginning that is this process's own: hashes mean nothing to another one. */
uint64_t finetune_seen_hash(const void *bytes, size_t len);

#endif
