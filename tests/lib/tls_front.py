# SPDX-License-Identifier: Apache-2.0
"""A TLS front for a server that has none: PostgreSQL's, which takes the protocol's request for TLS and nothing else,
and a plain one for HTTP."""
import os
import select
import socket
import ssl
import struct
import subprocess
import threading

SSL_REQUEST = struct.pack("!ii", 8, 80877103)
GSS_REQUEST = struct.pack("!ii", 8, 80877104)


def make_certificate(folder, name, address):
    """A certificate that vouches for itself: its path, and its key's."""
    certificate, key = os.path.join(folder, name + ".pem"), os.path.join(folder, name + ".key")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                    "-subj", f"/CN={name}", "-addext", f"subjectAltName=IP:{address}", "-keyout", key,
                    "-out", certificate], check=True, capture_output=True)
    return certificate, key


class TlsFront:
    def __init__(self, certificate, key, port):
        self.behind = ("127.0.0.1", port)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(certificate, key)
        self.plain, self.served = 0, 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _begin(self, client):
        """Whether the client goes on in TLS."""
        asked = client.recv(8, socket.MSG_WAITALL)
        if asked == GSS_REQUEST:
            client.sendall(b"N")
            asked = client.recv(8, socket.MSG_WAITALL)
        if asked != SSL_REQUEST:
            self.plain += bool(asked)
            return False
        client.sendall(b"S")
        return True

    def _serve(self, client):
        with client:
            if not self._begin(client):
                return
            try:
                with self.context.wrap_socket(client, server_side=True) as front, \
                        socket.create_connection(self.behind) as back:
                    self.served += 1
                    while self._pass(front, back):
                        pass
            except OSError:
                return  # either side has hung up, or does not trust us

    @staticmethod
    def _pass(front, back):
        """One thread for both ways, for a TLS socket is not to be used by two. False at the end."""
        ready = [front] if front.pending() else select.select([front, back], [], [])[0]
        for one, other in ((front, back), (back, front)):
            if one in ready:
                data = one.recv(65536)
                if not data:
                    return False
                other.sendall(data)
        return True


class HttpsFront(TlsFront):
    """TLS from the first byte."""

    def _begin(self, client):
        return True
