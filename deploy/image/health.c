/* SPDX-License-Identifier: Apache-2.0 */
/* health.c: asks an HTTP server of this container how it is, for images that hold nothing else that could.
 *
 * usage: health PORT PATH     exit status 0: it answers 200 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define WITHIN_S 3

static int
connect_to(int port)
{
	const struct timeval within = {.tv_sec = WITHIN_S};
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &within, sizeof(within)) < 0 ||
		setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &within, sizeof(within)) < 0 ||
		connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0) {
		perror("health");
		return -1;
	}
	return fd;
}

int
main(int argc, char **argv)
{
	static const char good[] = "HTTP/1.1 200";
	char text[512];
	size_t len = 0;
	int fd, n;

	if (argc != 3) {
		fputs("usage: health PORT PATH\n", stderr);
		return 2;
	}
	fd = connect_to(atoi(argv[1]));
	n = snprintf(text, sizeof(text),
		"GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", argv[2]);
	if (fd < 0 || n < 0 || (size_t)n >= sizeof(text) || write(fd, text, (size_t)n) != n)
		return 1;
	while (len < sizeof(good) - 1) {
		ssize_t got = read(fd, text + len, sizeof(text) - len);

		if (got <= 0)
			return 1;
		len += (size_t)got;
	}
	if (memcmp(text, good, sizeof(good) - 1) == 0)
		return 0;
	fprintf(stderr, "health: %.*s\n", (int)strcspn(text, "\r\n"), text);
	return 1;
}
