"""The certificate that ``serve`` was given: its fingerprint, and whether anybody else vouches for it."""

from __future__ import annotations

import ssl
from hashlib import sha256
from pathlib import Path

from cryptography import x509


def pin_of(certificate: Path | None) -> str:
    """What a desk must be told to trust it: the SHA-256 of a certificate that signed itself; of any other,
    and of one that cannot be read, empty."""
    if certificate is None:
        return ""
    try:
        der = _first(certificate)
        found = x509.load_der_x509_certificate(der)
    except (OSError, ValueError):  # whatever cannot be read is refused with its reason when serving begins
        return ""
    return sha256(der).hexdigest() if found.issuer == found.subject else ""


def _first(certificate: Path) -> bytes:
    """The first certificate of a PEM file; words around it may be in any language."""
    text = certificate.read_text(encoding="ascii", errors="replace")
    first = text.partition("-----END CERTIFICATE-----")
    return ssl.PEM_cert_to_DER_cert(first[0][first[0].index("-----BEGIN CERTIFICATE-----") :] + first[1])
