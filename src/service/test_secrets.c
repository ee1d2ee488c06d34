/* SPDX-License-Identifier: Apache-2.0 */
/* test_secrets.c: the text a supervisor hands over, whole and damaged. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "service/secrets.h"

#define A "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define B "ffeeddccbbaa99887766554433221100ffeeddccbbaa99887766554433221100"

static int
read_text(const char *text, struct bh_service_secrets *out)
{
	int fds[2];

	assert_int_equal(pipe(fds), 0);
	assert_int_equal(write(fds[1], text, strlen(text)), strlen(text));
	close(fds[1]);
	return bh_service_secrets_read(fds[0], out);
}

static void
reads_own_secrets_and_peers(void **state)
{
	struct bh_service_secrets secrets = {0};

	(void)state;
	assert_int_equal(read_text("service " A "\ndata " B "\npeer rag " A "\npeer model " B "\n",
						 &secrets),
		0);
	assert_int_equal(secrets.service.bytes[1], 0x23);
	assert_int_equal(secrets.data.bytes[0], 0xff);
	assert_int_equal(secrets.n_peers, 2);
	assert_string_equal(secrets.peers[0].name, "rag");
	assert_string_equal(secrets.peers[1].name, "model");
	assert_int_equal(secrets.peers[1].hash.bytes[1], 0xee);
	bh_service_secrets_close(&secrets);
	assert_int_equal(secrets.service.bytes[1], 0);
}

static void
reads_the_key_of_the_object_store(void **state)
{
	struct bh_service_secrets secrets = {0};

	(void)state;
	assert_int_equal(read_text("service " A "\ndata " B "\nobject AKIA1 se/cr+et\n", &secrets), 0);
	assert_string_equal(secrets.object.id, "AKIA1");
	assert_string_equal(secrets.object.secret, "se/cr+et");
	bh_service_secrets_close(&secrets);
	assert_string_equal(secrets.object.secret, "");
}

/* The folder of a process, or one that is the process's own. */
static void
reads_that_key_from_a_folder_whoever_asks(void **state)
{
	char folder[] = "/tmp/test_secrets.XXXXXX", path[64];
	struct bh_object_key key = {0};
	FILE *file;

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/object", folder);
	assert_int_equal(bh_service_secrets_read_object(folder, "rag", &key), BH_E_NOT_FOUND);
	file = fopen(path, "w");
	assert_non_null(file);
	fputs("AKIA1 se/cr+et\n", file);
	fclose(file);
	assert_int_equal(chmod(path, 0444), 0);
	assert_int_equal(bh_service_secrets_read_object(folder, "rag", &key), BH_E_CONFIG);
	/* As a group has it that a container's secrets are mounted for. */
	assert_int_equal(chmod(path, 0440), 0);
	assert_int_equal(bh_service_secrets_read_object(folder, "rag", &key), 0);
	assert_string_equal(key.id, "AKIA1");
	assert_string_equal(key.secret, "se/cr+et");
	bh_object_key_close(&key);
	unlink(path);
	rmdir(folder);
}

static void
damaged_text_is_refused(void **state)
{
	static const char *const texts[] = {
		"",
		"service " A "\n",
		"data " A "\n",
		"service " A "\ndata " B,
		"service " A "0\ndata " B "\n",
		"service 0\ndata " B "\n",
		"service " A "\ndata " B "\nother " A "\n",
		"service " A "\ndata " B "\npeer " A "\n",
		"service " A "\ndata " B "\npeer rag\n",
		"service\n",
		"service " A "\ndata " B "\nobject AKIA1\n",
		"service " A "\ndata " B "\nobject AKIA1 \n",
		"service " A "\ndata " B "\nobject AKIA1 a b\n",
		"\n",
		"service G123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\ndata " B "\n",
	};
	struct bh_service_secrets secrets = {0};

	(void)state;
	for (size_t i = 0; i < BH_COUNT(texts); i++)
		assert_int_equal(read_text(texts[i], &secrets), BH_E_CONFIG);
	assert_int_equal(bh_service_secrets_read(-1, &secrets), BH_E_CONFIG);
	assert_int_equal(secrets.n_peers, 0);
}

static void
too_many_peers_are_refused(void **state)
{
	struct bh_service_secrets secrets = {0};
	char text[4096] = "service " A "\ndata " B "\n";

	(void)state;
	for (int i = 0; i < BH_SERVICES_MAX + 2; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "peer p%d " A "\n", i);
	assert_int_equal(read_text(text, &secrets), BH_E_CONFIG);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_own_secrets_and_peers),
		cmocka_unit_test(reads_the_key_of_the_object_store),
		cmocka_unit_test(reads_that_key_from_a_folder_whoever_asks),
		cmocka_unit_test(damaged_text_is_refused),
		cmocka_unit_test(too_many_peers_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
