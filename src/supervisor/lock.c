/* SPDX-License-Identifier: Apache-2.0 */
/* lock.c: the home's lock file, and who holds a port. */
#include "supervisor/lock.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "supervisor/file.h"
#include "supervisor/place.h"

#define LOCK_NAME "supervisor.lock"

static int
open_lock(const struct supervisor_place *place, int flags)
{
	BH_AUTO(bh_buf_close) struct bh_buf path = {0};

	bh_buf_printf(&path, "%s/" LOCK_NAME, place->home);
	return open(path.data, O_RDWR | O_CLOEXEC | O_NOFOLLOW | flags, 0600);
}

static void
holder_text(int fd, char out[256])
{
	ssize_t len = pread(fd, out, 255, 0);

	out[len > 0 ? len : 0] = '\0';
	out[strcspn(out, "\n")] = '\0';
}

int
supervisor_lock_take(const struct supervisor_place *place, const char *url, int *out_fd)
{
	BH_AUTO(supervisor_file_close) int fd = open_lock(place, O_CREAT);
	char text[256];

	if (fd < 0)
		return bh_error(BH_E_IO, "open %s/" LOCK_NAME ": %m", place->home);
	if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		if (errno != EWOULDBLOCK)
			return bh_error(BH_E_IO, "lock %s/" LOCK_NAME ": %m", place->home);
		holder_text(fd, text);
		return bh_error(BH_E_EXISTS, "this state folder is already in use by %s; home %s", text,
			place->home);
	}
	snprintf(text, sizeof(text), "pid %d at %.200s\n", (int)getpid(), url);
	if (ftruncate(fd, 0) < 0 || pwrite(fd, text, strlen(text), 0) < 0)
		return bh_error(BH_E_IO, "write %s/" LOCK_NAME ": %m", place->home);
	*out_fd = fd;
	fd = -1;
	return 0;
}

/* What the holder wrote; BH_E_NOT_FOUND when nobody holds it. */
static int
read_holder(const struct supervisor_place *place, char out[256])
{
	BH_AUTO(supervisor_file_close) int fd = open_lock(place, 0);

	if (fd < 0 || flock(fd, LOCK_SH | LOCK_NB) == 0 || errno != EWOULDBLOCK)
		return BH_E_NOT_FOUND;
	holder_text(fd, out);
	return 0;
}

int
supervisor_lock_holder(const struct supervisor_place *place, pid_t *out_pid)
{
	char text[256];
	int pid;

	if (read_holder(place, text) < 0 || sscanf(text, "pid %d", &pid) != 1)
		return BH_E_NOT_FOUND;
	*out_pid = pid;
	return 0;
}

const char *
supervisor_lock_url(struct bh_arena *arena, const struct supervisor_place *place)
{
	char text[256];
	const char *at;

	if (read_holder(place, text) < 0)
		return NULL;
	at = strstr(text, " at ");
	return at != NULL ? bh_arena_strdup(arena, at + strlen(" at ")) : NULL;
}

/* ---- who holds a port ---- */

/* The inode of a listening socket (state 0A) on a port, from one of /proc/net's tables; 0: none. */
static unsigned long
listening_inode(const char *table, unsigned port)
{
	FILE *file = fopen(table, "re");
	unsigned long inode = 0;
	char line[512];

	if (file == NULL)
		return 0;
	while (inode == 0 && fgets(line, sizeof(line), file) != NULL) {
		unsigned long found;
		unsigned local;
		unsigned state;

		if (sscanf(line, " %*d: %*[0-9A-F]:%x %*[0-9A-F]:%*x %x %*s %*s %*s %*u %*u %lu", &local,
				&state, &found) == 3 &&
			local == port && state == 0x0a)
			inode = found;
	}
	fclose(file);
	return inode;
}

static bool
has_socket(const char *pid, const char *link)
{
	char path[300];
	char target[64];
	struct dirent *entry;
	bool found = false;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%.16s/fd", pid);
	dir = opendir(path);
	if (dir == NULL)
		return false;
	while (!found && (entry = readdir(dir)) != NULL) {
		ssize_t len = readlinkat(dirfd(dir), entry->d_name, target, sizeof(target) - 1);

		target[len > 0 ? len : 0] = '\0';
		found = strcmp(target, link) == 0;
	}
	closedir(dir);
	return found;
}

static void
command_of(const char *pid, char *out, size_t size)
{
	BH_AUTO(bh_buf_close) struct bh_buf text = {0};
	char path[300];

	snprintf(path, sizeof(path), "/proc/%.16s/comm", pid);
	if (supervisor_file_read(path, 256, &text) < 0)
		bh_buf_reset(&text);
	snprintf(out, size, "%.*s", (int)strcspn(bh_buf_string(&text), "\n"), bh_buf_string(&text));
}

/* "pid 77 (nginx)", or what can be said without the right to look. */
static void
find_holder(unsigned port, char out[96])
{
	unsigned long inode = listening_inode("/proc/net/tcp", port);
	char link[64];
	struct dirent *entry;
	DIR *dir;

	if (inode == 0)
		inode = listening_inode("/proc/net/tcp6", port);
	snprintf(out, 96, "a process of another user");
	snprintf(link, sizeof(link), "socket:[%lu]", inode);
	dir = inode == 0 ? NULL : opendir("/proc");
	if (dir == NULL)
		return;
	while ((entry = readdir(dir)) != NULL) {
		char command[32];

		if (!isdigit((unsigned char)entry->d_name[0]) || !has_socket(entry->d_name, link))
			continue;
		command_of(entry->d_name, command, sizeof(command));
		snprintf(out, 96, "pid %.16s (%.31s)", entry->d_name, command);
		break;
	}
	closedir(dir);
}

static int
try_listen(const struct addrinfo *address, const char *where, const char *port)
{
	BH_AUTO(supervisor_file_close)
	int fd = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char holder[96];
	int on = 1;

	if (fd < 0)
		return bh_error(BH_E_CONFIG, "listen on %s: %m", where);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, address->ai_addr, address->ai_addrlen) == 0 && listen(fd, 1) == 0)
		return 0;
	if (errno == EACCES)
		return bh_error(BH_E_CONFIG,
			"this user may not listen on %s: ports below 1024 require root; start as root or "
			"choose another address with BULKHEAD_LISTEN=host:port",
			where);
	if (errno == EADDRNOTAVAIL)
		return bh_error(BH_E_CONFIG, "listen on %s: this machine does not have this address",
			where);
	if (errno != EADDRINUSE)
		return bh_error(BH_E_CONFIG, "listen on %s: %m", where);
	find_holder((unsigned)atoi(port), holder);
	return bh_error(BH_E_EXISTS,
		"%s is in use by %s; stop it or choose another address with BULKHEAD_LISTEN=host:port",
		where, holder);
}

int
supervisor_lock_port(const char *listen)
{
	const struct addrinfo hints = {
		.ai_socktype = SOCK_STREAM,
		.ai_flags = AI_PASSIVE | AI_NUMERICSERV,
	};
	const char *colon = strrchr(listen, ':');
	struct addrinfo *found;
	char host[256];
	int rc;

	if (colon == NULL)
		return bh_error(BH_E_CONFIG, "listen on %s: expected host:port", listen);
	snprintf(host, sizeof(host), "%.*s", (int)(colon - listen), listen);
	if (host[0] == '[' && host[strlen(host) - 1] == ']') {
		host[strlen(host) - 1] = '\0';
		memmove(host, host + 1, strlen(host));
	}
	rc = getaddrinfo(strcmp(host, "*") == 0 ? NULL : host, colon + 1, &hints, &found);
	if (rc != 0)
		return bh_error(BH_E_CONFIG, "listen on %s: %s", listen, gai_strerror(rc));
	rc = try_listen(found, listen, colon + 1);
	freeaddrinfo(found);
	return rc;
}
