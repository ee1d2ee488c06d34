/* SPDX-License-Identifier: Apache-2.0 */
/* job.c: the job's members as a table. */
#include "trainer/job.h"

#include <stddef.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "json/fields.h"
#include "sec/digest.h"

static const struct trainer_job defaults = {
	.model_hash = "",
	.held_out = 0.1,
	.learning_rate = 2e-4,
	.warmup = 0.03,
	.gradient_norm_max = 1,
	.beta = 0.1,
	.rank = 8,
	.alpha = 16,
	.targets = TRAINER_TARGETS_ALL,
	.epochs = 3,
	.batch_size = 4,
	.accumulate = 1,
	.context = 512,
	.checkpoint_steps = 25,
	.checkpoints_kept = 2,
	.sample_tokens = 64,
	.threads = 2,
	.memory_bytes = 4LL * BH_GIB,
	.examples_min = 10,
};

#define AT(member) offsetof(struct trainer_job, member)

/* clang-format off */
static const struct bh_field fields[] = {
	{"model",             BH_FIELD_TEXT,   AT(model), BH_REQUIRED, 1, 4096},
	{"model_hash",        BH_FIELD_TEXT,   AT(model_hash), 0, 64, 64},
	{"chat_template",     BH_FIELD_TEXT,   AT(chat_template), BH_NULLABLE, 1, 4096},
	{"training",          BH_FIELD_TEXT,   AT(training), BH_REQUIRED, 1, 4096},
	{"validation",        BH_FIELD_TEXT,   AT(validation), BH_NULLABLE, 1, 4096},
	{"folder",            BH_FIELD_TEXT,   AT(folder), BH_REQUIRED, 1, 4096},
	{"method",            BH_FIELD_ENUM,   AT(method), .words = "supervised dpo"},
	{"held_out",          BH_FIELD_DOUBLE, AT(held_out), 0, 0, 0.5},
	{"learning_rate",     BH_FIELD_DOUBLE, AT(learning_rate), 0, 1e-8, 1},
	{"warmup",            BH_FIELD_DOUBLE, AT(warmup), 0, 0, 0.5},
	{"weight_decay",      BH_FIELD_DOUBLE, AT(weight_decay), 0, 0, 1},
	{"gradient_norm_max", BH_FIELD_DOUBLE, AT(gradient_norm_max), 0, 0, 1e6},
	{"beta",              BH_FIELD_DOUBLE, AT(beta), 0, 1e-3, 10},
	{"rank",              BH_FIELD_INT,    AT(rank), 0, 1, 128},
	{"alpha",             BH_FIELD_INT,    AT(alpha), 0, 1, 1024},
	{"target_modules",    BH_FIELD_ARRAY,  AT(target_names), 0, 1, 7},
	{"epochs",            BH_FIELD_INT,    AT(epochs), 0, 1, 50},
	{"batch_size",        BH_FIELD_INT,    AT(batch_size), 0, 1, 256},
	{"accumulate",        BH_FIELD_INT,    AT(accumulate), 0, 1, 256},
	{"seed",              BH_FIELD_INT,    AT(seed), 0, 0, 2147483647},
	{"context",           BH_FIELD_INT,    AT(context), 0, 16, 32768},
	{"checkpoint_steps",  BH_FIELD_INT,    AT(checkpoint_steps), 0, 1, 100000},
	{"checkpoints_kept",  BH_FIELD_INT,    AT(checkpoints_kept), 0, 1, 100},
	{"samples",           BH_FIELD_INT,    AT(samples), 0, 0, 64},
	{"sample_tokens",     BH_FIELD_INT,    AT(sample_tokens), 0, 1, 1024},
	{"threads",           BH_FIELD_INT,    AT(threads), 0, 1, 256},
	{"memory_bytes",      BH_FIELD_INT,    AT(memory_bytes), 0, 64 * BH_MIB, 1e15},
	{"cpu_seconds",       BH_FIELD_INT,    AT(cpu_seconds), 0, 0, 1e9},
	{"examples_min",      BH_FIELD_INT,    AT(examples_min), 0, 1, 1000000},
	{"leaks_allowed",     BH_FIELD_BOOL,   AT(leaks_allowed)},
};

static const struct {
	const char *name;
	enum trainer_target target;
} targets[] = {
	{"q", TRAINER_Q}, {"k", TRAINER_K}, {"v", TRAINER_V}, {"o", TRAINER_O},
	{"gate", TRAINER_GATE}, {"up", TRAINER_UP}, {"down", TRAINER_DOWN},
};
/* clang-format on */

static int
read_targets(struct trainer_job *job)
{
	size_t count = bh_json_count(job->target_names);

	job->targets = count > 0 ? 0 : TRAINER_TARGETS_ALL;
	for (size_t i = 0; i < count; i++) {
		const char *name = bh_json_string(bh_json_at(job->target_names, i));
		int64_t before = job->targets;

		for (size_t k = 0; name != NULL && k < BH_COUNT(targets); k++)
			if (strcmp(name, targets[k].name) == 0)
				job->targets |= targets[k].target;
		if (job->targets == before)
			return bh_error_param(BH_E_INVALID, "target_modules",
				"each once of q, k, v, o, gate, up and down");
	}
	return 0;
}

int
trainer_job_parse(const char *text, size_t len, struct trainer_job *out)
{
	int rc;

	*out = defaults;
	rc = bh_json_parse(text, len, &out->doc);
	if (rc < 0)
		return rc;
	rc = bh_fields_read(&out->doc.arena, out->doc.root, BH_LIST(fields), "", out);
	if (rc < 0)
		return rc;
	if (out->folder[0] != '/')
		return bh_error_param(BH_E_INVALID, "folder", "an absolute path");
	return read_targets(out);
}

void
trainer_job_close(struct trainer_job *job)
{
	bh_json_close(&job->doc);
	*job = (struct trainer_job){0};
}

/* Not: paths, limits, what is measured or kept, and when. The number of threads is: ggml may take another kernel. */
void
trainer_job_digest(const struct trainer_job *job, char out[65])
{
	struct bh_digest digest;
	struct bh_buf text = {0};

	bh_buf_printf(&text, "%d %s %a %a %a %a %a %a %lld %lld %lld %lld %lld %lld %lld %lld %lld %d",
		job->method, job->model_hash, job->validation != NULL ? 0 : job->held_out,
		job->learning_rate, job->warmup, job->weight_decay, job->gradient_norm_max, job->beta,
		(long long)job->rank, (long long)job->alpha, (long long)job->targets,
		(long long)job->epochs, (long long)job->batch_size, (long long)job->accumulate,
		(long long)job->seed, (long long)job->context, (long long)job->threads,
		job->validation != NULL);
	bh_digest_sha256(text.data, text.len, &digest);
	bh_text_hex(digest.bytes, sizeof(digest.bytes), out);
	bh_buf_close(&text);
}
