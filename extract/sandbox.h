/* SPDX-License-Identifier: Apache-2.0 */
/* sandbox.h: drops privileges before the document is read. */
#ifndef EXTRACT_SANDBOX_H
#define EXTRACT_SANDBOX_H

#include "buffer.h"

/*
 * From here on the process ends with whoever started it: one that is stopped would not notice that nobody is left
 * to let it go on. It may be stopped at any time, so that this comes first of all; it holds across an exec.
 * Returns 0, or -1 with the reason on fd 2.
 */
EXTRACT_MUST_CHECK int extract_sandbox_tie(void);

/*
 * Enters the sandbox for good: no new privileges, not dumpable, descriptors above 2 closed, limits
 * on CPU time, address space, files and core, and a list of allowed system calls; every other
 * one fails with EPERM. Nothing can be executed, connected to, created or opened for writing.
 *
 * Where the kernel offers landlock, the folders below stay readable (poppler opens character
 * maps when it meets a font that needs them); where it does not, nothing can be opened.
 *
 * Libraries are to be initialised before: what they open once, they have to open by then.
 * Returns 0, or -1 with the reason on fd 2; the caller must not go on then.
 */
EXTRACT_MUST_CHECK int extract_sandbox_enter(int cpu_seconds);

#endif
