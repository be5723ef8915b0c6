"""Two uploads of one moment are counted one after the other."""

from __future__ import annotations

import threading

from sqlalchemy import func, select

from core.attachments.models import Attachment
from core.attachments.services import check_quota
from core.db import system_transaction
from core.errors import Refused

SIZE = 600_000


def test_two_uploads_of_one_moment_do_not_pass_a_quota_together(app, desk, setting, as_system):
    setting("core.attachment_total_mb", 1)
    database = app.extensions["zhike"].database
    refused: list[Refused] = []

    def upload(after=lambda: None):
        try:
            with system_transaction("test", database=database) as session:
                check_quota(session, SIZE, by=None)
                after()
                session.add(
                    Attachment(
                        resource="company", record_id=desk.company, company_id=desk.company, name="a.zip", kind="other",
                        size=SIZE, sha256="0" * 64,
                    )
                )  # fmt: skip
        except Refused as error:
            refused.append(error)

    other = threading.Thread(target=upload)

    def meanwhile():
        other.start()
        other.join(timeout=1)  # it waits for this one; where it does not, it is through by then

    upload(meanwhile)
    other.join()
    assert len(refused) == 1
    with as_system() as session:
        assert session.scalar(select(func.sum(Attachment.size))) == SIZE
