# SPDX-License-Identifier: Apache-2.0
"""Asks the installed engine's server one question, with an adapter's scale at 0 and at 1; prints both answers.

usage: testing_server.py ENGINE MODEL ADAPTER SOCKET QUESTION
"""
import http.client
import json
import os
import socket
import sys
import time


def serve(engine, model, adapter, path):
    sys.path.insert(0, engine)
    import xllamacpp  # pylint: disable=import-outside-toplevel
    params = xllamacpp.CommonParams()
    params.model.path = model
    params.hostnames = [path]
    params.n_parallel, params.n_ctx, params.n_gpu_layers = 1, 512, 0
    params.cpuparams.n_threads = 1
    params.fit_params = params.ui = params.warmup = False
    params.use_jinja = True
    lora = xllamacpp.CommonAdapterLoraInfo()
    lora.path, lora.scale = adapter, 1.0
    params.lora_adapters = [lora]
    return xllamacpp.Server(params)


def connect(path):
    for _ in range(600):
        if os.path.exists(path):
            break
        time.sleep(0.1)
    connection = http.client.HTTPConnection("engine")
    connection.sock = socket.socket(socket.AF_UNIX)
    connection.sock.connect(path)
    return connection


def ask(path, question, scale):
    connection = connect(path)
    body = {"messages": [{"role": "user", "content": question}], "max_tokens": 12, "temperature": 0,
            "lora": [{"id": 0, "scale": scale}]}
    connection.request("POST", "/v1/chat/completions", json.dumps(body), {"content-type": "application/json"})
    return json.load(connection.getresponse())["choices"][0]["message"]["content"]


def main(engine, model, adapter, path, question):
    said = os.dup(1)
    os.dup2(2, 1)
    server = serve(engine, model, adapter, path)
    answers = [ask(path, question, scale) for scale in (0.0, 1.0)]
    os.write(said, json.dumps(answers).encode())
    del server


if __name__ == "__main__":
    main(*sys.argv[1:])
