// SPDX-License-Identifier: Apache-2.0
import { cleanup, render, screen } from "@testing-library/react";
import { IntlProvider } from "use-intl";
import { afterEach, expect, test } from "vitest";
import ui from "@/i18n/en.json";
import { CitationContext } from "./citation-context";
import { withMarks } from "./citations";
import chat from "./en.json";
import { Block } from "./markdown";

afterEach(cleanup);

function show(text: string, live = false) {
	return render(
		<IntlProvider locale="en" timeZone="UTC" messages={{ ...ui, chat } as never}>
			<CitationContext value={(at) => <button type="button">{`mark ${at}`}</button>}>
				<Block text={text} live={live} />
			</CitationContext>
		</IntlProvider>,
	).container;
}

test("markup of a model is text", () => {
	const box = show(
		'<script>alert(1)</script> <img src=x onerror="alert(1)"> <b onclick="x()">bold</b>',
	);
	expect(box.querySelector("script, img, b, [onclick], [onerror]")).toBeNull();
});

test.each(["javascript:alert(1)", "data:text/html,x", "/platform/", "#top", "//evil.example/x"])(
	"%s is no link",
	(href) => {
		expect(show(`[press](${href})`).querySelector("a")).toBeNull();
		expect(screen.getByText("press")).toBeTruthy();
	},
);

test("a link elsewhere tells nobody where it was pressed", () => {
	const link = show("[press](https://example.com/a)").querySelector("a");
	expect([link?.getAttribute("target"), link?.rel]).toEqual([
		"_blank",
		"noopener noreferrer nofollow",
	]);
});

test("pictures are not fetched: they are links", () => {
	const box = show("![a picture](https://example.com/a.png)");
	expect(box.querySelector("img")).toBeNull();
	expect(box.querySelector("a")?.href).toBe("https://example.com/a.png");
});

test("marks stand in sentences, and behind code", () => {
	const citation = (index: number) => ({
		file_id: "f",
		filename: "a",
		index,
		bulkhead: { start: 0, end: 1 },
	});
	const text = "It **is** so. And `x = 1` too.\n";
	const box = show(withMarks(text, [citation(13), citation(21)]));
	expect(box.textContent).toContain("so.mark 0 And x = 1mark 1 too.");
	expect(box.querySelector("code")?.textContent).toBe("x = 1");
});

test("half-written syntax is closed while it is written", () => {
	expect(show("This is **very", true).querySelector("strong")?.textContent).toBe("very");
	cleanup();
	expect(show("This is **very", false).querySelector("strong")).toBeNull();
});

test("what would keep a parser busy is shown as it is", () => {
	const bomb = `${">".repeat(3000)} deep`;
	expect(show(bomb).textContent).toBe(bomb);
});

test("headings of an answer stand below those of the page", () => {
	expect(show("# One").querySelector("h3")?.textContent).toBe("One");
});
