/* kind.c: what a model is for, in the API's words. */
#include "model/model.h"

const char *
model_kind_name(enum model_kind kind)
{
	return kind == MODEL_EMBEDDING ? "embedding" : "chat";
}
