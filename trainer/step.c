/* SPDX-License-Identifier: Apache-2.0 */
/* step.c: supervised training by tokens, DPO by pairs, where the base model is the adapter's reference. */
#include "trainer/step.h"

#include "base/error.h"
#include "trainer/loss.h"

enum { SEQUENCES_MAX = 512 };

static int
supervised(struct trainer_engine *engine, const struct trainer_sequence *const *sequences,
	size_t count, enum trainer_pass pass, struct trainer_sums *sums)
{
	struct trainer_score scores[SEQUENCES_MAX];
	double weights[SEQUENCES_MAX];
	int rc = trainer_engine_forward(engine, sequences, count, pass != TRAINER_OF_BASE,
		pass == TRAINER_TO_LEARN);

	for (size_t i = 0; i < count; i++)
		weights[i] = 1;
	if (rc == 0)
		rc = trainer_engine_score(engine, pass == TRAINER_TO_LEARN ? weights : NULL, scores);
	if (rc == 0 && pass == TRAINER_TO_LEARN)
		rc = trainer_engine_backward(engine);
	for (size_t i = 0; i < count && rc == 0; i++) {
		sums->loss -= scores[i].log_probability;
		sums->right += scores[i].highest;
		sums->count += scores[i].count;
	}
	return rc;
}

/* The preferred answers come first, then the rejected ones. */
static void
rate(const struct trainer_score *policy, const struct trainer_score *base, size_t pairs,
	double beta, double *weights, struct trainer_sums *sums)
{
	for (size_t i = 0; i < pairs; i++) {
		const struct trainer_pair pair = {policy[i].log_probability,
			policy[pairs + i].log_probability, base[i].log_probability,
			base[pairs + i].log_probability};
		double margin, slope;

		sums->loss += trainer_pair_loss(&pair, beta, &margin, &slope);
		sums->margin += margin;
		sums->right += margin > 0;
		sums->count++;
		weights[i] = -slope;
		weights[pairs + i] = slope;
	}
}

static int
preference(struct trainer_engine *engine, const struct trainer_sequence *const *sequences,
	size_t pairs, double beta, enum trainer_pass pass, struct trainer_sums *sums)
{
	struct trainer_score base[SEQUENCES_MAX], policy[SEQUENCES_MAX];
	double weights[SEQUENCES_MAX];
	int rc = trainer_engine_forward(engine, sequences, 2 * pairs, false, false);

	if (rc == 0)
		rc = trainer_engine_score(engine, NULL, base);
	if (rc == 0)
		rc = trainer_engine_forward(engine, sequences, 2 * pairs, pass != TRAINER_OF_BASE,
			pass == TRAINER_TO_LEARN);
	if (rc == 0)
		rc = trainer_engine_score(engine, NULL, policy);
	if (rc < 0)
		return rc;
	rate(policy, base, pairs, beta, weights, sums);
	if (pass != TRAINER_TO_LEARN)
		return 0;
	/* How much an answer is to be learned is known only now: the logits are computed once more. */
	rc = trainer_engine_score(engine, weights, policy);
	return rc < 0 ? rc : trainer_engine_backward(engine);
}

int
trainer_step(struct trainer_engine *engine, const struct trainer_job *job,
	const struct trainer_example *const *examples, size_t count, enum trainer_pass pass,
	struct trainer_sums *sums)
{
	const struct trainer_sequence *sequences[SEQUENCES_MAX] = {0};
	bool is_pair = job->method == TRAINER_DPO;

	for (size_t i = 0; i < count; i++) {
		sequences[i] = &examples[i]->sequence;
		sequences[count + i] = &examples[i]->rejected;
		sums->tokens += examples[i]->sequence.count + examples[i]->rejected.count;
		sums->learned += examples[i]->sequence.n_learned + examples[i]->rejected.n_learned;
	}
	return is_pair ? preference(engine, sequences, count, job->beta, pass, sums)
				   : supervised(engine, sequences, count, pass, sums);
}
