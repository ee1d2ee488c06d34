/* SPDX-License-Identifier: Apache-2.0 */
/* simulated_file.c: maps the file beside its processes. */
#include "meter/simulated_file.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"

/* The part that processes of the simulation change: its head, and the slots at its end. */
enum { HEAD_BYTES = 256, SLOT_BYTES = SIM_SLOTS * (int)sizeof(struct meter_slot) };

static char path[32];
static char *map; /* of the file */
static size_t map_bytes;

void
sim_file_open(bool (*is_alive)(uint64_t owner))
{
	const struct meter_slots_as as = {1, is_alive, SIM_SLOTS, 0};
	struct meter_slots *slots;
	struct stat st;
	int fd;

	snprintf(path, sizeof(path), "/tmp/bh-simulation-XXXXXX");
	fd = mkstemp(path);
	BH_ASSERT(fd >= 0 && meter_slots_open_as(path, &as, &slots) == 0);
	meter_slots_close(slots);
	BH_ASSERT(fstat(fd, &st) == 0);
	map_bytes = (size_t)st.st_size;
	map = mmap(NULL, map_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	BH_ASSERT(map != MAP_FAILED);
	close(fd);
}

void
sim_file_close(void)
{
	munmap(map, map_bytes);
	unlink(path);
}

const char *
sim_file_path(void)
{
	return path;
}

struct meter_slot *
sim_file_slots(void)
{
	return (struct meter_slot *)(map + map_bytes - SLOT_BYTES);
}

void
sim_file_clear(void)
{
	memset(map + map_bytes - SLOT_BYTES, 0, SLOT_BYTES);
}

char *
sim_file_save(void)
{
	char *saved = malloc(HEAD_BYTES + SLOT_BYTES);

	BH_ASSERT(saved != NULL);
	memcpy(saved, map, HEAD_BYTES);
	memcpy(saved + HEAD_BYTES, map + map_bytes - SLOT_BYTES, SLOT_BYTES);
	return saved;
}

void
sim_file_restore(const char *saved)
{
	memcpy(map, saved, HEAD_BYTES);
	memcpy(map + map_bytes - SLOT_BYTES, saved + HEAD_BYTES, SLOT_BYTES);
}
