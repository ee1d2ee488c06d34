/* SPDX-License-Identifier: Apache-2.0 */
/* server_tls.c: loads certificate and key, and again when they change; besides syslog.c the only file that knows GnuTLS. */
#include "http/server_tls.h"

#include <errno.h>
#include <fcntl.h>
#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"

#define FILE_MOST ((size_t)256 * BH_KIB)
#define CHAIN_MOST 8u
#define LOOK_MS 1000

/* A pair as it was loaded. A handshake may still use it after its successor came: kept until the close. */
struct pair {
	struct pair *older;
	gnutls_pcert_st chain[CHAIN_MOST];
	unsigned n;
	gnutls_privkey_t key;
};

/* By which a file is known to be another. */
struct stamp {
	dev_t dev;
	ino_t ino;
	struct timespec changed;
};

static struct {
	pthread_mutex_t lock;
	unsigned users;
	char *cert_file, *key_file; /* owned */
	struct stamp cert, key;
	struct pair *pair; /* owned: the newest first */
	int64_t look_at_ms;
} identity = {.lock = PTHREAD_MUTEX_INITIALIZER};

static int
look(const char *path, bool secret, struct stamp *out)
{
	struct stat info;

	if (stat(path, &info) < 0)
		return bh_error(BH_E_CONFIG, "%s: %m", path);
	if (secret && (info.st_mode & 007) != 0)
		return bh_error(BH_E_CONFIG, "%s can be read by all users; run: chmod o= %s", path, path);
	*out = (struct stamp){info.st_dev, info.st_ino, info.st_ctim};
	return 0;
}

static bool
is_same(const struct stamp *a, const struct stamp *b)
{
	return a->dev == b->dev && a->ino == b->ino && a->changed.tv_sec == b->changed.tv_sec &&
		a->changed.tv_nsec == b->changed.tv_nsec;
}

static void
text_close(gnutls_datum_t *text)
{
	if (text->data != NULL)
		explicit_bzero(text->data, FILE_MOST);
	free(text->data);
	*text = (gnutls_datum_t){0};
}

static int
read_file(const char *path, gnutls_datum_t *out)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	gnutls_datum_t text = {calloc(1, FILE_MOST), 0};
	ssize_t n = 0;
	int rc = 0;

	BH_ASSERT(text.data != NULL);
	while (fd >= 0 && text.size < FILE_MOST &&
		((n = read(fd, text.data + text.size, FILE_MOST - text.size)) > 0 ||
			(n < 0 && errno == EINTR)))
		text.size += n > 0 ? (unsigned)n : 0;
	if (fd < 0 || n < 0)
		rc = bh_error(BH_E_CONFIG, "%s: %m", path);
	else if (text.size == 0 || text.size == FILE_MOST)
		rc = bh_error(BH_E_CONFIG, "%s is %s", path, text.size == 0 ? "empty" : "too large");
	if (fd >= 0)
		close(fd);
	if (rc < 0)
		text_close(&text);
	else
		*out = text;
	return rc;
}

static void
pair_free(struct pair *pair)
{
	for (unsigned i = 0; i < pair->n; i++)
		gnutls_pcert_deinit(&pair->chain[i]);
	if (pair->key != NULL)
		gnutls_privkey_deinit(pair->key);
	free(pair);
}

/* The library itself judges whether the two fit together. */
static int
fit(const gnutls_datum_t *cert, const gnutls_datum_t *key)
{
	gnutls_certificate_credentials_t both;
	int status = gnutls_certificate_allocate_credentials(&both);

	if (status < 0)
		return status;
	status = gnutls_certificate_set_x509_key_mem2(both, cert, key, GNUTLS_X509_FMT_PEM, NULL, 0);
	gnutls_certificate_free_credentials(both);
	return status < 0 ? status : 0;
}

static int
load(struct pair **out)
{
	BH_AUTO(text_close) gnutls_datum_t cert = {0};
	BH_AUTO(text_close) gnutls_datum_t key = {0};
	struct pair *pair;
	unsigned n = CHAIN_MOST;
	int status;
	int rc = read_file(identity.cert_file, &cert);

	if (rc == 0)
		rc = read_file(identity.key_file, &key);
	if (rc < 0)
		return rc;
	pair = calloc(1, sizeof(*pair));
	BH_ASSERT(pair != NULL);
	status = fit(&cert, &key);
	if (status == 0)
		status = gnutls_pcert_list_import_x509_raw(pair->chain, &n, &cert, GNUTLS_X509_FMT_PEM, 0);
	if (status >= 0) {
		pair->n = n;
		status = gnutls_privkey_init(&pair->key);
	}
	if (status >= 0)
		status = gnutls_privkey_import_x509_raw(pair->key, &key, GNUTLS_X509_FMT_PEM, NULL, 0);
	if (status < 0) {
		pair_free(pair);
		return bh_error(BH_E_CONFIG, "certificate %s with key %s: %s", identity.cert_file,
			identity.key_file, gnutls_strerror(status));
	}
	*out = pair;
	return 0;
}

/* Loads what is new. */
static int
refresh(void)
{
	struct stamp cert, key;
	struct pair *pair = NULL;
	int rc = look(identity.cert_file, false, &cert);

	if (rc == 0)
		rc = look(identity.key_file, true, &key);
	if (rc < 0 ||
		(identity.pair != NULL && is_same(&cert, &identity.cert) && is_same(&key, &identity.key)))
		return rc;
	rc = load(&pair);
	if (rc < 0)
		return rc;
	if (identity.pair != NULL)
		bh_log(BH_LOG_INFO, "the certificate was replaced: %s", identity.cert_file);
	pair->older = identity.pair;
	identity.pair = pair;
	identity.cert = cert;
	identity.key = key;
	return 0;
}

static int
retrieve(gnutls_session_t session, const gnutls_datum_t *authorities, int n_authorities,
	const gnutls_pk_algorithm_t *algorithms, int n_algorithms, gnutls_pcert_st **out_chain,
	unsigned *out_n, gnutls_privkey_t *out_key)
{
	static bool failing; /* one line when it begins; guarded by the lock */
	int64_t now_ms = bh_clock_steady_ms();
	int rc = 0;

	(void)session;
	(void)authorities;
	(void)n_authorities;
	(void)algorithms;
	(void)n_algorithms;
	pthread_mutex_lock(&identity.lock);
	if (now_ms >= identity.look_at_ms) {
		identity.look_at_ms = now_ms + LOOK_MS;
		rc = refresh();
		if (rc < 0 && !failing)
			bh_log_failure("load the certificate; the last one stays in use", rc);
		failing = rc < 0;
	}
	*out_chain = identity.pair->chain;
	*out_n = identity.pair->n;
	*out_key = identity.pair->key;
	pthread_mutex_unlock(&identity.lock);
	return 0;
}

void *
bh_server_tls_callback(void)
{
	return (void *)(uintptr_t)retrieve;
}

static void
forget(void)
{
	while (identity.pair != NULL) {
		struct pair *pair = identity.pair;

		identity.pair = pair->older;
		pair_free(pair);
	}
	free(identity.cert_file);
	free(identity.key_file);
	identity.cert_file = identity.key_file = NULL;
}

static int
open_first(const char *cert_file, const char *key_file)
{
	int rc;

	identity.cert_file = strdup(cert_file);
	identity.key_file = strdup(key_file);
	BH_ASSERT(identity.cert_file != NULL && identity.key_file != NULL);
	identity.look_at_ms = 0;
	rc = refresh();
	if (rc < 0)
		forget();
	return rc;
}

int
bh_server_tls_open(const char *cert_file, const char *key_file)
{
	int rc = 0;

	if (cert_file == NULL || cert_file[0] == '\0' || key_file == NULL || key_file[0] == '\0')
		return bh_error(BH_E_CONFIG, "an https address needs listen.cert_file and listen.key_file");
	pthread_mutex_lock(&identity.lock);
	if (identity.users == 0)
		rc = open_first(cert_file, key_file);
	else if (strcmp(identity.cert_file, cert_file) != 0 || strcmp(identity.key_file, key_file) != 0)
		rc = bh_error(BH_E_CONFIG, "this process has another certificate already");
	if (rc == 0)
		identity.users++;
	pthread_mutex_unlock(&identity.lock);
	return rc;
}

void
bh_server_tls_close(void)
{
	pthread_mutex_lock(&identity.lock);
	if (identity.users > 0 && --identity.users == 0)
		forget();
	pthread_mutex_unlock(&identity.lock);
}
