/* SPDX-License-Identifier: Apache-2.0 */
/* diary.h: what a trainer said, on its way into the rows of its job: gathered for half a second, then written in one
 * transaction that the lease fences. */
#ifndef BH_FINETUNE_DIARY_H
#define BH_FINETUNE_DIARY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/macros.h"
#include "finetune/said.h"
#include "finetune/store.h"

struct finetune_work;

enum { FINETUNE_DIARY_EVENTS = 128, FINETUNE_DIARY_CHECKPOINTS = 16, FINETUNE_SHOWN_MOST = 16 };

/* Answers to one held-out example. */
struct finetune_shown {
	int64_t index;
	char *base, *adapter; /* owned; NULL: not yet */
};

/* Zeroed is empty. */
struct finetune_diary {
	struct finetune_work *work; /* borrowed */
	struct bh_arena arena;      /* owned: of what was not written yet */
	struct finetune_event events[FINETUNE_DIARY_EVENTS];
	size_t n_events;
	struct finetune_checkpoint checkpoints[FINETUNE_DIARY_CHECKPOINTS];
	size_t n_checkpoints;
	bool is_changed;
	int64_t written_ms, began_ms; /* steady clock; began_ms: of this run's first step */
	int64_t first_step, said_step;
	/* Of the last step and the last evaluation. */
	double train_loss, train_accuracy, valid_loss, valid_accuracy;
	int64_t valid_step;
	/* Of the base model; persisted with the job, for a resumed run does not say them again. */
	bool has_base, has_valid, base_changed;
	double base_loss, base_accuracy;
	struct finetune_shown shown[FINETUNE_SHOWN_MOST];
	size_t n_shown;
};

void finetune_diary_open(struct finetune_diary *diary, struct finetune_work *work);
void finetune_diary_close(struct finetune_diary *diary);

/* Takes a line of a type that tells of the course. BH_E_PROTOCOL: it makes no sense behind those before. */
BH_MUST_CHECK int finetune_diary_take(struct finetune_diary *diary,
	const struct finetune_said *said);
/* Adds a sentence; copied. */
void finetune_diary_note(struct finetune_diary *diary, const char *level, const char *sentence);

/* Whether it is time to write. */
bool finetune_diary_is_due(const struct finetune_diary *diary);
/* BH_E_NOT_FOUND: the job has ended. BH_E_LOST. After another error all of it is still there. */
BH_MUST_CHECK int finetune_diary_write(struct finetune_diary *diary);

/* The evaluation as it is kept with the job, in the job's arena. `best` NULL: only the base model is known yet;
 * `checkpoint` is the name of its folder. */
const char *finetune_diary_evaluation(struct finetune_diary *diary,
	const struct finetune_checkpoint *best, const char *checkpoint);
/* Whether the base model was better on the held-out part than this one. */
bool finetune_diary_is_worse(const struct finetune_diary *diary,
	const struct finetune_checkpoint *best);

#endif
