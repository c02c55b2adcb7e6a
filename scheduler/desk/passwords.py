"""Passwords: kept as argon2id sums, and slow to guess.

Source: RFC 9106; the parameters are argon2-cffi's own (its low-memory RFC profile).
"""

from functools import cache
from importlib.util import find_spec
from typing import TYPE_CHECKING

from scheduler.desk.texts import gettext

if TYPE_CHECKING:
    from argon2 import PasswordHasher

if find_spec("argon2") is None:  # told at the start, though it is loaded when somebody logs in
    raise ModuleNotFoundError("No module named 'argon2'", name="argon2")

SHORTEST = 12


@cache
def _hasher() -> "PasswordHasher":
    """Loaded where somebody logs in: a desk for one person asks for no password."""
    from argon2 import PasswordHasher

    return PasswordHasher()


@cache
def _nobody() -> str:
    return hashed("nobody has this password")


def hashed(password: str) -> str:
    """What is stored of a password."""
    return _hasher().hash(password)


def matches(stored: str, password: str) -> bool:
    """Whether a password is the stored one; takes as long for a person who is not there."""
    from argon2.exceptions import InvalidHashError, VerificationError

    nobody = _nobody()  # made in any case, so that the first try takes as long for everybody
    try:
        return _hasher().verify(stored or nobody, password) and bool(stored)
    except (VerificationError, InvalidHashError):
        return False


def weak(password: str, name: str) -> str:
    """Why a password is refused, or an empty text."""
    if len(password) < SHORTEST:
        said = gettext("Use at least %d characters; a few words together are easy to remember.")
        return said % SHORTEST
    if name and name.lower() in password.lower():
        return gettext("The password must not contain the name.")
    return "" if len(set(password)) > 4 else gettext("Use more than a few different characters.")
