"""Builds the application: configuration, database, registry, blueprints, gate, locks, error pages."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import structlog
from babel import Locale
from flask import Blueprint, Flask, Request, Response, abort, g, has_request_context, request
from flask import session as flask_session
from flask.sansio.blueprints import Blueprint as SansioBlueprint
from flask.sansio.blueprints import BlueprintSetupState
from flask_babel import Babel
from jinja2 import StrictUndefined
from structlog.contextvars import bind_contextvars, clear_contextvars
from werkzeug.datastructures import CombinedMultiDict, FileStorage, ImmutableMultiDict
from werkzeug.routing import IntegerConverter, ValidationError
from werkzeug.utils import cached_property

import core.auth.locks  # the locks hold from the first statement on
from core.api.bearer import bearer_of
from core.auth.account import login_manager
from core.auth.audit import set_seal_key
from core.auth.guard import guard_of
from core.auth.sessions import DatabaseSessions, ServerSession, form_token, is_for_programs
from core.bus.house import Bus
from core.bus.house import attach as attach_bus
from core.bus.queue import Queue
from core.clock import set_zone
from core.config import Config, load_config
from core.customers.models.policy import keys_without_policy
from core.db import Base, Database, begin_work, end_work
from core.desk.badges import RIDING, TOLD, Riding
from core.errors import Misdeclared
from core.errors_web import SessionExpired, register_error_pages
from core.i18n import LOCALES, begin_speaking, catalogue_folders, compile_catalogues, locale_named, stop_speaking
from core.logs import set_up_logs
from core.overlay import use as use_declarations
from core.registry import Registry
from core.static_files import static_blueprint
from core.template_context import register_template_context
from core.templating import Pages
from core.toasts import keep_toasts
from core.web import parts_of

log = structlog.get_logger(__name__)
_ = core.auth.locks

SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
MAX_BODY = 64 * 1024 * 1024
BEYOND = 1 << 63
"""From here on no database holds a number."""


@dataclass
class Zhike:
    """The parts of one application, found at `app.extensions["zhike"]`."""

    config: Config
    database: Database
    registry: Registry
    bus: Bus


class Id(IntegerConverter):
    """A number in an address that a database can hold; others lead nowhere."""

    def to_python(self, value: str) -> int:
        """Read the number. Raises ValidationError, which is a 404."""
        number: int = super().to_python(value)
        if number >= BEYOND:
            raise ValidationError
        return number


def fitting(text: Any) -> int:
    """Read a number that a database can hold. Raises ValueError, by which it counts as no number."""
    number = int(text)
    if not -BEYOND < number < BEYOND:
        raise ValueError(text)
    return number


def _fit(sent: Any) -> Any:
    if isinstance(sent, FileStorage):  # what it holds stays as it is
        sent.filename = _fit(sent.filename)
    return sent.replace("\0", "") if isinstance(sent, str) else sent


class Sent(ImmutableMultiDict[str, str]):
    """What a query or a form carries; a number that no database holds counts as no number.

    The sign NUL is left out: no keyboard makes it, and PostgreSQL refuses every statement with it.
    """

    def __init__(self, mapping: Any = None) -> None:
        if isinstance(mapping, list):
            mapping = [(_fit(name), _fit(sent)) for name, sent in mapping]
        super().__init__(mapping)

    def get(self, key: Any, default: Any = None, type: Any = None) -> Any:  # type: ignore[override]
        """Read one value, as the default where it is not of the type."""
        return super().get(key, default, fitting if type is int else type)

    def getlist(self, key: Any, type: Any = None) -> list[Any]:
        """Read all values that are of the type."""
        return super().getlist(key, fitting if type is int else type)


class SentTogether(CombinedMultiDict[str, str]):
    """What query and form carry together, by the same rule."""

    def get(self, key: Any, default: Any = None, type: Any = None) -> Any:  # type: ignore[override]
        """Read one value, as the default where it is not of the type."""
        return super().get(key, default, fitting if type is int else type)

    def getlist(self, key: Any, type: Any = None) -> list[Any]:
        """Read all values that are of the type."""
        return super().getlist(key, fitting if type is int else type)


class ZhikeRequest(Request):
    """A request whose numbers fit."""

    parameter_storage_class = Sent

    @property
    def want_form_data_parsed(self) -> bool:
        """Read a form only of methods whose token is checked: what comes along with a HEAD changes nothing."""
        return self.method not in SAFE and super().want_form_data_parsed

    @cached_property
    def values(self) -> CombinedMultiDict[str, str]:
        """Give query and form together; of a reading request the query alone."""
        return SentTogether(super().values.dicts)


PLAIN = (str, int)
OF_THE_HOST = ("_external", "_scheme", "_method")
MAX_ADDRESSES, MAX_ADDRESS = 5000, 300
"""So many addresses are remembered, of at most so many characters: whoever asks names some of their parts."""


class ZhikeFlask(Flask):
    """Flask with our template environment, numbers that fit, and a memory for addresses."""

    jinja_environment = Pages
    request_class = ZhikeRequest

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._addresses: dict[tuple[Any, ...], str] = {}

    def url_for(self, endpoint: str, **values: Any) -> str:
        """Give an address: from memory, for every page names some twenty of them and mostly the same."""
        values = {name: value for name, value in values.items() if value is not None}  # Flask names all it knows of
        plain = has_request_context() and endpoint[:1] != "." and not self.url_default_functions
        plain = plain and all(type(v) in PLAIN and name not in OF_THE_HOST for name, v in values.items())
        slot = (request.script_root, request.method, endpoint, *values.items()) if plain else ()
        known = self._addresses.get(slot)
        if known is None:
            known = super().url_for(endpoint, **values)
            if plain and len(known) <= MAX_ADDRESS:
                if len(self._addresses) >= MAX_ADDRESSES:
                    self._addresses.clear()
                self._addresses[slot] = known
        return known


def create_app(config: Config | None = None, registry: Registry | None = None) -> Flask:
    """Make the application. Raises Misdeclared where core itself cannot stand; a bad plugin is only marked."""
    config = config or load_config()
    set_up_logs(config)
    app = ZhikeFlask("core", static_folder=None, template_folder=None, instance_path=str(config.home))
    app.config.update(
        SECRET_KEY=config.secret_key,
        MAX_CONTENT_LENGTH=MAX_BODY,
        MAX_FORM_MEMORY_SIZE=4 * 1024 * 1024,
        MAX_FORM_PARTS=5000,
        TESTING=config.env == "test",
        PROPAGATE_EXCEPTIONS=False,
    )
    if config.proxies:
        from werkzeug.middleware.proxy_fix import ProxyFix

        trusted = config.proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=trusted, x_proto=trusted, x_host=trusted)  # type: ignore[method-assign]
    set_seal_key(config.secret_key)
    set_zone(config.timezone)
    database = Database(config)
    if registry is None:
        registry = Registry(disable=config.disable, safe_mode=config.safe_mode)
        registry.load()
    _check_merge_policies(registry)
    bus = Bus(database, registry, Queue(config.queue_url))
    attach_bus(bus)
    use_declarations(lambda hook: registry.declared(hook, everywhere=True))
    zhike = Zhike(config, database, registry, bus)
    app.extensions["zhike"] = zhike
    app.url_map.converters["int"] = Id

    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.autoescape = True
    riding = app.extensions[RIDING] = Riding()
    app.session_interface = DatabaseSessions(
        database, registry, secure=config.is_production, bearer=bearer_of(registry), rider=riding
    )
    login_manager().init_app(app)
    _languages(app, zhike)
    _requests(app, zhike)
    _answers(app)
    keep_toasts(app, secure=config.is_production)

    core_pages = Blueprint("pages", "core", template_folder=str(Path(__file__).parent / "templates"))
    app.register_blueprint(core_pages)
    app.register_blueprint(static_blueprint(Path(__file__).parent / "static"))
    register_error_pages(app)
    register_template_context(app)
    _blueprints(app, registry)
    return app


def _check_merge_policies(registry: Registry) -> None:
    """Refuse references to customers that do not say what a merge does to them; a plugin's break the plugin."""
    for key in keys_without_policy(Base.metadata):
        owner, reason = key.split("_", 1)[0], f"{key} refers to a customer or contact and declares no merge policy"
        if owner == "core":
            raise Misdeclared(reason)
        registry.broken.setdefault(owner, reason)


def _blueprints(app: Flask, registry: Registry) -> None:
    """Register every blueprint; lock L1: a view without its mark stops the start, a plugin's breaks the plugin."""
    for name in [*(n for n in registry.plugins if n.startswith("core.")), *registry.installed]:
        if name in registry.broken:
            continue
        for blueprint in registry.declared_by(name, "register_blueprints"):
            unmarked = unguarded(blueprint)
            if unmarked and name.startswith("core."):
                raise Misdeclared(f"views without @require, @signed_in or @public: {', '.join(unmarked)}")
            if unmarked:
                registry.broken[name] = f"views without @require, @signed_in or @public: {', '.join(unmarked)}"
                continue
            app.register_blueprint(blueprint)


def unguarded(blueprint: SansioBlueprint) -> list[str]:
    """List the endpoints of a blueprint that carry no mark, without registering it anywhere."""
    views: dict[str, Any] = {}

    class Recorder(BlueprintSetupState):
        """Notes the views; compiling their rules twice would be a tenth of the start."""

        def add_url_rule(self, rule: str, endpoint: str | None = None, view_func: Any = None, **options: Any) -> None:
            name = endpoint or getattr(view_func, "__name__", rule)
            views[f"{blueprint.name}.{name}"] = view_func or views.get(f"{blueprint.name}.{name}")

    recorder = Recorder(blueprint, Flask("probe", static_folder=None), {}, True)
    for deferred in blueprint.deferred_functions:
        deferred(recorder)
    nested = [f"{blueprint.name}.{name}" for inner, _options in blueprint._blueprints for name in unguarded(inner)]
    return nested + [n for n, view in views.items() if guard_of(view) is None and not n.endswith(".static")]


def _languages(app: Flask, zhike: Zhike) -> None:
    registry = zhike.registry
    roots = [Path(__file__).parent, *(registry.folder(name) for name in registry.plugins)]
    folders = catalogue_folders(roots)
    compile_catalogues(folders)
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = ";".join(str(f) for f in folders)
    app.config["BABEL_DEFAULT_LOCALE"] = str(locale_named(zhike.config.locale))
    app.config["BABEL_DEFAULT_TIMEZONE"] = zhike.config.timezone.key

    def locale() -> Locale:
        if not has_request_context():
            return locale_named(zhike.config.locale)
        chosen = flask_session.get("locale") or request.cookies.get("zhike_locale")
        return locale_named(chosen if chosen in LOCALES else zhike.config.locale)

    Babel(app, locale_selector=locale, timezone_selector=lambda: zhike.config.timezone.key)


def _requests(app: Flask, zhike: Zhike) -> None:
    registry, database = zhike.registry, zhike.database

    @app.before_request
    def open_work() -> None:
        """Open this request's unit of work with the rights of the person who signed in."""
        g.started = time.perf_counter()
        signed = cast("ServerSession", flask_session)
        if signed.failure is not None:
            raise signed.failure
        unit, token = begin_work(database, actor=signed.access)
        unit.info.update(
            versions=dict(signed.counters),
            began=tuple(sorted(signed.counters.items())),
            enabled=signed.enabled,
            address=request.remote_addr or "",
            request_id=secrets.token_hex(8),
        )
        unit.memory[TOLD] = (signed.riding, signed.told)
        clear_contextvars()
        bind_contextvars(request_id=unit.info["request_id"])
        g.work, g.work_token = unit, token
        g.spoken = begin_speaking()

    @app.before_request
    def gate() -> None:
        """Answer 404 for every page of a plugin that is not switched on, and where a name holds the sign NUL."""
        if "\0" in request.path:
            abort(404)
        name = (request.blueprint or "").split(".", 1)[0]
        if name in registry.plugins and name not in g.work.info["enabled"]:
            abort(404)

    @app.before_request
    def check_form_token() -> None:
        """Refuse a write that does not come from our own pages with this browser's token (promise S11)."""
        if request.method in SAFE or is_for_programs(request):  # no cookie stands behind a token
            return
        if getattr(app.view_functions.get(request.endpoint or ""), "zhike_token_free", False):
            return
        if _is_foreign(request):
            abort(400, "cross-site")
        sent = request.headers.get("X-CSRF-Token") or request.form.get("csrf_token", "")
        expected = form_token(zhike.config.secret_key, cast("ServerSession", flask_session))
        if not secrets.compare_digest(sent.encode(), expected.encode()):
            raise SessionExpired

    @app.teardown_request
    def close_work(error: BaseException | None) -> None:
        unit = g.pop("work", None)
        if unit is not None:
            end_work(unit, g.pop("work_token"))
            stop_speaking(g.pop("spoken"))
        clear_contextvars()


def _is_foreign(sent: Request) -> bool:
    """Tell whether the browser says that a request comes from another site: by its kind, its origin, or its page.

    The referring page counts where the browser names no origin, as old ones do; a program names neither.
    """
    if sent.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        return True
    source = sent.headers.get("Origin") or sent.headers.get("Referer")
    return source is not None and parts_of(source).netloc.lower() != sent.host.lower()


def _answers(app: Flask) -> None:
    @app.after_request
    def harden(response: Response) -> Response:
        """Set the headers that every answer carries."""
        nonce = g.get("csp_nonce")
        script = f"'self' 'nonce-{nonce}'" if nonce else "'self'"
        response.headers.setdefault(
            "Content-Security-Policy",
            f"default-src 'none'; script-src {script}; style-src 'self'; img-src 'self' data:; font-src 'self'; "
            "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; manifest-src 'self'; "
            "frame-src 'self'; object-src 'none'",
        )
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        response.headers.setdefault("Referrer-Policy", "same-origin")
        response.headers.setdefault("X-Frame-Options", "DENY")
        response.headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        response.headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
        if "Cache-Control" not in response.headers:
            response.headers["Cache-Control"] = "no-store"
        return response
