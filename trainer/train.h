/* SPDX-License-Identifier: Apache-2.0 */
/* train.h: a job from its data to its adapter. */
#ifndef TRAINER_TRAIN_H
#define TRAINER_TRAIN_H

#include "trainer/job.h"
#include "trainer/say.h"

/* Runs the job and says its last line. Returns the exit status of trainer/protocol.h. */
int trainer_train(const struct trainer_job *job, struct trainer_line *line);

#endif
