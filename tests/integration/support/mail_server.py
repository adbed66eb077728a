"""A mail server over aiosmtpd: says its port, then each letter as a line of JSON, until standard input closes."""

import asyncio
import email.policy
import json
import os
import ssl
import sys
import threading

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

OPTIONS = json.loads(sys.argv[1])
LOGIN = OPTIONS.get("login")


def say(**what):
    print(json.dumps(what), flush=True)


def is_encrypted(server, session):
    return session.ssl is not None or server.transport.get_extra_info("ssl_object") is not None


def authenticator(server, session, envelope, mechanism, data):
    given = isinstance(data, LoginPassword) and [data.login.decode(), data.password.decode()]
    say(login=given, encrypted=is_encrypted(server, session))
    return AuthResult(success=given == LOGIN, handled=False)


class Handler:
    def __init__(self):
        self.refusals = OPTIONS.get("refuse", {})

    async def handle_RCPT(self, server, session, envelope, address, options):
        answers = self.refusals.get(address, [])
        if answers:
            return answers.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        letter = email.message_from_bytes(envelope.original_content, policy=email.policy.default)
        parts = {part.get_content_type(): part.get_content() for part in letter.walk() if not part.is_multipart()}
        headers = [[name, str(value)] for name, value in letter.items()]
        say(
            sender=envelope.mail_from,
            recipients=envelope.rcpt_tos,
            headers=headers,
            type=letter.get_content_type(),
            parts=parts,
            defects=[repr(defect) for part in letter.walk() for defect in part.defects],
            encrypted=is_encrypted(server, session),
            to=[[to.display_name, to.addr_spec] for to in letter["to"].addresses],
        )
        return OPTIONS.get("answer", "250 OK")


def context():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(OPTIONS["certificate"], OPTIONS["key"])
    return context


HANDLER = Handler()
TLS = OPTIONS.get("tls")


def session():
    return SMTP(
        HANDLER,
        hostname="mail.test",
        tls_context=context() if TLS == "starttls" else None,
        require_starttls=TLS == "starttls",
        auth_required=LOGIN is not None,
        auth_require_tls=TLS == "starttls",
        authenticator=authenticator,
    )


async def main():
    server = await asyncio.get_running_loop().create_server(
        session, "127.0.0.1", 0, ssl=context() if TLS == "wrapped" else None
    )
    say(port=server.sockets[0].getsockname()[1])
    await server.serve_forever()


def watch():
    sys.stdin.read()
    os._exit(0)


threading.Thread(target=watch, daemon=True).start()
asyncio.run(main())
