"""The public API for plugins: identity, declarations, hooks. Core's own areas use nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

import pluggy

if TYPE_CHECKING:
    import datetime as dt

    import click
    from flask import Blueprint
    from sqlalchemy.orm import Session

    from core.customers.models import Company, Contact

PROJECT = "zhike"
hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)

Text = Any
"""A text for people: a lazily translated string, or a plain one."""

ScopeName = Literal["none", "own", "subordinates", "department", "all"]
FieldClass = Literal["brief", "inner", "private", "secret"]
FieldKind = Literal[
    "text",
    "long",
    "number",
    "money",
    "date",
    "datetime",
    "bool",
    "choice",
    "choices",
    "user",
    "company",
    "contact",
    "division",
    "phone",
    "email",
    "url",
    "tags",
]


@dataclass(frozen=True, kw_only=True)
class PluginInfo:
    """A plugin's identity card. `name`, of lower-case letters and digits, owns tables, addresses, rights and events."""

    name: str
    title: Text
    summary: Text = ""
    version: str = "1.0"
    requires: tuple[str, ...] = ()


# --- declarations ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Permission:
    """A right that groups and people can hold. `scoped` ones are held for own, subordinates', department's or all rows.

    `defaults` maps built-in groups (staff, supervisor, decision_maker, system_administrator, finance) to the scope they
    hold unless an administrator changed it; an unscoped right uses `all`.
    """

    code: str
    title: Text
    scoped: bool = True
    defaults: Mapping[str, ScopeName] = field(default_factory=dict)
    order: int = 100

    @property
    def owner(self) -> str:
        """The plugin part of the code."""
        return self.code.split(":", 1)[0]

    @property
    def resource(self) -> str:
        """The resource part of the code."""
        return self.code.split(":")[1]

    @property
    def action(self) -> str:
        """The action part of the code."""
        return self.code.split(":")[2]


@dataclass(frozen=True, kw_only=True)
class Field:
    """One field of a Resource.

    `name` is the key in addresses, imports, exports and the API. `path` is the attribute of the model when it differs,
    dotted through relations (`company.name`; through a list of rows, as in `industries.code`, it can be filtered by but
    not shown). `field_class` decides who sees it. `dictionary` names the Dictionary of a choice; `choices(session)`
    lists `(value, title)` where none is. `tones` draws a choice as a tag: `p ok w bad v te o` by value.
    `load(session, ids)` gives the values of a whole page where no column has them. `render` is a macro
    `template.html#macro(value, row)` that draws the cell; `row` holds the row's shown values by name, with those of
    `needs` besides; without needs it draws from its value alone. `where(session, op, values)` gives the condition
    where the path cannot, and `operators` names those that the full form offers where it knows fewer than the kind has.
    `presets` are ready choices of the filter line: `(op:value, title)`. `masked(value)` writes a
    value into files for whoever does not see what is private of the record.
    `custom` marks an administrator's own field, whose values lie in the column `custom`; no plugin declares one.
    """

    name: str
    title: Text
    kind: FieldKind = "text"
    path: str | None = None
    field_class: FieldClass = "inner"
    dictionary: str | None = None
    required: bool = False
    listed: bool = True
    default: bool = False
    filterable: bool = True
    sortable: bool = False
    sort_path: str | None = None
    exportable: bool = True
    importable: bool = False
    editable: bool = False
    total: bool = False
    aliases: tuple[str, ...] = ()
    render: str | None = None
    load: Callable[[Session, Sequence[int]], Mapping[int, Any]] | None = None
    needs: tuple[str, ...] = ()
    where: Callable[[Session, str, Sequence[str]], Any] | None = None
    operators: tuple[str, ...] = ()
    choices: Callable[[Session], Sequence[tuple[str, Text]]] | None = None
    tones: Mapping[str, str] = field(default_factory=dict)
    presets: tuple[tuple[str, Text], ...] = ()
    masked: Callable[[Any], Any] | None = None
    hint: Text = ""
    max_length: int | None = None
    custom: bool = False
    order: int = 100


@dataclass(frozen=True, kw_only=True)
class SystemView:
    """A list view that ships with a Resource: `query` is the query string of the list address.

    Users in it may be `me`, `team`, `department` or `none`; dates may be `today`, `-30d`, `+7d`. A function makes it
    where it follows a setting. `columns` are its own instead of those that the list shows by default.
    """

    name: str
    title: Text
    query: str | Callable[[Session], str] = ""
    columns: tuple[str, ...] = ()
    counted: bool = False
    hot: bool = False
    order: int = 100


@dataclass(frozen=True, kw_only=True)
class BatchAction:
    """Something that can be done to selected rows. `run(session, ids, form)` does it and returns a sentence for people.

    It gets only rows for which the user holds `permission`. `form()` makes a WTForms form that is asked first, or None
    where there is nothing to ask; its values arrive in `form`. `confirm` asks before any number of rows; more than
    twenty are always shown first. With `page`, an endpoint, the selected rows are led there instead, as arguments `id`
    beside `args`; the first twenty, or up to `most`, above which it is refused. It is offered to who may open the page.
    `refusal` is said where the user holds `permission` for none of the rows, to tell him what he may do instead.
    """

    name: str
    title: Text
    permission: str
    run: Callable[[Session, Sequence[int], Mapping[str, str]], Text] | None = None
    page: str | None = None
    args: Mapping[str, str] = field(default_factory=dict)
    most: int | None = None
    icon: str = "check"
    form: Callable[[], Any] | None = None
    confirm: bool = False
    refusal: Text | None = None
    order: int = 100


@dataclass(frozen=True, kw_only=True)
class FileFormat:
    """A way to export a resource's records besides tables, as cards or calendars.

    `write(session, ids)` gives the text of the file piece by piece, with what the signed-in person sees of each record.
    It gets only rows for which he holds the right to export. `ending` is that of the file where `name` is not.
    """

    name: str
    title: Text
    media_type: str
    write: Callable[[Session, Sequence[int]], Iterable[str]]
    ending: str = ""


@dataclass(frozen=True, kw_only=True)
class CellEdit:
    """A field that is changed in its cell of the list, with E or a double click.

    `action` is the right that it takes for the row. `write(session, record, value, by=…)` changes it through the
    service that holds the rules; without it the resource's `change` does. A field that is no column of the record, such
    as its tags, names `read(session, record)`, which gives its value as it is typed; `write` then gets what was typed,
    and `offers(session)` may list what is there to choose from.
    """

    field: str
    action: str = "edit"
    write: Callable[..., Any] | None = None
    read: Callable[[Session, Any], str] | None = None
    offers: Callable[[Session], Sequence[str]] | None = None


@dataclass(frozen=True, kw_only=True)
class Resource:
    """Something that staff list, query, review, print, import and export (architecture section 1).

    `name` is the noun of its permissions (`company`); `plural` the last part of its address (`companies`). `owner` and
    `customer` name the columns with the responsible user and the company. `search` narrows a select to a key word:
    `search(statement, text, session, whole=False) -> statement`, where `whole` tells that all rows are wanted, not the
    first few of an order; `search_count(text, session, limit)` may know quicker how many there are, or give None;
    `find(session, text, limit)` gives the best matches first, as `(id, title, note)`. `only()`
    gives the condition of the rows that lists show at all.
    `inner_with` names actions besides `read` whose right shows the inner fields too: what somebody prints he may read.
    `detail`, `edit` and `new` are endpoints; those of a record take one argument, its id. `title_path` names a record
    in words. `card` names the fields of a phone card: right of the title, below it (joined by points) and in its foot;
    `card_template` is a macro `template.html#macro(row)` that draws the card's body instead. `default_sort` must name a
    column that is never empty and be backed by an index on it and the id.

    `files` are formats in which records are exported besides tables. `cells` are fields that are changed in the list.

    For review and history: `parts` names the relations whose rows belong to the record, each with the field that they
    stand for and the column that says what one is (`{"phones": ("phone", "number")}`); `unchecked` names the columns of
    the record and of its parts whose change needs no new review. `change(session, record, values, by=…, version=…)` is
    the service that changes a record, for restoring old values. `part_fields` tells of a part which of its columns are
    shown in the history and restored, by the name of the relation; `part_values(record, wanted)` makes of
    `{relation: {id of a row: its columns, or None to remove it}}` what `change` takes. `after_review(session, record)`
    follows a change of the
    review state within its transaction. `change_owner(session, record, owner_id, by=…, reason=…)` gives a record to
    another owner or to nobody, where more than its column is to be written. `held()` gives the condition of the rows
    that go to a successor when their owner leaves, where not all do: what is over stays with him.

    `form(record)` gives the form by which a record is changed, filled in from it: what a reviewer proposes is read and
    checked by its fields, and what programs write. `form(None)` is that of a new one, whatever this request sent. Its
    `values()`, where it has them, are what the services take; its `show_lines(record, private=…)` fills in rows.

    Programs write where, besides `form` and the fields' names, there is `create(session, values, by=…)`, which makes a
    record and gives it; `change`, which takes the values that are to be others, and a `Versioned` model;
    `remove(session, record, by=…)`, which puts one into the bin. `twins(session, values, record, reason)` is asked
    before: it raises `core.errors.Duplicate`, or gives what is called with the record once it is written, or None.

    `fixed(record)` tells that nothing is hung on a record or taken off it any more, whoever may change it.
    `after_files(session, record)` follows within the transaction in which the files of a record changed; it may refuse.

    `extensible` lets an administrator add fields of his own; the model is `core.columns.Extensible`. Whoever wants all
    fields of a resource asks `core.custom.fields_of`; `fields` are the declared ones.
    """

    name: str
    plural: str
    title: Text
    title_plural: Text
    model: type[Any]
    fields: Sequence[Field]
    plugin: str = "core"
    title_path: str = "name"
    customer: str | None = None
    owner: str | None = None
    reviewed: bool = False
    parts: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    part_fields: Mapping[str, Sequence[Field]] = field(default_factory=dict)
    part_values: Callable[[Any, Mapping[str, Mapping[int, Mapping[str, Any] | None]]], dict[str, Any]] | None = None
    unchecked: tuple[str, ...] = ()
    change: Callable[..., Any] | None = None
    form: Callable[[Any], Any] | None = None
    create: Callable[..., Any] | None = None
    remove: Callable[..., Any] | None = None
    twins: Callable[[Session, Mapping[str, Any], Any, str], Callable[[Any], None] | None] | None = None
    after_review: Callable[[Session, Any], None] | None = None
    change_owner: Callable[..., Any] | None = None
    held: Callable[[], Any] | None = None
    fixed: Callable[[Any], bool] | None = None
    after_files: Callable[[Session, Any], None] | None = None
    extensible: bool = False
    inner_with: tuple[str, ...] = ()
    detail: str | None = None
    new: str | None = None
    edit: str | None = None
    listing: str | None = None
    default_sort: str = "-updated_at"
    search: Callable[..., Any] | None = None
    search_count: Callable[[str, Session, int], int | None] | None = None
    find: Callable[[Session, str, int], Sequence[tuple[int, str, str]]] | None = None
    search_hint: Text = ""
    only: Callable[[], Any] | None = None
    quick_filters: tuple[str, ...] = ()
    views: tuple[SystemView, ...] = ()
    actions: tuple[BatchAction, ...] = ()
    importer: Callable[..., Any] | None = None
    files: tuple[FileFormat, ...] = ()
    cells: tuple[CellEdit, ...] = ()
    card: tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]] | None = None
    card_template: str | None = None
    unit: Text = ""
    icon: str = "file"
    order: int = 100

    @property
    def key(self) -> str:
        """How commands and addresses name it: `companies`, `journals/subscriptions`."""
        return self.plural if self.plugin == "core" else f"{self.plugin}/{self.plural}"

    def code(self, action: str) -> str:
        """Give the permission code of an action on it."""
        return f"{self.plugin}:{self.name}:{action}"

    def field(self, name: str) -> Field:
        """Give a field by name. Raises KeyError."""
        for one in self.fields:
            if one.name == name:
                return one
        raise KeyError(name)


class Urgent(int):
    """A count of something that cannot wait: drawn in red."""


@dataclass(frozen=True, kw_only=True)
class Counted:
    """The list that a menu entry's figure counts: in words, and where it is; `endpoint` where it is another page."""

    title: Text
    args: Mapping[str, str] = field(default_factory=dict)
    endpoint: str | None = None


@dataclass(frozen=True, kw_only=True)
class MenuItem:
    """An entry of the panel under one of the main menus `my, file, records, customers, work, settings, help`.

    `section` groups entries under a heading. `count(session)` gives the figure on the right, or None; `hot` is red, as
    is a count that is `Urgent`. Where the entry leads to more than its figure counts, `counted` is what the figure
    opens. `signed_in` entries need no permission. The figure of a `bell` entry is what the Badge of the
    same name as its plugin adds to the bell; it changes by itself.
    """

    title: Text
    endpoint: str
    permission: str | None = None
    menu: str = "work"
    section: Text = ""
    args: Mapping[str, str] = field(default_factory=dict)
    icon: str = "file"
    count: Callable[[Session], int | None] | None = None
    counted: Counted | None = None
    hot: bool = False
    keys: str = ""
    bell: bool = False
    order: int = 100


@dataclass(frozen=True, kw_only=True)
class Tally:
    """What one Badge adds to a user's bell, each a SQL expression: a number, a dot without one (true where there is
    something), and what is to be shown once as a line.

    `urgent` is `(id, title)` of the newest of that kind, null where there is none, and `urgent_path` the address of its
    page without a slash in front, with `{}` for the id.
    """

    count: Any = None
    dot: Any = None
    urgent: tuple[Any, Any] | None = None
    urgent_path: str = ""


@dataclass(frozen=True, kw_only=True)
class Badge:
    """Something that the bell counts: `tally(user)` gives scalar subqueries that hang on the column of the user's id.

    All badges are asked in one statement, on every page: keep them cheap. No row scope narrows it: the conditions of a
    tally say what is the user's. The statement is made once per process; what depends on the clock stands in it as
    `core.db.at_execution(...)`. Call `core.desk.live.tell` where a figure changes.
    """

    name: str
    title: Text
    tally: Callable[[Any], Tally]
    order: int = 100


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One value of a Dictionary: a stable code, its title, the code above it in a two-level dictionary."""

    code: str
    title: Text
    parent: str | None = None


@dataclass(frozen=True, kw_only=True)
class Dictionary:
    """An enumerated list that an administrator may rename, order, retire and, when `extensible`, add to (数据字典).

    On the codes `fixed` the program itself counts: they may be renamed, and are never merged into others. Of a
    dictionary that is not `mergeable` no entries are: what people said of one was not said of another.
    """

    name: str
    title: Text
    entries: Sequence[Entry] = ()
    extensible: bool = True
    fixed: tuple[str, ...] = ()
    mergeable: bool = True
    load: Callable[[], Sequence[Entry]] | None = None
    order: int = 100


@dataclass(frozen=True, kw_only=True)
class Setting:
    """A setting that an administrator changes on a page. `kind` picks the form field; `choices` for `choice`.

    One of the kind `codes` is a text of codes of the `dictionary`, with commas between, chosen by their titles. One of
    the kind `own` is changed elsewhere than among the settings. `after(session, before)` follows a change, wherever it
    is made: `before` holds all that was changed with it, as it was.
    """

    key: str
    title: Text
    default: Any
    kind: Literal["text", "long", "number", "bool", "choice", "codes", "own"] = "text"
    choices: Sequence[tuple[str, Text]] = ()
    dictionary: str | None = None
    after: Callable[[Session, Mapping[str, Any]], None] | None = None
    hint: Text = ""
    order: int = 100


@dataclass(frozen=True, kw_only=True)
class DashboardCard:
    """A card of the workbench. `render(session)` gives its HTML body; `size` is 3, 4, 6, 8 or 12 of twelve columns.

    `groups` limits it to their people. `places` gives its place for people of a built-in group where that is not
    `order`; None leaves it out there until somebody asks for it. `later` fetches a card of core after the page too.
    """

    name: str
    title: Text
    render: Callable[[Session], str]
    permission: str | None = None
    size: Literal[3, 4, 6, 8, 12] = 4
    icon: str = "grid"
    groups: tuple[str, ...] = ()
    places: Mapping[str, int | None] = field(default_factory=dict)
    later: bool = False
    order: int = 100


@dataclass(frozen=True, kw_only=True)
class CustomerPanel:
    """A tab of the customer's page. `render(session, company_id)` gives its HTML body; `count` the figure on the tab.

    `fact(session, company_id)` may add one key fact to the head: `(title, value, note, tone)` or None. `rail(session,
    company_id)` may add a card to the right of all tabs: its HTML, or an empty text.

    `of` are the columns that name the customer in the rows which `count` and `fact` tell of: a customer without any
    such row has neither, and nobody is asked.
    """

    name: str
    title: Text
    render: Callable[[Session, int], str]
    permission: str | None = None
    count: Callable[[Session, int], int | None] | None = None
    fact: Callable[[Session, int], tuple[Text, Text, Text, str] | None] | None = None
    rail: Callable[[Session, int], str] | None = None
    of: Sequence[Any] = ()
    order: int = 100


@dataclass(frozen=True, kw_only=True)
class TimelineEntry:
    """One line of a customer's timeline."""

    moment: Any
    icon: str
    tone: Literal["sub", "ad", "expo", "care", "sys"]
    text: Text
    body: Text = ""
    tag: Text = ""
    tag_tone: str = ""
    by: str = ""
    href: str = ""


@dataclass(frozen=True, kw_only=True)
class TimelineSource:
    """Feeds a customer's timeline: `load(session, company_id, limit)` gives the newest entries.

    `composer(session, company_id)` gives the HTML of a form above the timeline in which something is noted at once;
    `write` is the endpoint of that form as a page, with the argument `company`, for the customer's other tabs. `of` are
    the columns that name the customer in the rows that it tells of: of a customer without any it is not asked.
    """

    name: str
    load: Callable[[Session, int, int], Sequence[TimelineEntry]]
    composer: Callable[[Session, int], str] | None = None
    write: str | None = None
    permission: str | None = None
    kind: Literal["talk", "business", "system", "change"] = "business"
    of: Sequence[Any] = ()
    order: int = 100


@dataclass(frozen=True, kw_only=True)
class Due:
    """One thing that a reminder found due: `key` is unique for ever, so that nobody is reminded twice of the same.

    `user_id` is whom it is for; of None the owner of the customer. `note` is what the task says besides its title.
    """

    key: str
    user_id: int | None
    text: Text
    due_on: Any
    company_id: int | None = None
    href: str = ""
    priority: Literal["high", "normal", "low"] = "normal"
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Reminder:
    """Finds what falls due: `due(session, since, until)` gives what became due after `since` up to `until` (dates).

    Each thing found becomes a task of the program's own. The window starts where the last run ended, so a missed night
    is caught up. `settled(session, keys)` tells which are done: their tasks are closed by the program, and until then,
    where `kept`, they cannot be dismissed; then the window reaches further back too, for what was entered late.
    Both run as the program, past every row scope.
    """

    name: str
    title: Text
    due: Callable[[Session, Any, Any], Iterable[Due]]
    settled: Callable[[Session, Sequence[str]], Iterable[str]] | None = None
    kept: bool = True
    order: int = 100


@dataclass(frozen=True, kw_only=True)
class PrintTemplate:
    """Something to print of a resource's rows.

    `context(session, ids)` gives a dict for each row in the order of the ids: `id`; `lines`, for a list its cells,
    each a text or `{text, part, large, bold, small, spaced}`; `postcode` to sort by; `problem` where it cannot be
    printed, in words; `note` on what is printed otherwise than one expects, beside its `name`. A list without it has
    the columns that the person chooses. `parts` are the kinds of lines that can be left out, `columns` the heads of a
    list. Who may print is decided by `permission`, else by the resource's own right; `quota` names the setting with
    the rows that one person may print a day.
    """

    name: str
    title: Text
    resource: str
    context: Callable[[Session, Sequence[int]], Sequence[Mapping[str, Any]]] | None = None
    kind: Literal["label", "envelope", "list"] = "label"
    parts: Sequence[tuple[str, Text]] = ()
    columns: Sequence[Text] = ()
    permission: str | None = None
    quota: str = "core.print_rows_a_day"
    order: int = 100


@dataclass(frozen=True, kw_only=True)
class ImportColumn:
    """A column that files of another's `resource` often have and this plugin knows (刊名 in a file of customers).

    It is recognised by title and `aliases`, read by `kind`, and kept with the row of the import under `name`
    (`<plugin>.<noun>`); what cannot be read is kept as text and noted, the row is imported all the same.
    """

    name: str
    title: Text
    resource: str
    kind: Literal["text", "int", "money", "date"] = "text"
    aliases: tuple[str, ...] = ()
    order: int = 100


@dataclass(frozen=True, kw_only=True)
class Metric:
    """A figure with one definition: `measure(session, since, until) -> Decimal | int`, within the viewer's rows.

    `until` is the first day that no longer counts. `endpoint` and `args` are the list that the figure counts;
    `args(since, until)` where the list depends on the period.
    """

    name: str
    title: Text
    unit: Text
    measure: Callable[[Session, Any, Any], Decimal | int]
    permission: str | None = None
    endpoint: str | None = None
    args: Mapping[str, str] | Callable[[dt.date, dt.date], Mapping[str, str]] = field(default_factory=dict)
    order: int = 100


@dataclass(frozen=True, kw_only=True)
class CustomerFigure:
    """Something about one customer in one definition: rules of customer types ask for it, groups of companies sum it.

    `value()` gives a SQL expression beside `Company`, such as a correlated subquery: of kind `yes` a condition, of
    `number` and `money` how much or nothing, of `date` and `moment` when it was last so, or nothing. It is narrowed to
    the rows of whoever looks, and counts all of them where the program itself does.

    `ruled` offers it to rules, `summed` (numbers and money) puts it into the view of a group. `permission` is the right
    without which a person sees it of no customer; where it is held for some customers only, the others are told as not
    to be seen. `endpoint` and `args` lead to the list that it counts, narrowed by `key` to the customers.
    """

    name: str
    title: Text
    value: Callable[[], Any]
    kind: Literal["yes", "number", "money", "date", "moment"] = "number"
    unit: Text = ""
    permission: str | None = None
    ruled: bool = True
    summed: bool = False
    endpoint: str | None = None
    args: Mapping[str, str] = field(default_factory=dict)
    key: str = "company_id"
    order: int = 100


@dataclass(frozen=True, kw_only=True)
class MailStop:
    """Why some are written to by no mailing at present, such as an open complaint.

    `companies(session, ids)` and `contacts(session, ids)` give those of the ids of whom it is so. Both run as the
    program, past every row scope, and only read: when a mailing is gathered, and again before each letter leaves.
    """

    name: str
    title: Text
    companies: Callable[[Session, Sequence[int]], Iterable[int]] | None = None
    contacts: Callable[[Session, Sequence[int]], Iterable[int]] | None = None
    order: int = 100


@dataclass(frozen=True, kw_only=True)
class CalendarEntry:
    """One thing of the schedule: on a day, or on it at a local time for half an hour.

    `key` names it for ever to other calendars. `note` says what it is about, mostly the customer; `by` whose it is.
    """

    key: str
    day: dt.date
    title: Text
    href: str = ""
    time: dt.time | None = None
    note: str = ""
    by: str = ""
    done: bool = False
    high: bool = False
    changed_at: dt.datetime | None = None
    version: int = 1


@dataclass(frozen=True, kw_only=True)
class CalendarSource:
    """Feeds the schedule and its private address: visits, deadlines, issues, fairs (日程).

    `load(session, first, last, people, company_id)` gives what lies in a span of days, both counted, within the
    viewer's rows: of the users `people`, of everybody for None; of one customer where `company_id` is given. What
    belongs to the house and to nobody is `common`: it is asked for without people and not at all for a customer.
    """

    name: str
    title: Text
    load: Callable[[Session, dt.date, dt.date, Sequence[int] | None, int | None], Iterable[CalendarEntry]]
    permission: str | None = None
    common: bool = False
    order: int = 100


@dataclass(frozen=True, kw_only=True)
class EventType:
    """An event that a plugin publishes: `<plugin>.<noun>_<past verb>` and the names and types of its payload.

    Types are bool, int, str, date, datetime, Decimal, list and dict of plain values, and `X | None`.
    """

    name: str
    title: Text
    fields: Mapping[str, Any]
    order: int = 100


@dataclass(frozen=True, kw_only=True)
class Subscriber:
    """Hears an event: `handler(session, event)` runs in its own transaction, at least once, its effect exactly once."""

    event: str
    handler: Callable[..., None]
    name: str = ""
    order: int = 100


@dataclass(frozen=True, kw_only=True)
class Job:
    """Work by the clock or on demand: `run(session)`; `schedule` is five cron fields in local time, or empty.

    It runs in one transaction, with the mark that it ran. Long work is `chunked`: `run(turn)` opens a transaction for
    each part, and goes on where it was when it is started again. What `run` returns is shown as its result.
    """

    name: str
    title: Text
    run: Callable[..., Any]
    schedule: str = ""
    chunked: bool = False
    order: int = 100


RESOURCE_ACTIONS: Mapping[str, Mapping[str, ScopeName]] = {
    "query": {
        "staff": "all",
        "supervisor": "all",
        "decision_maker": "all",
        "system_administrator": "all",
        "finance": "all",
    },
    "read": {
        "staff": "own",
        "supervisor": "all",
        "decision_maker": "all",
        "system_administrator": "all",
        "finance": "all",
    },
    "read_reviewed": {"staff": "all", "supervisor": "all", "decision_maker": "all", "system_administrator": "all"},
    "private": {"staff": "own", "supervisor": "department", "decision_maker": "all", "system_administrator": "all"},
    "create": {"staff": "own", "supervisor": "department", "decision_maker": "all", "system_administrator": "all"},
    "edit": {"staff": "own", "supervisor": "department", "decision_maker": "all", "system_administrator": "all"},
    "delete": {"supervisor": "department", "decision_maker": "all", "system_administrator": "all"},
    "review": {"supervisor": "department", "decision_maker": "all", "system_administrator": "all"},
    "assign": {"supervisor": "department", "decision_maker": "all", "system_administrator": "all"},
    "print": {"staff": "own", "supervisor": "all", "decision_maker": "all", "system_administrator": "all"},
    "export": {"decision_maker": "all", "system_administrator": "all"},
    "mail": {"decision_maker": "all", "system_administrator": "all"},
}
"""The default matrix of `promises.md` (Permissions) for a Resource that everybody may find."""

BUSINESS_QUERY: Mapping[str, ScopeName] = {
    "staff": "own",
    "supervisor": "department",
    "decision_maker": "all",
    "system_administrator": "all",
    "finance": "all",
}
"""Who finds orders, subscriptions and participations: own customers', the department's, all."""


def resource_permissions(
    codes: Iterable[str], titles: Mapping[str, Text], defaults: Mapping[str, Mapping[str, ScopeName]] | None = None
) -> list[Permission]:
    """Make the Permission of each code with the default matrix, bettered by `defaults` per action.

    `titles` maps resource nouns to what the rights matrix calls them.
    """
    made = []
    for number, code in enumerate(codes):
        _, resource, action = code.split(":")
        granted = {**RESOURCE_ACTIONS, **(defaults or {})}.get(action, {})
        made.append(Permission(code=str(code), title=titles[resource], defaults=granted, order=number))
    return made


# --- hooks -----------------------------------------------------------------------------------------------------------


class HookSpecs:
    """Every hook there is. `register_*` declares once at start; `before_*` takes part in another's transaction."""

    @hookspec
    def register_blueprints(self) -> Iterable[Blueprint]:  # type: ignore[empty-body]
        """Give the plugin's blueprint: named as the plugin, under `/<plugin>`."""

    @hookspec
    def register_permissions(self) -> Iterable[Permission]:  # type: ignore[empty-body]
        """Declare the rights that the plugin's views and services ask for."""

    @hookspec
    def register_resources(self) -> Iterable[Resource]:  # type: ignore[empty-body]
        """Declare what staff list, query, import and export."""

    @hookspec
    def register_menu(self) -> Iterable[MenuItem]:  # type: ignore[empty-body]
        """Declare entries of the main menus."""

    @hookspec
    def register_badges(self) -> Iterable[Badge]:  # type: ignore[empty-body]
        """Declare what the bell counts."""

    @hookspec
    def register_dictionaries(self) -> Iterable[Dictionary]:  # type: ignore[empty-body]
        """Declare enumerated lists."""

    @hookspec
    def register_settings(self) -> Iterable[Setting]:  # type: ignore[empty-body]
        """Declare settings for administrators."""

    @hookspec
    def register_dashboard_cards(self) -> Iterable[DashboardCard]:  # type: ignore[empty-body]
        """Declare cards of the workbench."""

    @hookspec
    def register_customer_panels(self) -> Iterable[CustomerPanel | TimelineSource]:  # type: ignore[empty-body]
        """Declare tabs, key facts and timeline sources of the customer's page."""

    @hookspec
    def register_reminders(self) -> Iterable[Reminder]:  # type: ignore[empty-body]
        """Declare what people are to be reminded of."""

    @hookspec
    def register_prints(self) -> Iterable[PrintTemplate]:  # type: ignore[empty-body]
        """Declare labels, envelopes and lists."""

    @hookspec
    def register_metrics(self) -> Iterable[Metric]:  # type: ignore[empty-body]
        """Declare figures for the workbench and for analysis."""

    @hookspec
    def register_customer_figures(self) -> Iterable[CustomerFigure]:  # type: ignore[empty-body]
        """Declare what is counted of one customer: for rules of customer types and for groups of companies."""

    @hookspec
    def register_mail_stops(self) -> Iterable[MailStop]:  # type: ignore[empty-body]
        """Declare why some are written to by no mailing at present."""

    @hookspec
    def register_calendars(self) -> Iterable[CalendarSource]:  # type: ignore[empty-body]
        """Declare what the schedule shows besides tasks."""

    @hookspec
    def register_import_columns(self) -> Iterable[ImportColumn]:  # type: ignore[empty-body]
        """Declare columns of the plugin's own that files of other resources bring along."""

    @hookspec
    def register_events(self) -> Iterable[EventType]:  # type: ignore[empty-body]
        """Declare the events that the plugin publishes."""

    @hookspec
    def register_subscribers(self) -> Iterable[Subscriber]:  # type: ignore[empty-body]
        """Declare the events that the plugin hears."""

    @hookspec
    def register_jobs(self) -> Iterable[Job]:  # type: ignore[empty-body]
        """Declare work by the clock."""

    @hookspec
    def register_commands(self) -> Iterable[click.Command]:  # type: ignore[empty-body]
        """Give commands of `zhike <plugin> …`."""

    @hookspec
    def before_customer_merge(self, session: Session, source: Company, target: Company) -> None:
        """Repair, in the merge's transaction, what re-pointing cannot. Every installed plugin is asked. May refuse."""

    @hookspec
    def before_customer_erase(self, session: Session, customer: Company) -> None:
        """Blank personal data inside the erasing transaction. Called for every installed plugin. May raise Refused."""

    @hookspec
    def before_contact_erase(self, session: Session, contact: Contact, neutral: str) -> None:
        """Blank what rows say of a person to whom no key leads, inside the erasing transaction. May raise Refused.

        Called for every installed plugin and each contact that the person ever was, while his values still stand.
        `neutral` stands in place of the name in rows that must be kept.
        """


REGISTER_HOOKS: tuple[str, ...] = tuple(name for name in vars(HookSpecs) if name.startswith("register_"))
BEFORE_HOOKS: tuple[str, ...] = tuple(name for name in vars(HookSpecs) if name.startswith("before_"))
