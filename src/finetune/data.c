/* SPDX-License-Identifier: Apache-2.0 */
/* data.c: findings; lines.c reads a line, and check.c has the rules of one example. */
#include "finetune/data.h"

#include <stdarg.h>
#include <string.h>

#include "finetune/seen.h"

const struct finetune_limits finetune_limits_default = {
	.line_bytes_max = BH_MIB,
	.examples_min = 10,
	.examples_max = 1000000,
	.findings_max = 100,
};

void
finetune_data_init(struct finetune_data *data, enum finetune_form form,
	const struct finetune_limits *limits)
{
	*data = (struct finetune_data){.form = form, .limits = *limits};
	data->findings = bh_arena_array(&data->arena, limits->findings_max + 1,
		sizeof(*data->findings));
	/* Two hashes an example: as it is, and with case and blanks levelled. */
	data->seen = finetune_seen_new(2 * limits->examples_max);
}

void
finetune_data_close(struct finetune_data *data)
{
	finetune_seen_free(data->seen);
	bh_arena_close(&data->arena);
	*data = (struct finetune_data){0};
}

void
finetune_example_close(struct finetune_example *example)
{
	bh_json_close(&example->doc);
	*example = (struct finetune_example){0};
}

static struct finetune_finding *
add(struct finetune_data *data, enum finetune_level level, int64_t line)
{
	if (level == FINETUNE_ERROR)
		data->errors++;
	else
		data->warnings++;
	if (data->n_findings >= data->limits.findings_max)
		return NULL;
	data->findings[data->n_findings] = (struct finetune_finding){.level = level, .line = line};
	return &data->findings[data->n_findings++];
}

void
finetune_data_find(struct finetune_data *data, enum finetune_level level, int64_t line,
	const char *code, const char *field, const char *format, ...)
{
	struct finetune_finding *finding = add(data, level, line);
	va_list args;

	if (finding == NULL)
		return;
	finding->code = bh_arena_strdup(&data->arena, code);
	finding->field = bh_arena_strdup(&data->arena, field);
	va_start(args, format);
	finding->message = bh_arena_vprintf(&data->arena, format, args);
	va_end(args);
}

void
finetune_data_find_same(struct finetune_data *data, enum finetune_level level, int64_t line,
	int64_t other, const char *code, const char *words)
{
	struct finetune_finding *finding = add(data, level, line);

	if (finding != NULL)
		*finding = (struct finetune_finding){level, line, other, code, "",
			bh_arena_printf(&data->arena, "%s %lld", words, (long long)other)};
}

bool
finetune_message_is_learned(const struct bh_json *message)
{
	const char *role = bh_json_get_string(message, "role");

	return role != NULL && strcmp(role, "assistant") == 0 &&
		bh_json_get_int(message, "weight", 1) != 0;
}
