/* SPDX-License-Identifier: Apache-2.0 */
/* crypt.c: `age` and `gpg` as filters. */
#include "backup/crypt.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "backup/folder.h"
#include "base/error.h"
#include "base/text.h"
#include "supervisor/file.h"

#define RECIPIENT_MAX 4096u
#define ARGUMENTS_MAX 16

static const struct {
	const char *word, *suffix;
} kinds[BACKUP_N_CRYPTS] = {
	[BACKUP_PLAIN] = {"none", ""},
	[BACKUP_AGE] = {"age", ".age"},
	[BACKUP_GPG] = {"gpg", ".gpg"},
};

/* ---- who can open it ---- */

static bool
consists_of(const char *text, const char *letters, size_t least, size_t most)
{
	size_t len = strlen(text);

	return len >= least && len <= most && strspn(text, letters) == len;
}

/* A type, the key in base64, and perhaps a comment. */
static bool
is_ssh(const char *text)
{
	return (bh_text_starts(text, "ssh-ed25519 AAAA") || bh_text_starts(text, "ssh-rsa AAAA")) &&
		consists_of(text + strcspn(text, " ") + 1,
			"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+/=@._- ", 40,
			RECIPIENT_MAX);
}

int
backup_crypt_of_recipient(const char *recipient, struct backup_crypt *out)
{
	struct backup_crypt crypt = {.recipient = recipient};

	if (recipient[0] == '\0')
		crypt.kind = BACKUP_PLAIN;
	else if (bh_text_starts(recipient, "age1") &&
		consists_of(recipient + 4, "abcdefghijklmnopqrstuvwxyz0123456789", 20, RECIPIENT_MAX))
		crypt.kind = BACKUP_AGE;
	else if (is_ssh(recipient))
		crypt.kind = BACKUP_AGE;
	else if (bh_text_starts(recipient, "gpg:") &&
		consists_of(recipient + 4, "0123456789abcdefABCDEF", 16, 64))
		crypt.kind = BACKUP_GPG;
	else
		return bh_error(BH_E_CONFIG,
			"backup.recipient must be an age recipient (age1…), an SSH public key (ssh-ed25519 … "
			"or ssh-rsa …), or gpg: and a key's fingerprint");
	*out = crypt;
	return 0;
}

int
backup_crypt_of_word(const char *word, const char *identity, struct backup_crypt *out)
{
	for (int kind = 0; kind < BACKUP_N_CRYPTS; kind++) {
		if (strcmp(word, kinds[kind].word) == 0) {
			*out = (struct backup_crypt){(enum backup_crypt_kind)kind, "", identity};
			return 0;
		}
	}
	return bh_error(BH_E_INVALID, "the encryption '%.32s' is not one that this version knows",
		word);
}

const char *
backup_crypt_word(const struct backup_crypt *crypt)
{
	return kinds[crypt->kind].word;
}

const char *
backup_crypt_suffix(const struct backup_crypt *crypt)
{
	return kinds[crypt->kind].suffix;
}

bool
backup_crypt_can_open(const struct backup_crypt *crypt)
{
	return crypt->kind == BACKUP_PLAIN || crypt->identity != NULL;
}

/* ---- the programs ---- */

static void
encrypting(const struct backup_crypt *crypt, const char *argv[ARGUMENTS_MAX])
{
	const char *const age[] = {"age", "--encrypt", "--recipient", crypt->recipient, NULL};
	/* Whose key it is was decided by whoever named its fingerprint. */
	const char *const gpg[] = {"gpg", "--batch", "--quiet", "--no-tty", "--encrypt",
		"--trust-model", "always", "--compress-algo", "none", "--recipient",
		crypt->recipient + strlen("gpg:"), NULL};

	if (crypt->kind == BACKUP_AGE)
		memcpy(argv, age, sizeof(age));
	else
		memcpy(argv, gpg, sizeof(gpg));
}

static void
opening(const struct backup_crypt *crypt, const char *argv[ARGUMENTS_MAX])
{
	const char *const age[] = {"age", "--decrypt", "--identity", crypt->identity, NULL};
	const char *const gpg[] = {"gpg", "--batch", "--quiet", "--homedir", crypt->identity,
		"--decrypt", NULL};

	if (crypt->kind == BACKUP_AGE)
		memcpy(argv, age, sizeof(age));
	else
		memcpy(argv, gpg, sizeof(gpg));
}

/* Through the program: what goes in is hashed on its way. */
static int
filter(const struct backup_crypt *crypt, int in, int out, const char *path,
	struct backup_written *written)
{
	BH_AUTO(backup_pipe_close) struct backup_child child = {0};
	const char *argv[ARGUMENTS_MAX];
	int ends[2], rc = backup_pipe_open(ends), ended;

	if (rc < 0)
		return rc;
	encrypting(crypt, argv);
	rc = backup_pipe_start(argv, ends[0], out, &child);
	supervisor_file_close(&ends[0]);
	if (rc == 0)
		rc = backup_folder_pass(in, ends[1], path, &written->plain, &written->bytes);
	supervisor_file_close(&ends[1]);
	/* A program that has given up tells more than the pipe that it has closed. */
	ended = child.pid > 0 ? backup_pipe_end(&child) : 0;
	return ended < 0 ? ended : rc;
}

int
backup_crypt_write(const struct backup_crypt *crypt, int in, const char *path,
	struct backup_written *out)
{
	BH_AUTO(supervisor_file_close)
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	struct backup_written written = {0};
	int64_t file_bytes;
	int rc;

	if (fd < 0)
		return bh_error(BH_E_IO, "create %s: %m", path);
	if (crypt->kind == BACKUP_PLAIN) {
		rc = backup_folder_pass(in, fd, path, &written.plain, &written.bytes);
		written.file = written.plain;
	} else {
		rc = filter(crypt, in, fd, path, &written);
		if (rc == 0)
			rc = backup_folder_hash(path, &written.file, &file_bytes);
	}
	if (rc == 0)
		*out = written;
	return rc;
}

int
backup_crypt_read(const struct backup_crypt *crypt, const char *path, struct backup_reading *out)
{
	BH_AUTO(supervisor_file_close) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	struct backup_reading reading = BACKUP_READING_NONE;
	const char *argv[ARGUMENTS_MAX];
	int ends[2], rc;

	if (fd < 0)
		return bh_error(BH_E_INVALID, "%s: %m", path);
	if (crypt->kind == BACKUP_PLAIN) {
		out->fd = fd;
		fd = -1;
		return 0;
	}
	if (crypt->identity == NULL)
		return bh_error(BH_E_INVALID, "%s is encrypted: --identity FILE opens it", path);
	rc = backup_pipe_open(ends);
	if (rc < 0)
		return rc;
	opening(crypt, argv);
	rc = backup_pipe_start(argv, fd, ends[1], &reading.child);
	supervisor_file_close(&ends[1]);
	if (rc < 0)
		supervisor_file_close(&ends[0]);
	reading.fd = ends[0];
	if (rc == 0)
		*out = reading;
	return rc;
}

int
backup_crypt_read_end(struct backup_reading *reading, const char *path)
{
	const char *program = reading->child.program;
	int rc = reading->child.pid > 0 ? backup_pipe_end(&reading->child) : 0;

	backup_reading_close(reading);
	return rc < 0 ? bh_error(BH_E_INVALID, "%s could not open %s", program, path) : 0;
}

void
backup_reading_close(struct backup_reading *reading)
{
	supervisor_file_close(&reading->fd);
	backup_pipe_close(&reading->child);
}
