"""A home behind TLS whose certificate was signed by an authority of its own, from hassette.toml on."""

import pathlib
import ssl
import subprocess

from cases import case
from fake_home import FakeHome
from home import Home


def openssl(folder: pathlib.Path, *arguments: str) -> None:
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)


def encrypted(home: Home) -> ssl.SSLContext:
    """What a home shows; the authority that vouches for it is `ca.pem` in the home's folder."""
    folder = home.folder
    openssl(folder, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=An authority of mine", "-days", "2",
            "-addext", "keyUsage=keyCertSign", "-keyout", "ca.key", "-out", "ca.pem")
    openssl(folder, "req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=home", "-keyout", "home.key", "-out", "home.csr")
    home.write("names", "subjectAltName=IP:127.0.0.1\n")
    openssl(folder, "x509", "-req", "-in", "home.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial",
            "-days", "2", "-extfile", "names", "-out", "home.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "home.pem", folder / "home.key")
    return context


@case
def a_certificate_is_checked_as_the_settings_say(home: Home) -> None:
    with FakeHome("home", encrypted(home)) as fake:
        home.url = fake.url
        home.settings()
        home.run("run").ends_with(78).says_once(fake.url, "certificate", "ca_file", "verify_ssl")
        for setting in (f'ca_file = "{home.folder / "ca.pem"}"\n', "verify_ssl = false\n"):
            home.settings(setting)
            said = home.run_until("ready: ").mentions(f"connected to Home Assistant 2025.4.4 at {fake.url}")
            said.mentions("ready: 0 apps run, Home Assistant 2025.4.4, 1 entity")


@case
def an_address_without_tls_where_the_home_speaks_it_is_told(home: Home) -> None:
    with FakeHome("home", encrypted(home)) as fake:
        home.url = fake.url.replace("https://", "http://")
        home.settings()
        home.run_until("waiting for Home Assistant").says_once(home.url, "ended the connection", "TLS", "https://")
