/* SPDX-License-Identifier: Apache-2.0 */
/* image_conf.c: checks the settings of the image engine, and looks at the files that they name. */
#include "supervisor/image_conf.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/processors.h"
#include "base/text.h"
#include "supervisor/file.h"

#define GUIDANCE_MOST INT64_C(100000000000) /* in nano-units */
#define GGUF_VERSION_MOST 3

void
supervisor_image_conf_parts(const struct supervisor_image_conf *conf,
	struct supervisor_image_conf_part out[SUPERVISOR_IMAGE_CONF_PARTS])
{
	const struct supervisor_image_conf_part parts[] = {
		{"image.weights", "--weights", conf->weights},
		{"image.vae", "--vae", conf->vae},
		{"image.clip_l", "--clip-l", conf->clip_l},
		{"image.clip_g", "--clip-g", conf->clip_g},
		{"image.t5xxl", "--t5xxl", conf->t5xxl},
		{"image.llm", "--llm", conf->llm},
	};

	_Static_assert(BH_COUNT(parts) == SUPERVISOR_IMAGE_CONF_PARTS, "all are listed");
	memcpy(out, parts, sizeof(parts));
}

int
supervisor_image_conf_check(const struct supervisor_image_conf *conf)
{
	struct supervisor_image_conf_part parts[SUPERVISOR_IMAGE_CONF_PARTS];
	int64_t guidance = 0;

	supervisor_image_conf_parts(conf, parts);
	for (size_t i = 0; i < SUPERVISOR_IMAGE_CONF_PARTS; i++) {
		if (parts[i].path[0] != '\0' && parts[i].path[0] != '/')
			return bh_error(BH_E_CONFIG, "%s must be an absolute path", parts[i].setting);
		if (parts[i].path[0] != '\0' && conf->weights[0] == '\0')
			return bh_error(BH_E_CONFIG, "%s needs image.weights", parts[i].setting);
	}
	if (conf->guidance[0] != '\0' &&
		(bh_text_nanos(conf->guidance, &guidance) < 0 || guidance > GUIDANCE_MOST))
		return bh_error(BH_E_CONFIG, "image.guidance must be a number from 0 to 100, such as 7.5");
	return 0;
}

void
supervisor_image_conf_fill(struct supervisor_image_conf *conf)
{
	if (conf->threads == 0)
		conf->threads = bh_processors();
	if (conf->memory_mib == 0)
		conf->memory_mib = (int64_t)sysconf(_SC_PHYS_PAGES) / 4 * 3 * sysconf(_SC_PAGESIZE) /
			(int64_t)BH_MIB;
}

static uint64_t
little_endian(const unsigned char *bytes, size_t n)
{
	uint64_t value = 0;

	while (n-- > 0)
		value = value << 8 | bytes[n];
	return value;
}

/* GGUF: "GGUF" and a version of 32 bits (ggml's docs/gguf.md). safetensors: the length of a JSON object in 64 bits, and
 * the object; tensors lie behind it (its README). Both little-endian. */
static bool
begins_well(const unsigned char head[9], int64_t size)
{
	uint64_t json;

	if (memcmp(head, "GGUF", 4) == 0)
		return head[4] >= 1 && little_endian(head + 4, 4) <= GGUF_VERSION_MOST;
	json = little_endian(head, 8);
	return head[8] == '{' && json >= 2 && size > 8 && json < (uint64_t)(size - 8);
}

static int
look_at(const struct supervisor_image_conf_part *part)
{
	BH_AUTO(supervisor_file_close) int fd = open(part->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	unsigned char head[9];
	struct stat file;

	if (fd < 0 || fstat(fd, &file) < 0)
		return bh_error(BH_E_CONFIG, "%s: %s: %m", part->setting, part->path);
	if (!S_ISREG(file.st_mode))
		return bh_error(BH_E_CONFIG, "%s: %s is not a file", part->setting, part->path);
	if (pread(fd, head, sizeof(head), 0) != (ssize_t)sizeof(head) ||
		!begins_well(head, file.st_size))
		return bh_error(BH_E_CONFIG,
			"%s: %s is damaged, or neither a safetensors nor a GGUF file; fetch it again",
			part->setting, part->path);
	return 0;
}

int
supervisor_image_conf_look(const struct supervisor_image_conf *conf)
{
	struct supervisor_image_conf_part parts[SUPERVISOR_IMAGE_CONF_PARTS];
	int rc = 0;

	supervisor_image_conf_parts(conf, parts);
	for (size_t i = 0; rc == 0 && i < SUPERVISOR_IMAGE_CONF_PARTS; i++)
		if (parts[i].path[0] != '\0')
			rc = look_at(&parts[i]);
	return rc;
}
