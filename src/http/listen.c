/* SPDX-License-Identifier: Apache-2.0 */
/* listen.c: makes the sockets that a server listens on. */
#include "http/listen.h"

#include <errno.h>
#include <linux/filter.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/error.h"
#include "base/log.h"

/* Of a TCP header: where its flags are, and the one that begins a connection. */
#define TCP_FLAGS_AT 13
#define TCP_SYN 0x02

static int
bind_at(int fd, const char *path, unsigned mode, struct bh_listen_file *out)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct stat info;
	int len = snprintf(address.sun_path, sizeof(address.sun_path), "%s.new", path);

	if (len < 0 || (size_t)len >= sizeof(address.sun_path))
		return bh_error(BH_E_CONFIG, "socket path %s is too long", path);
	/* Made under a temporary name with nobody's rights: there is no moment at which the wrong user
	 * could connect, nor one at which the name is missing. */
	unlink(address.sun_path);
	if (fchmod(fd, 0) < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		return bh_error(BH_E_IO, "bind %s: %m", address.sun_path);
	if (listen(fd, SOMAXCONN) < 0 || chmod(address.sun_path, mode) < 0 ||
		stat(address.sun_path, &info) < 0 || rename(address.sun_path, path) < 0) {
		int rc = bh_error(BH_E_IO, "listen on %s: %m", path);

		unlink(address.sun_path);
		return rc;
	}
	*out = (struct bh_listen_file){strdup(path), info.st_dev, info.st_ino};
	BH_ASSERT(out->path != NULL);
	return 0;
}

int
bh_listen_unix(const char *path, unsigned mode, struct bh_listen_file *out)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int rc;

	if (fd < 0)
		return bh_error(BH_E_IO, "make a socket: %m");
	rc = bind_at(fd, path, mode, out);
	if (rc < 0) {
		close(fd);
		return rc;
	}
	return fd;
}

static int
listen_at(const struct addrinfo *address, const struct bh_endpoint *at)
{
	int fd = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int on = 1;
	int rc;

	if (fd < 0)
		return bh_error(BH_E_IO, "make a socket: %m");
	/* A predecessor's connections that still close do not keep the port; a listener does. */
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0 &&
		bind(fd, address->ai_addr, address->ai_addrlen) == 0 && listen(fd, SOMAXCONN) == 0)
		return fd;
	rc = bh_error(errno == EADDRINUSE || errno == EADDRNOTAVAIL || errno == EACCES ? BH_E_CONFIG
																				   : BH_E_IO,
		"listen on %.*s: %m", (int)at->authority.len, at->authority.text);
	close(fd);
	return rc;
}

int
bh_listen_tcp(const struct bh_endpoint *at)
{
	const struct addrinfo hints = {
		.ai_socktype = SOCK_STREAM,
		.ai_flags = AI_PASSIVE | AI_NUMERICSERV,
	};
	struct addrinfo *found;
	char host[256], port[8];
	int rc;

	snprintf(host, sizeof(host), "%.*s", (int)at->host.len, at->host.text);
	snprintf(port, sizeof(port), "%u", at->port);
	rc = getaddrinfo(host, port, &hints, &found);
	if (rc != 0)
		return bh_error(BH_E_CONFIG, "listen on %s: %s", host, gai_strerror(rc));
	rc = listen_at(found, at);
	freeaddrinfo(found);
	return rc;
}

bool
bh_listen_file_replaced(const struct bh_listen_file *file)
{
	struct stat info;

	return file->path != NULL && stat(file->path, &info) == 0 &&
		(info.st_dev != file->dev || info.st_ino != file->ino);
}

/* A filter on a TCP socket sees segments from their header on. What is dropped is sent again after a second: by then
 * nobody listens, and the client is refused before it has sent anything. */
bool
bh_listen_tcp_hush(int fd)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, TCP_FLAGS_AT),
		BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, TCP_SYN, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, 0),
		BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
	};
	const struct sock_fprog program = {sizeof(code) / sizeof(code[0]), code};

	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) == 0;
}

void
bh_listen_file_close(struct bh_listen_file *file)
{
	struct stat info;

	if (file->path != NULL && stat(file->path, &info) == 0 && info.st_dev == file->dev &&
		info.st_ino == file->ino)
		unlink(file->path);
	free(file->path);
	*file = (struct bh_listen_file){0};
}
