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

/* Zeroed memory, aligned for any type. Aborts the process when the heap is exhausted: every
 * caller's size is bounded beforehand, so this is the machine's end and not a request's. */
void *bh_arena_alloc(struct bh_arena *arena, size_t bytes) __attribute__((returns_nonnull));

/* count * size, checked for overflow. */
void *bh_arena_array(struct bh_arena *arena, size_t count, size_t size)
	__attribute__((returns_nonnull));

/* The same memory not zeroed, for what is written over at once. */
void *bh_arena_raw(struct bh_arena *arena, size_t bytes) __attribute__((returns_nonnull));

/* Makes a piece of raw memory larger. A large one that was taken lately takes its pages along; of any
 * other the old place stays behind, unused. */
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
