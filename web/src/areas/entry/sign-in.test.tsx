// SPDX-License-Identifier: Apache-2.0
import { cleanup, render, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { EntryFrame } from "./frame";
import { SignIn } from "./sign-in";

let sent: Record<string, unknown>[] = [];
let gone: string[] = [];

function answerWith(answer: (body: Record<string, unknown>) => Response) {
	vi.stubGlobal("fetch", async (_: string, init: RequestInit) => {
		const body = JSON.parse(String(init.body)) as Record<string, unknown>;
		sent.push(body);
		return answer(body);
	});
}

function json(status: number, body: unknown) {
	return new Response(JSON.stringify(body), { status });
}

beforeEach(() => {
	sent = [];
	gone = [];
	vi.spyOn(location, "replace").mockImplementation((to) => void gone.push(String(to)));
});

afterEach(() => {
	cleanup();
	vi.unstubAllGlobals();
	vi.restoreAllMocks();
});

async function fillIn() {
	const user = userEvent.setup();
	render(
		<EntryFrame>
			<SignIn />
		</EntryFrame>,
	);
	await user.type(screen.getByLabelText("E-mail"), " ada@example.com ");
	await user.type(screen.getByLabelText("Password"), "correct horse{Enter}");
	return user;
}

test("a password that is right leads on", async () => {
	answerWith(() => json(200, {}));
	await fillIn();
	await waitFor(() => expect(gone).toEqual(["/"]));
	expect(sent).toEqual([{ email: "ada@example.com", password: "correct horse" }]);
});

test("a wrong password is said, and what was typed stays", async () => {
	answerWith(() =>
		json(401, { error: { message: "Incorrect email or password.", code: "invalid_api_key" } }),
	);
	await fillIn();
	expect(await screen.findByText(/is wrong/)).toBeTruthy();
	expect((screen.getByLabelText("E-mail") as HTMLInputElement).value.trim()).toBe(
		"ada@example.com",
	);
	expect(gone).toEqual([]);
});

test("of several organisations one is chosen, then a code is asked for", async () => {
	const tenants = [
		{ id: "t1", name: "Northwind" },
		{ id: "t2", name: "Harbour" },
	];
	answerWith((body) => {
		if (body.tenant === undefined)
			return json(400, {
				error: { message: "Name it.", code: "missing_required_parameter", tenants },
			});
		if (body.code === undefined)
			return json(401, { error: { message: "A code.", code: "mfa_required" } });
		return json(200, {});
	});
	const user = await fillIn();
	await user.click(await screen.findByRole("button", { name: "Harbour" }));
	await user.type(await screen.findByLabelText("Code"), "123 456{Enter}");
	await waitFor(() => expect(gone).toEqual(["/"]));
	expect(sent.at(-1)).toEqual({
		email: "ada@example.com",
		password: "correct horse",
		tenant: "t2",
		code: "123456",
	});
});
