// SPDX-License-Identifier: Apache-2.0
// pages.mjs: the pages of the API reference, as HTML without scripts or styles in it.
import { codeOf, exampleBody } from "./code.mjs";
import { boundsOf, resolve, slug, typeOf, unwrapped } from "./reference.mjs";

const DEPTH = 4;

export function safe(text) {
	return String(text)
		.replaceAll("&", "&amp;")
		.replaceAll("<", "&lt;")
		.replaceAll(">", "&gt;")
		.replaceAll('"', "&quot;");
}

/** Paragraphs, and words in backquotes. */
export function prose(text) {
	return text
		.trim()
		.split(/\n\s*\n/)
		.filter((each) => each !== "")
		.map((each) => `<p>${inline(each)}</p>`)
		.join("");
}

function inline(text) {
	return safe(text.replace(/\s+/g, " ").trim()).replace(/`([^`]+)`/g, "<code>$1</code>");
}

function badge(method) {
	return `<span class="method" data-method="${method}">${method}</span>`;
}

/** Where an operation's page is. */
export function addressOf(op) {
	return `/docs/${slug(op.id)}/`;
}

// -- schemas --

/** One member; objects in it open. `seen` ends what holds itself. */
function member(api, name, schema, isRequired, seen, depth) {
	const [at] = unwrapped(api, schema);
	const bounds = boundsOf(api, schema);
	const inner = nested(api, at, seen, depth);
	return (
		`<li><div class="member"><code class="name">${safe(name)}</code> ` +
		`<span class="type">${safe(typeOf(api, schema))}</span>` +
		(isRequired ? ' <span class="required">required</span>' : "") +
		"</div>" +
		(at.description ? `<p>${inline(at.description)}</p>` : "") +
		(bounds ? `<p class="bounds">${safe(bounds)}</p>` : "") +
		(inner === ""
			? ""
			: `<details><summary>Members of <code>${safe(name)}</code></summary>${inner}</details>`) +
		"</li>"
	);
}

/** The members of an object, of an array's objects, or of the choices of a value. */
function nested(api, at, seen, depth) {
	if (depth >= DEPTH || seen.includes(at)) return "";
	const path = [...seen, at];
	if (at.properties) {
		const rows = Object.entries(at.properties).map(([name, schema]) =>
			member(api, name, schema, at.required?.includes(name), path, depth + 1),
		);
		return `<ul class="members">${rows.join("")}</ul>`;
	}
	if (at.items) return nested(api, unwrapped(api, at.items)[0], path, depth);
	const choices = (at.anyOf ?? at.oneOf ?? [])
		.map((each) => nested(api, unwrapped(api, each)[0], path, depth))
		.filter((each) => each !== "");
	return choices.join('<p class="or">or</p>');
}

function shape(api, schema) {
	const [at] = unwrapped(api, schema ?? {});
	const inner = nested(api, at, [], 0);
	const said = at.description ? prose(at.description) : "";
	return said + (inner === "" ? `<p class="type">${safe(typeOf(api, schema ?? {}))}</p>` : inner);
}

function contents(api, content) {
	return Object.entries(content ?? {})
		.map(
			([type, each]) => `<p class="media"><code>${safe(type)}</code></p>${shape(api, each.schema)}`,
		)
		.join("");
}

// -- parts of a page --

function parameters(api, op) {
	if (op.parameters.length === 0) return "";
	const rows = op.parameters.map((each) => {
		const bounds = boundsOf(api, each.schema ?? {});
		const said = [each.description, resolve(api, each.schema ?? {}).description]
			.filter(Boolean)
			.map((text) => inline(text))
			.join(" ");
		return (
			`<tr><th scope="row"><code>${safe(each.name)}</code>${each.required ? ' <span class="required">required</span>' : ""}</th>` +
			`<td>${each.in}</td><td class="type">${safe(typeOf(api, each.schema ?? {}))}</td>` +
			`<td>${said}${bounds ? ` <span class="bounds">${safe(bounds)}</span>` : ""}</td></tr>`
		);
	});
	return (
		'<section aria-labelledby="parameters"><h2 id="parameters">Parameters</h2><div class="scroll" tabindex="0" role="group" aria-label="Parameters">' +
		'<table><thead><tr><th scope="col">Name</th><th scope="col">In</th><th scope="col">Type</th><th scope="col">Meaning</th></tr></thead>' +
		`<tbody>${rows.join("")}</tbody></table></div></section>`
	);
}

function body(api, op) {
	if (!op.body) return "";
	return `<section aria-labelledby="body"><h2 id="body">Body</h2>${contents(api, op.body.content)}</section>`;
}

function answers(api, op) {
	const good = op.answers.filter((each) => each.status !== "default");
	const parts = good.map(
		(each) =>
			`<h3><code>${each.status}</code> ${inline(each.description ?? "")}</h3>${contents(api, each.content)}`,
	);
	const error = op.answers.find((each) => each.status === "default");
	if (error)
		parts.push(
			`<h3>Errors</h3><p>Every other answer has this shape; <a href="/docs/errors/">all codes</a> are listed.</p>` +
				contents(api, error.content),
		);
	return `<section aria-labelledby="answers"><h2 id="answers">Answers</h2>${parts.join("")}</section>`;
}

function code(api, op) {
	const parts = codeOf(api, op).map(
		(each) =>
			`<div data-panel="${each.id}"><h3>${each.label}</h3><pre tabindex="0" role="group" aria-label="${each.label}"><code data-origin>${safe(each.code)}</code></pre></div>`,
	);
	return `<section aria-labelledby="code" data-tabs><h2 id="code">In code</h2>${parts.join("")}</section>`;
}

function field(each) {
	const id = `try-${each.in}-${slug(each.name)}`;
	return (
		`<div class="field"><label for="${id}"><code>${safe(each.name)}</code> <span class="hint">${each.in}${each.required ? ", required" : ""}</span></label>` +
		`<input id="${id}" name="${safe(each.name)}" data-in="${each.in}"${each.required ? " required" : ""} autocomplete="off" spellcheck="false"></div>`
	);
}

/** The form to call it from here; docs.js shows it, for without it the form does nothing. */
function trial(api, op) {
	const json = exampleBody(api, op);
	if (op.body && json === undefined) return "";
	return (
		'<section aria-labelledby="try" data-try hidden><h2 id="try">Try it</h2>' +
		`<p>This calls the instance that shows this page, for real${op.method === "GET" ? "" : ": what it changes is changed"}.</p>` +
		`<form data-method="${op.method}" data-path="${safe(op.path)}">` +
		(op.isOpen
			? ""
			: '<fieldset><legend>As</legend><label><input type="radio" name="as" value="session" checked> this browser’s session</label>' +
				'<label><input type="radio" name="as" value="key"> an API key</label>' +
				'<div class="field" data-key hidden><label for="try-key">API key <span class="hint">kept in this page only</span></label>' +
				'<input id="try-key" type="password" autocomplete="off" spellcheck="false"></div></fieldset>') +
		op.parameters
			.filter((each) => each.in === "path" || each.in === "query")
			.map(field)
			.join("") +
		(json === undefined
			? ""
			: `<div class="field"><label for="try-body">Body</label><textarea id="try-body" rows="${Math.min(16, JSON.stringify(json, null, 2).split("\n").length + 1)}" spellcheck="false">${safe(JSON.stringify(json, null, 2))}</textarea></div>`) +
		`<button type="submit" class="button">Send ${op.method}</button> <button type="button" class="button quiet" data-stop hidden>Stop</button></form>` +
		'<div data-answer hidden><p role="status" data-status></p><pre tabindex="0" role="group" aria-label="Answer"><code data-text></code></pre></div></section>'
	);
}

export function operationPage(api, op) {
	const scope = op.isOpen
		? "No credential is needed."
		: `Needs the scope <code>${safe(op.scope)}</code>.`;
	return (
		`<h1>${safe(op.summary)}</h1><p class="address">${badge(op.method)} <code>${safe(op.path)}</code></p>` +
		`<p class="scope">${scope}</p>${prose(op.description)}` +
		parameters(api, op) +
		body(api, op) +
		answers(api, op) +
		code(api, op) +
		trial(api, op)
	);
}

export function errorsPage(errors) {
	const rows = errors.map(
		(each) =>
			`<tr><th scope="row">${each.status}</th><td><code>${safe(each.code)}</code></td><td><code>${safe(each.type)}</code></td>` +
			`<td>${safe(each.sentence)}</td><td>${each.retry ? "later" : "no"}</td></tr>`,
	);
	return (
		"<h1>Errors</h1><p>An answer that is an error has an <code>error</code> object with <code>message</code>, <code>type</code>, " +
		"<code>code</code> and <code>param</code>. What may be tried again later often says when, in the header <code>retry-after</code>.</p>" +
		'<div class="scroll" tabindex="0" role="group" aria-label="Errors"><table><thead><tr><th scope="col">Status</th><th scope="col">Code</th>' +
		`<th scope="col">Type</th><th scope="col">Meaning</th><th scope="col">Try again</th></tr></thead><tbody>${rows.join("")}</tbody></table></div>`
	);
}

export function listOf(operations) {
	return `<ul class="operations">${operations
		.map(
			(op) =>
				`<li><a href="${addressOf(op)}">${badge(op.method)} <span>${safe(op.summary)}</span> <code>${safe(op.path)}</code></a></li>`,
		)
		.join("")}</ul>`;
}

export function indexPage(api, groups) {
	const parts = groups.map(
		(each) =>
			`<section aria-labelledby="${each.slug}"><h2 id="${each.slug}">${safe(each.name[0].toUpperCase() + each.name.slice(1))}</h2>` +
			`<p>${inline(each.description)}</p>${listOf(each.operations)}</section>`,
	);
	return `<h1>API reference</h1>${prose(api.info.description)}<p><a href="/docs/errors/">Errors</a></p>${parts.join("")}`;
}

function menu(groups, op) {
	const rows = groups.map((each) => {
		const isHere = op?.tag === each.name;
		const name = safe(each.name[0].toUpperCase() + each.name.slice(1));
		const inner = each.operations
			.map(
				(one) =>
					`<li><a href="${addressOf(one)}"${one === op ? ' aria-current="page"' : ""}>${badge(one.method)} <span>${safe(one.summary)}</span></a></li>`,
			)
			.join("");
		return `<li><a class="group" href="/docs/#${each.slug}">${name}</a>${isHere ? `<ul>${inner}</ul>` : ""}</li>`;
	});
	return `<ul>${rows.join("")}<li><a class="group" href="/docs/errors/">Errors</a></li></ul>`;
}

export function frame({ title, groups, op, main, style, script }) {
	return `<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex"><title>${safe(title)} · Bulkhead</title><link rel="icon" href="/icon.svg">
<link rel="stylesheet" href="${style}"><script src="/theme.js"></script><script src="${script}" defer></script></head>
<body><a class="skip" href="#main">Skip to content</a>
<header class="top"><a class="brand" href="/docs/"><svg viewBox="0 0 32 32" width="22" height="22" aria-hidden="true"><rect width="32" height="32" rx="7"/><path d="M8 8h16v16H8zM16 8v16M8 16h8"/></svg><span>Bulkhead</span> <span class="quiet">API</span></a>
<search class="find"><label class="visually-hidden" for="find">Search the API</label><input id="find" type="search" placeholder="Search" autocomplete="off" spellcheck="false"><div id="found" hidden><p role="status"></p><ul></ul></div></search>
<a class="console" href="/">Console</a></header>
<div class="frame"><nav aria-label="Operations">${menu(groups, op)}</nav><main id="main" tabindex="-1">${main}</main></div></body></html>
`;
}
