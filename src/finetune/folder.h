/* SPDX-License-Identifier: Apache-2.0 */
/* folder.h: where jobs that are not over keep data and checkpoints: HOME/finetune/TENANT/JOB, in hex. */
#ifndef BH_FINETUNE_FOLDER_H
#define BH_FINETUNE_FOLDER_H

#include "base/arena.h"
#include "base/macros.h"
#include "base/uuid.h"

struct bh_erase;
struct bh_runtime;
struct finetune;

const char *finetune_folder_of(struct bh_arena *arena, const struct finetune *finetune,
	const struct bh_uuid *tenant, const struct bh_uuid *job);

/* Makes it with its inner folders. BH_E_IO, BH_E_NO_ROOM. */
BH_MUST_CHECK int finetune_folder_make(struct bh_arena *arena, const char *folder);

/* Removes a folder and all below it, and follows no link; one that is not there is none. */
void finetune_folder_remove(const char *folder);

/* A file of a checkpoint that a trainer names: below its folder `out`, through no link. *out_fd is the caller's.
 * BH_E_PROTOCOL: the path leads elsewhere, or to no file of at most that size. */
BH_MUST_CHECK int finetune_folder_open(const char *folder, const char *checkpoint, const char *name,
	int64_t most, int *out_fd, int64_t *out_bytes);

/* A worker: removes folders of jobs that are over, or gone. */
void finetune_folder_sweep(struct bh_runtime *runtime, void *service);

/* The service's part of a tenant's deletion. */
BH_MUST_CHECK int finetune_folder_erase(struct bh_erase *erase);

#endif
