/* SPDX-License-Identifier: Apache-2.0 */
/* testing_reader.c: see the header. */
#include "rag/testing_reader.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static struct rag_extract_conf
conf_of(const struct testing_reader *fix)
{
	return (struct rag_extract_conf){
		.program = fix->script,
		.timeout_ms = fix->timeout_ms != 0 ? fix->timeout_ms : 20000,
		.characters_max = 10000,
		.cancel = fix->cancel,
		.pause = &fix->pause,
		.ocr_languages = fix->languages,
		.is_short = fix->is_short,
		.ocr_s = 70,
	};
}

int
testing_reader_begin(struct testing_reader *fix, const char *lines)
{
	struct rag_extract_conf conf;
	int fd, rc;

	snprintf(fix->script, sizeof(fix->script), "/tmp/bh_reader_XXXXXX");
	conf = conf_of(fix);
	fd = mkstemp(fix->script);
	assert_true(fd >= 0);
	assert_int_equal(fchmod(fd, 0700), 0);
	dprintf(fd, "#!/bin/sh\n%s\n", lines);
	close(fd);
	fd = open(fix->script, O_RDONLY | O_CLOEXEC);
	rc = rag_extract_open(&conf, fd, "a file.txt", "text/plain", &fix->extraction);
	close(fd);
	return rc;
}

int
testing_reader_go_on(struct testing_reader *fix)
{
	const struct rag_extract_conf conf = conf_of(fix);

	return rag_extract_listen(fix->extraction, &conf, &fix->arena, &fix->document, &fix->failure);
}

void
testing_reader_end(struct testing_reader *fix)
{
	rag_extract_close(fix->extraction);
	unlink(fix->script);
}

int
testing_reader_run(struct testing_reader *fix, const char *lines)
{
	int rc = testing_reader_begin(fix, lines);

	if (rc == 0)
		rc = testing_reader_go_on(fix);
	testing_reader_end(fix);
	fix->extraction = NULL;
	return rc;
}

void
testing_reader_fifo(char *path)
{
	assert_non_null(mkdtemp(path));
	assert_int_equal(rmdir(path), 0);
	assert_int_equal(mkfifo(path, 0600), 0);
}
