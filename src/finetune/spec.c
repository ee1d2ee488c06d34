/* SPDX-License-Identifier: Apache-2.0 */
/* spec.c: OpenAI's create request in both of its forms; `method` and the older `hyperparameters`. */
#include "finetune/spec.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "finetune/finetune.h"
#include "service/request.h"

enum { HELD_OUT_PERCENT = 10, SAMPLES = 3 };

/* ---- a request ---- */

struct asked_own {
	bool leaks_allowed, publish_worse;
	int64_t held_out_percent, samples;
};

struct asked {
	const char *model, *suffix, *metadata;
	struct bh_uuid training_file, validation_file;
	bool has_validation_file, has_seed;
	int64_t seed;
	const struct bh_json *method, *hyperparameters, *integrations;
	struct asked_own own;
};

static const struct bh_field own_fields[] = {
	{"leaks_allowed", BH_FIELD_BOOL, offsetof(struct asked_own, leaks_allowed)},
	{"publish_worse", BH_FIELD_BOOL, offsetof(struct asked_own, publish_worse)},
	{"held_out_percent", BH_FIELD_INT, offsetof(struct asked_own, held_out_percent), 0, 0, 50},
	{"samples", BH_FIELD_INT, offsetof(struct asked_own, samples), 0, 0, 16},
};

#define AT(member) offsetof(struct asked, member)

static const struct bh_field fields[] = {
	{"model", BH_FIELD_TEXT, AT(model), BH_REQUIRED, 1, 256},
	{"training_file", BH_FIELD_ID, AT(training_file), BH_REQUIRED, .words = FINETUNE_FILE_PREFIX},
	{"validation_file", BH_FIELD_ID, AT(validation_file), BH_NULLABLE,
		.words = FINETUNE_FILE_PREFIX, .set = BH_SET(struct asked, has_validation_file)},
	{"method", BH_FIELD_OBJECT, AT(method), BH_NULLABLE},
	{"hyperparameters", BH_FIELD_OBJECT, AT(hyperparameters), BH_NULLABLE},
	{"suffix", BH_FIELD_TEXT, AT(suffix), BH_NULLABLE, 1, 64},
	{"seed", BH_FIELD_INT, AT(seed), BH_NULLABLE, 0, 2147483647,
		.set = BH_SET(struct asked, has_seed)},
	{"integrations", BH_FIELD_ARRAY, AT(integrations), BH_NULLABLE, 0, 16},
	{"metadata", BH_FIELD_METADATA, AT(metadata), BH_NULLABLE},
	{"bulkhead", BH_FIELD_OBJECT, AT(own), 0, BH_FIELDS(own_fields)},
};

#undef AT

const struct bh_shape finetune_job_create = BH_SHAPE("FineTuningJobCreate", struct asked, fields);

static bool
is_auto(const struct bh_json *value)
{
	const char *text = bh_json_string(value);

	return value == NULL || bh_json_kind(value) == BH_JSON_NULL ||
		(text != NULL && strcmp(text, "auto") == 0);
}

static int
read_count(const struct bh_json *object, const char *at, const char *name, int64_t most,
	int64_t *out)
{
	const struct bh_json *value = bh_json_get(object, name);
	char field[96];

	snprintf(field, sizeof(field), "%s.%s", at, name);
	*out = 0;
	if (is_auto(value))
		return 0;
	if (!bh_json_int(value, out))
		return bh_error_param(BH_E_TYPE, field, "'%s' must be an integer or \"auto\".", field);
	if (*out < 1 || *out > most)
		return bh_error_param(BH_E_RANGE, field, "'%s' must be between 1 and %lld.", field,
			(long long)most);
	return 0;
}

static int
read_factor(const struct bh_json *object, const char *at, const char *name, double most,
	double *out)
{
	const struct bh_json *value = bh_json_get(object, name);
	char field[96];

	snprintf(field, sizeof(field), "%s.%s", at, name);
	*out = 0;
	if (is_auto(value))
		return 0;
	if (!bh_json_number(value, out))
		return bh_error_param(BH_E_TYPE, field, "'%s' must be a number or \"auto\".", field);
	if (!(*out > 0) || *out > most)
		return bh_error_param(BH_E_RANGE, field, "'%s' must be above 0 and at most %g.", field,
			most);
	return 0;
}

static int
check_names(const struct bh_json *object, const char *at, const char *known)
{
	const char *name;
	const struct bh_json *value;
	void *cursor = NULL;

	while (bh_json_next(object, &cursor, &name, &value)) {
		char field[128];

		if (bh_text_has_word(known, name))
			continue;
		snprintf(field, sizeof(field), "%s.%.60s", at, name);
		return bh_error_param(BH_E_UNKNOWN_FIELD, field, "Unknown parameter: '%s'.", field);
	}
	return 0;
}

static int
read_hyper(const struct bh_json *object, const char *at, bool with_beta, struct finetune_hyper *out)
{
	int rc;

	if (object != NULL && bh_json_kind(object) == BH_JSON_NULL)
		return 0;
	if (object != NULL && bh_json_kind(object) != BH_JSON_OBJECT)
		return bh_error_param(BH_E_TYPE, at, "'%s' must be an object.", at);
	rc = check_names(object, at,
		with_beta ? "n_epochs batch_size learning_rate_multiplier beta"
				  : "n_epochs batch_size learning_rate_multiplier");
	if (rc == 0)
		rc = read_count(object, at, "n_epochs", 50, &out->epochs);
	if (rc == 0)
		rc = read_count(object, at, "batch_size", 256, &out->batch_size);
	if (rc == 0)
		rc = read_factor(object, at, "learning_rate_multiplier", 1000, &out->rate_multiplier);
	if (rc == 0 && with_beta)
		rc = read_factor(object, at, "beta", 10, &out->beta);
	return rc;
}

static int
read_method(const struct bh_json *method, struct finetune_spec *spec)
{
	const char *type = bh_json_get_string(method, "type");
	const struct bh_json *own;
	char at[64];
	int rc = check_names(method, "method", "type supervised dpo reinforcement");

	if (rc < 0)
		return rc;
	if (type == NULL)
		return bh_error_param(BH_E_MISSING, "method.type", "'method.type' is required.");
	if (!bh_text_has_word("supervised dpo", type))
		return bh_error_param(BH_E_INVALID, "method.type",
			"'method.type' must be supervised or dpo: no other method can be run here.");
	spec->method = strcmp(type, "dpo") == 0 ? "dpo" : "supervised";
	own = bh_json_get(method, spec->method);
	if (own != NULL && bh_json_kind(own) != BH_JSON_NULL && bh_json_kind(own) != BH_JSON_OBJECT) {
		snprintf(at, sizeof(at), "method.%s", spec->method);
		return bh_error_param(BH_E_TYPE, at, "'%s' must be an object.", at);
	}
	snprintf(at, sizeof(at), "method.%s.hyperparameters", spec->method);
	return read_hyper(bh_json_get(own, "hyperparameters"), at, strcmp(spec->method, "dpo") == 0,
		&spec->hyper);
}

int
finetune_spec_request(struct bh_request *req, struct finetune_spec *out)
{
	struct asked asked = {
		.metadata = "{}",
		.own = {.held_out_percent = HELD_OUT_PERCENT, .samples = SAMPLES},
	};
	int rc = bh_request_object(req, &finetune_job_create, &asked);

	if (rc < 0)
		return rc;
	*out = (struct finetune_spec){
		.model = asked.model,
		.suffix = asked.suffix,
		.training_file = asked.training_file,
		.validation_file = asked.validation_file,
		.has_validation_file = !bh_uuid_is_zero(&asked.validation_file),
		.has_seed = asked.has_seed,
		.seed = asked.seed,
		.metadata = asked.metadata,
		.method = "supervised",
		.leaks_allowed = asked.own.leaks_allowed,
		.publish_worse = asked.own.publish_worse,
		.held_out_percent = asked.own.held_out_percent,
		.samples = asked.own.samples,
	};
	if (asked.integrations != NULL && bh_json_count(asked.integrations) > 0)
		return bh_error_param(BH_E_UNSUPPORTED, "integrations",
			"'integrations' are not supported; the job's events hold all metrics.");
	if (asked.method != NULL && asked.hyperparameters != NULL)
		return bh_error_param(BH_E_INVALID, "hyperparameters",
			"'hyperparameters' stand in 'method' where that is given.");
	if (asked.method != NULL)
		rc = read_method(asked.method, out);
	else
		rc = read_hyper(asked.hyperparameters, "hyperparameters", false, &out->hyper);
	return rc;
}

/* ---- as it is kept ---- */

#define AT(member) offsetof(struct finetune_spec, member)

static const struct bh_field kept_fields[] = {
	{"epochs", BH_FIELD_INT, AT(hyper.epochs)},
	{"batch_size", BH_FIELD_INT, AT(hyper.batch_size)},
	{"rate_multiplier", BH_FIELD_DOUBLE, AT(hyper.rate_multiplier)},
	{"beta", BH_FIELD_DOUBLE, AT(hyper.beta)},
	{"leaks_allowed", BH_FIELD_BOOL, AT(leaks_allowed)},
	{"publish_worse", BH_FIELD_BOOL, AT(publish_worse)},
	{"held_out_percent", BH_FIELD_INT, AT(held_out_percent)},
	{"samples", BH_FIELD_INT, AT(samples)},
};

#undef AT

void
finetune_spec_write(const struct finetune_spec *spec, struct bh_buf *out)
{
	struct bh_write write = {.out = out};

	bh_fields_write(&write, BH_LIST(kept_fields), spec);
}

int
finetune_spec_read(const char *text, struct finetune_spec *out)
{
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	int rc = bh_json_parse(text, strlen(text), &doc);

	*out = (struct finetune_spec){0};
	return rc < 0 ? rc : bh_fields_read(NULL, doc.root, BH_LIST(kept_fields), "", out);
}

int64_t
finetune_spec_epochs(const struct finetune_spec *spec)
{
	return spec->hyper.epochs > 0 ? spec->hyper.epochs : FINETUNE_EPOCHS_AUTO;
}

int64_t
finetune_spec_batch(const struct finetune_spec *spec)
{
	return spec->hyper.batch_size > 0 ? spec->hyper.batch_size : FINETUNE_BATCH_AUTO;
}

static void
write_count(struct bh_write *write, const char *name, int64_t value)
{
	if (value > 0)
		bh_write_pair_int(write, name, value);
	else
		bh_write_pair_text(write, name, "auto");
}

static void
write_factor(struct bh_write *write, const char *name, double value)
{
	if (value > 0)
		bh_write_pair_double(write, name, value);
	else
		bh_write_pair_text(write, name, "auto");
}

void
finetune_spec_write_hyper(struct bh_write *write, const struct finetune_hyper *hyper,
	bool with_beta)
{
	bh_write_object(write);
	write_count(write, "n_epochs", hyper->epochs);
	write_count(write, "batch_size", hyper->batch_size);
	write_factor(write, "learning_rate_multiplier", hyper->rate_multiplier);
	if (with_beta)
		write_factor(write, "beta", hyper->beta);
	bh_write_end(write);
}
