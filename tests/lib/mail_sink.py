# SPDX-License-Identifier: Apache-2.0
"""An SMTP server of the tests' own, which keeps what it is sent."""
import email
import email.policy
import socketserver
import threading

from ports import free_port


class Mails:
    """An SMTP server that takes everything, or nothing."""

    def __init__(self):
        mails = self
        self.seen, self.refuses = [], False

        class Handler(socketserver.StreamRequestHandler):
            def say(self, line):
                self.wfile.write(line.encode() + b"\r\n")

            def handle(self):
                to, sender = [], None
                self.say("220 test")
                for line in self.rfile:
                    word = line.decode().strip().upper()
                    if word.startswith("EHLO"):
                        self.say("250 test")
                    elif word.startswith("MAIL"):
                        sender = line.decode().split("<")[1].split(">")[0]
                        self.say("451 come back later" if mails.refuses else "250 ok")
                    elif word.startswith("RCPT"):
                        to.append(line.decode().split("<")[1].split(">")[0])
                        self.say("250 ok")
                    elif word == "DATA":
                        self.say("354 go ahead")
                        data = b""
                        for text in self.rfile:
                            if text == b".\r\n":
                                break
                            data += text[1:] if text.startswith(b".") else text
                        mails.seen.append((sender, to, email.message_from_bytes(data, policy=email.policy.default)))
                        self.say("250 ok")
                    elif word == "QUIT":
                        self.say("221 bye")
                        return
                    else:
                        self.say("500 what")

        class Server(socketserver.ThreadingTCPServer):
            allow_reuse_address = daemon_threads = True
        self.server = Server(("127.0.0.1", free_port()), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()
