# SPDX-License-Identifier: Apache-2.0
"""LangChain's OpenAI classes: answers over a vector store, chat with a tool, and its own store over our embeddings.

OPENAI_BASE_URL, OPENAI_API_KEY, STORE, QUESTION, TOOL_QUESTION and EMBEDDING come from the environment; what came back is
printed as one JSON object.
"""
import json
import os

from langchain_core.tools import tool
from langchain_core.vectorstores import InMemoryVectorStore
from langchain_openai import ChatOpenAI, OpenAIEmbeddings


@tool
def tide(harbour: str) -> str:
    """The hour of high tide in a harbour."""
    return f"{harbour}: noon"


def main():
    out = {}
    search = {"type": "file_search", "vector_store_ids": [os.environ["STORE"]]}
    model = ChatOpenAI(model="default", use_responses_api=True, max_retries=0).bind_tools([search])
    answer = model.invoke(os.environ["QUESTION"])
    block = next(each for each in answer.content_blocks if each["type"] == "text")
    out["said"] = block["text"]
    out["citations"] = [dict(each) for each in block.get("annotations", [])]
    out["tokens"] = answer.usage_metadata["total_tokens"]
    pieces = [each for each in model.stream(os.environ["QUESTION"])]
    out["streamed"] = "".join(piece.text for piece in pieces)

    called = ChatOpenAI(model="default", max_retries=0).bind_tools([tide]).invoke(os.environ["TOOL_QUESTION"])
    out["calls"] = [{"name": each["name"], "args": each["args"]} for each in called.tool_calls]

    # Without it, LangChain sends tokens of OpenAI's own vocabulary in place of the text.
    embeddings = OpenAIEmbeddings(model=os.environ["EMBEDDING"], check_embedding_ctx_length=False)
    store = InMemoryVectorStore(embeddings)
    store.add_texts(["The keeper of the lighthouse is Wilhelmina.", "Fog is frequent in March."])
    out["nearest"] = store.similarity_search("Who looks after the light?", k=1)[0].page_content
    print(json.dumps(out))


main()
