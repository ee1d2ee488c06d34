// Addresses of the document pages: ids and views live in the query.

export const storeAddress = (store: string, more: Record<string, string> = {}) =>
	`/documents/?${new URLSearchParams({ id: store, ...more })}`;

export const fileAddress = (store: string, file: string, more: Record<string, string> = {}) =>
	storeAddress(store, { file, ...more });

export const chatAddress = (store: string, question: string) =>
	`/chat/?${new URLSearchParams({ do: "ask", store, q: question })}`;
