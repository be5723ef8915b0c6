"""Passwords: Argon2id hashes, about 50 ms each, and what a password must be like."""

from __future__ import annotations

import functools

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from core.errors import Refused
from core.i18n import _

SHORTEST, LONGEST = 10, 200
COMMON = frozenset(
    [
        "1234567890",
        "12345678910",
        "0123456789",
        "0987654321",
        "9876543210",
        "1111111111",
        "0000000000",
        "8888888888",
        "6666666666",
        "1122334455",
        "123456789a",
        "a123456789",
        "1qaz2wsx3edc",
        "qwertyuiop",
        "qwerty1234",
        "1234qwerasdf",
        "password12",
        "password123",
        "password1234",
        "passw0rd123",
        "admin12345",
        "admin123456",
        "administrator",
        "administrator1",
        "woaini1314",
        "woaini1314520",
        "5201314520",
        "iloveyou123",
        "abcd123456",
        "abc1234567",
        "abcdefghij",
        "aaaaaaaaaa",
        "asdfghjkl;",
        "qazwsxedcrfv",
        "zxcvbnm123",
        "letmein123",
        "welcome123",
        "welcome1234",
        "changeme123",
        "zhike12345",
        "zhike123456",
        "tangjiuhui",
        "beijing2008",
    ]
)


@functools.cache
def _hasher() -> PasswordHasher:
    return PasswordHasher(time_cost=3, memory_cost=19_456, parallelism=1)


@functools.cache
def _decoy() -> str:
    return _hasher().hash("nobody has this password")


def hash_password(password: str) -> str:
    """Hash a password for storing."""
    return _hasher().hash(password)


def check_password(stored: str, password: str) -> bool:
    """Compare; an empty `stored` takes as long as a wrong one, so that unknown names cannot be told by time."""
    decoy = _decoy()
    try:
        _hasher().verify(stored or decoy, password[: LONGEST + 1])
    except (VerificationError, InvalidHashError, UnicodeEncodeError):
        return False
    return bool(stored)


def is_outdated(stored: str) -> bool:
    """Tell whether a hash is of another strength than those made now."""
    return _hasher().check_needs_rehash(stored)


def check_policy(password: str, *, username: str, name: str = "") -> None:
    """Refuse a password that is short, common or the person's own name. Raises Refused for the field `password`."""
    plain = password.casefold()
    own = {username.casefold(), name.casefold()} - {""}
    if len(password) < SHORTEST:
        problem = _("Use at least %(n)d characters", n=SHORTEST)
    elif len(password) > LONGEST:
        problem = _("Use at most %(n)d characters", n=LONGEST)
    elif len(set(plain)) < 4 or plain in COMMON:
        problem = _("This password is one of the first that are guessed")
    elif any(plain.strip("0123456789!@#._-") == one or plain == one * 2 for one in own):
        problem = _("The password must not be the name")
    else:
        return
    raise Refused(problem, fields={"password": problem})
