/* SPDX-License-Identifier: Apache-2.0 */
/* arena.c: blocks in a list; small pieces share the newest block. */
#include "base/arena.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_BYTES = 8192, ALIGN = 16 };

struct bh_arena_block {
	struct bh_arena_block *next;
	size_t used;
	size_t size;
	size_t unused; /* keeps the memory behind it aligned */
};

_Static_assert(sizeof(struct bh_arena_block) % ALIGN == 0, "block header keeps the alignment");

static void
out_of_memory(size_t bytes)
{
	fprintf(stderr, "bulkhead: out of memory (%zu bytes)\n", bytes);
	abort();
}

static struct bh_arena_block *
block_new(struct bh_arena *arena, size_t bytes)
{
	struct bh_arena_block *block;

	block = malloc(sizeof(*block) + bytes);
	if (block == NULL)
		out_of_memory(bytes);
	*block = (struct bh_arena_block){.size = bytes};
	arena->bytes += bytes;
	return block;
}

static size_t
rounded(size_t bytes)
{
	if (bytes > SIZE_MAX / 2)
		out_of_memory(bytes);
	return (bytes + ALIGN - 1) & ~(size_t)(ALIGN - 1);
}

/* Not zeroed: a block is filled but in part, and copies write over all they take. */
static void *
take(struct bh_arena *arena, size_t bytes)
{
	struct bh_arena_block *block = arena->blocks;
	void *memory;

	bytes = rounded(bytes);
	if (block != NULL && block->size - block->used >= bytes) {
		memory = (char *)(block + 1) + block->used;
		block->used += bytes;
		return memory;
	}
	if (bytes > BLOCK_BYTES / 4 && block != NULL) {
		/* A large piece gets a block of its own behind the newest, which stays open. */
		struct bh_arena_block *own = block_new(arena, bytes);

		own->used = bytes;
		own->next = block->next;
		block->next = own;
		return own + 1;
	}
	block = block_new(arena, bytes > BLOCK_BYTES ? bytes : BLOCK_BYTES);
	block->next = arena->blocks;
	block->used = bytes;
	arena->blocks = block;
	return block + 1;
}

void *
bh_arena_alloc(struct bh_arena *arena, size_t bytes)
{
	return memset(take(arena, bytes), 0, bytes);
}

void *
bh_arena_raw(struct bh_arena *arena, size_t bytes)
{
	return take(arena, bytes);
}

/* The place of the pointer to the block that holds this piece alone, of the newest two; NULL if none. */
static struct bh_arena_block **
own_block(struct bh_arena *arena, const void *piece, size_t bytes)
{
	struct bh_arena_block **place = &arena->blocks;

	for (int i = 0; i < 2 && *place != NULL; i++, place = &(*place)->next) {
		if (*place + 1 == piece)
			return (*place)->size == bytes ? place : NULL;
	}
	return NULL;
}

void *
bh_arena_grow(struct bh_arena *arena, void *piece, size_t bytes_old, size_t bytes)
{
	struct bh_arena_block **place = own_block(arena, piece, rounded(bytes_old));
	struct bh_arena_block *block;

	if (place == NULL)
		return memcpy(take(arena, bytes), piece, bytes_old);
	bytes = rounded(bytes);
	block = realloc(*place, sizeof(*block) + bytes);
	if (block == NULL)
		out_of_memory(bytes);
	arena->bytes += bytes - block->size;
	block->size = bytes;
	block->used = bytes;
	*place = block;
	return block + 1;
}

void *
bh_arena_array(struct bh_arena *arena, size_t count, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(count, size, &bytes))
		out_of_memory(SIZE_MAX);
	return bh_arena_alloc(arena, bytes);
}

char *
bh_arena_copy(struct bh_arena *arena, const void *bytes, size_t len)
{
	char *copy = take(arena, len + 1);

	if (len > 0)
		memcpy(copy, bytes, len);
	copy[len] = '\0';
	return copy;
}

char *
bh_arena_strdup(struct bh_arena *arena, const char *text)
{
	return bh_arena_copy(arena, text, strlen(text));
}

char *
bh_arena_vprintf(struct bh_arena *arena, const char *format, va_list args)
{
	va_list again;
	char *text;
	int len;

	va_copy(again, args);
	len = vsnprintf(NULL, 0, format, again);
	va_end(again);
	if (len < 0)
		return bh_arena_strdup(arena, "");
	text = take(arena, (size_t)len + 1);
	vsnprintf(text, (size_t)len + 1, format, args);
	return text;
}

char *
bh_arena_printf(struct bh_arena *arena, const char *format, ...)
{
	va_list args;
	char *text;

	va_start(args, format);
	text = bh_arena_vprintf(arena, format, args);
	va_end(args);
	return text;
}

void
bh_arena_close(struct bh_arena *arena)
{
	struct bh_arena_block *block = arena->blocks;

	while (block != NULL) {
		struct bh_arena_block *next = block->next;

		free(block);
		block = next;
	}
	*arena = (struct bh_arena){0};
}
