/* SPDX-License-Identifier: Apache-2.0 */
/* arena.h: memory that lives as long as one request (or one job) and is never freed by hand. */
#ifndef BH_BASE_ARENA_H
#define BH_BASE_ARENA_H

#include <stdarg.h>
#include <stddef.h>

#include "base/macros.h"

struct bh_arena_block;

/* Zeroed means valid and empty. Not shared between threads. */
struct bh_arena {
	struct bh_arena_block *blocks; /* owned */
	size_t bytes;                  /* taken from the heap so far */
};

/* Zeroed memory, aligned for any type. Aborts the process when the heap is exhausted: the size of every
 * caller is bounded beforehand, so the machine is out of memory and not a request too large. */
void *bh_arena_alloc(struct bh_arena *arena, size_t bytes) __attribute__((returns_nonnull));

/* count * size, checked for overflow. */
void *bh_arena_array(struct bh_arena *arena, size_t count, size_t size)
	__attribute__((returns_nonnull));

/* The same without zeroing, for memory that is overwritten immediately. */
void *bh_arena_raw(struct bh_arena *arena, size_t bytes) __attribute__((returns_nonnull));

/* Enlarges a piece of raw memory. A large one that was allocated last keeps its pages; any other is
 * copied, and its old memory stays unused until the arena is closed. */
void *bh_arena_grow(struct bh_arena *arena, void *piece, size_t bytes_old, size_t bytes)
	__attribute__((returns_nonnull));

/* A copy with a terminating NUL behind it (not counted). */
char *bh_arena_copy(struct bh_arena *arena, const void *bytes, size_t len)
	__attribute__((returns_nonnull));
char *bh_arena_strdup(struct bh_arena *arena, const char *text) __attribute__((returns_nonnull));

char *bh_arena_printf(struct bh_arena *arena, const char *format, ...) BH_PRINTF(2, 3)
	__attribute__((returns_nonnull));
char *bh_arena_vprintf(struct bh_arena *arena, const char *format, va_list args) BH_PRINTF(2, 0)
	__attribute__((returns_nonnull));

/* Frees everything; the arena may be used again. Safe on a zeroed arena, and twice. */
void bh_arena_close(struct bh_arena *arena);

#endif
