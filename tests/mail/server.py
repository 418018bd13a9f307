"""Usage: server.py PORT USER PASSWORD

A mail server that takes mail after STARTTLS and from who signs in alone, with a certificate for `localhost` from mail.pem and mail.key
in the current folder; what it takes lies in `mails`. It says so when it listens.
"""

import signal
import ssl
import sys

from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Mailbox
from aiosmtpd.smtp import AuthResult, LoginPassword


def main():
    port, user, password = int(sys.argv[1]), sys.argv[2].encode(), sys.argv[3].encode()

    def authenticator(_server, _session, _envelope, _mechanism, given):
        known = isinstance(given, LoginPassword) and (given.login, given.password) == (user, password)
        # what is not said here is said by the server itself
        return AuthResult(success=known, handled=False)

    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain("mail.pem", "mail.key")
    controller = Controller(
        Mailbox("mails"), hostname="127.0.0.1", port=port, tls_context=tls, require_starttls=True,
        authenticator=authenticator, auth_required=True)
    controller.start()
    print("listening", flush=True)
    signal.pause()


main()
