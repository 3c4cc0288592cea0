"""The sealed envelope: only who holds the shared secret can read the request that travels through GitHub.

The key is derived once per process with Argon2id at RFC 9106's second recommended setting (3 passes, 64 MiB), because
the envelope is public and the secret may be a word that a person chose. The salt travels in the envelope's header.
"""

import functools
import hashlib
import hmac
import json
import struct
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field

import nacl.bindings
import nacl.exceptions
import nacl.pwhash.argon2id
import nacl.secret
import nacl.utils

VERSION = b"PW1"
SALT_BYTES = nacl.pwhash.argon2id.SALTBYTES
PASSES = 3
MEMORY_BYTES = 64 * 1024 * 1024
LARGEST_CONTENT = 128 * 1024 * 1024


class CannotOpenEnvelope(ValueError):
    """The envelope was sealed under another secret, or it was changed on its way."""


@dataclass(frozen=True)
class Keys:
    """What is derived from the shared secret: one key seals, one makes ids that tell nothing about a task."""

    salt: bytes
    sealing: bytes = field(repr=False)
    naming: bytes = field(repr=False)

    @classmethod
    def derive(cls, secret: str, salt: bytes) -> "Keys":
        """Derive both keys (about 0.2 s and 64 MiB, so once per process). `salt` is SALT_BYTES long."""
        root = root_of(secret, salt)
        return cls(salt=salt, sealing=root[:32], naming=root[32:])

    @classmethod
    def for_repository(cls, secret: str, repository: str) -> "Keys":
        """Derive the keys with a salt that belongs to the runner repository ("owner/name")."""
        salt = hashlib.blake2b(repository.lower().encode(), digest_size=SALT_BYTES, person=b"pagewright-salt").digest()
        return cls.derive(secret, salt)

    def name(self, kind: str, *values: object) -> str:
        """Return 20 hex digits that are the same for the same values and cannot be traced back to them."""
        message = json.dumps([kind, *values], ensure_ascii=False).encode()
        return hmac.new(self.naming, message, hashlib.sha256).hexdigest()[:20]


@functools.lru_cache(maxsize=2)  # who opens an envelope and then names things needs the same keys twice
def root_of(secret: str, salt: bytes) -> bytes:
    """Return the bytes that both keys are cut from."""
    return nacl.pwhash.argon2id.kdf(64, secret.encode(), salt, opslimit=PASSES, memlimit=MEMORY_BYTES)


def seal(content: bytes, keys: Keys) -> bytes:
    """Compress and encrypt what is small."""
    return seal_pieces((content,), keys)


def seal_pieces(content: Iterable[bytes], keys: Keys, *, is_large: bool = False) -> bytes:
    """Compress and encrypt: version, salt, then SecretBox's nonce and ciphertext."""
    packed, nonce = compressed(content, is_large), nacl.utils.random(nacl.secret.SecretBox.NONCE_SIZE)
    box = nacl.bindings.crypto_secretbox_easy(packed, nonce, keys.sealing)  # SecretBox itself copies it three times
    del packed
    return b"".join((VERSION, keys.salt, nonce, box))


def compressed(content: Iterable[bytes], is_large: bool) -> bytes:
    """Compress well what may fit in a payload; what cannot is mostly base64, whose third Huffman alone gains back."""
    compressor = zlib.compressobj(level=1, strategy=zlib.Z_HUFFMAN_ONLY) if is_large else zlib.compressobj()
    size = 0
    packed = [b""]
    for piece in content:
        size += len(piece)
        packed.append(compressor.compress(piece))
    packed[0] = struct.pack(">I", size)
    return b"".join((*packed, compressor.flush()))


def open_envelope(sealed: bytes, secret: str) -> bytes:
    """Return the content of a sealed envelope. Raises CannotOpenEnvelope."""
    if sealed[:3] != VERSION or len(sealed) < 3 + SALT_BYTES:
        raise CannotOpenEnvelope("this is not an envelope that this version can read")
    salt, box = sealed[3 : 3 + SALT_BYTES], sealed[3 + SALT_BYTES :]
    try:
        packed = nacl.secret.SecretBox(Keys.derive(secret, salt).sealing).decrypt(box)
    except (nacl.exceptions.CryptoError, nacl.exceptions.ValueError):
        raise CannotOpenEnvelope("it was sealed under another secret, or changed on its way") from None
    size = int(struct.unpack(">I", packed[:4])[0])
    if size > LARGEST_CONTENT:
        raise CannotOpenEnvelope(
            f"its content would be {size} bytes, more than the {LARGEST_CONTENT} that are accepted"
        )
    return zlib.decompressobj().decompress(packed[4:], LARGEST_CONTENT)
