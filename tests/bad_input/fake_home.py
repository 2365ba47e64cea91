"""The least that Hassette takes for a Home Assistant, or for something else: a few lines of WebSocket.

`FakeHome(kind)` listens on a free port of the loopback until it is left as a context manager. Kinds:
  home          authenticates anybody, is RUNNING and has one light
  garbage       the same, and after its states says everything twice that makes no sense
  huge          the same, and once, after its states, begins a message that is too large
  leaves        the same, and is away for a moment instead of answering the first calls of a service
  bad_token     refuses every token
  echo          a home that repeats the token wherever a text may stand
  echo_refused  refuses the token, and repeats it
  web_page      answers every request with a page
  other_pages   has a page at /, and answers every other request with 404
  not_found     answers every request with 404, as a proxy does that knows of no home yet
  cut           ends every connection after the first bytes, as a proxy does without a certificate
  other_socket  opens a WebSocket and says something that no Home Assistant says
"""

import base64
import hashlib
import json
import socket
import socketserver
import ssl
import struct
import threading

GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
LIGHT = {
    "entity_id": "light.hall", "state": "off", "attributes": {"friendly_name": "Hall"},
    "last_changed": "2026-05-03T04:00:00+00:00", "last_updated": "2026-05-03T04:00:00+00:00",
    "context": {"id": "01JBADINPUT000000000000000", "parent_id": None, "user_id": None},
}
CONFIG = {
    "state": "RUNNING", "version": "2025.4.4", "location_name": "Home", "time_zone": "Europe/Berlin",
    "latitude": 52.5, "longitude": 13.4, "elevation": 34,
}


GARBAGE = [
    "not json", '{"id":7,"type":"event","event":{"event_type":"state_ch', "[1,2]", "{}", '{"type":"no_such_type"}',
    '{"id":2,"type":"event"}', '{"id":99999,"type":"result","success":true,"result":null}', "\\u0000", "",
]
TOO_LARGE = (64 << 20) + 1


class Conversation(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        try:
            self.talk(self.server.kind)
        except (ConnectionError, EOFError, ssl.SSLError, struct.error, ValueError):
            pass  # the engine has left, or does not trust the certificate

    def talk(self, kind: str) -> None:
        if kind == "cut":
            self.rfile.read(1)
            return
        if self.rfile.peek(1)[:1] == b"\x16":  # somebody begins TLS; it answers as Home Assistant does
            self.wfile.write(b"HTTP/1.0 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
            return
        headers = self.request_headers()
        if kind in ("web_page", "other_pages", "not_found") or "sec-websocket-key" not in headers:
            found = kind != "not_found" and (kind != "other_pages" or self.target == "/")
            body = b"<html>a router's page</html>"
            head = f"HTTP/1.1 {'200 OK' if found else '404 Not Found'}\r\nContent-Type: text/html\r\n"
            self.wfile.write(f"{head}Content-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode() + body)
            return
        accept = base64.b64encode(hashlib.sha1((headers["sec-websocket-key"] + GUID).encode()).digest())
        self.wfile.write(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n"
        )
        if kind == "other_socket":
            self.send({"hello": "I am a chat server"})
        else:
            self.send({"type": "auth_required", "ha_version": CONFIG["version"]})
        token = self.receive().get("access_token", "")
        if kind in ("bad_token", "other_socket", "echo_refused"):
            echo = f" {token} Bearer {token}" if kind == "echo_refused" else ""
            self.send({"type": "auth_invalid", "message": "Invalid access token or password" + echo})
            return
        self.send({"type": "auth_ok", "ha_version": CONFIG["version"]})
        while True:
            command = self.receive()
            if kind == "leaves" and command["type"] == "call_service" and self.server.departures > 0:
                self.server.departures -= 1
                return
            if kind == "echo":
                self.echo(command, token)
            else:
                self.answer(command)
            if command["type"] == "get_states" and kind == "garbage":
                for text in GARBAGE * 2:
                    self.send_text(text.encode())
            if command["type"] == "get_states" and kind == "huge" and not self.server.was_huge:
                self.server.was_huge = True
                self.wfile.write(struct.pack("!BBQ", 0x81, 127, TOO_LARGE))

    def answer(self, command: dict) -> None:
        if command["type"] == "ping":
            self.send({"id": command["id"], "type": "pong"})
            return
        result = {"get_config": CONFIG, "get_states": [LIGHT]}.get(command["type"])
        self.send({"id": command["id"], "type": "result", "success": True, "result": result})

    def echo(self, command: dict, token: str) -> None:
        """Names, versions, errors, events and what makes no sense: all of it holds the token."""
        said = f"it is {token}, Bearer {token}"
        kind = command["type"]
        if kind in ("supported_features", "call_service"):
            self.send({
                "id": command["id"], "type": "result", "success": False, "error": {"code": token, "message": said},
            })
        elif kind == "get_config":
            config = CONFIG | {"version": said, "location_name": said}
            self.send({"id": command["id"], "type": "result", "success": True, "result": config})
        elif kind == "get_states":
            light = LIGHT | {"state": said, "attributes": {"friendly_name": said}}
            self.send({"id": command["id"], "type": "result", "success": True, "result": [light]})
            for text in (said, json.dumps({"type": said}), json.dumps({"id": 99999, "type": "result", "result": said})):
                self.send_text(text.encode())
            event = {"event_type": said, "data": {"said": said}, "origin": "LOCAL", "time_fired": said, "context": {"id": said}}
            self.send({"id": 2, "type": "event", "event": event})
            change = {"entity_id": "light.hall", "old_state": None, "new_state": light}
            for kind, data in (("state_changed", change), (said, {"said": said})):
                whole = {"event_type": kind, "data": data, "time_fired": LIGHT["last_changed"], "context": LIGHT["context"]}
                self.send({"id": 2, "type": "event", "event": event | whole})
        else:
            self.answer(command)

    def request_headers(self) -> dict[str, str]:
        headers = {}
        self.target = (self.rfile.readline().decode(errors="replace").split() + ["", ""])[1]
        while line := self.rfile.readline().decode(errors="replace").strip():
            name, _, value = line.partition(":")
            headers[name.strip().lower()] = value.strip()
        return headers

    def receive(self) -> dict:
        """One text message; the engine fragments none, and always masks."""
        while True:
            first, second = self.rfile.read(2) or (0x88, 0x80)
            length = second & 0x7F
            if length >= 126:
                length = int.from_bytes(self.rfile.read(2 if length == 126 else 8), "big")
            mask = self.rfile.read(4)
            payload = bytes(byte ^ mask[i % 4] for i, byte in enumerate(self.rfile.read(length)))
            if first & 0x0F == 8:
                raise EOFError
            if first & 0x0F == 1:
                return json.loads(payload)

    def send(self, message: dict) -> None:
        self.send_text(json.dumps(message).encode())

    def send_text(self, payload: bytes) -> None:
        head = struct.pack("!BB", 0x81, len(payload)) if len(payload) < 126 else struct.pack("!BBH", 0x81, 126, len(payload))
        self.wfile.write(head + payload)


class FakeHome(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, kind: str, tls: ssl.SSLContext | None = None, departures: int = 1):
        super().__init__(("127.0.0.1", 0), Conversation)
        self.kind, self.scheme = kind, "https" if tls else "http"
        if tls:  # each conversation shakes hands in its own thread, with its first byte
            self.socket = tls.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)
        self.was_huge, self.departures = False, departures
        self.thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05})
        self.thread.start()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.server_address[1]}"

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.address}"

    def __exit__(self, *_) -> None:
        self.shutdown()
        self.thread.join()
        self.server_close()


def free_port() -> int:
    """A port where nothing listens, at least just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
