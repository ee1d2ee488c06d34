/* SPDX-License-Identifier: Apache-2.0 */
/* work.h: what the kinds of the queue's jobs share: the row they serve, its folder, and its end. */
#ifndef BH_FINETUNE_WORK_H
#define BH_FINETUNE_WORK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/macros.h"
#include "finetune/finetune.h"
#include "finetune/spec.h"
#include "finetune/store.h"
#include "queue/worker.h"
#include "service/peer.h"

/* Lies in its job's arena. */
struct finetune_work {
	struct finetune *finetune; /* borrowed */
	struct bh_job *job;        /* borrowed */
	struct finetune_job row;
	struct finetune_spec spec; /* hyperparameters and wishes */
	struct bh_peer peer;
	const char
		*folder; /* of this job; training data lies in data/, what the trainer writes in out/ */
};

/* Reads the row. BH_E_NOT_FOUND: it has gone. */
BH_MUST_CHECK int finetune_work_open(struct bh_job *job, struct finetune_work **out);

/* Whether nobody wants its result any more: BH_E_CANCELLED when the job has ended or this process stops, BH_E_LOST. A
 * pause is told by *out_paused (may be NULL). Looks at the row at most four times a second. */
struct finetune_watch {
	int64_t looked_ms; /* steady clock; zeroed at first */
	bool paused;
};
BH_MUST_CHECK int finetune_work_watch(struct finetune_work *work, struct finetune_watch *watch,
	bool *out_paused);

/* Training data and, where there is one, the file of held-out data, in data/; out/ is made, too. A file that has gone
 * is BH_E_INVALID, with its field. */
BH_MUST_CHECK int finetune_work_fetch(struct finetune_work *work);
/* Removes them, whatever is to become of the job: they are fetched again. Not where `rc` says that the lease was lost,
 * for then they are those of whoever has it. */
void finetune_work_forget(const struct finetune_work *work, int rc);
/* Their paths, in the arena; NULL: none. */
const char *finetune_work_path(const struct finetune_work *work, const char *name);

/* The job's error: `param` may be NULL, the sentence is kept in the arena. */
void finetune_work_blame(struct finetune_work *work, const char *code, const char *param,
	const char *format, ...) BH_PRINTF(4, 5);

/* Ends row and lease as work->row says (status, error_…, fine_tuned_model, result_file, published), settles, and removes
 * the folder. BH_JOB_ENDED, also where somebody else has ended it before; BH_E_LOST. */
BH_MUST_CHECK int finetune_work_end(struct finetune_work *work, const char *status);

/* What an error means for the job: it fails with a sentence, or is tried again (the error itself). */
BH_MUST_CHECK int finetune_work_judge(struct finetune_work *work, int error);

/* The next stage: writes status, stage, checked, begun_ms and engine of work->row and `evaluation` (NULL: none), adds
 * its job unless the row is paused, and ends the lease. BH_JOB_ENDED. */
BH_MUST_CHECK int finetune_work_next(struct finetune_work *work, const char *kind,
	const char *evaluation, const struct finetune_event *events, size_t n_events);

/* The function of every kind for jobs that cannot be done. */
int finetune_work_give_up(struct bh_job *job);

/* Adds the queue's job of a stage. Inside bh_tx_run. */
BH_MUST_CHECK int finetune_work_add(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *id, const char *kind);

/* Its last event, its end and its settlement: inside bh_tx_run, the row locked before. */
BH_MUST_CHECK int finetune_work_close(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct finetune_job *row);

/* {"type":"…"} of an event without figures. */
static inline struct finetune_event
finetune_said_event(const char *level, const char *message)
{
	return (struct finetune_event){
		.level = level,
		.type = "message",
		.message = message,
		.data = "{}",
	};
}

/* The functions of the kinds (validate.c, train.c, publish.c). */
int finetune_validate_run(struct bh_job *job);
int finetune_train_run(struct bh_job *job);
int finetune_publish_run(struct bh_job *job);

#endif
