/* SPDX-License-Identifier: Apache-2.0 */
/* test_image.c: the image engine's settings, its command line, and what is told of weights that are none. */
#include "supervisor/image.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/error.h"
#include "supervisor/instance.h"

static const struct supervisor_image_conf nothing = {"", "", "", "", "", "", .guidance = ""};

static void
a_models_name_is_its_files(void **state)
{
	BH_AUTO(bh_arena_close) struct bh_arena arena = {0};
	static const char *const names[][2] = {
		{"/w/SD_Turbo-f16.safetensors", "sd_turbo-f16"},
		{"/w/v1.5 pruned (emaonly).gguf", "v1.5-pruned--emaonly-"},
		{"/w.d/model", "model"},
		{"/w/.gguf", ".gguf"},
		{"/w/gr\303\266\303\237e.gguf", "gr----e"},
		{"/w/Default.gguf", "image-model"},
		{"/w/", "image-model"},
	};
	char most[200];

	(void)state;
	for (size_t i = 0; i < BH_COUNT(names); i++)
		assert_string_equal(supervisor_image_model(&arena, names[i][0]), names[i][1]);
	memset(most, 'x', sizeof(most) - 1);
	most[sizeof(most) - 1] = '\0';
	assert_int_equal(strlen(supervisor_image_model(&arena, most)), 64);
}

static void
settings_that_make_no_sense_are_refused(void **state)
{
	struct supervisor_image_conf conf = nothing;

	(void)state;
	assert_int_equal(supervisor_image_conf_check(&conf), 0);
	conf.weights = "model.gguf";
	assert_int_equal(supervisor_image_conf_check(&conf), BH_E_CONFIG);
	conf.weights = "/model.gguf";
	conf.guidance = "7.5";
	assert_int_equal(supervisor_image_conf_check(&conf), 0);
	conf.guidance = "a lot";
	assert_int_equal(supervisor_image_conf_check(&conf), BH_E_CONFIG);
	conf.guidance = "100.5";
	assert_int_equal(supervisor_image_conf_check(&conf), BH_E_CONFIG);
	conf = nothing;
	conf.vae = "/vae.gguf";
	assert_int_equal(supervisor_image_conf_check(&conf), BH_E_CONFIG);
	assert_string_equal(bh_error_detail(BH_E_CONFIG), "image.vae needs image.weights");
}

static void
the_command_has_what_the_settings_say_and_no_more(void **state)
{
	BH_AUTO(bh_arena_close) struct bh_arena arena = {0};
	static const struct supervisor_manifest manifest = {
		.python = "/py",
		.image_runner = "/r.py",
		.image_server = "/sd",
	};
	static const char *const expected[] = {"/py", "-I", "-B", "/r.py", "--socket", "/s", "--server",
		"/sd", "--name", "m", "--weights", "/m.gguf", "--vae", "/v", "--llm", "/l", "--steps", "4",
		"--threads", "2", "--memory-mib", "512", "--idle-s", "0", "--guidance", "1"};
	struct supervisor_image_conf conf = nothing;
	char *argv[SUPERVISOR_IMAGE_WORDS];
	size_t n = 0;

	(void)state;
	conf.weights = "/m.gguf";
	conf.vae = "/v";
	conf.llm = "/l";
	conf.steps = 4;
	conf.threads = 2;
	conf.memory_mib = 512;
	conf.guidance = "1";
	supervisor_image_command(&arena, &conf, &manifest, "/s", argv);
	for (; argv[n] != NULL; n++) {
		assert_true(n < BH_COUNT(expected));
		assert_string_equal(argv[n], expected[n]);
	}
	assert_int_equal(n, BH_COUNT(expected));
}

static void
what_the_machine_has_is_filled_in(void **state)
{
	struct supervisor_image_conf conf = nothing, own = {.threads = 3, .memory_mib = 7};

	(void)state;
	supervisor_image_conf_fill(&conf);
	assert_true(conf.threads >= 1);
	assert_true(conf.memory_mib > 64);
	supervisor_image_conf_fill(&own);
	assert_int_equal(own.threads, 3);
	assert_int_equal(own.memory_mib, 7);
}

/* A folder of the test's. */
static char folder[] = "/tmp/bh-image-XXXXXX";

static const char *
put(struct bh_arena *arena, const char *name, const char *bytes, size_t len)
{
	const char *path = bh_arena_printf(arena, "%s/%s", folder, name);
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, len, file), len);
	assert_int_equal(fclose(file), 0);
	return path;
}

#define PUT(arena, name, bytes) put(arena, name, bytes, sizeof(bytes) - 1)

static void
a_file_that_is_no_model_is_told_by_its_name(void **state)
{
	BH_AUTO(bh_arena_close) struct bh_arena arena = {0};
	struct supervisor_image_conf conf = nothing;
	const char *const bad[] = {
		PUT(&arena, "empty", ""),
		PUT(&arena, "page", "<!DOCTYPE html><html></html>"),
		PUT(&arena, "pointer", "version https://git-lfs.github.com/spec/v1\n"),
		PUT(&arena, "cut.safetensors", "\x40\0\0\0\0\0\0\0{\"a\":"),
		PUT(&arena, "huge.safetensors", "\xff\xff\xff\xff\xff\xff\xff\xff{\"a\":{}}"),
		PUT(&arena, "late.gguf", "GGUF\x09\0\0\0\0\0\0\0\0"),
	};
	const char *const good[] = {
		PUT(&arena, "m.safetensors", "\x08\0\0\0\0\0\0\0{\"a\":{}}tensors"),
		PUT(&arena, "m.gguf", "GGUF\x03\0\0\0\1\0\0\0\0\0\0\0"),
	};

	(void)state;
	assert_int_equal(supervisor_image_conf_look(&conf), 0);
	for (size_t i = 0; i < BH_COUNT(bad); i++) {
		conf.weights = bad[i];
		assert_int_equal(supervisor_image_conf_look(&conf), BH_E_CONFIG);
		assert_non_null(strstr(bh_error_detail(BH_E_CONFIG), bad[i]));
		assert_non_null(strstr(bh_error_detail(BH_E_CONFIG), "is damaged"));
		unlink(bad[i]);
	}
	for (size_t i = 0; i < BH_COUNT(good); i++) {
		conf.weights = good[i];
		assert_int_equal(supervisor_image_conf_look(&conf), 0);
	}
	conf.vae = "/nowhere/vae.safetensors";
	assert_int_equal(supervisor_image_conf_look(&conf), BH_E_CONFIG);
	assert_string_equal(bh_error_detail(BH_E_CONFIG),
		"image.vae: /nowhere/vae.safetensors: No such file or directory");
	conf.vae = folder;
	assert_int_equal(supervisor_image_conf_look(&conf), BH_E_CONFIG);
	for (size_t i = 0; i < BH_COUNT(good); i++)
		unlink(good[i]);
}

static void
the_engines_sentence_is_read_as_plain_text_or_not_at_all(void **state)
{
	BH_AUTO(bh_arena_close) struct bh_arena arena = {0};
	struct supervisor_instance instance = {.place.run = folder, .settings.image = nothing};
	const char *own = bh_arena_printf(&arena, "%s/image", folder);
	const char *note, *elsewhere = PUT(&arena, "secret", "of another user");

	(void)state;
	assert_int_equal(mkdir(own, 0700), 0);
	assert_null(supervisor_image_note(&arena, &instance));
	instance.settings.image.weights = "/m.gguf";
	assert_false(supervisor_image_runs(&instance));
	assert_non_null(strstr(supervisor_image_note(&arena, &instance), "make image-engine"));
	instance.manifest.image_runner = "/r.py";
	assert_true(supervisor_image_runs(&instance));
	assert_null(supervisor_image_note(&arena, &instance));
	note = PUT(&arena, "image/note", "The weights are damaged.");
	assert_string_equal(supervisor_image_note(&arena, &instance), "The weights are damaged.");
	PUT(&arena, "image/note", "line\nline \033[2J");
	assert_null(supervisor_image_note(&arena, &instance));
	unlink(note);
	assert_int_equal(symlink(elsewhere, note), 0);
	assert_null(supervisor_image_note(&arena, &instance));
	unlink(note);
	unlink(elsewhere);
	rmdir(own);
}

static int
open_folder(void **state)
{
	(void)state;
	return mkdtemp(folder) == NULL;
}

static int
close_folder(void **state)
{
	(void)state;
	return rmdir(folder);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_models_name_is_its_files),
		cmocka_unit_test(settings_that_make_no_sense_are_refused),
		cmocka_unit_test(the_command_has_what_the_settings_say_and_no_more),
		cmocka_unit_test(what_the_machine_has_is_filled_in),
		cmocka_unit_test(a_file_that_is_no_model_is_told_by_its_name),
		cmocka_unit_test(the_engines_sentence_is_read_as_plain_text_or_not_at_all),
	};

	return cmocka_run_group_tests(tests, open_folder, close_folder);
}
