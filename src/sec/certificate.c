/* SPDX-License-Identifier: Apache-2.0 */
/* certificate.c: reads both files as a server will. */
#include "sec/certificate.h"

#include <stdbool.h>
#include <stdio.h>
#include <time.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "base/error.h"

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
