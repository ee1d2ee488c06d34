/* SPDX-License-Identifier: Apache-2.0 */
/* due.h: what happens to objects by themselves, by a test clock or in real time. */
#ifndef BH_STRIPEMOCK_DUE_H
#define BH_STRIPEMOCK_DUE_H

#include "stripemock/work.h"

/* Moves a test clock on and lets happen what is due until then. */
BH_MUST_CHECK int stripemock_due_advance(struct stripemock_work *work, struct stripemock_doc *clock,
	int64_t until_s);

struct bh_runtime;
/* The worker for objects without a test clock. */
void stripemock_due_run(struct bh_runtime *runtime, void *service);

#endif
