"""A mail server for tests: aiosmtpd, which answers as it is told to.

The first argument is JSON: "tls" is "none", "tls" or "starttls" with "cert" and "key"; "user" and "password" are asked
for where they are given; "port" may name one. It prints a line of JSON with its port, then one for each letter that
came in whole. A line on its input says what the next letters meet: {"rcpt": [...], "data": [...]}, each an answer such
as "451 later", "hang" or "cut". Without an order a letter is accepted. Every order is answered by {"ready": true}.
"""

import asyncio
import email
import email.policy
import json
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult

SAID = json.loads(sys.argv[1])
ORDERS = {"rcpt": [], "data": []}


def say(line):
    print(json.dumps(line), flush=True)


class Handler:
    async def answer(self, server, what, otherwise):
        order = ORDERS[what].pop(0) if ORDERS[what] else otherwise
        if order == "hang":
            await asyncio.sleep(3600)
        if order == "cut":
            server.transport.abort()
        return order

    async def handle_RCPT(self, server, session, envelope, address, options):
        answer = await self.answer(server, "rcpt", "250 OK")
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server, session, envelope):
        letter = email.message_from_bytes(envelope.content, policy=email.policy.default)
        parts = {part.get_content_type(): part.get_content() for part in letter.walk() if not part.is_multipart()}
        say({
            "to": envelope.rcpt_tos,
            "sender": envelope.mail_from,
            "encrypted": server.transport.get_extra_info("ssl_object") is not None,
            "user": session.auth_data.login.decode() if session.authenticated else "",
            "subject": str(letter["subject"]),
            "headers": [[name, str(value)] for name, value in letter.items()],
            "plain": parts.get("text/plain", ""),
            "html": parts.get("text/html", ""),
        })
        return await self.answer(server, "data", "250 kept for you")


def authenticate(server, session, envelope, mechanism, data):
    right = (data.login.decode(), data.password.decode()) == (SAID["user"], SAID["password"])
    return AuthResult(success=right, handled=False, auth_data=data)


def make(context):
    options = {"hostname": "mail.test"}
    if SAID.get("user"):
        options |= {"authenticator": authenticate, "auth_required": True, "auth_require_tls": SAID["tls"] == "starttls"}
    if SAID["tls"] == "starttls":
        options |= {"tls_context": context, "require_starttls": True}
    return SMTP(Handler(), **options)


async def main():
    context = None
    if SAID["tls"] != "none":
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(SAID["cert"], SAID["key"])
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: make(context),
        "127.0.0.1",
        SAID.get("port", 0),
        ssl=context if SAID["tls"] == "tls" else None,
    )
    say({"port": server.sockets[0].getsockname()[1]})
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        for what, orders in json.loads(line).items():
            ORDERS[what].extend(orders)
        say({"ready": True})


asyncio.run(main())
