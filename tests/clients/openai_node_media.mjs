// SPDX-License-Identifier: Apache-2.0
// openai_node_media.mjs: OpenAI's client for Node over images, speech, moderation and vision. OPENAI_BASE_URL and
// OPENAI_API_KEY come from the environment, and so do PICTURE, MASK and RECORDING (base64), the models EAR, MOUTH and EYES,
// and STORE; what came back is printed as one JSON object.
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const require = createRequire(pathToFileURL(process.env.NODE_FOLDER + '/'));
const { OpenAI, toFile } = await import(
	pathToFileURL(require.resolve('openai')).href.replace(/index\.js$/, 'index.mjs'));
const client = new OpenAI({ maxRetries: 0 });
const out = {};

const file = (name, as, type) => toFile(Buffer.from(process.env[name], 'base64'), as, { type });
const picture = () => file('PICTURE', 'picture.png', 'image/png');
const recording = () => file('RECORDING', 'Monday.wav', 'audio/wav');
const head = (base64) => Buffer.from(base64, 'base64').subarray(1, 4).toString();
const collect = async (stream) => {
	const all = [];
	for await (const each of stream) all.push(each);
	return all;
};

// Images
const asked = { model: 'default', prompt: 'A cat', size: '1024x1024' };
const made = await client.images.generate({ ...asked, n: 2 });
out.generated = { heads: made.data.map((each) => head(each.b64_json)), size: made.size, quality: made.quality };
const edit = { model: 'default', prompt: 'A hat' };
const edited = await client.images.edit({ ...edit, image: [await picture(), await picture()], mask: await file('MASK', 'mask.png', 'image/png') });
out.edited = edited.data.map((each) => head(each.b64_json));
const tell = (events) => events.map((each) => [each.type, each.partial_image_index ?? null, head(each.b64_json)]);
out.streamed = tell(await collect(await client.images.generate({ ...asked, stream: true, partial_images: 2 })));
out.edit_streamed = tell(await collect(await client.images.edit({ ...edit, image: await picture(), stream: true, partial_images: 1 })));

// Speech heard
const hear = async (more) => client.audio.transcriptions.create({ model: process.env.EAR, file: await recording(), ...more });
out.heard = {};
for (const format of ['json', 'text', 'srt', 'vtt']) out.heard[format] = await hear({ response_format: format });
const verbose = await hear({ response_format: 'verbose_json', timestamp_granularities: ['word', 'segment'] });
out.verbose = { text: verbose.text, words: verbose.words.map((each) => each.word), start: verbose.segments[0].start };
out.heard_streamed = (await collect(await hear({ stream: true }))).map((each) => each.type);
out.kept = (await hear({ bulkhead: { vector_store_id: process.env.STORE } })).bulkhead;
out.translated = (await client.audio.translations.create({ model: process.env.EAR, file: await recording() })).text;

// Speech spoken
out.spoken = {};
for (const format of ['mp3', 'opus', 'flac', 'wav', 'pcm']) {
	const said = await client.audio.speech.create({ model: process.env.MOUTH, voice: 'alloy', input: 'Hello.', response_format: format });
	const bytes = Buffer.from(await said.arrayBuffer());
	out.spoken[format] = { bytes: bytes.length, head: bytes.subarray(0, 4).toString('latin1') };
}

// Moderation
const judged = await client.moderations.create({ input: ['Good morning.', 'I want to kill them.'] });
out.judged = judged.results.map((each) => [each.flagged, each.categories.violence, each.category_scores.violence]);

// Vision, in chat and in Responses
const url = 'data:image/png;base64,' + process.env.PICTURE;
const chat = await client.chat.completions.create({ model: process.env.EYES, messages: [
	{ role: 'user', content: [{ type: 'text', text: 'What is this?' }, { type: 'image_url', image_url: { url, detail: 'low' } }] }] });
out.seen = chat.choices[0].finish_reason;
const response = await client.responses.create({ model: process.env.EYES, input: [
	{ role: 'user', content: [{ type: 'input_text', text: 'What is this?' }, { type: 'input_image', image_url: url, detail: 'auto' }] }] });
out.answered = response.status;

console.log(JSON.stringify(out));
