/* SPDX-License-Identifier: Apache-2.0 */
/* secrets.c: reads what the supervisor hands over, or the files in its place, strictly, and wipes the text. */
#include "service/secrets.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/text.h"

#define SECRET_FILE_MOST 512

/* Exactly 64 lower-case hex digits up to `end`. */
static int
read_hex(const char *text, const char *end, uint8_t out[32])
{
	return bh_text_unhex(text, (size_t)(end - text), out, 32)
		? 0
		: bh_error(BH_E_CONFIG, "a secret is not 64 hex digits");
}

static int
read_peer(const char *text, const char *end, struct bh_service_secrets *out)
{
	const char *blank = memchr(text, ' ', (size_t)(end - text));
	struct bh_peer_secret *peer = &out->peers[out->n_peers];
	size_t len = blank != NULL ? (size_t)(blank - text) : 0;
	int rc;

	if (len == 0 || len >= sizeof(peer->name) || out->n_peers == BH_COUNT(out->peers))
		return bh_error(BH_E_CONFIG, "a peer's secret is malformed");
	rc = read_hex(blank + 1, end, peer->hash.bytes);
	if (rc < 0)
		return rc;
	memcpy(peer->name, text, len);
	peer->name[len] = '\0';
	out->n_peers++;
	return 0;
}

static int
read_object_key(const char *text, const char *end, struct bh_object_key *out)
{
	const char *blank = memchr(text, ' ', (size_t)(end - text));

	if (blank == NULL)
		return bh_error(BH_E_CONFIG, "the access key of the object store is malformed");
	return bh_object_key_set(out, text, (size_t)(blank - text), blank + 1,
		(size_t)(end - blank - 1));
}

static bool
begins(const char *line, const char *end, const char *word)
{
	size_t len = strlen(word);

	return (size_t)(end - line) > len && memcmp(line, word, len) == 0;
}

static int
parse(const char *text, size_t len, struct bh_service_secrets *out)
{
	const char *line = text;
	const char *stop = text + len;
	bool has_service = false;
	bool has_data = false;

	while (line < stop) {
		const char *end = memchr(line, '\n', (size_t)(stop - line));
		int rc;

		if (end == NULL)
			return bh_error(BH_E_CONFIG, "the secrets end with an incomplete line");
		if (begins(line, end, "service ")) {
			rc = read_hex(line + 8, end, out->service.bytes);
			has_service = true;
		} else if (begins(line, end, "data ")) {
			rc = read_hex(line + 5, end, out->data.bytes);
			has_data = true;
		} else if (begins(line, end, "wire ")) {
			rc = read_hex(line + 5, end, out->wire.bytes);
			out->has_wire = true;
		} else if (begins(line, end, "wire-also ")) {
			rc = read_hex(line + 10, end, out->wire_also.bytes);
			out->has_wire_also = true;
		} else if (begins(line, end, "object ")) {
			rc = read_object_key(line + 7, end, &out->object);
		} else if (begins(line, end, "peer ")) {
			rc = read_peer(line + 5, end, out);
		} else {
			rc = bh_error(BH_E_CONFIG, "the secrets contain an unknown line");
		}
		if (rc < 0)
			return rc;
		line = end + 1;
	}
	return has_service && has_data ? 0 : bh_error(BH_E_CONFIG, "the secrets are incomplete");
}

/* The whole text up to the pipe's end. */
static int
read_text(int fd, char *text, size_t size, size_t *out_len)
{
	size_t len = 0;

	for (;;) {
		ssize_t n = read(fd, text + len, size - len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return bh_error(BH_E_CONFIG, "read the secrets: %m");
		if (n == 0)
			break;
		len += (size_t)n;
		if (len == size)
			return bh_error(BH_E_CONFIG, "the secrets are too long");
	}
	*out_len = len;
	return 0;
}

int
bh_service_secrets_read(int fd, struct bh_service_secrets *out)
{
	struct bh_service_secrets secrets = {0};
	char text[BH_SECRETS_BYTES_MAX];
	size_t len = 0;
	int rc;

	if (fd < 0)
		return bh_error(BH_E_CONFIG, "no descriptor with secrets was passed");
	rc = read_text(fd, text, sizeof(text), &len);
	close(fd);
	if (rc == 0)
		rc = parse(text, len, &secrets);
	bh_wipe(text, sizeof(text));
	if (rc == 0)
		*out = secrets;
	bh_service_secrets_close(&secrets);
	return rc;
}

/* ---- files ---- */

static int
check_file(int fd, const char *path)
{
	struct stat info;

	if (fstat(fd, &info) < 0)
		return bh_error(BH_E_CONFIG, "%s: %m", path);
	if (!S_ISREG(info.st_mode))
		return bh_error(BH_E_CONFIG, "%s is not a file", path);
	if ((info.st_mode & 007) != 0)
		return bh_error(BH_E_CONFIG, "%s can be read by all users; run: chmod o= %s", path, path);
	if (info.st_size == 0)
		return bh_error(BH_E_CONFIG, "%s is empty", path);
	if (info.st_size > SECRET_FILE_MOST)
		return bh_error(BH_E_CONFIG, "%s is longer than %d bytes, which no secret is", path,
			SECRET_FILE_MOST);
	return 0;
}

/* One file's text without the end of its line. */
static int
read_file(const char *path, char out[SECRET_FILE_MOST + 1], size_t *out_len)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t len = 0;
	int rc;

	if (fd < 0 && errno == ENOENT)
		return bh_error(BH_E_NOT_FOUND, "%s does not exist", path);
	if (fd < 0)
		return bh_error(BH_E_CONFIG, "%s: %m", path);
	rc = check_file(fd, path);
	if (rc == 0)
		rc = read_text(fd, out, SECRET_FILE_MOST + 1, &len);
	close(fd);
	if (rc < 0)
		return rc;
	if (len > 0 && out[len - 1] == '\n')
		len--;
	if (memchr(out, '\n', len) != NULL || memchr(out, '\0', len) != NULL || len == 0)
		return bh_error(BH_E_CONFIG, "%s is not one line of text", path);
	*out_len = len;
	return 0;
}

/* DIR/PROCESS/NAME, or DIR/NAME where there is no such folder. */
static void
path_of(const char *dir, const char *process, const char *name, struct bh_buf *out)
{
	struct stat info;

	bh_buf_reset(out);
	bh_buf_printf(out, "%s/%s", dir, process);
	if (stat(bh_buf_string(out), &info) < 0 || !S_ISDIR(info.st_mode)) {
		bh_buf_reset(out);
		bh_buf_text(out, dir);
	}
	bh_buf_printf(out, "/%s", name);
}

/* Adds "KIND TEXT" as a line. */
static int
add_file(const char *path, const char *kind, struct bh_buf *out)
{
	char text[SECRET_FILE_MOST + 1];
	size_t len = 0;
	int rc = read_file(path, text, &len);

	if (rc == 0 && out->len + strlen(kind) + len + 2 > BH_SECRETS_BYTES_MAX)
		rc = bh_error(BH_E_CONFIG, "%s: all secrets together are too long", path);
	if (rc == 0 && strcmp(kind, "object") != 0) {
		uint8_t bytes[32];

		if (!bh_text_unhex(text, len, bytes, sizeof(bytes)))
			rc = bh_error(BH_E_CONFIG, "%s does not hold 64 hex digits", path);
		bh_wipe(bytes, sizeof(bytes));
	}
	if (rc == 0) {
		bh_buf_text(out, kind);
		bh_buf_char(out, ' ');
		bh_buf_add(out, text, len);
		bh_buf_char(out, '\n');
	}
	bh_wipe(text, sizeof(text));
	return rc;
}

static int
add_peers(const char *folder, struct bh_buf *out)
{
	struct dirent *entry;
	DIR *dir = opendir(folder);
	int rc = 0;

	if (dir == NULL)
		return bh_error(BH_E_CONFIG, "%s: %m", folder);
	while (rc == 0 && (entry = readdir(dir)) != NULL) {
		BH_AUTO(bh_buf_close) struct bh_buf path = {0};
		char kind[sizeof("peer ") + 32];

		if (!bh_text_starts(entry->d_name, "peer-"))
			continue;
		snprintf(kind, sizeof(kind), "peer %.32s", entry->d_name + strlen("peer-"));
		bh_buf_printf(&path, "%s/%s", folder, entry->d_name);
		rc = add_file(bh_buf_string(&path), kind, out);
	}
	closedir(dir);
	return rc;
}

static int
add_files(const char *dir, const char *process, struct bh_buf *out)
{
	static const struct {
		const char *kind;
		bool needed;
	} files[] = {{"service", true}, {"data", true}, {"wire", false}, {"wire-also", false},
		{"object", false}};
	BH_AUTO(bh_buf_close) struct bh_buf path = {0};

	for (size_t i = 0; i < BH_COUNT(files); i++) {
		int rc;

		path_of(dir, process, files[i].kind, &path);
		rc = add_file(bh_buf_string(&path), files[i].kind, out);
		if (rc == BH_E_NOT_FOUND && !files[i].needed)
			continue;
		if (rc == BH_E_NOT_FOUND)
			return bh_error(BH_E_CONFIG, "the secret %s is missing", bh_buf_string(&path));
		if (rc < 0)
			return rc;
	}
	*strrchr(path.data, '/') = '\0';
	return add_peers(path.data, out);
}

int
bh_service_secrets_read_dir(const char *dir, const char *process, struct bh_service_secrets *out)
{
	struct bh_service_secrets secrets = {0};
	struct bh_buf text = {0};
	int rc;

	/* Room beforehand, so that no grown-out copy stays behind on the heap. */
	bh_buf_room(&text, BH_SECRETS_BYTES_MAX);
	rc = add_files(dir, process, &text);
	if (rc == 0)
		rc = parse(text.data, text.len, &secrets);
	bh_wipe(text.data, text.len);
	bh_buf_close(&text);
	if (rc == 0)
		*out = secrets;
	bh_service_secrets_close(&secrets);
	return rc;
}

const char *
bh_service_secrets_file(struct bh_arena *arena, const char *dir, const char *process,
	const char *name)
{
	BH_AUTO(bh_buf_close) struct bh_buf path = {0};

	path_of(dir, process, name, &path);
	return access(bh_buf_string(&path), F_OK) == 0 ? bh_arena_strdup(arena, bh_buf_string(&path))
												   : NULL;
}

int
bh_service_secrets_read_object(const char *dir, const char *process, struct bh_object_key *out)
{
	BH_AUTO(bh_buf_close) struct bh_buf path = {0};
	char text[SECRET_FILE_MOST + 1];
	size_t len = 0;
	int rc;

	path_of(dir, process, "object", &path);
	rc = read_file(bh_buf_string(&path), text, &len);
	if (rc == 0)
		rc = read_object_key(text, text + len, out);
	bh_wipe(text, sizeof(text));
	return rc;
}

int
bh_service_secrets_read_one(const char *dir, const char *process, const char *name,
	struct bh_secret *out)
{
	BH_AUTO(bh_buf_close) struct bh_buf path = {0};
	char text[SECRET_FILE_MOST + 1];
	struct bh_secret secret;
	size_t len = 0;
	int rc;

	path_of(dir, process, name, &path);
	rc = read_file(bh_buf_string(&path), text, &len);
	if (rc == 0 && !bh_text_unhex(text, len, secret.bytes, sizeof(secret.bytes)))
		rc = bh_error(BH_E_CONFIG, "%s does not hold 64 hex digits", bh_buf_string(&path));
	if (rc == 0)
		*out = secret;
	bh_wipe(text, sizeof(text));
	bh_wipe(&secret, sizeof(secret));
	return rc;
}

void
bh_service_secrets_close(struct bh_service_secrets *secrets)
{
	bh_wipe(secrets, sizeof(*secrets));
}
