/* SPDX-License-Identifier: Apache-2.0 */
/* env.c: reads and writes quickstart.env, plain NAME=value lines that a shell can source. */
#include "cli/env.h"

#include <stdio.h>
#include <string.h>

#include "cli/commands.h"
#include "json/fields.h"
#include "sec/digest.h"
#include "supervisor/file.h"

#define BYTES_MAX 8192u

#define AT(member) offsetof(struct cli_env, member)
static const struct bh_field fields[] = {
	{"OPENAI_API_KEY", BH_FIELD_TEXT, AT(api_key)},
	{"OPENAI_BASE_URL", BH_FIELD_TEXT, AT(base_url)},
	{"OPENAI_DEFAULT_MODEL", BH_FIELD_TEXT, AT(model)},
	{"OPENAI_AGENTS_DISABLE_TRACING", BH_FIELD_CONST, .words = "1"},
	{"VECTOR_STORE_ID", BH_FIELD_TEXT, AT(vector_store)},
};
#undef AT

const char *
cli_env_path(struct cli *cli)
{
	return bh_arena_printf(&cli->instance.arena, "%s/quickstart.env", cli->instance.place.home);
}

int
cli_env_missing(const struct cli *cli)
{
	return cli_refuse(CLI_NOT_FOUND, "there is no quickstart at %s yet; `bulkhead up` creates it",
		cli->instance.place.home);
}

static const char *
value_of(struct cli *cli, const char *text, const char *name)
{
	size_t len = strlen(name);

	for (const char *line = text; *line != '\0';
		 line += strcspn(line, "\n"), line += *line == '\n') {
		if (strncmp(line, name, len) == 0 && line[len] == '=')
			return bh_arena_copy(&cli->instance.arena, line + len + 1,
				strcspn(line + len + 1, "\r\n"));
	}
	return NULL;
}

int
cli_env_read(struct cli *cli, struct cli_env *out)
{
	BH_AUTO(bh_buf_close) struct bh_buf text = {0};
	int rc = supervisor_file_read(cli_env_path(cli), BYTES_MAX, &text);

	if (rc < 0)
		return rc;
	for (size_t i = 0; i < BH_COUNT(fields); i++) {
		const char **place = (void *)((char *)out + fields[i].offset);

		if (fields[i].type == BH_FIELD_TEXT)
			*place = value_of(cli, bh_buf_string(&text), fields[i].name);
	}
	return 0;
}

/* A line for each value that there is. */
static void
add_lines(const struct cli_env *env, const char *before, struct bh_buf *out)
{
	for (size_t i = 0; i < BH_COUNT(fields); i++) {
		const char *const *place = (const void *)((const char *)env + fields[i].offset);
		const char *value = fields[i].type == BH_FIELD_TEXT ? *place : fields[i].words;

		if (value != NULL)
			bh_buf_printf(out, "%s%s=%s\n", before, fields[i].name, value);
	}
}

int
cli_env_write(struct cli *cli, const struct cli_env *env)
{
	BH_AUTO(bh_buf_close) struct bh_buf text = {0};
	int rc;

	add_lines(env, "", &text);
	rc = supervisor_file_write(cli_env_path(cli), text.data, text.len, 0600);
	bh_wipe(text.data, text.len);
	return rc;
}

int
cli_env_print(struct cli *cli)
{
	BH_AUTO(bh_buf_close) struct bh_buf text = {0};
	struct cli_env env = {0};

	if (cli_env_read(cli, &env) < 0 || env.api_key == NULL)
		return cli_env_missing(cli);
	if (cli->options.json) {
		bh_fields_write(&(struct bh_write){.out = &text}, BH_LIST(fields), &env);
		bh_buf_char(&text, '\n');
	} else {
		add_lines(&env, "export ", &text);
	}
	fputs(bh_buf_string(&text), stdout);
	return CLI_OK;
}
