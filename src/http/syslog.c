/* SPDX-License-Identifier: Apache-2.0 */
/* syslog.c: connections to syslog receivers; besides server_tls.c the only file that knows GnuTLS. */
#include "http/syslog.h"

#include <arpa/inet.h>
#include <errno.h>
#include <gnutls/gnutls.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "http/client.h"
#include "http/endpoint.h"
#include "http/peer.h"

#define VERSIONS "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"

enum { SAID_AT_ONCE = 16 }; /* pieces of what the receiver says, which nobody asked for */

struct bh_syslog {
	int fd;
	int64_t write_ms;
	const bool *cancel;
	gnutls_session_t session; /* owned; NULL: plain */
	gnutls_certificate_credentials_t trust;
};

/* ---- addresses ---- */

int
bh_syslog_address_read(const char *text, struct bh_syslog_address *out)
{
	struct bh_syslog_address address = {.tls = bh_text_starts(text, "tls://")};
	const char *host = text + strlen("tcp://"), *colon = strrchr(text, ':');
	int64_t port;
	size_t len;

	if (!address.tls && !bh_text_starts(text, "tcp://"))
		return bh_error(BH_E_INVALID, "the address must begin with tcp:// or tls://");
	if (colon == NULL || colon < host || bh_text_int(colon + 1, 1, 65535, &port) < 0)
		return bh_error(BH_E_INVALID, "the address must end with a colon and a port");
	len = (size_t)(colon - host);
	if (len > 2 && host[0] == '[' && host[len - 1] == ']') {
		host++;
		len -= 2;
	} else if (memchr(host, ':', len) != NULL) {
		return bh_error(BH_E_INVALID, "an IPv6 address must stand in brackets");
	}
	if (len == 0 || len > BH_SYSLOG_HOST_MOST ||
		strspn(host, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._:%") < len)
		return bh_error(BH_E_INVALID, "the address has no host, or one that cannot be");
	memcpy(address.host, host, len);
	snprintf(address.port, sizeof(address.port), "%u", (unsigned)(uint16_t)port);
	*out = address;
	return 0;
}

/* A receiver that always has something to say does not move the end. */
static int
wait_until(struct bh_syslog *syslog, short events, int64_t until_ms, const char *late)
{
	int64_t left_ms = until_ms - bh_clock_steady_ms();
	int rc = left_ms <= 0 ? BH_E_UPSTREAM_TIMEOUT
						  : bh_peer_wait(syslog->fd, events, -1, syslog->cancel, left_ms);

	return rc == BH_E_UPSTREAM_TIMEOUT ? bh_error(rc, "%s", late) : rc;
}

/* ---- TLS ---- */

/* Waits for what the library wants next. */
static int
wait_tls(struct bh_syslog *syslog, int64_t until_ms)
{
	short events = gnutls_record_get_direction(syslog->session) == 1 ? POLLOUT : POLLIN;

	return wait_until(syslog, events, until_ms, "the receiver does not answer by TLS");
}

static bool
is_again(ssize_t status)
{
	return status == GNUTLS_E_AGAIN || status == GNUTLS_E_INTERRUPTED;
}

/* Why a handshake failed, in the library's words. */
static int
refuse(struct bh_syslog *syslog, const char *host, int status)
{
	gnutls_datum_t why = {0};
	int rc;

	if (status == GNUTLS_E_CERTIFICATE_VERIFICATION_ERROR &&
		gnutls_certificate_verification_status_print(gnutls_session_get_verify_cert_status(
														 syslog->session),
			GNUTLS_CRT_X509, &why, 0) == 0) {
		rc = bh_error(BH_E_CONNECT, "%s: %.300s", host, (const char *)why.data);
		gnutls_free(why.data);
		return rc;
	}
	return bh_error(BH_E_CONNECT, "%s: %s", host, gnutls_strerror(status));
}

static int
trust(struct bh_syslog *syslog, const char *ca_file)
{
	int n;

	if (gnutls_certificate_allocate_credentials(&syslog->trust) < 0)
		return BH_E_MEMORY;
	n = ca_file[0] != '\0'
		? gnutls_certificate_set_x509_trust_file(syslog->trust, ca_file, GNUTLS_X509_FMT_PEM)
		: gnutls_certificate_set_x509_system_trust(syslog->trust);
	if (n < 0)
		return bh_error(BH_E_CONFIG, "certificates%s%s: %s", ca_file[0] != '\0' ? " of " : "",
			ca_file, gnutls_strerror(n));
	return n > 0 ? 0
				 : bh_error(BH_E_CONFIG, "no certificate in %s",
					   ca_file[0] != '\0' ? ca_file : "the system's store");
}

/* RFC 6066: an address is no server name. */
static bool
is_name(const char *host)
{
	struct in6_addr address;

	return inet_pton(AF_INET, host, &address) != 1 && inet_pton(AF_INET6, host, &address) != 1;
}

static int
shake_hands(struct bh_syslog *syslog, const struct bh_syslog_conf *conf, int64_t until_ms)
{
	const char *host = conf->address.host;
	int rc = trust(syslog, conf->ca_file);
	int status;

	if (rc < 0)
		return rc;
	status = gnutls_init(&syslog->session, GNUTLS_CLIENT | GNUTLS_NONBLOCK | GNUTLS_NO_SIGNAL);
	if (status == 0)
		status = gnutls_priority_set_direct(syslog->session, VERSIONS, NULL);
	if (status == 0)
		status = gnutls_credentials_set(syslog->session, GNUTLS_CRD_CERTIFICATE, syslog->trust);
	if (status == 0 && is_name(host))
		status = gnutls_server_name_set(syslog->session, GNUTLS_NAME_DNS, host, strlen(host));
	if (status < 0)
		return bh_error(BH_E_INTERNAL, "TLS: %s", gnutls_strerror(status));
	gnutls_session_set_verify_cert(syslog->session, host, 0);
	gnutls_transport_set_int(syslog->session, syslog->fd);
	for (;;) {
		status = gnutls_handshake(syslog->session);
		if (status == 0)
			return 0;
		if (gnutls_error_is_fatal(status))
			return refuse(syslog, host, status);
		rc = wait_tls(syslog, until_ms);
		if (rc < 0)
			return rc == BH_E_UPSTREAM_TIMEOUT
				? bh_error(BH_E_CONNECT, "%s does not answer by TLS in time", host)
				: rc;
	}
}

/* ---- opening ---- */

int
bh_syslog_open(const struct bh_syslog_conf *conf, struct bh_syslog **out)
{
	struct bh_syslog_address address = conf->address;
	struct bh_http_client place = {.host = address.host,
		.port = address.port,
		.connect_ms = conf->connect_ms};
	const struct bh_http_call call = {.watch_fd = -1, .cancel = conf->cancel};
	int64_t until_ms = bh_clock_steady_ms() + conf->connect_ms;
	struct bh_syslog *syslog = calloc(1, sizeof(*syslog));
	int rc = 0;

	BH_ASSERT(syslog != NULL);
	syslog->write_ms = conf->write_ms;
	syslog->cancel = conf->cancel;
	syslog->fd = bh_peer_connect(&place, &call);
	if (syslog->fd < 0)
		rc = syslog->fd;
	else if (address.tls)
		rc = shake_hands(syslog, conf, until_ms);
	if (rc < 0)
		bh_syslog_close(syslog);
	else
		*out = syslog;
	return rc;
}

void
bh_syslog_close(struct bh_syslog *syslog)
{
	if (syslog == NULL)
		return;
	if (syslog->session != NULL)
		gnutls_deinit(syslog->session);
	if (syslog->trust != NULL)
		gnutls_certificate_free_credentials(syslog->trust);
	if (syslog->fd >= 0)
		close(syslog->fd);
	free(syslog);
}

/* ---- reading: nobody expects anything but the end ---- */

enum heard { HEARD_NOTHING, HEARD_END };

static int
hear_plain(struct bh_syslog *syslog, enum heard *out)
{
	char said[1024];

	for (int i = 0; i < SAID_AT_ONCE; i++) {
		ssize_t n = recv(syslog->fd, said, sizeof(said), MSG_DONTWAIT);

		if (n == 0)
			*out = HEARD_END;
		if (n == 0 || (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)))
			return 0;
		if (n < 0 && errno != EINTR)
			return bh_error(BH_E_PROTOCOL, "the receiver broke the connection: %m");
	}
	return 0;
}

static int
hear_tls(struct bh_syslog *syslog, enum heard *out)
{
	char said[1024];

	for (int i = 0; i < SAID_AT_ONCE; i++) {
		ssize_t n = gnutls_record_recv(syslog->session, said, sizeof(said));

		if (n == 0 || n == GNUTLS_E_PREMATURE_TERMINATION)
			*out = HEARD_END;
		if (n == 0 || n == GNUTLS_E_PREMATURE_TERMINATION || n == GNUTLS_E_AGAIN)
			return 0;
		if (n < 0 && gnutls_error_is_fatal((int)n))
			return bh_error(BH_E_PROTOCOL, "the receiver broke the connection: %s",
				gnutls_strerror((int)n));
	}
	return 0;
}

static int
hear(struct bh_syslog *syslog, enum heard *out)
{
	*out = HEARD_NOTHING;
	return syslog->session != NULL ? hear_tls(syslog, out) : hear_plain(syslog, out);
}

int
bh_syslog_look(struct bh_syslog *syslog)
{
	enum heard heard;
	int rc = hear(syslog, &heard);

	if (rc == 0 && heard == HEARD_END)
		rc = bh_error(BH_E_PROTOCOL, "the receiver closed the connection");
	return rc;
}

/* ---- writing ---- */

/* How much was taken; 0: it has to wait. */
static ssize_t
write_some(struct bh_syslog *syslog, const char *data, size_t len)
{
	ssize_t n;

	if (syslog->session != NULL) {
		n = gnutls_record_send(syslog->session, data, len);
		if (n >= 0 || is_again(n))
			return n >= 0 ? n : 0;
		return bh_error(BH_E_PROTOCOL, "write to the receiver: %s", gnutls_strerror((int)n));
	}
	n = send(syslog->fd, data, len, MSG_NOSIGNAL | MSG_DONTWAIT);
	if (n >= 0 || errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)
		return n >= 0 ? n : 0;
	return bh_error(BH_E_PROTOCOL, "write to the receiver: %m");
}

/* What the library holds back of a record it takes again by the same arguments: `data` moves only by what it took. */
int
bh_syslog_write(struct bh_syslog *syslog, const void *data, size_t len)
{
	int64_t until_ms = bh_clock_steady_ms() + syslog->write_ms;
	const char *at = data;
	int rc = bh_syslog_look(syslog);

	while (rc == 0 && len > 0) {
		ssize_t n = write_some(syslog, at, len);

		if (n < 0)
			return (int)n;
		at += n;
		len -= (size_t)n;
		if (n > 0)
			continue;
		rc = wait_until(syslog, POLLOUT | POLLRDHUP, until_ms, "the receiver reads too slowly");
		if (rc == 0)
			rc = bh_syslog_look(syslog);
	}
	return rc;
}

/* ---- the end ---- */

/* The last bytes of ours. */
static int
say_end(struct bh_syslog *syslog, int64_t until_ms)
{
	int status, rc;

	if (syslog->session != NULL) {
		while ((status = gnutls_bye(syslog->session, GNUTLS_SHUT_WR)) < 0) {
			if (!is_again(status))
				return bh_error(BH_E_PROTOCOL, "write to the receiver: %s",
					gnutls_strerror(status));
			rc = wait_tls(syslog, until_ms);
			if (rc < 0)
				return rc;
		}
	}
	if (shutdown(syslog->fd, SHUT_WR) < 0)
		return bh_error(BH_E_PROTOCOL, "the receiver broke the connection: %m");
	return 0;
}

int
bh_syslog_finish(struct bh_syslog *syslog, int64_t wait_ms)
{
	int64_t until_ms = bh_clock_steady_ms() + wait_ms;
	enum heard heard;
	/* An end of the receiver's before ours tells nothing of what it has read. */
	int rc = bh_syslog_look(syslog);

	if (syslog->cancel != NULL && __atomic_load_n(syslog->cancel, __ATOMIC_RELAXED))
		syslog->cancel = NULL;
	if (rc == 0)
		rc = say_end(syslog, until_ms);
	while (rc == 0) {
		rc = hear(syslog, &heard);
		if (rc < 0 || heard == HEARD_END)
			return rc;
		rc = wait_until(syslog, POLLIN | POLLRDHUP, until_ms,
			"the receiver did not read to the end and close the connection in time");
	}
	return rc;
}
