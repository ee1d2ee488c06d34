# SPDX-License-Identifier: Apache-2.0
"""Whether answers over documents can be trusted: right and cited, wrong, and how soon the first word comes.

Three documents of the shared data go into a store each; answers/questions.json asks ten questions of each, which were
written before any answer was seen, with a pattern that a right answer matches, and two that the document does not answer.
Four open ones each ("Explain …", "List …") are not judged: they show how long a model goes on, and what that costs.
Every question is a Response of its own with file_search, on the chat model that the platform was installed with.

Right and cited: the answer matches the pattern and has an annotation. Wrong: something is stated that does not match, and
not as a quotation of the document. An answer that says that nothing was found is neither. BENCH_CHAT_MODEL names another
installed chat model. Standard error lists every answer, with its time, the tokens that were generated for it and its status.
"""
import json
import os
import re
import statistics
import time
import types

from instance import shared_file
from table import Row

QUESTIONS = os.path.join(os.path.dirname(os.path.realpath(__file__)), "answers/questions.json")
NOTHING = re.compile(r"(do|does|did|is|are|was|were|could|can)( not|n't)\b.{0,40}\b(found|find|say|state|contain|mention|answer|know)|"
                     r"no (passage|information|mention|answer)|not (found|in the|mentioned|stated|provided|specified|available)|"
                     r"nothing (was|is)? ?found", re.I | re.S)
RIGHT_TARGET, WRONG_TARGET, FIRST_WORD_TARGET_S = 0.80, 0.02, 5.0


def upload(tenant, path):
    """A store with one document, ingested."""
    client = tenant.client()
    with open(path, "rb") as file:
        uploaded = client.files.create(file=file, purpose="assistants")
    store = client.vector_stores.create(name="answers")
    done = client.vector_stores.files.create_and_poll(vector_store_id=store.id, file_id=uploaded.id, poll_interval_ms=200)
    if done.status != "completed":
        raise RuntimeError(f"{os.path.basename(path)}: {done.last_error}")
    return store.id


def ask(tenant, model, store, question):
    """The answer's text, whether it is cited, its seconds until the first word and the last, its tokens and its status."""
    begin, first, answer = time.monotonic(), None, None
    body = {"model": model, "input": question, "stream": True,
            "tools": [{"type": "file_search", "vector_store_ids": [store]}]}
    for event in tenant.client().responses.create(**body):
        if event.type == "response.output_text.delta" and first is None:
            first = time.monotonic() - begin
        if event.type in ("response.completed", "response.incomplete", "response.failed"):
            answer = event.response
    parts = [part for item in answer.output if item.type == "message" for part in item.content]
    text = "".join(part.text for part in parts if part.type == "output_text")
    return types.SimpleNamespace(
        text=text, cited=any(part.annotations for part in parts if part.type == "output_text"), first=first,
        last=time.monotonic() - begin, tokens=answer.usage.output_tokens if answer.usage else None, status=answer.status)


def judge(text, cited, pattern):
    """One of right, uncited, wrong, none."""
    if pattern is not None and re.search(pattern, text, re.I | re.S):
        return "right" if cited else "uncited"
    if not text.strip() or NOTHING.search(text):
        return "none"
    return "quoted" if cited and text.lstrip().startswith(("“", '"', "„", ">", "«")) else "wrong"


def whole(name, answers):
    """The row of what answers take to their end."""
    tokens = [answer.tokens for answer in answers if answer.tokens is not None]
    return Row(name, f"{statistics.mean(answer.last for answer in answers):.1f} s", "",
               f"{sum(answer.status == 'incomplete' for answer in answers)} of {len(answers)} incomplete",
               note=f"{statistics.mean(tokens):.0f} tokens generated for each")


def run(bench):
    named = os.environ.get("BENCH_CHAT_MODEL", "")
    instance = bench.start(os.path.join(bench.folder, "answers"), engine_chat_model=named)
    bench.on_stop(instance.down)
    tenant = instance.tenant("answers", mock=False)
    model = named or instance.manifest()["chat_models"][0]["name"]
    verdicts, answers, told = [], [], []
    with open(QUESTIONS, encoding="utf-8") as file:
        documents = json.load(file)
    for document in documents:
        path = shared_file(*document["document"])
        if path is None:
            raise RuntimeError("the shared data is absent")
        store = upload(tenant, path)
        asked = [(each["ask"], each["right"]) for each in document["questions"]] + [(each, None) for each in document["unanswerable"]]
        for question, pattern in asked[:bench.pick(len(asked), 2)]:
            answer = ask(tenant, model, store, question)
            verdict = judge(answer.text, answer.cited, pattern)
            bench.say(f"{verdict}{' cited' if answer.cited else ''} {answer.first or 0:.1f} s of {answer.last:.1f} s, {answer.tokens} tokens, "
                      f"{answer.status}: {question} -> {answer.text!r}")
            verdicts.append((pattern is not None, verdict))
            answers.append(answer)
        for question in document["open"][:bench.pick(len(document["open"]), 1)]:
            answer = ask(tenant, model, store, question)
            bench.say(f"{answer.first or 0:.1f} s of {answer.last:.1f} s, {answer.tokens} tokens, {answer.status}: {question} -> "
                      f"{answer.text!r}")
            told.append(answer)
    waits = [answer.first for answer in answers if answer.first is not None]
    answerable = [verdict for answered, verdict in verdicts if answered]
    right = answerable.count("right") / len(answerable)
    wrong = sum(verdict == "wrong" for _, verdict in verdicts) / len(verdicts)
    return [
        Row("answers: right and cited", f"{right:.0%} of {len(answerable)}", "", f"right, not cited: {answerable.count('uncited')}",
            f">= {RIGHT_TARGET:.0%}", right >= RIGHT_TARGET, note=f"the chat model {model}"),
        Row("answers: wrong statement sent", f"{wrong:.0%} of {len(verdicts)}", "", "", f"<= {WRONG_TARGET:.0%}", wrong <= WRONG_TARGET),
        Row("answers: first word, median", f"{statistics.median(waits):.1f} s", "", f"longest {max(waits):.1f} s",
            f"<= {FIRST_WORD_TARGET_S:.0f} s", statistics.median(waits) <= FIRST_WORD_TARGET_S),
        whole("answers: whole, mean", answers),
        whole("answers: whole, of open questions, mean", told),
    ]
