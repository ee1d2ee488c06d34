# SPDX-License-Identifier: Apache-2.0
"""Speech heard and spoken: by a provider, and by the platform's own engines where they are installed."""
import concurrent.futures
import http.client
import io
import json
import os
import re
import sys
import threading
import unittest
import uuid
import wave

from base import PlatformTest, main, until, uses_engine, wire
from checkout import ROOT
from instance import CommandFailed, Instance
import mock_speech
import openai_spec

sys.path.insert(0, os.path.join(ROOT, "audio"))

from testing_audio import flac_that_lies, tone, wav  # noqa: E402

PRICE_SECOND, PRICE_CHARACTER = 100, 15  # of a million
MAGIC = {"mp3": b"\xff", "opus": b"OggS", "flac": b"fLaC", "wav": b"RIFF"}


def form(model, recording, *fields, name="a.wav"):
    boundary = uuid.uuid4().hex
    out = b""
    for key, value in (("model", model), *fields):
        out += f'--{boundary}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'.encode()
    if recording is not None:
        out += (f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'.encode()
                + recording + b"\r\n")
    return out + f"--{boundary}--\r\n".encode(), f"multipart/form-data; boundary={boundary}"


class SpeechTest(PlatformTest):
    """A platform of its own, without engines."""

    @classmethod
    def setUpClass(cls):
        cls.bh = Instance(engine_enabled="false", supervisor_quickstart="false", multimodal_audio_seconds_max="60")
        cls.addClassCleanup(cls.bh.stop)
        cls.bh.start()
        cls.provider = mock_speech.MockSpeech()
        cls.addClassCleanup(cls.provider.shutdown)
        cls.recording = wav(tone(2, 16000), 16000)

    def setUp(self):
        self.provider.mode = "plain"
        self.provider.gate.clear()
        self.tenant = self.bh.tenant()
        self.ear, self.mouth = self.add("transcription", PRICE_SECOND), self.add("speech", PRICE_CHARACTER)
        self.provider.log.clear()  # of what adding them has asked

    def add(self, kind, price, tenant=None):
        name = f"{kind}-{uuid.uuid4().hex[:8]}"
        self.bh.cli("model", "add", name, "--url", self.provider.url + "/v1", "--kind", kind, "--upstream-model", "theirs",
                    "--price-in", "0", "--price-out", str(price), "--tenant", (tenant or self.tenant).id)
        return name

    def hear(self, *fields, recording=None, model=None, tenant=None, to="transcriptions"):
        body, kind = form(model or self.ear, self.recording if recording is None else recording, *fields)
        return (tenant or self.tenant).call("POST", f"/v1/audio/{to}", body, content_type=kind)

    def speak(self, tenant=None, **body):
        return (tenant or self.tenant).call("POST", "/v1/audio/speech", {"model": self.mouth, "input": "Hello.", "voice": "alloy"} | body)


class Transcription(SpeechTest):
    def test_every_format_with_the_official_client(self):
        client = self.tenant.client()
        said = mock_speech.SAID
        answer = client.audio.transcriptions.create(model=self.ear, file=("a.wav", self.recording))
        self.assertEqual((answer.text, answer.usage.seconds), (said, 2.0))
        answer = client.audio.transcriptions.create(model=self.ear, file=("a.wav", self.recording), response_format="verbose_json",
                                                    timestamp_granularities=["word", "segment"], language="en", prompt="Cranes")
        self.assertEqual((answer.text, answer.language, answer.duration), (said, "english", 2.0))
        self.assertEqual([word.word for word in answer.words], said.split())
        self.assertEqual((answer.segments[0].start, answer.segments[0].end), (0.25, 1.5))
        sent = self.provider.log[-1]
        self.assertEqual((sent["model"], sent["language"], sent["prompt"], sent["file"][:4]), ("theirs", "en", "Cranes", b"fLaC"))
        for form_, expected in (("text", said + "\n"), ("srt", f"1\n00:00:00,250 --> 00:00:01,500\n{said}\n\n"),
                                ("vtt", f"WEBVTT\n\n00:00:00.250 --> 00:00:01.500\n{said}\n\n")):
            reply = self.hear(("response_format", form_))
            self.assertEqual((reply.status, reply.body.decode()), (200, expected))

    def test_answers_are_as_openai_describes_them(self):
        openai_spec.check("CreateTranscriptionResponseJson", self.ok(self.hear()))
        openai_spec.check("CreateTranscriptionResponseVerboseJson", self.ok(self.hear(("response_format", "verbose_json"))))
        openai_spec.check("CreateTranslationResponseVerboseJson",
                          self.ok(self.hear(("response_format", "verbose_json"), to="translations")))
        self.assertEqual(self.provider.log[-1]["path"], "/v1/audio/translations")

    def test_a_stream_has_deltas_and_the_whole(self):
        reply = self.hear(("stream", "true"))
        events = [json.loads(line[6:]) for line in reply.body.decode().splitlines() if line.startswith("data: ")]
        self.assertEqual([event["type"] for event in events], ["transcript.text.delta", "transcript.text.done"])
        self.assertEqual(events[-1]["text"], "".join(event["delta"] for event in events[:-1]))
        openai_spec.check("TranscriptTextDeltaEvent", events[0])
        openai_spec.check("TranscriptTextDoneEvent", events[-1])

    def kept(self, own, store, name):
        """The file that an answer tells, and that it is in the store."""
        self.assertEqual(own["vector_store_id"], store)
        file = self.ok(self.tenant.call("GET", f"/v1/files/{own['file_id']}"))
        self.assertEqual((file["filename"], file["purpose"]), (name, "assistants"))
        self.assertEqual(self.tenant.call("GET", f"/v1/files/{own['file_id']}/content").body.decode(), mock_speech.SAID + "\n")
        self.assertEqual(self.ok(self.tenant.call("GET", f"/v1/vector_stores/{store}/files/{own['file_id']}"))["id"], own["file_id"])

    def test_a_transcript_goes_into_a_vector_store(self):
        store = self.store(self.tenant)["id"]
        into = ("bulkhead[vector_store_id]", store)
        for fields, recording, name in (((), "Monday.v2.wav", "Monday.v2.txt"), ((("response_format", "verbose_json"),), "C:\\a\\b", "b.txt"),
                                        ((), "../\u00fc.mp3", "\u00fc.txt"), ((), ".wav", ".wav.txt")):
            with self.subTest(name=name):
                body, kind = form(self.ear, self.recording, into, *fields, name=recording)
                answer = self.ok(self.tenant.call("POST", "/v1/audio/transcriptions", body, content_type=kind))
                self.assertEqual(answer["text"], mock_speech.SAID)
                self.kept(answer["bulkhead"], store, name)
        reply = self.hear(into, ("stream", "true"))
        events = [json.loads(line[6:]) for line in reply.body.decode().splitlines() if line.startswith("data: ")]
        self.assertEqual(["bulkhead" in event for event in events], [False, True])
        self.kept(events[-1]["bulkhead"], store, "a.txt")
        self.assertNotIn("bulkhead", self.ok(self.hear()))

    def test_another_tenants_vector_store_is_none(self):
        theirs = self.store(self.bh.tenant())["id"]
        told = set()
        for id in (theirs, "vs_" + "0" * 32, "vs_", "nonsense", ""):
            error = self.refused(self.hear(("bulkhead[vector_store_id]", id)), 404, "not_found", "bulkhead[vector_store_id]")
            told.add(error["message"])
        self.assertEqual(len(told), 1, told)
        self.assertEqual(self.provider.log, [])  # nothing was heard for nothing
        self.assertEqual(self.bh.psql(f"SELECT count(*) FROM bulkhead.file WHERE tenant_id = '{self.tenant.id}'"), [["0"]])

    def test_a_vector_store_is_for_who_may_write_it(self):
        store = self.store(self.tenant)["id"]
        body, kind = form(self.ear, self.recording, ("bulkhead[vector_store_id]", store))
        for scopes, status in ((["files:write"], 403), (["vector_stores:write"], 403), (["files:write", "vector_stores:write"], 200)):
            http_ = wire.Http(self.bh.address, self.tenant.new_key("audio:write", *scopes)["key"])
            reply = http_.call("POST", "/v1/audio/transcriptions", body, content_type=kind)
            self.assertEqual(reply.status, status, reply)
        for fields in ((("response_format", "srt"),), (("response_format", "text"),)):
            self.refused(self.hear(("bulkhead[vector_store_id]", store), *fields), 400, "invalid_value", "response_format")
        self.refused(self.hear(("bulkhead[vector_store_id]", store), to="translations"), 400, "unknown_parameter")

    def test_a_vector_store_that_goes_while_it_is_heard(self):
        store = self.store(self.tenant)["id"]
        self.provider.mode = "hold"
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            reply = pool.submit(self.hear, ("bulkhead[vector_store_id]", store))
            until(lambda: self.provider.log, 20, "the provider is asked")
            self.ok(self.tenant.call("DELETE", f"/v1/vector_stores/{store}"))
            self.provider.gate.set()
            answer = self.ok(reply.result())
        self.assertEqual((answer["text"], answer["bulkhead"]["file_id"]), (mock_speech.SAID, None))
        self.assertEqual((answer["bulkhead"]["error"]["code"], answer["bulkhead"]["error"]["param"]), ("not_found", "bulkhead[vector_store_id]"))
        self.assertEqual(self.bh.psql(f"SELECT count(*) FROM bulkhead.file WHERE tenant_id = '{self.tenant.id}'"), [["0"]])

    def test_a_vector_store_without_room(self):
        store = self.store(self.tenant)["id"]
        self.tenant.limit(storage="1000")
        self.refused(self.hear(("bulkhead[vector_store_id]", store)), 403, "storage_quota_exceeded")
        self.assertEqual(self.provider.log, [])

    def test_a_second_costs_what_it_costs(self):
        for length, seconds in ((2, 2), (2.001, 3), (0.1, 1)):
            with self.subTest(length=length):
                reply = self.hear(recording=wav(tone(length, 16000), 16000))
                row = self.tenant.settled(reply.request_id, kind="transcription")[0]
                self.assertEqual((row["completion_tokens"], row["status"]), (seconds, "ok"))
                self.assertEqual(row["cost"], f"{seconds * PRICE_SECOND / 1e6:.4f}".rstrip("0"))

    def test_a_small_budget_refuses_a_long_recording_before_anything_is_sent(self):
        self.tenant.limit(budget_month="0.0001")
        self.refused(self.hear(), 429, "insufficient_quota")
        self.assertEqual(self.provider.log, [])

    def test_a_provider_that_fails_is_told_and_not_paid(self):
        for mode, status, code in (("away", 503, "service_unavailable"), ("refused", 400, "invalid_value"),
                                   ("garbage", 502, "upstream_error"), ("cut", 502, "upstream_error")):
            self.provider.mode = mode
            with self.subTest(mode=mode):
                reply = self.hear()
                self.refused(reply, status, code)
                rows = self.tenant.settled(reply.request_id, kind="transcription")
                self.assertEqual(len(rows), 1, rows)
                if mode in ("away", "refused"):
                    self.assertEqual((rows[0]["completion_tokens"], rows[0]["cost"]), (0, "0"))

    def test_captions_need_times(self):
        self.provider.mode = "short"
        self.refused(self.hear(("response_format", "srt")), 400, "unsupported_parameter", "response_format")

    def test_bad_fields_name_themselves(self):
        for field, value, code in (("response_format", "diarized_json", "invalid_value"), ("temperature", "2", "out_of_range"),
                                   ("temperature", "x", "out_of_range"), ("language", "Deutsch!", "invalid_value"),
                                   ("stream", "yes", "invalid_type"), ("include[]", "logprobs", "unsupported_parameter"),
                                   ("timestamp_granularities[]", "letter", "invalid_value"), ("prompt", "x" * 5000, "out_of_range"),
                                   ("colour", "red", "unknown_parameter")):
            with self.subTest(field=field, value=value):
                error = self.refused(self.hear((field, value)), 400, code)
                self.assertIn(field.removesuffix("[]"), error["param"])
        self.refused(self.hear(("timestamp_granularities[]", "word")), 400, "invalid_value")
        self.refused(self.hear(("response_format", "srt"), ("stream", "true")), 400, "invalid_value", "response_format")
        body, kind = form(self.ear, None)
        self.refused(self.tenant.call("POST", "/v1/audio/transcriptions", body, content_type=kind), 400, "missing_required_parameter",
                     "file")
        self.refused(self.hear(("language", "en"), to="translations"), 400, "unknown_parameter", "language")
        self.refused(self.tenant.call("POST", "/v1/audio/transcriptions", {"model": self.ear}), 415)
        self.assertEqual(self.provider.log, [])

    def test_bad_recordings_are_refused_before_anything_is_sent(self):
        silence = flac_that_lies(b"fLaC\x80\0\0\x22" + bytes(10) + b"\x03\xe8\x00\xf0" + bytes(60), 16000 * 43200)
        for name, recording in (("empty", b""), ("m4a", b"\0\0\0\x20ftypM4A mp42isom"), ("webm", b"\x1a\x45\xdf\xa3" + bytes(50)),
                                ("html", b"<html></html>"), ("12 h", silence), ("too long", wav(tone(0.1, 4000) * 620, 4000)),
                                ("no sound", wav(tone(0, 16000), 16000)), ("cut", self.recording[:30]), ("zeros", bytes(100000))):
            with self.subTest(name=name):
                error = self.refused(self.hear(recording=recording), 400, "invalid_value", "file")
                self.assertRegex(error["message"], {"m4a": "M4A", "webm": "WebM", "12 h": "60 seconds"}.get(name, "."))
        self.assertEqual(self.provider.log, [])

    def test_another_tenants_model_is_none(self):
        other = self.bh.tenant()
        theirs = self.add("transcription", 1, tenant=other)
        unknown = self.refused(self.hear(model="unknown"), 404, "model_not_found")
        self.assertEqual(self.refused(self.hear(model=theirs), 404, "model_not_found"), unknown)
        voice = self.add("speech", 1, tenant=other)
        unknown = self.refused(self.speak(model="unknown"), 404, "model_not_found")
        self.assertEqual(self.refused(self.speak(model=voice), 404, "model_not_found"), unknown)
        self.assertEqual(self.refused(self.hear(model=self.mouth), 404, "model_not_found")["code"], "model_not_found")

    def test_without_engines_there_is_no_default(self):
        self.refused(self.hear(model="default"), 404, "model_not_found")
        self.refused(self.speak(model="default"), 404, "model_not_found")

    def test_a_key_needs_the_scope(self):
        key = self.tenant.new_key("chat:write")["key"]
        body, kind = form(self.ear, self.recording)
        reply = self.tenant.http.__class__(self.bh.address, key).call("POST", "/v1/audio/transcriptions", body, content_type=kind)
        self.refused(reply, 403)

    def test_a_client_that_leaves_ends_the_call(self):
        self.provider.mode = "hold"
        body, kind = form(self.ear, self.recording)
        call = threading.Thread(target=lambda: self.assertRaises(
            Exception, self.tenant.call, "POST", "/v1/audio/transcriptions", body, content_type=kind, timeout=2))
        call.start()
        call.join()
        rows = until(lambda: [row for row in self.tenant.usage() if row["kind"] == "transcription"], 15, "the row of a cut call")
        self.assertEqual([row["status"] for row in rows], ["cut"])
        self.provider.release()


class Speech(SpeechTest):
    def test_every_format_with_the_official_client(self):
        client = self.tenant.client()
        for format_, magic in MAGIC.items():
            with self.subTest(format=format_):
                made = client.audio.speech.create(model=self.mouth, voice="alloy", input="Hello.", response_format=format_).read()
                self.assertTrue(made.startswith(magic), made[:8])
                # What is made can be heard.
                self.assertEqual(self.ok(self.hear(recording=made))["text"], mock_speech.SAID)
        pcm = client.audio.speech.create(model=self.mouth, voice="alloy", input="Hello.", response_format="pcm").read()
        self.assertEqual(pcm, mock_speech.SAMPLES)
        with wave.open(io.BytesIO(client.audio.speech.create(model=self.mouth, voice="alloy", input="Hello.",
                                                             response_format="wav").read())) as reader:
            self.assertEqual((reader.getframerate(), reader.readframes(1 << 30)), (24000, mock_speech.SAMPLES))
        self.assertEqual(self.provider.log[-1]["json"], {"model": "theirs", "input": "Hello.", "voice": "alloy", "speed": 1,
                                                        "response_format": "pcm"})

    def test_events_hold_the_same_bytes(self):
        import base64
        reply = self.speak(response_format="pcm", stream_format="sse")
        events = [json.loads(line[6:]) for line in reply.body.decode().splitlines() if line.startswith("data: ")]
        self.assertEqual(b"".join(base64.b64decode(event["audio"]) for event in events[:-1]), mock_speech.SAMPLES)
        openai_spec.check("SpeechAudioDeltaEvent", events[0])
        openai_spec.check("SpeechAudioDoneEvent", events[-1])

    def test_a_character_costs_what_it_costs(self):
        reply = self.speak(input="Grüße, Riga")
        self.assertEqual(reply.status, 200)
        row = self.tenant.settled(reply.request_id, kind="speech")[0]
        self.assertEqual((row["completion_tokens"], row["status"], row["cost"]), (11, "ok", "0.000165"))

    def test_bad_requests_name_their_field(self):
        for body, code, param in (({"input": ""}, "out_of_range", "input"), ({"input": "x" * 4097}, "out_of_range", "input"),
                                  ({"response_format": "aac"}, "invalid_value", "response_format"), ({"speed": 9}, "out_of_range", "speed"),
                                  ({"voice": 3}, "invalid_type", "voice"), ({"voice": None}, None, "voice"),
                                  ({"stream_format": "x"}, "invalid_value", "stream_format"), ({"pitch": 1}, "unknown_parameter", "pitch")):
            with self.subTest(body=str(body)[:60]):
                self.refused(self.speak(**body), 400, code, param)
        self.assertEqual(self.provider.log, [])

    def test_a_provider_that_fails_is_told(self):
        for mode, status in (("away", 503), ("refused", 400)):
            self.provider.mode = mode
            reply = self.speak()
            self.refused(reply, status)
            row = self.tenant.settled(reply.request_id, kind="speech")[0]
            self.assertEqual((row["completion_tokens"], row["cost"]), (0, "0"))

    def test_half_of_a_speech_is_not_taken_for_the_whole(self):
        self.provider.mode = "cut"
        try:
            reply = self.speak(response_format="pcm")
            self.assertNotEqual(reply.status, 200)
        except Exception as error:  # noqa: BLE001 the connection ends without the answer's end
            self.assertRegex(type(error).__name__, "IncompleteRead|Connection|RemoteDisconnected|HTTP")

    def test_a_provider_that_never_ends_fills_no_disk(self):
        self.provider.mode = "endless"
        connection = http.client.HTTPConnection(*self.bh.address, timeout=60)
        self.addCleanup(connection.close)
        connection.request("POST", "/v1/audio/speech", json.dumps({"model": self.mouth, "input": "Hello.", "voice": "alloy",
                                                                   "response_format": "pcm"}),
                           {"content-type": "application/json", "authorization": f"Bearer {self.tenant.key}"})
        answer, got = connection.getresponse(), 0
        self.assertEqual(answer.status, 200)
        with self.assertRaises((http.client.HTTPException, ConnectionError)):
            while piece := answer.read(1 << 16):
                got += len(piece)
        self.assertLess(got, 4 << 20)
        row = self.tenant.settled(answer.headers["x-request-id"], kind="speech")[0]
        self.assertEqual(row["completion_tokens"], 6)


class Probing(SpeechTest):
    def test_a_server_that_is_none_is_not_added(self):
        self.provider.mode = "garbage"
        with self.assertRaises(CommandFailed) as raised:
            self.add("transcription", 1)
        self.assertRegex(raised.exception.stderr, "did not respond like a transcription model")


class Engines(PlatformTest):
    """The platform's own; `make speech-engine` installs them."""

    @classmethod
    def setUpClass(cls):
        cls.bh = Instance(engine_speech="true", supervisor_quickstart="false")
        cls.addClassCleanup(cls.bh.stop)
        cls.bh.install()
        if "speech" not in cls.bh.manifest():
            raise unittest.SkipTest("the speech engines are not installed: make speech-engine")
        cls.bh.start()
        cls.tenant = cls.bh.tenant()
        reply = cls.tenant.call("POST", "/v1/audio/speech", {
            "model": "default", "voice": "alloy", "response_format": "flac",
            "input": "The harbour opens at dawn, and the first boats leave before the sun has risen."}, timeout=120)
        cls.spoken = reply.body

    def hear(self, *fields, recording=None, **options):
        body, kind = form("default", recording or self.spoken, *fields)
        return self.tenant.call("POST", "/v1/audio/transcriptions", body, content_type=kind, timeout=180, **options)

    @uses_engine
    def test_what_is_said_is_heard_and_silence_has_no_words(self):
        answer = self.ok(self.hear(("response_format", "verbose_json"), ("timestamp_granularities[]", "word")))
        openai_spec.check("CreateTranscriptionResponseVerboseJson", answer)
        words = [re.sub(r"\W", "", word["word"]).lower() for word in answer["words"]]
        self.assertEqual(answer["language"], "en")
        self.assertGreater(len(set(words) & set("the opens at dawn and first boats leave before sun has risen".split())), 9, words)
        starts = [word["start"] for word in answer["words"]]
        self.assertEqual(starts, sorted(starts))
        self.assertEqual(self.ok(self.hear(recording=wav(tone(3, 16000, loud=0), 16000)))["text"], "")
        # As a stream that is read late.
        body, kind = form("default", self.spoken, ("stream", "true"))
        connection = http.client.HTTPConnection(*self.bh.address, timeout=180)
        self.addCleanup(connection.close)
        connection.request("POST", "/v1/audio/transcriptions", body, {"content-type": kind, "authorization": f"Bearer {self.tenant.key}"})
        late = connection.getresponse()
        self.assertTrue(self.ok(self.hear())["text"])
        events = [json.loads(line[6:]) for line in late.read().decode().splitlines() if line.startswith("data: ")]
        self.assertEqual((late.status, events[-1]["type"], events[-1]["text"]),
                         (200, "transcript.text.done", "".join(event["delta"] for event in events[:-1])))
        self.assertEqual(self.tenant.settled(late.headers["x-request-id"], kind="transcription")[0]["status"], "ok")

    @uses_engine
    def test_an_engine_that_is_killed_ends_the_call_once(self):
        long = wav(tone(0.2, 16000, loud=0) + 12 * self.samples(), 16000)
        replies = []
        call = threading.Thread(target=lambda: replies.append(self.hear(recording=long)))
        call.start()
        until(lambda: any(row["kind"] == "transcription" and row["running"] for row in self.bh.cli("model", "list")["data"]), 60,
              "the call at the engine", pause=0.05)
        old = self.bh.kill("transcribe")
        call.join()
        self.refused(replies[0], 503, "service_unavailable")
        rows = self.tenant.settled(replies[0].request_id, kind="transcription")
        self.assertEqual([(row["status"], row["completion_tokens"], row["cost"]) for row in rows], [("failed", 0, "0")])
        self.bh.replaced("transcribe", old, seconds=180)
        self.assertTrue(self.ok(self.hear())["text"])

    def samples(self):
        import array
        import subprocess
        import tempfile
        with tempfile.TemporaryFile() as source, tempfile.TemporaryFile() as output:
            source.write(self.spoken)
            source.seek(0)
            program = os.path.join(self.bh.programs, "bin/bulkhead-audio")
            subprocess.run(["/bin/bash", "-c", f'exec 3<&{output.fileno()}; exec "$0" --decode pcm', program], stdin=source,
                           stdout=subprocess.DEVNULL, pass_fds=[output.fileno()], check=True)
            output.seek(0)
            return array.array("h", output.read())


if __name__ == "__main__":
    main()
