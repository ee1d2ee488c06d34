/* SPDX-License-Identifier: Apache-2.0 */
/* test_certificate.c: proves that a chain and a key are told apart from what a server cannot use. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "base/error.h"
#include "sec/certificate.h"

struct fixture {
	char folder[64], chain[96], key[96];
};

static EVP_PKEY *
make_key(const char *path, const EVP_CIPHER *cipher)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	FILE *file = fopen(path, "we");
	unsigned char word[] = "passphrase";

	assert_non_null(key);
	assert_non_null(file);
	assert_int_equal(PEM_write_PrivateKey(file, key, cipher, cipher != NULL ? word : NULL,
						 cipher != NULL ? (int)sizeof(word) - 1 : 0, NULL, NULL),
		1);
	fclose(file);
	return key;
}

/* Valid for the 1,000 seconds around `at`. */
static void
make_chain(const char *path, EVP_PKEY *key, time_t at)
{
	X509 *certificate = X509_new();
	FILE *file = fopen(path, "we");

	assert_non_null(file);
	ASN1_TIME_set(X509_getm_notBefore(certificate), at - 500);
	ASN1_TIME_set(X509_getm_notAfter(certificate), at + 500);
	assert_int_equal(X509_set_pubkey(certificate, key), 1);
	assert_true(X509_sign(certificate, key, EVP_sha256()) > 0);
	assert_int_equal(PEM_write_X509(file, certificate), 1);
	fclose(file);
	X509_free(certificate);
}

static int
set_up(void **state)
{
	static struct fixture fix;

	strcpy(fix.folder, "/tmp/bh-certificate-XXXXXX");
	if (mkdtemp(fix.folder) == NULL)
		return -1;
	snprintf(fix.chain, sizeof(fix.chain), "%s/chain.pem", fix.folder);
	snprintf(fix.key, sizeof(fix.key), "%s/key.pem", fix.folder);
	*state = &fix;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *fix = *state;

	unlink(fix->chain);
	unlink(fix->key);
	return rmdir(fix->folder);
}

static void
a_pair_tells_its_dates(void **state)
{
	struct fixture *fix = *state;
	struct bh_certificate got = {0};
	EVP_PKEY *key = make_key(fix->key, NULL);

	make_chain(fix->chain, key, 2000000000);
	assert_int_equal(bh_certificate_read(fix->chain, fix->key, &got), 0);
	assert_int_equal(got.from_s, 2000000000 - 500);
	assert_int_equal(got.until_s, 2000000000 + 500);
	EVP_PKEY_free(key);
}

static void
refused(const struct fixture *fix, const char *why)
{
	struct bh_certificate got;
	int rc = bh_certificate_read(fix->chain, fix->key, &got);

	assert_int_equal(rc, BH_E_CONFIG);
	assert_non_null(strstr(bh_error_detail(rc), why));
}

static void
what_a_server_cannot_use_is_named(void **state)
{
	struct fixture *fix = *state;
	EVP_PKEY *key, *other;
	FILE *file;

	refused(fix, "open ");
	key = make_key(fix->key, NULL);
	refused(fix, "chain.pem: No such file");
	file = fopen(fix->chain, "we");
	fputs("no certificate\n", file);
	fclose(file);
	refused(fix, "contains no certificate");
	make_chain(fix->chain, key, 2000000000);
	other = make_key(fix->key, NULL);
	refused(fix, "is not the key");
	EVP_PKEY_free(other);
	other = make_key(fix->key, EVP_aes_128_cbc());
	refused(fix, "has a passphrase");
	file = fopen(fix->key, "we");
	fclose(file);
	refused(fix, "contains no private key");
	EVP_PKEY_free(other);
	EVP_PKEY_free(key);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_pair_tells_its_dates, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_a_server_cannot_use_is_named, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
