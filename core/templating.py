"""The template environment: what a template may look into, and calls without detours."""

from __future__ import annotations

from types import BuiltinFunctionType, FunctionType
from typing import Any

from flask.templating import Environment
from jinja2.environment import Template, TemplateModule
from jinja2.runtime import Context, Macro

from core.columns import Scoped
from core.errors import GuardBreach


class PageContext(Context):
    """Calls functions and macros straight away; a page makes some seven hundred calls."""

    def call(__self, __obj: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: N805  (so that any name may be passed)
        """Call as Jinja does. Whatever asks for the context, or is neither function nor macro, goes Jinja's way."""
        kind = type(__obj)
        if kind is Macro:
            args = (__self.eval_ctx, *args)
        elif kind is not BuiltinFunctionType and (kind is not FunctionType or hasattr(__obj, "jinja_pass_arg")):
            return super().call(__obj, *args, **kwargs)
        if kwargs:
            kwargs.pop("_block_vars", None)
            kwargs.pop("_loop_vars", None)
        return __obj(*args, **kwargs)


class Page(Template):
    """A template that others take macros from; every page takes some from six of them."""

    _known: frozenset[str] = frozenset()

    def _get_default_module(self, ctx: Context | None = None) -> TemplateModule:
        """Give the macros. Where the page has globals of its own Jinja makes them anew, to which ours never come."""
        if ctx is not None and self._module is not None:
            if not self._known:
                self._known = frozenset(self.globals)
            if ctx.globals_keys <= self._known:
                return self._module
        return super()._get_default_module(ctx)


class Pages(Environment):
    """Lock L5: a template gets view objects; an ORM row of a scoped table is refused, whoever passed it."""

    context_class = PageContext
    template_class = Page

    def getattr(self, obj: Any, attribute: str) -> Any:
        """Refuse to look into a record that was not masked."""
        if isinstance(obj, Scoped):
            raise GuardBreach(f"a template was given a {type(obj).__name__} instead of a view object")
        try:
            return getattr(obj, attribute)
        except AttributeError:
            return super().getattr(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        """Refuse likewise by the other way to write it, which filters take too."""
        if isinstance(obj, Scoped):
            raise GuardBreach(f"a template was given a {type(obj).__name__} instead of a view object")
        return super().getitem(obj, argument)
