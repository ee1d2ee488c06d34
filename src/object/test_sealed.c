/* SPDX-License-Identifier: Apache-2.0 */
/* test_sealed.c: proves that what lies in the store opens with the key of its tenant only, whole and in parts, and
 * nowhere any more when the key is destroyed. */
#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/error.h"
#include "object/copy.h"
#include "object/object.h"
#include "sec/seal.h"

#define CHUNK 65536
#define HEAD 96

static struct fixture {
	char root[64];
	struct bh_secret secret;
	struct bh_object_store *store;
	struct bh_uuid tenant, id;
} fix;

static struct bh_object_store *
open_store(const char *folder, bool seal, const struct bh_secret *secret)
{
	struct bh_object_store *store = NULL;

	assert_int_equal(bh_object_store_open(&(struct bh_object_conf){.driver = "fs",
											  .previous = "",
											  .seal = seal},
						 &(struct bh_object_place){.folder = folder, .secret = secret}, &store),
		0);
	return store;
}

static int
set_up(void **state)
{
	(void)state;
	fix = (struct fixture){.root = "/tmp/bh_sealed.XXXXXX"};
	assert_non_null(mkdtemp(fix.root));
	bh_random(fix.secret.bytes, sizeof(fix.secret.bytes));
	fix.store = open_store(fix.root, true, &fix.secret);
	fix.tenant = bh_uuid_new();
	fix.id = bh_uuid_new();
	return 0;
}

static int
tear_down(void **state)
{
	char command[128];

	(void)state;
	bh_object_store_close(fix.store);
	snprintf(command, sizeof(command), "rm -rf '%s'", fix.root);
	assert_int_equal(system(command), 0);
	return 0;
}

/* Bytes that differ everywhere. */
static uint8_t *
make_content(size_t len, struct bh_object_content *out)
{
	uint8_t *bytes = malloc(len + 1);

	assert_non_null(bytes);
	for (size_t i = 0; i < len; i++)
		bytes[i] = (uint8_t)((i * 2654435761u) >> 13);
	out->bytes = (int64_t)len;
	bh_digest_sha256(bytes, len, &out->hash);
	return bytes;
}

static void
put(struct bh_object_store *store, const struct bh_uuid *id, const uint8_t *bytes, size_t len)
{
	struct bh_object_writer writer = {0};
	struct bh_digest hash, expected;

	bh_digest_sha256(bytes, len, &expected);
	assert_int_equal(bh_object_create(store, &fix.tenant, id, &writer), 0);
	for (size_t at = 0; at < len; at += 10007)
		assert_int_equal(bh_object_write(&writer, bytes + at, len - at < 10007 ? len - at : 10007),
			0);
	assert_int_equal(writer.bytes, len);
	assert_int_equal(bh_object_publish(&writer, &hash), 0);
	assert_true(bh_digest_equal(&hash, &expected));
}

static int
get(struct bh_object_store *store, const struct bh_object_content *content, uint8_t *out)
{
	int64_t bytes = -1;
	int fd = -1;
	int rc = bh_object_read(store, &fix.tenant, &fix.id, content, &fd, &bytes);

	if (rc < 0)
		return rc;
	assert_int_equal(bytes, content->bytes);
	assert_int_equal(read(fd, out, (size_t)bytes + 1), bytes);
	close(fd);
	return 0;
}

static int
get_part(const struct bh_object_content *content, int64_t start, int64_t len, uint8_t *out)
{
	struct bh_object_stream stream = {0};
	const struct bh_http_range part = {start, len};
	int64_t total = 0;
	ssize_t n = 1;
	int rc = bh_object_stream_open(fix.store, &fix.tenant, &fix.id, content, &part, -1, &stream);

	if (rc < 0)
		return rc;
	while (n > 0) {
		n = bh_object_stream_next(&stream, (char *)out + total, 7001);
		total += n > 0 ? n : 0;
	}
	bh_object_stream_close(&stream);
	if (n == 0)
		assert_int_equal(total, len);
	return (int)n;
}

static void
path_of(const struct bh_uuid *id, char out[256])
{
	char tenant[BH_UUID_HEX], name[BH_UUID_HEX];

	bh_uuid_hex(&fix.tenant, tenant);
	bh_uuid_hex(id, name);
	snprintf(out, 256, "%s/%s/%s", fix.root, tenant, name);
}

static void
flip(int64_t at)
{
	char path[256];
	uint8_t byte;
	int fd;

	path_of(&fix.id, path);
	fd = open(path, O_RDWR);
	assert_true(fd >= 0);
	assert_int_equal(pread(fd, &byte, 1, at), 1);
	byte ^= 1;
	assert_int_equal(pwrite(fd, &byte, 1, at), 1);
	close(fd);
}

static int64_t
lying_bytes(void)
{
	struct stat stat_;
	char path[256];

	path_of(&fix.id, path);
	assert_int_equal(stat(path, &stat_), 0);
	return stat_.st_size;
}

static void
every_length_comes_back_and_none_lies_there_readable(void **state)
{
	static const size_t lens[] = {0, 1, 95, 96, 112, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK,
		300001};

	(void)state;
	for (size_t i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
		struct bh_object_content content;
		uint8_t *bytes = make_content(lens[i], &content), *back = malloc(lens[i] + 1);
		bool holds = false;

		put(fix.store, &fix.id, bytes, lens[i]);
		assert_int_equal(lying_bytes(), bh_object_sealed_bytes(content.bytes));
		assert_int_equal(get(fix.store, &content, back), 0);
		assert_memory_equal(back, bytes, lens[i]);
		assert_int_equal(bh_object_holds(fix.store, &fix.tenant, &fix.id, &content, &holds), 0);
		assert_true(holds);
		content.hash.bytes[0] ^= 1;
		assert_int_equal(bh_object_holds(fix.store, &fix.tenant, &fix.id, &content, &holds), 0);
		assert_false(holds);
		assert_int_equal(get(fix.store, &content, back), BH_E_DAMAGED);
		free(bytes);
		free(back);
	}
}

static void
a_part_is_read_alone(void **state)
{
	static const int64_t parts[][2] = {{0, 1}, {0, 300001}, {CHUNK - 1, 2}, {CHUNK, CHUNK},
		{CHUNK + 1, 3 * CHUNK}, {300000, 1}, {4 * CHUNK, 300001 - 4 * CHUNK}};
	struct bh_object_content content;
	uint8_t *bytes = make_content(300001, &content), *back = malloc(300001 + 7001);

	(void)state;
	put(fix.store, &fix.id, bytes, 300001);
	/* What is broken in another chunk is not even seen. */
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		assert_int_equal(get_part(&content, parts[i][0], parts[i][1], back), 0);
		assert_memory_equal(back, bytes + parts[i][0], (size_t)parts[i][1]);
	}
	flip(HEAD + 2 * (CHUNK + 16) + 5);
	assert_int_equal(get_part(&content, 0, 2 * CHUNK, back), 0);
	assert_int_equal(get_part(&content, 0, 2 * CHUNK + 1, back), BH_E_DAMAGED);
	free(bytes);
	free(back);
}

static void
every_changed_byte_of_the_header_and_some_behind_it_are_noticed(void **state)
{
	struct bh_object_content content;
	uint8_t *bytes = make_content(CHUNK + 10, &content), *back = malloc(CHUNK + 11);

	(void)state;
	put(fix.store, &fix.id, bytes, CHUNK + 10);
	for (int64_t at = 0; at < bh_object_sealed_bytes(content.bytes);
		 at += at < HEAD + 40 ? 1 : 997) {
		flip(at);
		assert_int_not_equal(get(fix.store, &content, back), 0);
		flip(at);
	}
	assert_int_equal(get(fix.store, &content, back), 0);
	free(bytes);
	free(back);
}

static void
a_cut_off_or_moved_object_does_not_open(void **state)
{
	struct bh_object_content content;
	uint8_t *bytes = make_content(2 * CHUNK, &content), *back = malloc(2 * CHUNK + 1);
	struct bh_uuid other = bh_uuid_new();
	char path[256], moved[256];

	(void)state;
	put(fix.store, &fix.id, bytes, 2 * CHUNK);
	path_of(&fix.id, path);
	assert_int_equal(truncate(path, HEAD + CHUNK + 16), 0);
	assert_int_equal(get(fix.store, &content, back), BH_E_DAMAGED);
	put(fix.store, &fix.id, bytes, 2 * CHUNK);
	path_of(&other, moved);
	assert_int_equal(rename(path, moved), 0);
	fix.id = other;
	assert_int_equal(get(fix.store, &content, back), BH_E_DAMAGED);
	free(bytes);
	free(back);
}

static void
no_other_secret_opens_the_key(void **state)
{
	const struct bh_secret other = {{1}};
	struct bh_object_content content;
	uint8_t *bytes = make_content(10, &content), back[11];
	struct bh_object_store *store;

	(void)state;
	put(fix.store, &fix.id, bytes, 10);
	store = open_store(fix.root, true, &other);
	assert_int_equal(get(store, &content, back), BH_E_CONFIG);
	bh_object_store_close(store);
	free(bytes);
}

static void
nothing_opens_when_the_key_is_destroyed(void **state)
{
	struct bh_object_content content;
	struct bh_object_sealed_key key;
	uint8_t *bytes = make_content(10, &content), back[11];
	struct bh_object_store *fresh;
	size_t n = 0;

	(void)state;
	put(fix.store, &fix.id, bytes, 10);
	assert_int_equal(bh_object_keys_list(fix.store, &fix.tenant, &key, 1, &n), 0);
	assert_int_equal(n, 1);
	assert_int_equal(bh_object_keys_destroy(fix.store, &fix.tenant, &n), 0);
	assert_int_equal(n, 1);
	assert_int_equal(bh_object_keys_destroy(fix.store, &fix.tenant, &n), 0);
	assert_int_equal(n, 0);
	assert_int_equal(get(fix.store, &content, back), BH_E_DAMAGED);
	fresh = open_store(fix.root, true, &fix.secret);
	assert_int_equal(get(fresh, &content, back), BH_E_DAMAGED);
	/* Whoever has kept it can bring it back. */
	assert_int_equal(bh_object_keys_give(fresh, &fix.tenant, &key), 0);
	assert_int_equal(get(fresh, &content, back), 0);
	key.bytes[40] ^= 1;
	assert_int_equal(bh_object_keys_give(fresh, &fix.tenant, &key), BH_E_CONFIG);
	bh_object_store_close(fresh);
	free(bytes);
}

/* Two processes that make the first key at once leave two. */
static void
both_keys_of_a_race_open_and_are_destroyed(void **state)
{
	struct bh_object_content content;
	struct bh_object_sealed_key keys[2];
	struct bh_object_store *second = open_store(fix.root, true, &fix.secret);
	const struct bh_uuid tenant = fix.tenant, id = fix.id;
	uint8_t *bytes = make_content(10, &content), back[11];
	size_t n = 0;

	(void)state;
	put(second, &fix.id, bytes, 10);
	assert_int_equal(bh_object_keys_list(second, &fix.tenant, keys, 1, &n), 0);
	assert_int_equal(bh_object_keys_destroy(fix.store, &fix.tenant, &n), 0);
	fix.id = bh_uuid_new();
	put(fix.store, &fix.id, bytes, 10);
	assert_int_equal(bh_object_keys_give(second, &fix.tenant, keys), 0);
	assert_int_equal(bh_object_keys_list(second, &fix.tenant, keys, 2, &n), 0);
	assert_int_equal(n, 2);
	assert_int_equal(get(second, &content, back), 0);
	fix.id = id;
	assert_int_equal(get(fix.store, &content, back), 0);
	assert_int_equal(bh_object_keys_destroy(second, &tenant, &n), 0);
	assert_int_equal(n, 2);
	bh_object_store_close(second);
	free(bytes);
}

static void
what_is_not_sealed_is_read_and_sealed_later(void **state)
{
	struct bh_object_store *plain = open_store(fix.root, false, &fix.secret);
	struct bh_object_content content;
	uint8_t *bytes = make_content(CHUNK + 1, &content), *back = malloc(CHUNK + 2);
	bool sealed = true;

	(void)state;
	put(plain, &fix.id, bytes, CHUNK + 1);
	assert_int_equal(lying_bytes(), CHUNK + 1);
	assert_int_equal(get(fix.store, &content, back), 0);
	assert_memory_equal(back, bytes, CHUNK + 1);
	assert_int_equal(get_part(&content, 0, 1, back), BH_E_UNSUPPORTED);
	/* Off, it seals nothing, and reads what is sealed. */
	assert_int_equal(bh_object_seal(plain, &fix.tenant, &fix.id, &content, &sealed), 0);
	assert_false(sealed);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(bh_object_seal(fix.store, &fix.tenant, &fix.id, &content, &sealed), 0);
		assert_true(sealed);
		assert_int_equal(lying_bytes(), bh_object_sealed_bytes(CHUNK + 1));
	}
	assert_int_equal(get(plain, &content, back), 0);
	assert_memory_equal(back, bytes, CHUNK + 1);
	bh_object_store_close(plain);
	free(bytes);
	free(back);
}

static void
what_differs_from_its_row_is_not_sealed(void **state)
{
	struct bh_object_store *plain = open_store(fix.root, false, &fix.secret);
	struct bh_object_content content;
	uint8_t *bytes = make_content(100, &content);
	bool sealed = true;

	(void)state;
	put(plain, &fix.id, bytes, 100);
	flip(50);
	assert_int_equal(bh_object_seal(fix.store, &fix.tenant, &fix.id, &content, &sealed),
		BH_E_DAMAGED);
	assert_false(sealed);
	assert_int_equal(lying_bytes(), 100);
	bh_object_store_close(plain);
	free(bytes);
}

/* As a backup does: from one store, sealed, and back into another that has the keys. */
static void
a_sealed_copy_is_taken_back_where_its_key_is(void **state)
{
	char root[] = "/tmp/bh_sealed_other.XXXXXX", command[128];
	struct bh_object_store *other;
	struct bh_object_writer writer = {0};
	struct bh_object_content content, told;
	struct bh_object_sealed_key key;
	uint8_t *bytes = make_content(CHUNK, &content), *back = malloc(CHUNK + 1), *sealed;
	struct bh_digest hash;
	int64_t len = 0;
	size_t n = 0;
	int fd = -1;

	(void)state;
	assert_non_null(mkdtemp(root));
	other = open_store(root, true, &fix.secret);
	put(fix.store, &fix.id, bytes, CHUNK);
	assert_int_equal(bh_object_read_sealed(fix.store, &fix.tenant, &fix.id, &content, &fd, &len),
		0);
	sealed = malloc((size_t)len);
	assert_int_equal(read(fd, sealed, (size_t)len), len);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	assert_int_equal(bh_object_keys_list(fix.store, &fix.tenant, &key, 1, &n), 0);
	assert_int_equal(bh_object_prove(&fix.secret, &key, 1, &fix.tenant, &fix.id, fd, &told), 0);
	assert_true(told.bytes == content.bytes && bh_digest_equal(&told.hash, &content.hash));
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	assert_int_equal(bh_object_prove(&fix.secret, NULL, 0, &fix.tenant, &fix.id, fd, &told),
		BH_E_DAMAGED);
	close(fd);
	for (int given = 0; given < 2; given++) {
		assert_int_equal(bh_object_create_sealed(other, &fix.tenant, &fix.id, &writer), 0);
		assert_int_equal(bh_object_write(&writer, sealed, (size_t)len), 0);
		assert_int_equal(bh_object_publish(&writer, &hash), given ? 0 : BH_E_DAMAGED);
		bh_object_writer_close(&writer);
		if (!given)
			assert_int_equal(bh_object_keys_give(other, &fix.tenant, &key), 0);
	}
	assert_int_equal(get(other, &content, back), 0);
	assert_memory_equal(back, bytes, CHUNK);
	bh_object_store_close(other);
	snprintf(command, sizeof(command), "rm -rf '%s'", root);
	assert_int_equal(system(command), 0);
	free(bytes);
	free(back);
	free(sealed);
}

static void
a_copy_to_another_store_has_that_stores_key(void **state)
{
	char root[] = "/tmp/bh_sealed_other.XXXXXX", command[128];
	enum bh_object_copied what;
	struct bh_object_content content;
	struct bh_object_store *other;
	uint8_t *bytes = make_content(1000, &content), back[1001];
	int64_t copied = 0;
	size_t n = 0;

	(void)state;
	assert_non_null(mkdtemp(root));
	other = open_store(root, true, &fix.secret);
	put(fix.store, &fix.id, bytes, 1000);
	assert_int_equal(bh_object_copy(fix.store, other, &fix.tenant, &fix.id, &what, &copied), 0);
	assert_int_equal(what, BH_OBJECT_COPIED);
	assert_int_equal(copied, 1000);
	assert_int_equal(bh_object_copy(fix.store, other, &fix.tenant, &fix.id, &what, &copied), 0);
	assert_int_equal(what, BH_OBJECT_KEPT);
	assert_int_equal(bh_object_keys_destroy(fix.store, &fix.tenant, &n), 0);
	assert_int_equal(get(other, &content, back), 0);
	assert_memory_equal(back, bytes, 1000);
	bh_object_store_close(other);
	snprintf(command, sizeof(command), "rm -rf '%s'", root);
	assert_int_equal(system(command), 0);
	free(bytes);
}

/* A file that a client has uploaded may begin as it likes. */
static void
content_that_looks_sealed_is_content(void **state)
{
	struct bh_object_store *plain = open_store(fix.root, false, &fix.secret);
	struct bh_object_content content;
	uint8_t bytes[200] = "BHOBJ\r\n\x01", back[201];
	bool sealed = false;
	int64_t len = 0;
	int fd = -1;

	(void)state;
	content.bytes = sizeof(bytes);
	bh_digest_sha256(bytes, sizeof(bytes), &content.hash);
	put(plain, &fix.id, bytes, sizeof(bytes));
	assert_int_equal(get(fix.store, &content, back), 0);
	assert_memory_equal(back, bytes, sizeof(bytes));
	/* Also where nobody knows what it should be, and on its way into a backup. */
	assert_int_equal(bh_object_read(fix.store, &fix.tenant, &fix.id, NULL, &fd, &len), 0);
	assert_int_equal(len, sizeof(bytes));
	close(fd);
	assert_int_equal(bh_object_read_sealed(fix.store, &fix.tenant, &fix.id, &content, &fd, &len),
		0);
	assert_int_equal(len, bh_object_sealed_bytes(sizeof(bytes)));
	close(fd);
	assert_int_equal(bh_object_seal(fix.store, &fix.tenant, &fix.id, &content, &sealed), 0);
	assert_true(sealed);
	assert_int_equal(get(fix.store, &content, back), 0);
	assert_memory_equal(back, bytes, sizeof(bytes));
	bh_object_store_close(plain);
}

/* "abc", by another implementation (Python's cryptography): the format stays as it is. */
static void
an_object_of_another_implementation_opens(void **state)
{
	static const char lying[] =
		"\x42\x48\x4f\x42\x4a\x0d\x0a\x01\x04\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
		"\x00\x00"
		"\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x83\xb7\x0f\xf9\x24\x68"
		"\x12\xa3"
		"\x0c\x96\x59\xd0\x34\xbc\x42\x72\xd2\x50\x81\x97\x28\x4b\x58\x3f\xc7\x90\x3c\xeb\x42\xcc"
		"\xdc\x88"
		"\x94\x2a\x56\xbc\x4e\xca\x87\xd7\xc0\xd0\xde\xe3\xae\x68\xb5\xca\x6d\x28\x2c\xd7\x4e\x80"
		"\xdd\xa2"
		"\xec\xc6\x57\xd3\xb0\x5f\x26\xf0\xdf\x74\xb5\x44\x0d\x43\x06\x7d\x3a\x0f\x08";
	const struct bh_secret secret = {{1}};
	const struct bh_uuid tenant = {{2}}, id = {{3}};
	struct bh_object_sealed_key key = {.id = {{4}}};
	struct bh_object_content content = {0};
	struct bh_digest expected;
	struct bh_buf sealed = {0};
	int fd = memfd_create("object", 0);

	(void)state;
	bh_digest_sha256("abc", 3, &expected);
	bh_seal(&secret, "object.key:02000000000000000000000000000000:04000000000000000000000000000000",
		secret.bytes, sizeof(secret.bytes), &sealed);
	memcpy(key.bytes, sealed.data, sizeof(key.bytes));
	bh_buf_close(&sealed);
	assert_int_equal(write(fd, lying, sizeof(lying) - 1), sizeof(lying) - 1);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	assert_int_equal(bh_object_prove(&secret, &key, 1, &tenant, &id, fd, &content), 0);
	assert_true(content.bytes == 3 && bh_digest_equal(&content.hash, &expected));
	close(fd);
}

int
main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		CASE(every_length_comes_back_and_none_lies_there_readable),
		CASE(a_part_is_read_alone),
		CASE(every_changed_byte_of_the_header_and_some_behind_it_are_noticed),
		CASE(a_cut_off_or_moved_object_does_not_open),
		CASE(no_other_secret_opens_the_key),
		CASE(nothing_opens_when_the_key_is_destroyed),
		CASE(both_keys_of_a_race_open_and_are_destroyed),
		CASE(what_is_not_sealed_is_read_and_sealed_later),
		CASE(what_differs_from_its_row_is_not_sealed),
		CASE(a_sealed_copy_is_taken_back_where_its_key_is),
		CASE(a_copy_to_another_store_has_that_stores_key),
		CASE(content_that_looks_sealed_is_content),
		cmocka_unit_test(an_object_of_another_implementation_opens),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
