/* SPDX-License-Identifier: Apache-2.0 */
/* lora.c: reads a GGUF file's head; numbers are little-endian, as x86-64 and arm64 hold them. */
#include "model/lora.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/text.h"

enum {
	VERSION = 3,
	TYPE_UINT32 = 4,
	TYPE_FLOAT32 = 6,
	TYPE_STRING = 8,
	TYPE_ARRAY = 9,
	TYPES = 13,
	FORM_F32 = 0,
	FORM_F16 = 1,
	ALIGN = 32,
	DIMENSIONS_MOST = 4,
	PAIRS_MOST = 4096,
	TENSORS_MOST = 100000,
	KEY_MOST = 256,
	SIDE_MOST = 1 << 24, /* rows or columns of a matrix */
	/* The least that a tensor takes in a head: its name's length, dimensions, type and place. */
	TENSOR_LEAST = 8 + 4 + 4 + 8
};

/* Bytes of a value by its type; 0: not of one size. */
static const uint8_t sizes[TYPES] = {1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8};

struct reader {
	const uint8_t *at, *end, *begin;
};

static int
ends(void)
{
	return bh_error(BH_E_INVALID, "The file ends within its header.");
}

static int
take(struct reader *reader, size_t n, const uint8_t **out)
{
	if ((size_t)(reader->end - reader->at) < n)
		return ends();
	*out = reader->at;
	reader->at += n;
	return 0;
}

static int
take_u32(struct reader *reader, uint32_t *out)
{
	const uint8_t *bytes = NULL;
	int rc = take(reader, sizeof(*out), &bytes);

	if (rc == 0)
		memcpy(out, bytes, sizeof(*out));
	return rc;
}

static int
take_u64(struct reader *reader, uint64_t *out)
{
	const uint8_t *bytes = NULL;
	int rc = take(reader, sizeof(*out), &bytes);

	if (rc == 0)
		memcpy(out, bytes, sizeof(*out));
	return rc;
}

/* A text of any length; *out is not ended by a NUL. */
static int
take_text(struct reader *reader, const char **out, size_t *out_len)
{
	const uint8_t *bytes = NULL;
	uint64_t len = 0;
	int rc = take_u64(reader, &len);

	if (rc == 0 && len > (uint64_t)(reader->end - reader->at))
		rc = ends();
	if (rc == 0)
		rc = take(reader, (size_t)len, &bytes);
	if (rc < 0)
		return rc;
	*out = (const char *)bytes;
	*out_len = (size_t)len;
	return 0;
}

/* Copies printable ASCII that fits; anything else reads as "?", which nothing is called. */
static void
copy_text(const char *text, size_t len, char *out, size_t size)
{
	bool fits = len < size;

	for (size_t i = 0; fits && i < len; i++)
		fits = text[i] > ' ' && text[i] <= '~';
	if (fits)
		memcpy(out, text, len);
	else
		out[0] = '?';
	out[fits ? len : 1] = '\0';
}

static int
skip_array(struct reader *reader)
{
	const uint8_t *bytes;
	uint32_t type = 0;
	uint64_t n = 0;
	int rc = take_u32(reader, &type);

	if (rc == 0)
		rc = take_u64(reader, &n);
	if (rc < 0)
		return rc;
	if (type >= TYPES || type == TYPE_ARRAY)
		return bh_error(BH_E_INVALID, "The file's header holds a list of an unknown type.");
	if (type != TYPE_STRING)
		return n > (uint64_t)(reader->end - reader->at) / sizes[type]
			? ends()
			: take(reader, (size_t)n * sizes[type], &bytes);
	for (uint64_t i = 0; rc == 0 && i < n; i++) {
		const char *text;
		size_t len;

		rc = take_text(reader, &text, &len);
	}
	return rc;
}

static bool
is_key(const char *key, size_t len, const char *name)
{
	return strlen(name) == len && memcmp(key, name, len) == 0;
}

/* Keys of an adapter: what describes it, and what says how it is applied. Others change how it is applied. */
static bool
is_known(const char *key, size_t len)
{
	static const char *const starts[] = {"general.", "bulkhead."};

	for (size_t i = 0; i < BH_COUNT(starts); i++) {
		if (len > strlen(starts[i]) && memcmp(key, starts[i], strlen(starts[i])) == 0)
			return true;
	}
	return is_key(key, len, "adapter.type") || is_key(key, len, "adapter.lora.alpha");
}

static int
wrong_type(const char *name)
{
	return bh_error(BH_E_INVALID, "The file's header has a '%s' of the wrong type.", name);
}

static int
read_string(struct reader *reader, uint32_t type, const char *key, size_t key_len,
	struct model_lora_head *head)
{
	const struct {
		const char *name;
		char *out;
		size_t size;
	} rows[] = {
		{"general.architecture", head->architecture, sizeof(head->architecture)},
		{"general.type", head->kind, sizeof(head->kind)},
		{"adapter.type", head->adapter_kind, sizeof(head->adapter_kind)},
		{"bulkhead.base.sha256", head->base_sha256, sizeof(head->base_sha256)},
	};
	const char *text = NULL;
	size_t len = 0;
	int rc = type == TYPE_STRING ? take_text(reader, &text, &len) : 0;

	for (size_t i = 0; rc == 0 && i < BH_COUNT(rows); i++) {
		if (!is_key(key, key_len, rows[i].name))
			continue;
		if (type != TYPE_STRING)
			return wrong_type(rows[i].name);
		copy_text(text, len, rows[i].out, rows[i].size);
	}
	return rc;
}

static int
read_value(struct reader *reader, uint32_t type, const char *key, size_t len)
{
	const uint8_t *bytes = NULL;
	uint32_t align;
	int rc;

	if (type >= TYPES)
		return bh_error(BH_E_INVALID, "The file's header has a value of an unknown type.");
	if (is_key(key, len, "adapter.lora.alpha") && type != TYPE_FLOAT32)
		return wrong_type("adapter.lora.alpha");
	if (type == TYPE_ARRAY)
		return skip_array(reader);
	rc = take(reader, sizes[type], &bytes);
	if (rc < 0 || !is_key(key, len, "general.alignment"))
		return rc;
	if (type != TYPE_UINT32)
		return wrong_type("general.alignment");
	memcpy(&align, bytes, sizeof(align));
	return align == ALIGN
		? 0
		: bh_error(BH_E_INVALID, "The file's values must be aligned to %d bytes.", ALIGN);
}

static int
read_pair(struct reader *reader, struct model_lora_head *head)
{
	const char *key = NULL;
	uint32_t type = 0;
	size_t len = 0;
	int rc = take_text(reader, &key, &len);

	if (rc == 0 && len > KEY_MOST)
		rc = bh_error(BH_E_INVALID, "The file's header has a key that is too long.");
	if (rc == 0)
		rc = take_u32(reader, &type);
	if (rc < 0)
		return rc;
	if (head->stranger[0] == '\0' && !is_known(key, len))
		copy_text(key, len, head->stranger, sizeof(head->stranger));
	rc = read_string(reader, type, key, len, head);
	return rc < 0 || type == TYPE_STRING ? rc : read_value(reader, type, key, len);
}

static int
read_tensor(struct reader *reader, struct model_lora_tensor *out)
{
	const char *name = NULL;
	uint32_t n = 0;
	uint64_t sides[DIMENSIONS_MOST] = {0}, begin = 0;
	size_t len = 0;
	int rc = take_text(reader, &name, &len);

	if (rc == 0)
		rc = take_u32(reader, &n);
	if (rc == 0 && (n < 1 || n > DIMENSIONS_MOST))
		rc = bh_error(BH_E_INVALID, "The file has a tensor of %u dimensions.", n);
	for (uint32_t i = 0; rc == 0 && i < n; i++)
		rc = take_u64(reader, &sides[i]);
	if (rc == 0)
		rc = take_u32(reader, &out->form);
	if (rc == 0)
		rc = take_u64(reader, &begin);
	if (rc == 0 && begin > INT64_MAX)
		rc = bh_error(BH_E_INVALID, "The file has a tensor that lies behind its end.");
	if (rc < 0)
		return rc;
	copy_text(name, len, out->name, sizeof(out->name));
	out->begin = (int64_t)begin;
	if (n == 2 && sides[0] >= 1 && sides[0] <= SIDE_MOST && sides[1] >= 1 &&
		sides[1] <= SIDE_MOST) {
		out->columns = (int64_t)sides[0];
		out->rows = (int64_t)sides[1];
	}
	return 0;
}

static int
compare(const void *left, const void *right)
{
	return strcmp(((const struct model_lora_tensor *)left)->name,
		((const struct model_lora_tensor *)right)->name);
}

static int
read_tensors(struct reader *reader, uint64_t n, struct model_lora_head *head)
{
	int rc = 0;

	if (n > TENSORS_MOST || n > (uint64_t)(reader->end - reader->at) / TENSOR_LEAST)
		return bh_error(BH_E_INVALID, "The file says that it has more tensors than it can hold.");
	head->tensors = calloc((size_t)n + 1, sizeof(*head->tensors));
	if (head->tensors == NULL)
		return BH_E_MEMORY;
	for (uint64_t i = 0; rc == 0 && i < n; i++) {
		rc = read_tensor(reader, &head->tensors[i]);
		head->n_tensors += rc == 0;
	}
	if (rc < 0)
		return rc;
	qsort(head->tensors, head->n_tensors, sizeof(*head->tensors), compare);
	for (size_t i = 1; i < head->n_tensors; i++) {
		if (compare(&head->tensors[i - 1], &head->tensors[i]) == 0)
			return bh_error(BH_E_INVALID, "The file has two tensors called '%s'.",
				head->tensors[i].name);
	}
	head->values = ((int64_t)(reader->at - reader->begin) + ALIGN - 1) / ALIGN * ALIGN;
	return 0;
}

int
model_lora_read(const void *bytes, size_t len, struct model_lora_head *out)
{
	struct reader reader = {.at = bytes, .begin = bytes, .end = (const uint8_t *)bytes + len};
	BH_AUTO(model_lora_close) struct model_lora_head head = {0};
	const uint8_t *magic = NULL;
	uint32_t version = 0;
	uint64_t n_tensors = 0, n_pairs = 0;
	int rc = take(&reader, 4, &magic);

	if (rc < 0 || memcmp(magic, "GGUF", 4) != 0)
		return bh_error(BH_E_INVALID, "The file is not a GGUF file.");
	rc = take_u32(&reader, &version);
	if (rc == 0 && version != VERSION)
		rc = bh_error(BH_E_INVALID, "The file must be of version 3 of GGUF.");
	if (rc == 0)
		rc = take_u64(&reader, &n_tensors);
	if (rc == 0)
		rc = take_u64(&reader, &n_pairs);
	if (rc == 0 && n_pairs > PAIRS_MOST)
		rc = bh_error(BH_E_INVALID, "The file's header has too many keys.");
	for (uint64_t i = 0; rc == 0 && i < n_pairs; i++)
		rc = read_pair(&reader, &head);
	if (rc == 0)
		rc = read_tensors(&reader, n_tensors, &head);
	if (rc < 0)
		return rc;
	head.pairs = (int64_t)n_pairs;
	*out = head;
	head = (struct model_lora_head){0};
	return 0;
}

void
model_lora_close(struct model_lora_head *head)
{
	free(head->tensors);
	*head = (struct model_lora_head){0};
}

int
model_lora_read_file(int fd, struct model_lora_head *out, int64_t *out_bytes)
{
	struct stat stat;
	uint8_t *bytes;
	size_t most, len = 0;
	ssize_t n = 1;
	int rc;

	if (fstat(fd, &stat) < 0)
		return bh_error(BH_E_IO, "the size of a model's file: %m");
	most = stat.st_size < MODEL_LORA_HEAD_MOST ? (size_t)stat.st_size : MODEL_LORA_HEAD_MOST;
	bytes = malloc(most + 1);
	if (bytes == NULL)
		return BH_E_MEMORY;
	while (len < most && (n = pread(fd, bytes + len, most - len, (off_t)len)) > 0)
		len += (size_t)n;
	rc = n < 0 ? bh_error(BH_E_IO, "read a model's file: %m") : model_lora_read(bytes, len, out);
	free(bytes);
	if (rc == 0)
		*out_bytes = stat.st_size;
	return rc;
}

/* ---- an adapter ---- */

static const struct model_lora_tensor *
find(const struct model_lora_head *head, const char *name, size_t len, const char *end)
{
	struct model_lora_tensor key = {0};

	if (len + strlen(end) >= sizeof(key.name))
		return NULL;
	memcpy(key.name, name, len);
	strcpy(key.name + len, end);
	return head->n_tensors == 0
		? NULL
		: bsearch(&key, head->tensors, head->n_tensors, sizeof(key), compare);
}

/* Whether a matrix of `adapter` lies in the file, at a place of its own kind. */
static int
check_place(const struct model_lora_head *adapter, int64_t bytes,
	const struct model_lora_tensor *tensor)
{
	int64_t size = tensor->form == FORM_F32 ? 4 : 2;

	if (tensor->form != FORM_F32 && tensor->form != FORM_F16)
		return bh_error(BH_E_INVALID, "The matrix '%s' must be of F32 or F16.", tensor->name);
	if (tensor->columns == 0)
		return bh_error(BH_E_INVALID, "'%s' is not a matrix of a usual size.", tensor->name);
	size *= tensor->columns * tensor->rows;
	if (tensor->begin % ALIGN != 0 || adapter->values > bytes ||
		tensor->begin > bytes - adapter->values || size > bytes - adapter->values - tensor->begin)
		return bh_error(BH_E_INVALID, "The values of '%s' are not whole: the file is damaged.",
			tensor->name);
	return 0;
}

/* A, which stands for the pair. */
static int
check_pair(const struct model_lora_head *adapter, const struct model_lora_tensor *a,
	const struct model_lora_head *base, int64_t *rank)
{
	size_t len = strlen(a->name) - strlen(".lora_a");
	const struct model_lora_tensor *b = find(adapter, a->name, len, ".lora_b");
	const struct model_lora_tensor *weight = find(base, a->name, len, "");

	if (b == NULL)
		return bh_error(BH_E_INVALID, "The matrix '%s' has no second one.", a->name);
	/* The engine takes those of the embedding turned round, and no trainer here makes them. */
	if (weight == NULL || weight->columns == 0 || strcmp(weight->name, "token_embd.weight") == 0)
		return bh_error(BH_E_INVALID, "The base model has no matrix '%.*s' to adapt.", (int)len,
			a->name);
	if (a->rows != b->columns || a->rows > MODEL_LORA_RANK_MOST)
		return bh_error(BH_E_INVALID,
			"The rank of '%.*s' must be the same in both, and at most %d.", (int)len, a->name,
			MODEL_LORA_RANK_MOST);
	if (a->columns != weight->columns || b->rows != weight->rows)
		return bh_error(BH_E_INVALID, "The matrix '%.*s' has another shape than the base model's.",
			(int)len, a->name);
	*rank = a->rows > *rank ? a->rows : *rank;
	return 0;
}

static int
check_head(const struct model_lora_head *adapter, const struct model_lora_head *base)
{
	if (strcmp(adapter->kind, "adapter") != 0 || strcmp(adapter->adapter_kind, "lora") != 0)
		return bh_error(BH_E_INVALID, "The file is not a LoRA adapter.");
	if (base->architecture[0] == '\0' || strcmp(adapter->architecture, base->architecture) != 0)
		return bh_error(BH_E_INVALID, "The adapter is of the architecture '%s', the base of '%s'.",
			adapter->architecture, base->architecture);
	if (adapter->pairs > MODEL_LORA_PAIRS_MOST)
		return bh_error(BH_E_INVALID, "The adapter's header has too many keys.");
	if (adapter->stranger[0] != '\0')
		return bh_error(BH_E_INVALID, "The adapter's header has an unknown key, '%s'.",
			adapter->stranger);
	if (adapter->n_tensors < 2 || adapter->n_tensors > MODEL_LORA_TENSORS_MOST)
		return bh_error(BH_E_INVALID, "The adapter must have from 2 to %d matrices.",
			MODEL_LORA_TENSORS_MOST);
	return 0;
}

int
model_lora_check(const struct model_lora_head *adapter, int64_t bytes,
	const struct model_lora_head *base, int64_t *out_rank)
{
	int64_t rank = 0;
	int rc = check_head(adapter, base);

	for (size_t i = 0; rc == 0 && i < adapter->n_tensors; i++) {
		const struct model_lora_tensor *tensor = &adapter->tensors[i];

		rc = check_place(adapter, bytes, tensor);
		if (rc < 0)
			break;
		if (bh_text_ends(tensor->name, ".lora_a"))
			rc = check_pair(adapter, tensor, base, &rank);
		else if (!bh_text_ends(tensor->name, ".lora_b") ||
			find(adapter, tensor->name, strlen(tensor->name) - strlen(".lora_b"), ".lora_a") ==
				NULL)
			rc = bh_error(BH_E_INVALID, "'%s' is not one of a pair of LoRA matrices.",
				tensor->name);
	}
	if (rc == 0)
		*out_rank = rank;
	return rc;
}
