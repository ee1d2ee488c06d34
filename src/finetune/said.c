/* SPDX-License-Identifier: Apache-2.0 */
/* said.c: a trainer's lines as one table. */
#include "finetune/said.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "json/fields.h"
#include "trainer/protocol.h"

#define COUNT_MOST 1e15
#define AT(member) offsetof(struct finetune_said, member)
#define INTEGER(name) \
	{ \
#name, BH_FIELD_INT, AT(name), BH_NULLABLE, 0, COUNT_MOST \
	}
#define REAL(name) \
	{ \
#name, BH_FIELD_DOUBLE, AT(name), BH_NULLABLE, -1e300, 1e300 \
	}
#define TEXT(name, most) \
	{ \
#name, BH_FIELD_TEXT, AT(name), BH_NULLABLE, 0, most \
	}

static const struct bh_field fields[] = {
	{"type", BH_FIELD_ENUM, AT(type), BH_REQUIRED,
		.words = "begun finding started progress evaluation checkpoint sample alive finished "
				 "stopped error"},
	TEXT(version, 64),
	TEXT(level, 16),
	TEXT(file, 16),
	TEXT(code, 32),
	TEXT(field, 256),
	TEXT(message, 2048),
	TEXT(of, 16),
	TEXT(path, 4096),
	TEXT(best_path, 4096),
	TEXT(sha256, 64),
	TEXT(command, 16),
	TEXT(text, 65536),
	INTEGER(protocol),
	INTEGER(line),
	INTEGER(other_line),
	INTEGER(step),
	INTEGER(steps),
	INTEGER(best_step),
	INTEGER(examples),
	INTEGER(held_out),
	INTEGER(tokens),
	INTEGER(trained_tokens),
	INTEGER(longest),
	INTEGER(cut),
	INTEGER(parameters),
	INTEGER(memory_bytes),
	INTEGER(threads),
	INTEGER(bytes),
	INTEGER(index),
	REAL(epoch),
	REAL(train_loss),
	REAL(token_accuracy),
	REAL(learning_rate),
	REAL(gradient_norm),
	REAL(margin),
	REAL(valid_loss),
	REAL(tokens_per_s),
	{"*", BH_FIELD_IGNORED},
};

static const struct finetune_said empty = {
	.version = "",
	.level = "",
	.file = "",
	.code = "",
	.field = "",
	.message = "",
	.of = "",
	.path = "",
	.best_path = "",
	.sha256 = "",
	.command = "",
	.text = "",
	.protocol = -1,
	.line = -1,
	.other_line = -1,
	.step = -1,
	.steps = -1,
	.best_step = -1,
	.examples = -1,
	.held_out = -1,
	.tokens = -1,
	.trained_tokens = -1,
	.longest = -1,
	.cut = -1,
	.parameters = -1,
	.memory_bytes = -1,
	.threads = -1,
	.bytes = -1,
	.index = -1,
	.epoch = NAN,
	.train_loss = NAN,
	.token_accuracy = NAN,
	.learning_rate = NAN,
	.gradient_norm = NAN,
	.margin = NAN,
	.valid_loss = NAN,
	.tokens_per_s = NAN,
};

static bool
is_hash(const char *text)
{
	unsigned char bytes[32];

	return bh_text_unhex(text, strlen(text), bytes, sizeof(bytes));
}

static bool
is_model(const char *of)
{
	return bh_text_has_word("base adapter", of);
}

/* What a line of its type cannot do without. */
static bool
makes_sense(const struct finetune_said *said)
{
	switch (said->type) {
	case FINETUNE_SAID_BEGUN:
		return said->protocol >= 0;
	case FINETUNE_SAID_FOUND:
		return bh_text_has_word("error warning", said->level) &&
			bh_text_has_word("training validation", said->file) && said->line >= 0;
	case FINETUNE_SAID_STARTED:
		return said->step >= 0 && said->steps > 0 && said->step <= said->steps;
	case FINETUNE_SAID_PROGRESS:
		return said->step > 0 && said->steps >= said->step && said->tokens >= 0;
	case FINETUNE_SAID_EVALUATION:
		return is_model(said->of) && said->step >= 0;
	case FINETUNE_SAID_CHECKPOINT:
		return said->step > 0 && said->path[0] == '/' && is_hash(said->sha256) && said->bytes > 0;
	case FINETUNE_SAID_SAMPLE:
		return is_model(said->of) && said->index >= 0;
	case FINETUNE_SAID_FINISHED:
		return said->step > 0 && said->best_step > 0 && said->best_path[0] == '/';
	case FINETUNE_SAID_STOPPED:
		return said->step >= 0;
	case FINETUNE_SAID_ERROR:
		return said->code[0] != '\0';
	default:
		return true;
	}
}

int
finetune_said_read(const char *line, size_t len, struct finetune_said *out)
{
	int rc;

	*out = empty;
	if (len > TRAINER_LINE_BYTES_MAX)
		return bh_error(BH_E_PROTOCOL, "the trainer said a line that is too long");
	rc = bh_json_parse(line, len, &out->doc);
	if (rc == 0 && bh_json_kind(out->doc.root) != BH_JSON_OBJECT)
		rc = BH_E_TYPE;
	if (rc == 0)
		rc = bh_fields_read(&out->doc.arena, out->doc.root, BH_LIST(fields), "", out);
	if (rc == 0 && makes_sense(out))
		return 0;
	finetune_said_close(out);
	return bh_error(BH_E_PROTOCOL, "the trainer said what makes no sense");
}

void
finetune_said_close(struct finetune_said *said)
{
	bh_json_close(&said->doc);
	*said = (struct finetune_said){0};
}
