/* SPDX-License-Identifier: Apache-2.0 */
/* protocol.h: what a service may rely on when it runs bulkhead-train. */
#ifndef TRAINER_PROTOCOL_H
#define TRAINER_PROTOCOL_H

/* Raised when a line or a member changes its meaning; new ones do not raise it. */
#define TRAINER_PROTOCOL 1

/*
 * The program trains one adapter and ends. It is started without arguments. Descriptors:
 *   0  commands, one JSON object a line: {"command":"pause"} or {"command":"cancel"}. Its end is no command.
 *   1  the answer, below
 *   2  diagnostics for the operator
 *   3  the job, one JSON object, read to its end; trainer/job.h describes its members
 * Every other descriptor is closed at the start. SIGTERM is taken as the command pause.
 *
 * The answer is JSON, one object a line, each written whole:
 *
 *   {"type":"begun","protocol":1,"version":V}
 *       Before everything else.
 *   {"type":"finding","level":"error"|"warning","file":"training"|"validation","line":N,"other_line":N,"code":C,
 *    "field":F,"message":S}
 *       What was found in the data: src/finetune/data.h. Errors end the job with the code "data".
 *   {"type":"started","step":N,"steps":N,"examples":N,"held_out":N,"tokens":N,"trained_tokens":N,"longest":N,"cut":N,
 *    "parameters":N,"memory_bytes":N,"threads":N}
 *       N of step is 0, or that of the checkpoint that is resumed from. tokens and trained_tokens are of one epoch.
 *       cut counts examples that were longer than the context and lost their end.
 *   {"type":"progress","step":N,"steps":N,"epoch":X,"train_loss":X,"token_accuracy":X,"learning_rate":X,
 *    "gradient_norm":X,"tokens":N,"trained_tokens":N,"tokens_per_s":X}
 *       After each step. train_loss is of the step, before it was taken. tokens and trained_tokens are sums from the
 *       first step on, also across a resume: they can be settled by. With DPO there are also "margin", the mean of
 *       the rewards' difference, and token_accuracy is the share of pairs whose preferred answer is rated higher.
 *   {"type":"evaluation","of":"base"|"adapter","step":N,"valid_loss":X,"token_accuracy":X,"tokens":N}
 *       Of the held-out part: the base model before the first step, the adapter at every checkpoint.
 *   {"type":"checkpoint","step":N,"path":P,"sha256":H,"bytes":N}
 *       P is a folder below that of the job, with adapter.gguf and state.bin; H and N are of adapter.gguf. Both are
 *       on the disk by then.
 *   {"type":"sample","of":"base"|"adapter","index":N,"prompt_tokens":N,"tokens":N,"text":S}
 *       What is answered to the held-out example of that index, without its last message.
 *   {"type":"alive"}
 *       When nothing else was said for TRAINER_ALIVE_S.
 *   {"type":"finished","step":N,"steps":N,"path":P,"sha256":H,"best_step":N,"best_path":P}
 *       Last, on success. H is null if an earlier run wrote that checkpoint. best_… is the checkpoint with the least valid_loss among those that are kept.
 *   {"type":"stopped","command":"pause"|"cancel","step":N,"path":P}
 *       Last, within two seconds of a command; path is the checkpoint to resume from, null if there was no step.
 *   {"type":"error","code":C,"message":S}
 *       Last, on failure. C is one of the codes below, S a sentence for the person who created the job.
 *
 * The exit status is TRAINER_EXIT_OK after finished, TRAINER_EXIT_STOPPED after stopped and TRAINER_EXIT_ERROR after
 * error. Anything else (another status, a signal, no last line) means that the program itself failed. The same job
 * started again continues behind its last checkpoint, with the losses that an uninterrupted run has.
 */

#define TRAINER_CODE_JOB "job"     /* the description is wrong: ours to mend */
#define TRAINER_CODE_MODEL "model" /* the base model cannot be read, or not be trained */
#define TRAINER_CODE_DATA "data"   /* findings say what is wrong */
#define TRAINER_CODE_MEMORY \
	"memory"                     /* needs more than it may have; the message names what to try */
#define TRAINER_CODE_DISK "disk" /* a checkpoint could not be written */
#define TRAINER_CODE_RESUME "resume"     /* the last checkpoint is of another job */
#define TRAINER_CODE_INTERNAL "internal" /* anything else: ours to mend */
#define TRAINER_CODE_DIVERGED \
	"diverged" /* the loss is not a number; a lower learning rate may help */

enum {
	TRAINER_EXIT_OK = 0,
	TRAINER_EXIT_USAGE = 2, /* no sandbox */
	TRAINER_EXIT_ERROR = 3,
	TRAINER_EXIT_OUTPUT = 4, /* fd 1 was closed */
	TRAINER_EXIT_STOPPED = 5,

	TRAINER_FD_JOB = 3,
	TRAINER_ALIVE_S = 5,
	TRAINER_JOB_BYTES_MAX = 1024 * 1024,
	TRAINER_LINE_BYTES_MAX = 256 * 1024,
};

#endif
