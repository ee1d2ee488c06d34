// SPDX-License-Identifier: Apache-2.0
// openai_node.mjs: OpenAI's client for Node over Files, Uploads, Vector Stores, Responses, chat and embeddings.
// OPENAI_BASE_URL, OPENAI_API_KEY, and QUESTION with the script of the answer come from the environment; what came
// back is printed as one JSON object.
import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const require = createRequire(pathToFileURL(process.env.NODE_FOLDER + '/'));
const { OpenAI, toFile, NotFoundError, BadRequestError } = await import(
	pathToFileURL(require.resolve('openai')).href.replace(/index\.js$/, 'index.mjs'));
const client = new OpenAI({ maxRetries: 0 });
const out = {};

const collect = async (list) => {
	const all = [];
	for await (const each of list) all.push(each);
	return all;
};
const refusal = async (promise) => {
	try {
		await promise;
	} catch (error) {
		const kind = error instanceof NotFoundError ? 'not found' : error instanceof BadRequestError ? 'bad request' : 'other';
		return { kind, status: error.status, code: error.code, param: error.param, type: error.type, id: error.requestID };
	}
	return null;
};

// Files
const text = process.env.DOCUMENT;
const file = await client.files.create({ file: await toFile(Buffer.from(text), 'b\u00fccher.md'), purpose: 'assistants' });
out.file = { name: file.filename, bytes: file.bytes, status: file.status };
out.content = await (await client.files.content(file.id)).text();
for (let at = 0; at < 3; at++)
	await client.files.create({ file: await toFile(Buffer.from(`small ${at}`), `${at}.txt`), purpose: 'user_data' });
out.paged = (await collect(client.files.list({ limit: 2 }))).length;

// Uploads
const whole = Buffer.from(text.repeat(50));
const upload = await client.uploads.create({
	bytes: whole.length, filename: 'parts.md', mime_type: 'text/markdown', purpose: 'assistants' });
const half = whole.length >> 1;
const parts = [];
for (const piece of [whole.subarray(0, half), whole.subarray(half)])
	parts.push((await client.uploads.parts.create(upload.id, { data: await toFile(piece, 'part') })).id);
const done = await client.uploads.complete(upload.id, {
	part_ids: parts, md5: createHash('md5').update(whole).digest('hex') });
out.upload = { status: done.status, bytes: done.file.bytes };
const gone = await client.uploads.create({
	bytes: 5, filename: 'x', mime_type: 'text/plain', purpose: 'assistants' });
out.cancelled = (await client.uploads.cancel(gone.id)).status;

// Vector stores
const store = await client.vectorStores.create({ name: 'From Node', metadata: { team: 'harbour' } });
const attached = await client.vectorStores.files.createAndPoll(store.id, {
	file_id: file.id, attributes: { year: 1931 } }, { pollIntervalMs: 100 });
const batch = await client.vectorStores.fileBatches.uploadAndPoll(store.id, {
	files: [await toFile(Buffer.from('Fog is frequent in March.'), 'fog.txt'),
		await toFile(Buffer.from('The ferry sails at noon.'), 'ferry.txt')] }, { pollIntervalMs: 100 });
out.attached = attached.status;
out.batch = { status: batch.status, counts: batch.file_counts };
const found = await collect(client.vectorStores.search(store.id, {
	query: 'Who keeps the lighthouse?', filters: { type: 'eq', key: 'year', value: 1931 } }));
out.found = found.map((hit) => ({ file: hit.filename, score: hit.score, text: hit.content[0].text, year: hit.attributes.year }));
out.stored = (await collect(client.vectorStores.files.list(store.id, { limit: 1 }))).length;
out.read = (await collect(client.vectorStores.files.content(file.id, { vector_store_id: store.id })))
	.map((page) => page.text).join('');
out.updated = (await client.vectorStores.update(store.id, { name: 'Renamed' })).name;

// Answers
const stream = await client.responses.create({
	model: 'default', input: process.env.QUESTION, stream: true,
	tools: [{ type: 'file_search', vector_store_ids: [store.id] }] });
let said = '';
const kinds = [];
for await (const event of stream) {
	kinds.push(event.type);
	if (event.type === 'response.output_text.delta') said += event.delta;
	if (event.type === 'response.completed') out.citations = event.response.output.at(-1).content[0].annotations;
}
out.said = said;
out.last = kinds.at(-1);
const chat = await client.chat.completions.stream({
	model: 'default', messages: [{ role: 'user', content: process.env.QUESTION }], stream_options: { include_usage: true } })
	.finalChatCompletion();
out.chat = { text: chat.choices[0].message.content, reason: chat.choices[0].finish_reason, tokens: chat.usage.total_tokens };
const vectors = await client.embeddings.create({ model: process.env.EMBEDDING, input: ['a', 'b'] });
out.vectors = vectors.data.map((row) => row.embedding.length);
out.models = (await collect(client.models.list())).map((each) => each.id);

// Errors
out.missing = await refusal(client.vectorStores.retrieve('vs_' + '0'.repeat(32)));
out.refused = await refusal(client.vectorStores.search(store.id, { query: 'x', max_num_results: 51 }));

// Deletion
out.deleted = [(await client.vectorStores.files.delete(file.id, { vector_store_id: store.id })).deleted,
	(await client.vectorStores.delete(store.id)).deleted, (await client.files.delete(file.id)).deleted];
out.left = (await refusal(client.vectorStores.retrieve(store.id))).kind;
console.log(JSON.stringify(out));
