/* SPDX-License-Identifier: Apache-2.0 */
/* image.c: command line and state of the image engine. */
#include "supervisor/image.h"

#include <ctype.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "supervisor/file.h"
#include "supervisor/instance.h"

#define NAME_BYTES_MAX 64 /* of a model */
#define NOTE_BYTES_MAX 1024

static bool
is_wanted(const struct supervisor_instance *instance)
{
	const char *weights = instance->settings.image.weights;

	return weights != NULL && weights[0] != '\0';
}

bool
supervisor_image_runs(const struct supervisor_instance *instance)
{
	return is_wanted(instance) && instance->manifest.image_runner != NULL;
}

const char *
supervisor_image_model(struct bh_arena *arena, const char *weights)
{
	const char *slash = strrchr(weights, '/');
	const char *file = slash != NULL ? slash + 1 : weights;
	const char *dot = strrchr(file, '.');
	size_t len = dot != NULL && dot > file ? (size_t)(dot - file) : strlen(file);
	char *name = bh_arena_copy(arena, file, len < NAME_BYTES_MAX ? len : NAME_BYTES_MAX);

	for (char *at = name; *at != '\0'; at++) {
		unsigned char c = (unsigned char)*at;

		*at = (char)(c < 0x80 && (isalnum(c) || strchr("._-", c) != NULL) ? tolower(c) : '-');
	}
	/* A word that means another one. */
	return name[0] == '\0' || strcmp(name, "default") == 0 ? "image-model" : name;
}

void
supervisor_image_command(struct bh_arena *arena, const struct supervisor_image_conf *conf,
	const struct supervisor_manifest *manifest, const char *socket, char **out)
{
	const struct {
		const char *option;
		int64_t value;
	} numbers[] = {
		{"--steps", conf->steps},
		{"--threads", conf->threads},
		{"--memory-mib", conf->memory_mib},
		{"--idle-s", conf->idle_s},
	};
	const char *const first[] = {manifest->python, "-I", "-B", manifest->image_runner, "--socket",
		socket, "--server", manifest->image_server, "--name",
		supervisor_image_model(arena, conf->weights)};
	struct supervisor_image_conf_part parts[SUPERVISOR_IMAGE_CONF_PARTS];
	size_t n = 0;

	_Static_assert(BH_COUNT(first) + 2 * SUPERVISOR_IMAGE_CONF_PARTS + 2 * BH_COUNT(numbers) + 3 <=
			SUPERVISOR_IMAGE_WORDS,
		"all of them fit");
	for (size_t i = 0; i < BH_COUNT(first); i++)
		out[n++] = bh_arena_strdup(arena, first[i]);
	supervisor_image_conf_parts(conf, parts);
	for (size_t i = 0; i < SUPERVISOR_IMAGE_CONF_PARTS; i++) {
		if (parts[i].path[0] == '\0')
			continue;
		out[n++] = bh_arena_strdup(arena, parts[i].option);
		out[n++] = bh_arena_strdup(arena, parts[i].path);
	}
	for (size_t i = 0; i < BH_COUNT(numbers); i++) {
		out[n++] = bh_arena_strdup(arena, numbers[i].option);
		out[n++] = bh_arena_printf(arena, "%" PRId64, numbers[i].value);
	}
	if (conf->guidance[0] != '\0') {
		out[n++] = bh_arena_strdup(arena, "--guidance");
		out[n++] = bh_arena_strdup(arena, conf->guidance);
	}
	out[n] = NULL;
}

/* Written by the engine's user, who is not ours: no link of it is followed, and nothing but plain text believed. */
static const char *
read_note(struct bh_arena *arena, const char *path)
{
	BH_AUTO(supervisor_file_close)
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);
	char bytes[NOTE_BYTES_MAX + 1];
	struct stat file;
	ssize_t n;

	if (fd < 0 || fstat(fd, &file) < 0 || !S_ISREG(file.st_mode))
		return NULL;
	n = read(fd, bytes, NOTE_BYTES_MAX);
	if (n <= 0)
		return NULL;
	bytes[n] = '\0';
	return bh_text_is_plain(bytes) ? bh_arena_strdup(arena, bytes) : NULL;
}

const char *
supervisor_image_note(struct bh_arena *arena, const struct supervisor_instance *instance)
{
	if (!is_wanted(instance))
		return NULL;
	if (instance->manifest.image_runner == NULL)
		return "image.weights is set, but the image engine is not installed: run `make "
			   "image-engine`.";
	return read_note(arena,
		bh_arena_printf(arena, "%s/" SUPERVISOR_IMAGE "/note", instance->place.run));
}
