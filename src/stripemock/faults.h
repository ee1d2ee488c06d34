/* SPDX-License-Identifier: Apache-2.0 */
/* faults.h: what goes wrong on request: errors of the API, and lost, doubled, late and shuffled webhooks. In memory: a
 * restart ends them. */
#ifndef BH_STRIPEMOCK_FAULTS_H
#define BH_STRIPEMOCK_FAULTS_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

enum stripemock_fault {
	STRIPEMOCK_FAULT_NONE,
	STRIPEMOCK_FAULT_ERROR,       /* 500 */
	STRIPEMOCK_FAULT_RATE_LIMIT,  /* 429 */
	STRIPEMOCK_FAULT_DROP_BEFORE, /* the connection breaks, nothing is done */
	STRIPEMOCK_FAULT_DROP_AFTER   /* the same after the work was done */
};

/* What was asked for. */
struct stripemock_faults_conf {
	int64_t loss_percent, duplicate_percent, delay_ms;
	bool reorder;
	int64_t seed;
	enum stripemock_fault api_fault;
	int64_t api_calls; /* that many calls fail */
};

struct stripemock_faults {
	pthread_mutex_t lock;
	struct stripemock_faults_conf conf;
	uint64_t drawn; /* since the seed was set */
};

void stripemock_faults_open(struct stripemock_faults *faults);
void stripemock_faults_close(struct stripemock_faults *faults);
void stripemock_faults_set(struct stripemock_faults *faults,
	const struct stripemock_faults_conf *conf);
struct stripemock_faults_conf stripemock_faults_get(struct stripemock_faults *faults);
/* What the next call meets. */
enum stripemock_fault stripemock_faults_call(struct stripemock_faults *faults);
/* Whether the next webhook is lost, and whether it is sent twice: the same draws for the same seed. */
void stripemock_faults_webhook(struct stripemock_faults *faults, bool *out_lost, bool *out_twice);
/* A number below n, to shuffle with. */
uint64_t stripemock_faults_draw(struct stripemock_faults *faults, uint64_t n);

#endif
