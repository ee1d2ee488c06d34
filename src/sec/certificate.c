/* SPDX-License-Identifier: Apache-2.0 */
/* certificate.c: reads the files as a server will. */
#include "sec/certificate.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <time.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "base/error.h"

enum { CERTIFICATES_MOST = 1024 };

static void
file_close(FILE **file)
{
	if (*file != NULL)
		fclose(*file);
}

static void
x509_close(X509 **certificate)
{
	X509_free(*certificate);
}

static void
pkey_close(EVP_PKEY **key)
{
	EVP_PKEY_free(*key);
}

/* Nobody is there to type one in. */
static int
no_passphrase(char *out, int size, int writing, void *ctx)
{
	(void)out;
	(void)size;
	(void)writing;
	*(bool *)ctx = true;
	return 0;
}

static int
read_time(const ASN1_TIME *time, int64_t *out_s)
{
	struct tm parts;

	if (ASN1_TIME_to_tm(time, &parts) != 1)
		return bh_error(BH_E_CONFIG, "a certificate has no valid date");
	*out_s = (int64_t)timegm(&parts);
	return 0;
}

static int
read_key(const char *path, EVP_PKEY **out)
{
	BH_AUTO(file_close) FILE *file = fopen(path, "re");
	bool has_passphrase = false;

	if (file == NULL)
		return bh_error(BH_E_CONFIG, "open %s: %m", path);
	*out = PEM_read_PrivateKey(file, NULL, no_passphrase, &has_passphrase);
	ERR_clear_error();
	if (*out != NULL)
		return 0;
	return has_passphrase
		? bh_error(BH_E_CONFIG, "%s has a passphrase; a server cannot use it", path)
		: bh_error(BH_E_CONFIG, "%s contains no private key in PEM", path);
}

int
bh_certificate_read(const char *chain_path, const char *key_path, struct bh_certificate *out)
{
	BH_AUTO(file_close) FILE *file = fopen(chain_path, "re");
	BH_AUTO(x509_close) X509 *certificate = NULL;
	BH_AUTO(pkey_close) EVP_PKEY *key = NULL;
	int rc;

	if (file == NULL)
		return bh_error(BH_E_CONFIG, "open %s: %m", chain_path);
	certificate = PEM_read_X509(file, NULL, NULL, NULL);
	ERR_clear_error();
	if (certificate == NULL)
		return bh_error(BH_E_CONFIG, "%s contains no certificate in PEM", chain_path);
	rc = read_key(key_path, &key);
	if (rc == 0 && X509_check_private_key(certificate, key) != 1)
		rc = bh_error(BH_E_CONFIG, "%s is not the key of the first certificate in %s", key_path,
			chain_path);
	ERR_clear_error();
	if (rc == 0)
		rc = read_time(X509_get0_notBefore(certificate), &out->from_s);
	if (rc == 0)
		rc = read_time(X509_get0_notAfter(certificate), &out->until_s);
	return rc;
}

static int
open_file(const char *path, FILE **out)
{
	*out = fopen(path, "re");
	if (*out != NULL)
		return 0;
	return bh_error(errno == ENOENT ? BH_E_NOT_FOUND : BH_E_FORBIDDEN, "open %s: %m", path);
}

int
bh_certificate_end(const char *path, int64_t *out_ms)
{
	BH_AUTO(file_close) FILE *file = NULL;
	int64_t first_s = INT64_MAX;
	X509 *certificate;
	int n = 0, rc = open_file(path, &file);

	while (rc == 0 && n < CERTIFICATES_MOST &&
		(certificate = PEM_read_X509(file, NULL, NULL, NULL)) != NULL) {
		int64_t end_s = 0;

		rc = read_time(X509_get0_notAfter(certificate), &end_s);
		first_s = rc == 0 && end_s < first_s ? end_s : first_s;
		X509_free(certificate);
		n++;
	}
	ERR_clear_error();
	if (rc == 0 && n == 0)
		rc = bh_error(BH_E_INVALID, "%s contains no certificate", path);
	if (rc == 0)
		*out_ms = first_s * 1000;
	return rc;
}

int
bh_certificate_names(const char *path, const char *host, bool *out)
{
	BH_AUTO(file_close) FILE *file = NULL;
	BH_AUTO(x509_close) X509 *certificate = NULL;
	int rc = open_file(path, &file);

	if (rc < 0)
		return rc;
	certificate = PEM_read_X509(file, NULL, NULL, NULL);
	ERR_clear_error();
	if (certificate == NULL)
		return bh_error(BH_E_INVALID, "%s contains no certificate", path);
	*out = X509_check_host(certificate, host, 0, 0, NULL) == 1 ||
		X509_check_ip_asc(certificate, host, 0) == 1;
	ERR_clear_error();
	return 0;
}
