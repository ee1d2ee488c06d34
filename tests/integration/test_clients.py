# SPDX-License-Identifier: Apache-2.0
"""Clients other than the official one for Python: OpenAI's for Node, LangChain and LlamaIndex, unmodified."""
import base64
import io
import json
import os
import subprocess
import sys
import unittest

from PIL import Image

from base import PlatformTest, main, marker

from instance import ROOT
import mock_speech

sys.path[:0] = [os.path.join(ROOT, folder) for folder in ("audio", "picture")]

from testing_audio import tone, wav  # noqa: E402
from testing_program import flat  # noqa: E402

HERE = os.path.join(ROOT, "tests/clients")
NODE_FOLDER = os.path.join(ROOT, "var/test-node")
NODE = os.path.join(NODE_FOLDER, "node")
FRAMEWORKS = os.path.join(ROOT, "var/test-frameworks/bin/python")
DOCUMENT = ("# Harbour handbook\n\nThe lighthouse keeper of the north harbour tower is called Wilhelmina Brandt. "
            "She was appointed in 1931.\n")
STATED = "The lighthouse keeper of the north harbour tower is called Wilhelmina Brandt."
QUESTION = "Who is the lighthouse keeper of the north harbour tower? #mock " + json.dumps({"text": STATED})


class Clients(PlatformTest):
    def setUp(self):
        self.tenant = self.acme()

    def run_client(self, program, script, **values):
        """The last line that the client printed. Its key comes from the environment."""
        if not os.access(program, os.X_OK):
            raise unittest.SkipTest(f"{os.path.relpath(program, ROOT)} is absent: run scripts/setup test")
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        done = subprocess.run([program, os.path.join(HERE, script)], capture_output=True, text=True, timeout=180,
                              check=False, env=kept | {
                                  "OPENAI_BASE_URL": f"{self.bh.url}/v1", "OPENAI_API_KEY": self.tenant.key,
                                  "QUESTION": QUESTION, "EMBEDDING": "default", "DOCUMENT": DOCUMENT,
                                  "NODE_FOLDER": NODE_FOLDER} | values)
        self.assertEqual(done.returncode, 0, done.stderr[-3000:])
        return json.loads(done.stdout.strip().splitlines()[-1])

    def library(self):
        store = self.store(self.tenant)
        row = self.ingest(self.tenant, store["id"], DOCUMENT, "handbook.md")
        return store["id"], row["id"]

    def cited(self, citations, file=None):
        self.assertEqual([each["type"] for each in citations][:1], ["file_citation"], citations)
        if file is not None:
            self.assertEqual(citations[0]["file_id"], file)

    def test_the_official_node_client(self):
        got = self.run_client(NODE, "openai_node.mjs")
        size = len(DOCUMENT.encode())
        self.assertEqual(got["file"], {"name": "b\u00fccher.md", "bytes": size, "status": "processed"})
        self.assertEqual(got["content"], DOCUMENT)
        self.assertGreaterEqual(got["paged"], 4)
        self.assertEqual(got["upload"], {"status": "completed", "bytes": 50 * size})
        self.assertEqual(got["cancelled"], "cancelled")
        self.assertEqual(got["attached"], "completed")
        self.assertEqual(got["batch"], {"status": "completed", "counts": {
            "in_progress": 0, "completed": 2, "failed": 0, "cancelled": 0, "total": 2}})
        self.assertEqual([(hit["file"], hit["year"]) for hit in got["found"]], [("b\u00fccher.md", 1931)])
        self.assertIn("Wilhelmina", got["found"][0]["text"])
        self.assertEqual(got["stored"], 3)
        self.assertIn(STATED, got["read"])
        self.assertEqual(got["updated"], "Renamed")
        self.assertEqual((got["said"], got["last"]), (STATED, "response.completed"))
        self.cited(got["citations"])
        self.assertEqual((got["chat"]["text"], got["chat"]["reason"]), (STATED, "stop"))
        self.assertGreater(got["chat"]["tokens"], 0)
        self.assertEqual(got["vectors"], [384, 384])
        self.assertIn("default", got["models"])
        missing, refused = got["missing"], got["refused"]
        self.assertEqual((missing["kind"], missing["status"], missing["type"]),
                         ("not found", 404, "invalid_request_error"))
        self.assertRegex(missing["id"], r"^[0-9a-f]{32}$")
        self.assertEqual((refused["kind"], refused["param"]), ("bad request", "max_num_results"))
        self.assertEqual((got["deleted"], got["left"]), ([True, True, True], "not found"))

    def add(self, name, url, *words):
        name = f"{name}-{marker()}"
        self.bh.cli("model", "add", name, "--url", url + "/v1", "--price-in", "1", "--price-out", "1", "--tenant", self.tenant.id, *words)
        return name

    def test_the_official_node_client_for_media(self):
        provider = mock_speech.MockSpeech()
        self.addCleanup(provider.shutdown)
        ear, mouth = (self.add(kind, provider.url, "--kind", kind, "--upstream-model", "theirs") for kind in ("transcription", "speech"))
        eyes = self.add("eyes", self.bh.mock.url, "--vision")
        store = self.store(self.tenant)["id"]
        mask = io.BytesIO()
        Image.new("RGBA", (128, 96), (0, 0, 0, 0)).save(mask, "PNG")
        media = {"PICTURE": flat(128, 96, (1, 2, 3)), "MASK": mask.getvalue(), "RECORDING": wav(tone(2, 16000), 16000)}
        got = self.run_client(NODE, "openai_node_media.mjs", EAR=ear, MOUTH=mouth, EYES=eyes, STORE=store,
                              **{name: base64.b64encode(data).decode() for name, data in media.items()})
        self.assertEqual(got["generated"], {"heads": ["PNG", "PNG"], "size": "1024x1024", "quality": "medium"})
        self.assertEqual(got["edited"], ["PNG"])
        self.assertEqual(got["streamed"], [["image_generation.partial_image", 0, "PNG"], ["image_generation.partial_image", 1, "PNG"],
                                           ["image_generation.completed", None, "PNG"]])
        self.assertEqual(got["edit_streamed"], [["image_edit.partial_image", 0, "PNG"], ["image_edit.completed", None, "PNG"]])
        said = mock_speech.SAID
        self.assertEqual((got["heard"]["json"]["text"], got["heard"]["text"]), (said, said + "\n"))
        self.assertEqual(got["heard"]["srt"], f"1\n00:00:00,250 --> 00:00:01,500\n{said}\n\n")
        self.assertEqual(got["heard"]["vtt"], f"WEBVTT\n\n00:00:00.250 --> 00:00:01.500\n{said}\n\n")
        self.assertEqual(got["verbose"], {"text": said, "words": said.split(), "start": 0.25})
        self.assertEqual(got["heard_streamed"], ["transcript.text.delta", "transcript.text.done"])
        self.assertEqual(got["kept"]["vector_store_id"], store)
        self.assertEqual(self.ok(self.tenant.call("GET", f"/v1/files/{got['kept']['file_id']}"))["filename"], "Monday.txt")
        self.assertEqual(got["translated"], said)
        for form, head in (("mp3", "\xff"), ("opus", "OggS"), ("flac", "fLaC"), ("wav", "RIFF"), ("pcm", "")):
            self.assertGreater(got["spoken"][form]["bytes"], 4000, form)
            self.assertTrue(got["spoken"][form]["head"].startswith(head), got["spoken"])
        self.assertEqual(got["judged"], [[False, False, 0], [True, True, 1]])
        self.assertEqual((got["seen"], got["answered"]), ("stop", "completed"))
        sent = [body for entry in self.bh.mock.log if "image_url" in (body := json.dumps(entry["body"]))]
        self.assertGreaterEqual(len(sent), 2)
        self.assertIn("data:image/jpeg;base64,", sent[-1])

    def test_langchain(self):
        store, file = self.library()
        call = {"tool_call": {"name": "tide", "arguments": {"harbour": "north"}}}
        got = self.run_client(FRAMEWORKS, "langchain_openai_client.py", STORE=store,
                              TOOL_QUESTION="When is high tide? #mock " + json.dumps(call))
        self.assertEqual((got["said"], got["streamed"]), (STATED, STATED))
        self.assertEqual(len(got["citations"]), 1)
        self.assertIn(file, json.dumps(got["citations"]))
        self.assertGreater(got["tokens"], 0)
        self.assertEqual(got["calls"], [{"name": "tide", "args": {"harbour": "north"}}])
        self.assertEqual(got["nearest"], "The keeper of the lighthouse is Wilhelmina.")

    def test_llamaindex(self):
        store, file = self.library()
        got = self.run_client(FRAMEWORKS, "llamaindex_client.py", STORE=store)
        self.assertEqual((got["said"], got["streamed"]), (STATED, STATED))
        self.cited(got["citations"], file)
        self.assertEqual(got["nearest"], "The keeper of the lighthouse is Wilhelmina.")


if __name__ == "__main__":
    main()
