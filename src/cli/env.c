/* SPDX-License-Identifier: Apache-2.0 */
/* env.c: reads and writes quickstart.env, plain NAME=value lines that a shell can source. */
#include "cli/env.h"

#include <string.h>

#include "base/text.h"
#include "sec/digest.h"
#include "supervisor/file.h"

#define BYTES_MAX 8192u

const char *
cli_env_path(struct cli *cli)
{
	return bh_arena_printf(&cli->instance.arena, "%s/quickstart.env", cli->instance.place.home);
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
	out->api_key = value_of(cli, bh_buf_string(&text), "OPENAI_API_KEY");
	out->base_url = value_of(cli, bh_buf_string(&text), "OPENAI_BASE_URL");
	out->model = value_of(cli, bh_buf_string(&text), "OPENAI_DEFAULT_MODEL");
	out->vector_store = value_of(cli, bh_buf_string(&text), "VECTOR_STORE_ID");
	return 0;
}

int
cli_env_write(struct cli *cli, const struct cli_env *env)
{
	BH_AUTO(bh_buf_close) struct bh_buf text = {0};
	int rc;

	bh_buf_printf(&text, "OPENAI_API_KEY=%s\nOPENAI_BASE_URL=%s\nOPENAI_DEFAULT_MODEL=%s\n",
		env->api_key, env->base_url, env->model);
	bh_buf_text(&text, "OPENAI_AGENTS_DISABLE_TRACING=1\n");
	if (env->vector_store != NULL)
		bh_buf_printf(&text, "VECTOR_STORE_ID=%s\n", env->vector_store);
	rc = supervisor_file_write(cli_env_path(cli), text.data, text.len, 0600);
	bh_wipe(text.data, text.len);
	return rc;
}
