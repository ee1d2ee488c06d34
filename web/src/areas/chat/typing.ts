// SPDX-License-Identifier: Apache-2.0
// Keys of a field in which one writes questions.
import type { KeyboardEvent } from "react";

/** Enter sends; Shift+Enter is a new line; an Enter that ends a composition (IME) belongs to it. */
export function isSending(event: KeyboardEvent): boolean {
	return (
		event.key === "Enter" &&
		!event.shiftKey &&
		!event.altKey &&
		!event.nativeEvent.isComposing &&
		event.keyCode !== 229
	);
}
