// SPDX-License-Identifier: Apache-2.0
// Addresses of the document pages: ids and views live in the query.

export const storeAddress = (store: string, more: Record<string, string> = {}) =>
	`/documents/?${new URLSearchParams({ id: store, ...more })}`;

export const fileAddress = (store: string, file: string, more: Record<string, string> = {}) =>
	storeAddress(store, { file, ...more });

export const chatAddress = (chat: string) => `/chat/?${new URLSearchParams({ id: chat })}`;

/** Where the chat's composer looks for what was begun. */
export function keepDraft(chat: string, text: string) {
	try {
		sessionStorage.setItem(`bulkhead.chat.draft.${chat}`, text);
	} catch {
		// Without storage the chat opens with an empty field.
	}
}
