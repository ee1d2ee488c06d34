// SPDX-License-Identifier: Apache-2.0
// docs.js: what the reference does in the browser: search, tabs, and calls to the instance that shows it.

/** Where the pages were made, nobody knew the instance's address. */
for (const code of document.querySelectorAll("[data-origin]"))
	code.textContent = code.textContent.replaceAll("https://bulkhead.example", location.origin);

// -- search --

const find = document.getElementById("find");
const found = document.getElementById("found");
let rows;

function score([method, path, summary, tag], words) {
	const text = `${method} ${path} ${summary} ${tag}`.toLowerCase();
	return words.every((word) => text.includes(word));
}

function link([method, path, summary, , address]) {
	const item = document.createElement("li");
	const anchor = document.createElement("a");
	const badge = document.createElement("span");
	const name = document.createElement("span");
	const code = document.createElement("code");
	anchor.href = address;
	badge.className = "method";
	badge.dataset.method = method;
	badge.textContent = method;
	name.textContent = summary;
	code.textContent = path;
	anchor.append(badge, name, code);
	item.append(anchor);
	return item;
}

async function search() {
	const words = find.value.toLowerCase().split(/\s+/).filter(Boolean);
	found.hidden = words.length === 0;
	if (found.hidden) return;
	const status = found.querySelector("p");
	try {
		rows ??= await (await fetch("/docs/search.json")).json();
	} catch {
		status.textContent = "The search could not be loaded.";
		return;
	}
	const hits = rows.filter((row) => score(row, words));
	found.querySelector("ul").replaceChildren(...hits.slice(0, 40).map(link));
	status.textContent =
		hits.length === 0 ? "Nothing found." : `${hits.length} operation${hits.length > 1 ? "s" : ""}`;
}

find.addEventListener("input", () => void search());
find.addEventListener("keydown", (event) => {
	const first = found.querySelector("a");
	if (event.key === "Enter" && first && !found.hidden) location.assign(first.href);
});
document.addEventListener("keydown", (event) => {
	if (event.key === "Escape" && !found.hidden) {
		found.hidden = true;
		find.focus();
	}
	if (event.key !== "/" || event.target.closest("input, textarea")) return;
	event.preventDefault();
	find.focus();
});
document.addEventListener("click", (event) => {
	if (!event.target.closest(".find")) found.hidden = true;
});

// -- tabs --

function makeTabs(section) {
	const panels = [...section.querySelectorAll("[data-panel]")];
	const list = document.createElement("div");
	list.className = "tabs";
	list.setAttribute("role", "tablist");
	list.setAttribute("aria-label", "Language");
	const show = (index, focus) => {
		for (const [at, panel] of panels.entries()) {
			panel.hidden = at !== index;
			list.children[at].setAttribute("aria-selected", String(at === index));
			list.children[at].tabIndex = at === index ? 0 : -1;
		}
		if (focus) list.children[index].focus();
	};
	for (const [at, panel] of panels.entries()) {
		const tab = document.createElement("button");
		tab.type = "button";
		tab.id = `tab-${panel.dataset.panel}`;
		tab.textContent = panel.querySelector("h3").textContent;
		panel.querySelector("h3").remove();
		panel.id = `panel-${panel.dataset.panel}`;
		tab.setAttribute("role", "tab");
		tab.setAttribute("aria-controls", panel.id);
		panel.setAttribute("role", "tabpanel");
		panel.setAttribute("aria-labelledby", tab.id);
		tab.addEventListener("click", () => show(at));
		tab.addEventListener("keydown", (event) => {
			const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
			if (step) show((at + step + panels.length) % panels.length, true);
		});
		list.append(tab);
	}
	section.querySelector("h2").after(list);
	show(0);
}

for (const section of document.querySelectorAll("[data-tabs]")) makeTabs(section);

// -- calls --

const SHOWN_MAX = 200_000;

/** Address, headers and body of what the form says. */
function request(form) {
	const path = form.dataset.path.replace(/\{([^}]+)\}/g, (_, name) =>
		encodeURIComponent(form.querySelector(`[data-in="path"][name="${name}"]`).value),
	);
	const query = new URLSearchParams();
	for (const input of form.querySelectorAll('[data-in="query"]'))
		if (input.value !== "") query.append(input.name, input.value);
	const key = form.querySelector("#try-key")?.value.trim() ?? "";
	const asKey = form.querySelector('[name="as"]:checked')?.value === "key";
	const body = form.querySelector("#try-body")?.value;
	const headers = asKey ? { authorization: `Bearer ${key}` } : { "x-bulkhead-console": "1" };
	if (body !== undefined) headers["content-type"] = "application/json";
	return [
		query.size > 0 ? `${path}?${query}` : path,
		{
			method: form.dataset.method,
			headers,
			body,
			credentials: asKey ? "omit" : "same-origin",
			cache: "no-store",
		},
	];
}

function pretty(text, type) {
	if (!type.includes("json")) return text;
	try {
		return JSON.stringify(JSON.parse(text), null, 2);
	} catch {
		return text;
	}
}

/** Streams are shown as they come; what is longer than a page can bear is cut. */
async function read(response, show) {
	const type = response.headers.get("content-type") ?? "";
	if (!/json|text|ndjson|event-stream/.test(type)) {
		await response.body?.cancel();
		return show(type === "" ? "" : `(${type}: not shown)`);
	}
	const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
	let text = "";
	for (;;) {
		const { done, value } = await reader.read();
		if (done) return show(pretty(text, type));
		text += value;
		if (text.length > SHOWN_MAX) {
			await reader.cancel();
			return show(`${text.slice(0, SHOWN_MAX)}\n… (cut here)`);
		}
		show(text);
	}
}

function makeTrial(section) {
	const form = section.querySelector("form");
	const answer = section.querySelector("[data-answer]");
	const status = section.querySelector("[data-status]");
	const text = section.querySelector("[data-text]");
	const stop = section.querySelector("[data-stop]");
	let going;
	const show = (said) => {
		text.textContent = said;
	};
	for (const radio of form.querySelectorAll('[name="as"]'))
		radio.addEventListener("change", () => {
			form.querySelector("[data-key]").hidden = radio.value !== "key";
		});
	stop.addEventListener("click", () => going?.abort());
	form.addEventListener("submit", async (event) => {
		event.preventDefault();
		going?.abort();
		const mine = new AbortController();
		going = mine;
		answer.hidden = false;
		stop.hidden = false;
		status.textContent = "Waiting for the answer …";
		show("");
		try {
			const [address, options] = request(form);
			const response = await fetch(address, { ...options, signal: mine.signal });
			const id = response.headers.get("x-request-id");
			status.textContent = `${response.status} ${response.statusText}${id ? ` · request ${id}` : ""}`;
			await read(response, show);
		} catch (error) {
			status.textContent =
				error.name === "AbortError" ? "Stopped." : "The instance did not answer.";
		}
		if (going === mine) stop.hidden = true;
	});
	section.hidden = false;
}

for (const section of document.querySelectorAll("[data-try]")) makeTrial(section);
