/* SPDX-License-Identifier: Apache-2.0 */
/* adapter_load.h: the workers that bring adapters to the engine, and take them away again. */
#ifndef BH_MODEL_ADAPTER_LOAD_H
#define BH_MODEL_ADAPTER_LOAD_H

struct bh_runtime;

/* Loads what is wanted; returns when the engine holds it, or does not take it. */
void model_adapter_load_run(struct bh_runtime *runtime, void *service);

/* Removes copies that nobody has used for long, or whose row is gone. */
void model_adapter_load_tidy(struct bh_runtime *runtime, void *service);

#endif
