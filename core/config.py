"""Settings of a deployment, read from `zhike.toml` and the environment, validated once."""

from __future__ import annotations

import os
import secrets
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from core.errors import Misdeclared

SAMPLE_KEY = "change-me"


@dataclass(frozen=True, kw_only=True)
class Config:
    """One deployment's settings. Addresses of databases and brokers may hold passwords: show them with `redacted`."""

    home: Path
    database_url: str
    secret_key: str
    replica_url: str | None = None
    queue_url: str
    mail_url: str | None = None
    imap_url: str | None = None
    files: Path
    env: str = "development"
    disable: frozenset[str] = frozenset()
    safe_mode: bool = False
    locale: str = "zh_CN"
    timezone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Asia/Shanghai"))
    debug: bool = False
    proxies: int = 0

    @property
    def is_production(self) -> bool:
        """Tell whether the strict rules of promise S16 hold."""
        return self.env == "production"


def redacted(url: str | None) -> str:
    """Show an address without its password."""
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    if not url:
        return ""
    try:
        return make_url(url).render_as_string(hide_password=True)
    except ArgumentError:
        return url.rsplit("@", 1)[-1]


def _truth(text: str) -> bool:
    return text.strip().lower() in {"1", "true", "yes", "on"}


def _count(name: str, text: str) -> int:
    if not text.isdigit():
        raise Misdeclared(f"{name} is {text!r}: use a number")
    return int(text)


def _kept_key(home: Path) -> str:
    """Make the instance's own key on the first start and keep it beside the data, readable by the owner only."""
    path = home / "secret.key"
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text(encoding="ascii").strip()
    with os.fdopen(handle, "w", encoding="ascii") as out:
        key = secrets.token_hex(32)
        out.write(key)
    return key


def _database_url(text: str) -> str:
    """Name our driver where a plain `postgresql://` address was given."""
    for plain in ("postgresql://", "postgres://"):
        if text.startswith(plain):
            return "postgresql+psycopg://" + text[len(plain) :]
    return text


def load_config(environ: Mapping[str, str] | None = None) -> Config:
    """Read the settings; the environment wins over `zhike.toml` in the working folder or in ZHIKE_HOME.

    Raises Misdeclared with the name of the setting that cannot stand.
    """
    env = dict(os.environ if environ is None else environ)
    home = Path(env.get("ZHIKE_HOME", "instance")).resolve()
    values: dict[str, str] = {}
    for path in (home / "zhike.toml", Path("zhike.toml")):
        if path.is_file():
            try:
                values |= {k.lower(): str(v) for k, v in tomllib.loads(path.read_text(encoding="utf-8")).items()}
            except tomllib.TOMLDecodeError as error:
                raise Misdeclared(f"{path}: {error}") from error
    values |= {k[6:].lower(): v for k, v in env.items() if k.startswith("ZHIKE_") and v != ""}

    home.mkdir(parents=True, exist_ok=True)
    mode = values.get("env", "development")
    if mode not in ("development", "production", "test"):
        raise Misdeclared(f"ZHIKE_ENV is {mode!r}: use development or production")
    key = values.get("secret_key")
    if mode == "production" and (key == SAMPLE_KEY or (key is not None and len(key) < 32)):
        raise Misdeclared(
            "ZHIKE_SECRET_KEY is the sample key or shorter than 32 characters: set a random one of your own"
        )
    debug = _truth(values.get("debug", ""))
    if mode == "production" and debug:
        raise Misdeclared("ZHIKE_DEBUG is on in production: switch it off")
    try:
        zone = ZoneInfo(values.get("timezone", "Asia/Shanghai"))
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise Misdeclared(f"ZHIKE_TIMEZONE: {error}") from error
    database_url = _database_url(values.get("database_url") or f"sqlite:///{home / 'zhike.db'}")
    return Config(
        home=home,
        database_url=database_url,
        replica_url=_database_url(values["replica_url"]) if values.get("replica_url") else None,
        queue_url=values.get("queue_url") or f"sqlite:///{home / 'queue.db'}",
        secret_key=key or _kept_key(home),
        mail_url=values.get("mail_url"),
        imap_url=values.get("imap_url"),
        files=Path(values.get("files") or home / "files").resolve(),
        env=mode,
        disable=frozenset(n for n in values.get("disable", "").replace(",", " ").split() if n),
        safe_mode=_truth(values.get("safe_mode", "")),
        locale=values.get("locale", "zh_CN"),
        timezone=zone,
        debug=debug,
        proxies=_count("ZHIKE_PROXIES", values.get("proxies", "0")),
    )
