# SPDX-License-Identifier: Apache-2.0
"""Downloads one file over HTTPS to a partial file that outlives an interruption and is continued by a later call.

A server may say anything: its size is checked against what is expected and what the disk has, redirects are bounded
and lead to HTTPS only, and nothing here trusts the content: the caller checks its SHA-256.
"""
import contextlib
import http.client
import json
import os
import re
import shutil
import ssl
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

from pinned import DISK_LEFT, MIB, Failure, say, write_atomically

TIMEOUT_S = 60
REDIRECTS_MAX = 5
BLOCK = 256 * 1024


def shown(url):
    """An address without what may be secret in it."""
    parts = urllib.parse.urlsplit(url)
    return f"{parts.scheme}://{parts.hostname or ''}{':%d' % parts.port if parts.port else ''}{parts.path}"


def check_address(url):
    try:
        parts = urllib.parse.urlsplit(url)
        port_is_fine = parts.port is None or parts.port > 0
    except ValueError:
        port_is_fine = False
    if not port_is_fine or parts.scheme != "https" or not parts.hostname or re.search(r"[\x00-\x20\x7f]", url):
        raise Failure("the address must be https://HOST/…")
    if parts.username is not None or parts.password is not None:
        raise Failure("a password does not belong into the address, where every user of this machine can read it; "
                      "pass a token with --token-stdin")


class Redirects(urllib.request.HTTPRedirectHandler):
    max_redirections = REDIRECTS_MAX

    def redirect_request(self, req, fp, code, msg, headers, newurl):
        check_address(newurl)
        made = super().redirect_request(req, fp, code, msg, headers, newurl)
        old, new = urllib.parse.urlsplit(req.full_url), urllib.parse.urlsplit(newurl)
        if made is not None and (old.hostname, old.port) != (new.hostname, new.port):
            made.remove_header("Authorization")
        return made


class Progress:
    """On a terminal one line that changes; else a line for every tenth."""

    def __init__(self, name, done, total):
        self.name, self.total, self.first, self.told = name, total, done, done * 10 // max(total, 1)
        self.began = self.at = time.monotonic()

    def tell(self, done):
        now = time.monotonic()
        rate = (done - self.first) / MIB / max(now - self.began, 0.001)
        text = f"{self.name}: {done * 100 // max(self.total, 1)} % of {self.total // MIB} MB, {rate:.1f} MB/s"
        if sys.stdout.isatty():
            if now - self.at > 0.2 or done == self.total:
                print(f"\r  {text}   ", end="\n" if done == self.total else "", flush=True)
                self.at = now
        elif done * 10 // max(self.total, 1) > self.told:
            self.told = done * 10 // max(self.total, 1)
            say(text)


def check_room(folder, need):
    free = shutil.disk_usage(folder).free
    if need + DISK_LEFT > free:
        raise Failure(f"{folder} has {free // MIB} MB free, but {(need + DISK_LEFT) // MIB} MB are needed: "
                      f"{need // MIB} MB for the model, and {DISK_LEFT // MIB} MB are left for everything else")


class Partial:
    """NAME.part, and beside it what tells whether the server's file is still the same."""

    def __init__(self, path):
        self.path, self.about = path, path + ".json"

    def load(self, sha256):
        """How much is there of this very file, of how much, and the server's mark of its version."""
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError), open(self.about, encoding="utf-8") as file:
            known = json.load(file)
            if known["sha256"] == sha256 and known["mark"]:
                return os.path.getsize(self.path), int(known["bytes"]), str(known["mark"])
        return 0, None, None

    def begin(self, sha256, total, mark):
        with open(self.path, "wb"):
            pass
        write_atomically(self.about, json.dumps({"sha256": sha256, "bytes": total, "mark": mark}) + "\n", 0o600)

    def remove(self):
        for path in (self.path, self.about):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(path)


def mark_of(headers):
    """What If-Range takes: a strong entity tag, else the date."""
    tag = headers.get("etag", "")
    if re.fullmatch(r'"[\x21\x23-\x7e]{1,200}"', tag):
        return tag
    date = headers.get("last-modified", "")
    return date if re.fullmatch(r"[A-Za-z0-9,: ]{10,60}", date) else ""


def request_of(url, token, have, mark):
    headers = {"User-Agent": "bulkhead", "Accept-Encoding": "identity"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    if have:
        headers |= {"Range": f"bytes={have}-", "If-Range": mark}
    return urllib.request.Request(url, headers=headers)


def opened(url, token, have, mark):
    web = urllib.request.build_opener(urllib.request.HTTPSHandler(context=ssl.create_default_context()), Redirects())
    try:
        return web.open(request_of(url, token, have, mark), timeout=TIMEOUT_S)
    except urllib.error.HTTPError as error:
        error.close()
        if error.code == 416 and have:
            return None
        words = {401: "it asks for a token (--token-stdin)", 403: "it refuses access; a private file asks for a token "
                 "(--token-stdin)", 404: "it has no such file"}
        raise Failure(f"{shown(url)}: the server answers {error.code}: {words.get(error.code, 'no file')}") from None


def size_of(answer, have):
    """(total size, where the answer begins)."""
    headers = answer.headers
    if headers.get("content-encoding", "identity") != "identity":
        raise Failure("the server sends the file compressed, and was asked not to")
    if answer.status == 206:
        known = re.fullmatch(r"bytes (\d{1,18})-\d{1,18}/(\d{1,18})", headers.get("content-range", ""))
        if not known or int(known[1]) != have:
            raise Failure("the server sends another part of the file than the one that was asked for")
        return int(known[2]), have
    if answer.status != 200 or not re.fullmatch(r"\d{1,18}", headers.get("content-length", "")):
        raise Failure("the server does not say how long the file is")
    return int(headers["content-length"]), 0


def receive(answer, partial, name, begin, total):
    progress, done = Progress(name, begin, total), begin
    with open(partial.path, "r+b") as file:
        file.truncate(begin)
        file.seek(begin)
        while done < total:
            block = answer.read(min(BLOCK, total - done))
            if not block:
                raise Failure(f"the connection ended after {done // MIB} of {total // MIB} MB. "
                              "Repeat the same command to continue.")
            file.write(block)
            done += len(block)
            progress.tell(done)
        file.flush()
        os.fsync(file.fileno())


def fetch(url, token, partial, name, sha256, expected_bytes):
    """Leaves the whole file in `partial`, from the server's mouth and unchecked."""
    check_address(url)
    have, whole, mark = partial.load(sha256)
    if have and have == whole:
        return
    try:
        answer = opened(url, token, have, mark)
        if answer is None:
            have, answer = 0, opened(url, token, 0, None)
        with answer:
            total, begin = size_of(answer, have)
            if total == 0 or (expected_bytes and total != expected_bytes):
                raise Failure(f"{shown(url)}: the server's file has {total} bytes, not {expected_bytes or 'one or more'}")
            check_room(os.path.dirname(partial.path), total - begin)
            if begin:
                say(f"continuing {name} after {begin // MIB} of {total // MIB} MB")
            else:
                say(f"fetching {name} ({total / MIB:.1f} MB) from {shown(answer.url)}")
                partial.begin(sha256, total, mark_of(answer.headers))
            receive(answer, partial, name, begin, total)
    except (urllib.error.URLError, http.client.HTTPException, OSError) as error:
        reason = getattr(error, "reason", error)
        if isinstance(reason, OSError) and reason.errno == 28:
            raise Failure("the disk is full. What was fetched is kept; with more room, repeat the same command.") from None
        words = re.sub(r"[^\x20-\x7e]", "?", str(reason))[:200]
        raise Failure(f"{shown(url)}: {words}. Repeat the same command to continue.") from None
