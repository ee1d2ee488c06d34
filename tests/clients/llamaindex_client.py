# SPDX-License-Identifier: Apache-2.0
"""LlamaIndex's OpenAI classes: answers over a vector store, and its own index over our embeddings and chat.

OPENAI_BASE_URL, OPENAI_API_KEY, STORE, QUESTION and EMBEDDING come from the environment; what came back is printed as
one JSON object.
"""
import json
import os

from llama_index.core import Document, MockEmbedding, Settings, VectorStoreIndex
from llama_index.core.llms import ChatMessage
from llama_index.embeddings.openai import OpenAIEmbedding
from llama_index.llms.openai import OpenAIResponses


def main():
    out = {}
    base, key = os.environ["OPENAI_BASE_URL"], os.environ["OPENAI_API_KEY"]
    search = {"type": "file_search", "vector_store_ids": [os.environ["STORE"]]}
    model = OpenAIResponses(model="default", api_base=base, api_key=key, context_window=4096, max_retries=0,
                            built_in_tools=[search])
    message = ChatMessage(role="user", content=os.environ["QUESTION"])
    answer = model.chat([message])
    out["said"] = answer.message.content
    out["citations"] = [each if isinstance(each, dict) else each.model_dump()
                        for each in answer.additional_kwargs.get("annotations", [])
                        or answer.message.additional_kwargs.get("annotations", [])]
    out["streamed"] = "".join(piece.delta or "" for piece in model.stream_chat([message]))

    Settings.llm = None
    Settings.embed_model = MockEmbedding(embed_dim=1)
    embedding = OpenAIEmbedding(model_name=os.environ["EMBEDDING"], api_base=base, api_key=key, max_retries=0)
    index = VectorStoreIndex.from_documents([Document(text="The keeper of the lighthouse is Wilhelmina."),
                                             Document(text="Fog is frequent in March.")], embed_model=embedding)
    nodes = index.as_retriever(similarity_top_k=1).retrieve("Who looks after the light?")
    out["nearest"] = nodes[0].get_content()
    print(json.dumps(out))


main()
