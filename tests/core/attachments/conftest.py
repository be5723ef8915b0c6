"""A customer with a contact and an owner, a colleague, and files of every kind."""

from __future__ import annotations

import io
import shutil
import zipfile
from dataclasses import dataclass, field
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import select

from core.attachments.models import Attachment
from core.attachments.store import Store, store_of
from core.auth.models import User
from core.customers.models import Company, Contact
from core.db import system_session
from core.overlay import overlay
from core.testing.harness import Browser


def picture(size: tuple[int, int] = (640, 480), form: str = "PNG", **more: Any) -> bytes:
    """Draw a picture."""
    out = io.BytesIO()
    Image.new("RGB", size, "teal").save(out, form, **more)
    return out.getvalue()


def packed(**members: bytes) -> bytes:
    """Pack an archive of these files."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def word(**more: bytes) -> bytes:
    """Make the shell of a text document."""
    return packed(**{"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<w/>", **more})


PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n"


@dataclass
class Desk:
    """One customer and who works on him."""

    app: Any
    company: int
    contact: int
    users: dict[str, User] = field(default_factory=dict)

    def browser(self, name: str | None = "owner") -> Browser:
        """Open a browser as one of the users."""
        return Browser(self.app, self.users[name] if name else None)

    def send(self, *files: tuple[bytes, str], of: str = "company", id: int | None = None, **more: Any) -> Any:
        """Attach files; `who` sends them."""
        browser = self.browser(more.pop("who", "owner"))
        key = id if id is not None else self.company if of == "company" else self.contact
        given = [(io.BytesIO(content), name) for content, name in files]
        return browser.post("/attachments/add", {"of": of, "id": str(key), "files": given, **more})

    def all(self) -> list[Attachment]:
        """Give all attachments, whoever may see them."""
        with system_session("test", database=self.app.extensions["zhike"].database) as session:
            return list(session.scalars(select(Attachment).order_by(Attachment.id)))

    @property
    def store(self) -> Store:
        """Where the files are."""
        with system_session("test", database=self.app.extensions["zhike"].database) as session:
            return store_of(session)

    def on_disk(self) -> list[str]:
        """Name every file below the store."""
        root = self.store.root
        return sorted(str(p.relative_to(root)) for p in root.rglob("*") if p.is_file())


@pytest.fixture
def desk(app, people, as_system) -> Desk:
    shutil.rmtree(app.extensions["zhike"].config.files, ignore_errors=True)
    market, fairs = people.department("市场部"), people.department("会展部")
    users = {
        "owner": people.user("zhou", name="周岚", department=market),
        "other": people.user("lifang", name="李放", department=fairs),
        "chief": people.user("chief", ("supervisor",), name="赵启明", department=market),
    }
    with as_system() as session:
        company = Company(name="成都锦城糖酒有限公司", owner_id=users["owner"].id, review_state="submitted")
        session.add(company)
        session.flush()
        contact = Contact(company=company, name="罗承业", review_state="submitted")
        session.add(contact)
        session.flush()
        return Desk(app, company.id, contact.id, users)


@pytest.fixture
def setting(as_system):
    """Change a setting."""

    def change(key, value):
        with as_system() as session:
            overlay().change_setting(session, key, value)

    return change
