/* SPDX-License-Identifier: Apache-2.0 */
/* crypt.h: the files of a backup, encrypted to a recipient by `age` or `gpg`, and opened again.
 *
 * Each is a stream of its own through the program, so that what is encrypted already can be linked into the next
 * backup. The public key is an argument; the private one stays in a file that only the program reads. */
#ifndef BH_BACKUP_CRYPT_H
#define BH_BACKUP_CRYPT_H

#include <stdbool.h>
#include <stdint.h>

#include "backup/pipe.h"
#include "base/macros.h"
#include "sec/digest.h"

enum backup_crypt_kind { BACKUP_PLAIN, BACKUP_AGE, BACKUP_GPG, BACKUP_N_CRYPTS };

struct backup_crypt {
	enum backup_crypt_kind kind;
	const char *recipient; /* as backup.recipient has it; "" where only read */
	const char *identity;  /* a file; for gpg the folder of a key ring; NULL: it cannot be opened */
};

/* Reads backup.recipient: "" (plain), age1…, ssh-ed25519 … or ssh-rsa …, gpg:FINGERPRINT. BH_E_CONFIG. */
BH_MUST_CHECK int backup_crypt_of_recipient(const char *recipient, struct backup_crypt *out);
/* By the word in a manifest: none, age, gpg. BH_E_INVALID. */
BH_MUST_CHECK int backup_crypt_of_word(const char *word, const char *identity,
	struct backup_crypt *out);
const char *backup_crypt_word(const struct backup_crypt *crypt);
/* What a file's name ends with: "", ".age", ".gpg". */
const char *backup_crypt_suffix(const struct backup_crypt *crypt);
bool backup_crypt_can_open(const struct backup_crypt *crypt);

/* What was written: hashes of what went in and of the file. */
struct backup_written {
	struct bh_digest plain, file;
	int64_t bytes; /* that went in */
};
/* Writes what a descriptor holds to a new file. BH_E_NO_ROOM, BH_E_IO. */
BH_MUST_CHECK int backup_crypt_write(const struct backup_crypt *crypt, int in, const char *path,
	struct backup_written *out);

/* A file that is read in the clear. Zeroed but for fd -1 means none. */
struct backup_reading {
	int fd; /* owned: a stream, to be read to its end */
	struct backup_child child;
};
#define BACKUP_READING_NONE \
	{ \
		.fd = -1 \
	}
/* BH_E_INVALID: there is no such file. */
BH_MUST_CHECK int backup_crypt_read(const struct backup_crypt *crypt, const char *path,
	struct backup_reading *out);
/* When all was read: BH_E_INVALID if the program did not find it whole and meant for this identity. */
BH_MUST_CHECK int backup_crypt_read_end(struct backup_reading *reading, const char *path);
void backup_reading_close(struct backup_reading *reading);

#endif
