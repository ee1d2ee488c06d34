/* SPDX-License-Identifier: Apache-2.0 */
/* test_wycheproof.c: holds the signature verifier against Project Wycheproof's vectors. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "sec/jws.h"

struct tally {
	unsigned accepted, refused, wrong;
};

/* Marked valid although a strict verifier may, or should, refuse them: key and header name different
 * algorithms (346, 347, 350, 351), a foreign character inside base64url (372, 373). */
static bool
either_is_right(int64_t id)
{
	return id == 346 || id == 347 || id == 350 || id == 351 || id == 372 || id == 373;
}

static void
one_test(const struct bh_jws_key *key, const struct bh_json *test, struct tally *tally)
{
	BH_AUTO(bh_buf_close) struct bh_buf payload = {0};
	const char *jws = bh_json_string(bh_json_get(test, "jws"));
	const char *result = bh_json_string(bh_json_get(test, "result"));
	bool accepted = key != NULL && jws != NULL &&
		bh_jws_verify(key, NULL, jws, strlen(jws), &payload) == 0;
	int64_t id = 0;

	assert_true(bh_json_int(bh_json_get(test, "tcId"), &id));
	assert_non_null(result);
	if (accepted)
		tally->accepted++;
	else
		tally->refused++;
	/* A key of an algorithm that we do not have refuses valid tokens too. */
	if (either_is_right(id) || (key == NULL && !accepted))
		return;
	if (accepted != (strcmp(result, "valid") == 0)) {
		tally->wrong++;
		fprintf(stderr, "test %lld is %s and was %s\n", (long long)id, result,
			accepted ? "accepted" : "refused");
	}
}

static void
one_group(const struct bh_json *group, struct tally *tally)
{
	const struct bh_json *tests = bh_json_get(group, "tests");
	struct bh_jws_key *key = NULL;

	if (bh_jws_key_from_jwk(bh_json_get(group, "public"), &key) < 0)
		key = NULL;
	for (size_t i = 0; i < bh_json_count(tests); i++)
		one_test(key, bh_json_at(tests, i), tally);
	bh_jws_key_close(key);
}

/* The file's text; false when there is none. */
static bool
vectors_read(struct bh_buf *out)
{
	const char *shared = getenv("BULKHEAD_SHARED");
	char path[4096];
	FILE *file;
	size_t got;

	if (shared == NULL)
		return false;
	snprintf(path, sizeof(path), "%s/data/jwt/wycheproof/json_web_signature_test.json", shared);
	file = fopen(path, "re");
	if (file == NULL)
		return false;
	while ((got = fread(bh_buf_room(out, 65536), 1, 65536, file)) > 0)
		out->len += got;
	fclose(file);
	return true;
}

static void
the_vectors_are_accepted_and_refused_as_they_say(void **state)
{
	BH_AUTO(bh_buf_close) struct bh_buf text = {0};
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	const struct bh_json *groups;
	struct tally tally = {0};

	(void)state;
	if (!vectors_read(&text)) {
		print_message("no Wycheproof vectors: BULKHEAD_SHARED names no folder that has them\n");
		skip();
	}
	assert_int_equal(bh_json_parse(text.data, text.len, &doc), 0);
	groups = bh_json_get(doc.root, "testGroups");
	for (size_t i = 0; i < bh_json_count(groups); i++)
		one_group(bh_json_at(groups, i), &tally);

	print_message("%u accepted, %u refused\n", tally.accepted, tally.refused);
	assert_int_equal(tally.wrong, 0);
	assert_true(tally.accepted > 0);
	assert_int_equal(tally.accepted + tally.refused, 401);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_vectors_are_accepted_and_refused_as_they_say),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
