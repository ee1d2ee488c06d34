// SPDX-License-Identifier: Apache-2.0
// Calls before a session, without the client's library: these pages stay light.
import { CONSOLE_HEADER } from "@/api/console-header";
import { ApiError, errorOf } from "@/api/errors";

export async function post<T>(path: string, body: unknown): Promise<T> {
	let response: Response;
	try {
		response = await fetch(path, {
			method: "POST",
			headers: { "content-type": "application/json", ...CONSOLE_HEADER },
			body: JSON.stringify(body),
		});
	} catch (error) {
		throw new ApiError(String(error), { code: "network" });
	}
	const answer: unknown =
		response.status === 204 || response.status === 202
			? null
			: await response.json().catch(() => null);
	if (!response.ok) throw errorOf(response, answer);
	return answer as T;
}
