"""Passwords: kept as argon2id sums, and slow to guess.

Source: RFC 9106; the parameters are argon2-cffi's own (its low-memory RFC profile).
"""

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST = 12
_HASHER = PasswordHasher()
_NOBODY = _HASHER.hash("nobody has this password")


def hashed(password: str) -> str:
    """What is stored of a password."""
    return _HASHER.hash(password)


def matches(stored: str, password: str) -> bool:
    """Whether a password is the stored one; takes as long for a person who is not there."""
    try:
        return _HASHER.verify(stored or _NOBODY, password) and bool(stored)
    except (VerificationError, InvalidHashError):
        return False


def weak(password: str, name: str) -> str:
    """Why a password is refused, or an empty text."""
    if len(password) < SHORTEST:
        return f"Use at least {SHORTEST} characters; a few words together are easy to remember."
    if name and name.lower() in password.lower():
        return "The password must not contain the name."
    return "" if len(set(password)) > 4 else "Use more than a few different characters."
