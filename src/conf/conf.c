/* SPDX-License-Identifier: Apache-2.0 */
/* conf.c: reads settings by their tables, from one file and the environment, and tells where each came from. */
#include "conf/conf.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"

#define FILE_BYTES_MAX BH_MIB
#define VARIABLE "BULKHEAD_"
#define VARIABLE_NAME_MAX 128u

/* One `name = value` of the file. Text lives in the arena. */
struct entry {
	const char *section;
	const char *name;
	const char *value;
	int line;
};

/* Everything that was said, before the tables are applied. */
struct input {
	const struct bh_section *sections; /* borrowed */
	size_t n_sections;
	const char *path;          /* borrowed; NULL: no file */
	char *const *environ_list; /* borrowed */
	bool strict;               /* what no table knows is an error */
	struct entry *entries;     /* in the arena */
	size_t n_entries;
};

/* Where one setting's effective text came from. */
struct origin {
	enum bh_setting_source source;
	const char *text;
	int line;
};

static const char *const process_variables[] = {
	"HOME",
	"INSTANCE",
	"LISTEN",
	"PROGRAMS",
	"PUBLIC_URL",
	"RUN",
	"SECRETS_DIR",
	"SECRETS_FD",
	"HANDOVER_FD",
	"SUCCEEDS",
};

static char *
trim(char *text)
{
	char *end;

	while (*text == ' ' || *text == '\t')
		text++;
	end = text + strlen(text);
	while (end > text && (end[-1] == ' ' || end[-1] == '\t' || end[-1] == '\r'))
		end--;
	*end = '\0';
	return text;
}

static bool
has_section(const struct input *in, const char *name)
{
	for (size_t i = 0; i < in->n_sections; i++) {
		if (strcmp(in->sections[i].name, name) == 0)
			return true;
	}
	return false;
}

static bool
has_setting(const struct input *in, const char *section, const char *name)
{
	for (size_t i = 0; i < in->n_sections; i++) {
		if (strcmp(in->sections[i].name, section) != 0)
			continue;
		for (size_t j = 0; j < in->sections[i].n_settings; j++) {
			if (strcmp(in->sections[i].settings[j].name, name) == 0)
				return true;
		}
	}
	return false;
}

/* BULKHEAD_SECTION_NAME, upper case, without the prefix. */
static void
variable_name(const char *section, const char *name, char out[VARIABLE_NAME_MAX])
{
	snprintf(out, VARIABLE_NAME_MAX, "%s_%s", section, name);
	for (char *c = out; *c != '\0'; c++)
		*c = (char)toupper((unsigned char)*c);
}

/* The value of BULKHEAD_<name>, or NULL. */
static const char *
variable_find(char *const *environ_list, const char *name)
{
	size_t len = strlen(name);

	for (char *const *at = environ_list; at != NULL && *at != NULL; at++) {
		const char *text = *at;

		if (bh_text_starts(text, VARIABLE) && strncmp(text + strlen(VARIABLE), name, len) == 0 &&
			text[strlen(VARIABLE) + len] == '=')
			return text + strlen(VARIABLE) + len + 1;
	}
	return NULL;
}

/* ---- the file ---- */

static int
read_file(struct bh_arena *arena, const char *path, char **out_text)
{
	FILE *file = fopen(path, "re");
	char *text;
	size_t len;

	if (file == NULL && errno == ENOENT) {
		*out_text = bh_arena_strdup(arena, "");
		return 0;
	}
	if (file == NULL)
		return bh_error(BH_E_CONFIG, "%s: %m", path);
	text = bh_arena_alloc(arena, FILE_BYTES_MAX + 1);
	len = fread(text, 1, FILE_BYTES_MAX + 1, file);
	fclose(file);
	if (len > FILE_BYTES_MAX)
		return bh_error(BH_E_CONFIG, "%s: larger than 1 MiB", path);
	text[len] = '\0';
	if (strlen(text) != len || !bh_text_is_utf8(text, len))
		return bh_error(BH_E_CONFIG, "%s: not valid UTF-8", path);
	*out_text = text;
	return 0;
}

static int
take_section(const struct input *in, char *text, int line, const char **out_section)
{
	size_t len = strlen(text);

	if (text[len - 1] != ']')
		return bh_error(BH_E_CONFIG, "%s line %d: expected [section]", in->path, line);
	text[len - 1] = '\0';
	text = trim(text + 1);
	if (in->strict && !has_section(in, text))
		return bh_error(BH_E_CONFIG, "%s line %d: unknown section [%.64s]", in->path, line, text);
	*out_section = text;
	return 0;
}

static int
take_entry(struct input *in, char *text, int line, const char *section)
{
	char *equals = strchr(text, '=');
	struct entry entry = {.section = section, .line = line};

	if (equals == NULL)
		return bh_error(BH_E_CONFIG, "%s line %d: expected name = value", in->path, line);
	if (section == NULL)
		return bh_error(BH_E_CONFIG, "%s line %d: setting before the first [section]", in->path,
			line);
	*equals = '\0';
	entry.name = trim(text);
	entry.value = trim(equals + 1);
	if (in->strict && !has_setting(in, section, entry.name))
		return bh_error(BH_E_CONFIG, "%s line %d: unknown setting %.64s.%.64s", in->path, line,
			section, entry.name);
	for (size_t i = 0; i < in->n_entries; i++) {
		if (strcmp(in->entries[i].section, section) == 0 &&
			strcmp(in->entries[i].name, entry.name) == 0)
			return bh_error(BH_E_CONFIG, "%s line %d: %.64s.%.64s is already set in line %d",
				in->path, line, section, entry.name, in->entries[i].line);
	}
	in->entries[in->n_entries++] = entry;
	return 0;
}

static size_t
count_lines(const char *text)
{
	size_t lines = 1;

	for (; *text != '\0'; text++)
		lines += *text == '\n';
	return lines;
}

static int
parse_file(struct bh_arena *arena, struct input *in)
{
	const char *section = NULL;
	char *text = NULL;
	char *next;
	int line = 0;
	int rc;

	if (in->path == NULL)
		return 0;
	rc = read_file(arena, in->path, &text);
	if (rc < 0)
		return rc;
	in->entries = bh_arena_array(arena, count_lines(text), sizeof(*in->entries));

	for (; text != NULL; text = next) {
		char *content;

		line++;
		next = strchr(text, '\n');
		if (next != NULL)
			*next++ = '\0';
		content = trim(text);
		if (content[0] == '\0' || content[0] == '#')
			continue;
		rc = content[0] == '[' ? take_section(in, content, line, &section)
							   : take_entry(in, content, line, section);
		if (rc < 0)
			return rc;
	}
	return 0;
}

/* ---- the environment ---- */

static bool
is_process_variable(const char *name, size_t len)
{
	for (size_t i = 0; i < BH_COUNT(process_variables); i++) {
		if (strlen(process_variables[i]) == len && strncmp(process_variables[i], name, len) == 0)
			return true;
	}
	return false;
}

static bool
is_setting_variable(const struct input *in, const char *name, size_t len)
{
	char known[VARIABLE_NAME_MAX];

	for (size_t i = 0; i < in->n_sections; i++) {
		for (size_t j = 0; j < in->sections[i].n_settings; j++) {
			variable_name(in->sections[i].name, in->sections[i].settings[j].name, known);
			if (strlen(known) == len && strncmp(known, name, len) == 0)
				return true;
		}
	}
	return false;
}

static int
check_environment(const struct input *in)
{
	for (char *const *at = in->environ_list; at != NULL && *at != NULL; at++) {
		const char *name = *at + strlen(VARIABLE);
		size_t len;

		if (!bh_text_starts(*at, VARIABLE))
			continue;
		len = strcspn(name, "=");
		if (!is_process_variable(name, len) && !is_setting_variable(in, name, len))
			return bh_error(BH_E_CONFIG, "the environment variable " VARIABLE "%.*s is unknown",
				(int)(len < 64 ? len : 64), name);
	}
	return 0;
}

/* ---- applying the tables ---- */

static void
resolve(const struct input *in, const char *section, const struct bh_setting *setting,
	struct origin *out)
{
	char variable[VARIABLE_NAME_MAX];

	*out = (struct origin){.source = BH_FROM_DEFAULT, .text = setting->preset};
	for (size_t i = 0; i < in->n_entries; i++) {
		if (strcmp(in->entries[i].section, section) == 0 &&
			strcmp(in->entries[i].name, setting->name) == 0)
			*out = (struct origin){BH_FROM_FILE, in->entries[i].value, in->entries[i].line};
	}
	variable_name(section, setting->name, variable);
	if (variable_find(in->environ_list, variable) != NULL)
		*out = (struct origin){BH_FROM_ENVIRONMENT, variable_find(in->environ_list, variable), 0};
}

static void
describe(const struct input *in, const char *section, const char *name, const struct origin *origin,
	char out[256])
{
	char variable[VARIABLE_NAME_MAX];

	variable_name(section, name, variable);
	if (origin->source == BH_FROM_ENVIRONMENT)
		snprintf(out, 256, "environment " VARIABLE "%s", variable);
	else if (origin->source == BH_FROM_FILE)
		snprintf(out, 256, "%s line %d", in->path, origin->line);
	else
		snprintf(out, 256, "default");
}

/* Bounds or words expected; the value itself stays out of the message, it may be misplaced. */
static int
wrong(const struct input *in, const char *section, const struct bh_setting *setting,
	const struct origin *origin)
{
	char where[256];

	describe(in, section, setting->name, origin, where);
	if (setting->type == BH_SETTING_INT)
		return bh_error(BH_E_CONFIG, "%s: %s.%s must be an integer between %lld and %lld", where,
			section, setting->name, (long long)setting->least, (long long)setting->most);
	if (setting->type == BH_SETTING_BOOL)
		return bh_error(BH_E_CONFIG, "%s: %s.%s must be true or false", where, section,
			setting->name);
	return bh_error(BH_E_CONFIG, "%s: %s.%s must be UTF-8 text without control characters", where,
		section, setting->name);
}

static bool
is_plain(const char *text)
{
	for (const char *c = text; *c != '\0'; c++) {
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			return false;
	}
	return bh_text_is_utf8(text, strlen(text));
}

static int
apply(struct bh_arena *arena, const struct input *in, const struct bh_section *section,
	const struct bh_setting *setting)
{
	char *place = (char *)section->target + setting->offset;
	struct origin origin;
	int64_t number = 0;

	resolve(in, section->name, setting, &origin);
	switch (setting->type) {
	case BH_SETTING_INT:
		if (bh_text_int(origin.text, setting->least, setting->most, &number) < 0)
			return wrong(in, section->name, setting, &origin);
		*(int64_t *)(void *)place = number;
		break;
	case BH_SETTING_BOOL:
		if (strcmp(origin.text, "true") != 0 && strcmp(origin.text, "false") != 0)
			return wrong(in, section->name, setting, &origin);
		*(bool *)place = origin.text[0] == 't';
		break;
	case BH_SETTING_TEXT:
	case BH_SETTING_SECRET:
		if (!is_plain(origin.text))
			return wrong(in, section->name, setting, &origin);
		*(const char **)(void *)place = bh_arena_strdup(arena, origin.text);
		break;
	}
	return 0;
}

static int
load(struct bh_arena *arena, struct input *in)
{
	int rc = parse_file(arena, in);

	if (rc == 0 && in->strict)
		rc = check_environment(in);
	for (size_t i = 0; rc == 0 && i < in->n_sections; i++) {
		for (size_t j = 0; rc == 0 && j < in->sections[i].n_settings; j++)
			rc = apply(arena, in, &in->sections[i], &in->sections[i].settings[j]);
	}
	return rc;
}

int
bh_conf_load(struct bh_arena *arena, const struct bh_section *sections, size_t n_sections,
	const char *path, char *const *environ_list)
{
	struct input in = {
		.sections = sections,
		.n_sections = n_sections,
		.path = path,
		.environ_list = environ_list,
		.strict = true,
	};

	return load(arena, &in);
}

int
bh_conf_load_own(struct bh_arena *arena, const struct bh_section *sections, size_t n_sections,
	const char *path, char *const *environ_list)
{
	struct input in = {
		.sections = sections,
		.n_sections = n_sections,
		.path = path,
		.environ_list = environ_list,
	};

	return load(arena, &in);
}

int
bh_conf_list(struct bh_arena *arena, const struct bh_section *sections, size_t n_sections,
	const char *path, char *const *environ_list, struct bh_conf_value **out, size_t *out_n)
{
	struct input in = {
		.sections = sections,
		.n_sections = n_sections,
		.path = path,
		.environ_list = environ_list,
		.strict = true,
	};
	struct bh_conf_value *values;
	size_t n = 0;
	int rc = parse_file(arena, &in);

	if (rc == 0)
		rc = check_environment(&in);
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < n_sections; i++)
		n += sections[i].n_settings;
	values = bh_arena_array(arena, n + 1, sizeof(*values));
	n = 0;
	for (size_t i = 0; i < n_sections; i++) {
		for (size_t j = 0; j < sections[i].n_settings; j++) {
			const struct bh_setting *setting = &sections[i].settings[j];
			struct origin origin;
			const char *shown;
			char where[256];

			resolve(&in, sections[i].name, setting, &origin);
			describe(&in, sections[i].name, setting->name, &origin, where);
			shown = origin.text;
			if (setting->type == BH_SETTING_SECRET)
				shown = origin.text[0] == '\0' ? "(not set)" : "(set)";
			values[n++] = (struct bh_conf_value){sections[i].name, setting,
				bh_arena_strdup(arena, shown), bh_arena_strdup(arena, where)};
		}
	}
	*out = values;
	*out_n = n;
	return 0;
}

int
bh_conf_print(const struct bh_section *sections, size_t n_sections, const char *path,
	char *const *environ_list, FILE *out)
{
	BH_AUTO(bh_arena_close) struct bh_arena arena = {0};
	struct bh_conf_value *values;
	size_t n;
	int rc = bh_conf_list(&arena, sections, n_sections, path, environ_list, &values, &n);

	if (rc < 0)
		return rc;
	for (size_t i = 0; i < n; i++)
		fprintf(out, "%s.%s = %s  [%s]\n    %s\n", values[i].section, values[i].setting->name,
			values[i].shown, values[i].where, values[i].setting->help);
	return ferror(out) ? bh_error(BH_E_IO, "print the settings: %m") : 0;
}
