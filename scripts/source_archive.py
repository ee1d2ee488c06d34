#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Gets a source archive from the package index that pip is set to; helper of programs.py.

usage: source_archive.py NAME FILE FOLDER

pip itself builds a source archive to learn its metadata, even when it is only asked to download it:
that would run a build backend, which is no part of what is pinned. So the index is read here, as pip
reads it. The caller checks size and checksum.
"""
import ast
import html.parser
import json
import os
import shutil
import ssl
import subprocess
import sys
import urllib.parse
import urllib.request

TIMEOUT_S = 60
ACCEPT = "application/vnd.pypi.simple.v1+json, text/html;q=0.5"


def pip_settings():
    """pip's own settings, the environment's last: they outrank the files'."""
    said = subprocess.run([sys.executable, "-m", "pip", "config", "list"], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, check=False).stdout
    places = {"global": {}, "download": {}, ":env:": {}}
    for line in said.splitlines():
        name, _, value = line.partition("=")
        place, _, key = name.rpartition(".")
        if place in places:
            places[place][key] = str(ast.literal_eval(value))
    return {**places["global"], **places["download"], **places[":env:"]}


class Links(html.parser.HTMLParser):
    """The targets of a page's links."""

    def __init__(self, page):
        super().__init__()
        self.found = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.found += [value for name, value in attrs if tag == "a" and name == "href" and value]


def addresses(page, kind):
    """What a page of the index leads to; an index speaks JSON or only HTML."""
    if kind.startswith("application/vnd.pypi.simple.v1+json"):
        return [file["url"] for file in json.loads(page)["files"]]
    return Links(page).found


def from_folders(settings, path):
    """Whether one of the folders of `find-links` holds the archive."""
    for folder in settings.get("find-links", "").split():
        kept = os.path.join(folder.removeprefix("file://"), os.path.basename(path))
        if os.path.isfile(kept):
            shutil.copyfile(kept, path)
            return True
    return False


def opener(settings):
    context = ssl.create_default_context(cafile=settings.get("cert"))
    handlers = [urllib.request.HTTPSHandler(context=context)]
    if settings.get("proxy"):
        handlers.append(urllib.request.ProxyHandler({"http": settings["proxy"], "https": settings["proxy"]}))
    return urllib.request.build_opener(*handlers)


def default_index():
    code = "from pip._internal.models.index import PyPI; print(PyPI.simple_url)"
    return subprocess.run([sys.executable, "-c", code], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          check=True).stdout.strip()


def from_index(settings, name, path):
    """Whether the index has the archive. What it says of it is not believed: the caller checks."""
    index = settings.get("index-url") or default_index()
    page_url = f"{index.rstrip('/')}/{name}/"
    web = opener(settings)
    request = urllib.request.Request(page_url, headers={"Accept": ACCEPT})
    with web.open(request, timeout=TIMEOUT_S) as answer:
        kind, page_url = answer.headers.get("content-type", ""), answer.url
        found = addresses(answer.read().decode(), kind)
    for address in found:
        url = urllib.parse.urldefrag(urllib.parse.urljoin(page_url, address)).url
        if urllib.parse.unquote(os.path.basename(urllib.parse.urlsplit(url).path)) != os.path.basename(path):
            continue
        with web.open(url, timeout=TIMEOUT_S) as answer, open(path, "wb") as file:
            shutil.copyfileobj(answer, file)
        return True
    return False


def main(name, file, folder):
    path = os.path.join(folder, file)
    settings = pip_settings()
    try:
        if not from_folders(settings, path) and not from_index(settings, name, path):
            sys.exit(f"the package index has no {file}")
    except (OSError, ValueError) as error:
        sys.exit(f"{type(error).__name__}: {error}")


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    main(*sys.argv[1:])
