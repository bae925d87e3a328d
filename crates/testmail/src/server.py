"""A real mail server for a test: aiosmtpd with STARTTLS or implicit TLS and AUTH.

usage: server.py starttls|tls CERTIFICATE KEY
It prints its port, then one line of JSON for each mail that it took and each connection that ended. Recipients decide what it answers:
busy@ 450, nobody@ 550, full@ 552 after DATA, drop@ the connection breaks at RCPT, lost@ it breaks after DATA once.
"""
import asyncio
import email
import email.policy
import json
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

broken = set()


class Inbox:
    async def handle_RCPT(self, server, session, envelope, address, options):
        local = address.split("@")[0]
        if local == "busy":
            return "450 4.2.1 <%s> mailbox is busy" % address
        if local == "nobody":
            return "550 5.1.1 <%s> no such user" % address
        if local == "drop":
            server.transport.abort()
            return "421 4.3.2 bye"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 fine"

    async def handle_DATA(self, server, session, envelope):
        to = envelope.rcpt_tos[0]
        local = to.split("@")[0]
        if local == "full":
            return "552 5.2.2 mailbox full"
        if local == "lost" and to not in broken:
            broken.add(to)
            server.transport.abort()
            return "250 2.0.0 never heard"
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        mail = {
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "tls": session.ssl is not None or sys.argv[1] == "tls",
            "signed_in": bool(session.authenticated),
            "peer": session.peer[1],
            "content": envelope.content.decode("utf-8"),
            "id": str(message["Message-ID"] or ""),
            "subject": str(message["Subject"] or ""),
            "text": part(message, "plain"),
            "html": part(message, "html"),
        }
        print(json.dumps(mail), flush=True)
        if local == "once":
            # The next command on this connection finds nobody.
            asyncio.get_running_loop().call_later(0.05, server.transport.abort)
        return "250 2.0.0 taken"


def part(message, kind):
    found = message.get_body(preferencelist=(kind,))
    return found.get_content() if found else ""


def sign_in(server, session, envelope, mechanism, data):
    known = isinstance(data, LoginPassword) and (data.login, data.password) == (b"daemun", b"s3cret")
    return AuthResult(success=known, handled=False)


class Talk(SMTP):
    def connection_lost(self, error):
        peer = self.session.peer[1] if self.session and self.session.peer else None
        super().connection_lost(error)
        # With STARTTLS one protocol speaks before and one after; the last of them hears the end.
        if peer:
            print(json.dumps({"closed": peer}), flush=True)


async def main():
    mode, certificate, key = sys.argv[1:4]
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate, key)
    starttls = mode == "starttls"

    def talk():
        return Talk(
            Inbox(),
            hostname="127.0.0.1",
            authenticator=sign_in,
            auth_required=True,
            auth_require_tls=starttls,
            require_starttls=starttls,
            tls_context=tls if starttls else None,
        )

    loop = asyncio.get_running_loop()
    server = await loop.create_server(talk, "127.0.0.1", 0, ssl=None if starttls else tls)
    print(server.sockets[0].getsockname()[1], flush=True)
    # It ends with the test that started it.
    await loop.run_in_executor(None, sys.stdin.read)


asyncio.run(main())
