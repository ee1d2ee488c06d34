// SPDX-License-Identifier: Apache-2.0
// reference.mjs: what api/openapi.yaml says, resolved: groups, operations, examples; and the errors of errors.def.
import { readFileSync } from "node:fs";
import { parse } from "yaml";

const METHODS = ["get", "post", "put", "patch", "delete"];

/** The text behind "#/components/…". */
function pointed(api, ref) {
	return ref
		.slice(2)
		.split("/")
		.reduce((at, name) => at[name], api);
}

export function resolve(api, thing) {
	let at = thing;
	while (at?.$ref) at = pointed(api, at.$ref);
	return at ?? {};
}

/** Without what only says that it may be null: [schema, whether it may]. */
export function unwrapped(api, schema) {
	const at = resolve(api, schema);
	if (!at.anyOf) return [at, false];
	const rest = at.anyOf.filter((each) => each.type !== "null");
	const nullable = rest.length < at.anyOf.length;
	if (rest.length !== 1) return [{ ...at, anyOf: rest }, nullable];
	const inner = resolve(api, rest[0]);
	return [{ ...inner, description: at.description ?? inner.description }, nullable];
}

/** What a schema is, in a few words. */
export function typeOf(api, schema, depth = 0) {
	const [at, nullable] = unwrapped(api, schema);
	const more = nullable ? " or null" : "";
	if (at.const !== undefined) return `${JSON.stringify(at.const)}${more}`;
	if (at.enum) return `${at.enum.map((each) => JSON.stringify(each)).join(" | ")}${more}`;
	const choices = at.anyOf ?? at.oneOf;
	if (choices && depth < 2)
		return `${[...new Set(choices.map((each) => typeOf(api, each, depth + 1)))].join(" | ")}${more}`;
	if (at.type === "array")
		return `array of ${at.items && depth < 2 ? typeOf(api, at.items, depth + 1) : "anything"}${more}`;
	if (Array.isArray(at.type)) return at.type.join(" or ");
	return `${at.type ?? (at.properties ? "object" : "anything")}${at.format ? ` (${at.format})` : ""}${more}`;
}

/** Its bounds, in words. */
export function boundsOf(api, schema) {
	const [at] = unwrapped(api, schema);
	const said = [];
	const between = (least, most, what) => {
		if (least !== undefined && most !== undefined) said.push(`${least} to ${most}${what}`);
		else if (most !== undefined) said.push(`at most ${most}${what}`);
		else if (least !== undefined) said.push(`at least ${least}${what}`);
	};
	between(at.minimum, at.maximum, "");
	between(at.minLength, at.maxLength, " characters");
	between(at.minItems, at.maxItems, " items");
	if (at.maxProperties !== undefined) said.push(`at most ${at.maxProperties} members`);
	if (at.default !== undefined) said.push(`default ${JSON.stringify(at.default)}`);
	return said.join(", ");
}

/** A value that fits: what is required, or the first members where nothing is. */
export function example(api, schema, depth = 0) {
	const [at] = unwrapped(api, schema);
	if (at.examples) return at.examples[0];
	if (at.const !== undefined) return at.const;
	if (at.enum) return at.enum[0];
	if (at.default !== undefined) return at.default;
	const choice = at.anyOf ?? at.oneOf;
	if (choice) return example(api, choice[0], depth);
	if (at.properties) {
		if (depth > 3) return {};
		const names = at.required?.length > 0 ? at.required : Object.keys(at.properties).slice(0, 2);
		return Object.fromEntries(
			names
				.filter((name) => at.properties[name])
				.map((name) => [name, example(api, at.properties[name], depth + 1)]),
		);
	}
	if (at.type === "array") return at.items && depth < 4 ? [example(api, at.items, depth + 1)] : [];
	if (at.type === "integer" || at.type === "number") return at.minimum ?? 1;
	if (at.type === "boolean") return true;
	if (at.type === "object") return {};
	if (at.format === "uuid") return "01890000-0000-7000-8000-000000000000";
	if (at.pattern?.startsWith("^")) return `${at.pattern.slice(1).split(/[[({]/)[0]}…`;
	return "text";
}

export function slug(text) {
	return text.toLowerCase().replace(/[^a-z0-9]+/g, "-");
}

function operationsOf(api) {
	const found = [];
	for (const [path, item] of Object.entries(api.paths))
		for (const method of METHODS) {
			const op = item[method];
			if (!op) continue;
			found.push({
				id: op.operationId,
				method: method.toUpperCase(),
				path,
				tag: op.tags[0],
				summary: op.summary.replace(/\.$/, "").replaceAll("`", ""),
				description: op.description ?? "",
				scope: op["x-bulkhead-scope"],
				isOpen: op.security?.length === 0,
				parameters: [...(item.parameters ?? []), ...(op.parameters ?? [])].map((each) =>
					resolve(api, each),
				),
				body: op.requestBody ? resolve(api, op.requestBody) : null,
				answers: Object.entries(op.responses).map(([status, answer]) => ({
					status,
					...resolve(api, answer),
				})),
			});
		}
	return found;
}

/** Rows of src/base/errors.def that a client can see. */
export function readErrors(text) {
	const row =
		/^BH_ERROR\(\w+,\s*(\d+),\s*(NEVER|LATER),\s*"([^"]*)",\s*"([^"]*)",\s*"((?:[^"\\]|\\.)*)"\)/gm;
	return [...text.matchAll(row)]
		.map(([, status, retry, type, code, sentence]) => ({
			status: Number(status),
			retry: retry === "LATER",
			type,
			code,
			sentence,
		}))
		.filter((each) => each.status > 0)
		.sort((a, b) => a.status - b.status || (a.code < b.code ? -1 : 1));
}

export function readReference(apiPath, errorsPath) {
	const api = parse(readFileSync(apiPath, "utf8"));
	const operations = operationsOf(api);
	const groups = api.tags.map((tag) => ({
		name: tag.name,
		slug: slug(tag.name),
		description: tag.description,
		operations: operations.filter((each) => each.tag === tag.name),
	}));
	return { api, operations, groups, errors: readErrors(readFileSync(errorsPath, "utf8")) };
}
