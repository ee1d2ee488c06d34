/* SPDX-License-Identifier: Apache-2.0 */
/* faults.c: faults on request, drawn from a seed. */
#include "stripemock/faults.h"

void
stripemock_faults_open(struct stripemock_faults *faults)
{
	pthread_mutex_init(&faults->lock, NULL);
}

void
stripemock_faults_close(struct stripemock_faults *faults)
{
	pthread_mutex_destroy(&faults->lock);
}

void
stripemock_faults_set(struct stripemock_faults *faults, const struct stripemock_faults_conf *conf)
{
	pthread_mutex_lock(&faults->lock);
	faults->conf = *conf;
	faults->drawn = 0;
	pthread_mutex_unlock(&faults->lock);
}

struct stripemock_faults_conf
stripemock_faults_get(struct stripemock_faults *faults)
{
	struct stripemock_faults_conf conf;

	pthread_mutex_lock(&faults->lock);
	conf = faults->conf;
	pthread_mutex_unlock(&faults->lock);
	return conf;
}

enum stripemock_fault
stripemock_faults_call(struct stripemock_faults *faults)
{
	enum stripemock_fault fault = STRIPEMOCK_FAULT_NONE;

	pthread_mutex_lock(&faults->lock);
	if (faults->conf.api_calls > 0) {
		faults->conf.api_calls--;
		fault = faults->conf.api_fault;
	}
	pthread_mutex_unlock(&faults->lock);
	return fault;
}

/* SplitMix64 of the seed and the number of the draw. */
static uint64_t
draw(struct stripemock_faults *faults)
{
	uint64_t z = (uint64_t)faults->conf.seed + ++faults->drawn * 0x9e3779b97f4a7c15u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

void
stripemock_faults_webhook(struct stripemock_faults *faults, bool *out_lost, bool *out_twice)
{
	pthread_mutex_lock(&faults->lock);
	*out_lost = (int64_t)(draw(faults) % 100) < faults->conf.loss_percent;
	*out_twice = (int64_t)(draw(faults) % 100) < faults->conf.duplicate_percent;
	pthread_mutex_unlock(&faults->lock);
}

uint64_t
stripemock_faults_draw(struct stripemock_faults *faults, uint64_t n)
{
	uint64_t drawn;

	pthread_mutex_lock(&faults->lock);
	drawn = draw(faults) % n;
	pthread_mutex_unlock(&faults->lock);
	return drawn;
}
