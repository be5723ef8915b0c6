"""An import changes what the person who imports may change, and nothing else."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from core.customers.models import Company
from core.customers.services import index_company


@pytest.fixture
def shops(people, as_system):
    clerk, other = people.user("clerk"), people.user("other")
    with as_system() as session:
        for name, owner in (("甲酒业有限公司", clerk), ("乙酒业有限公司", other)):
            company = Company(name=name, owner_id=owner.id, entered_by_id=owner.id, review_state="reviewed")
            session.add(company)
            session.flush()
            index_company(session, company)
    return clerk


@pytest.mark.parametrize("existing", ["fill", "overwrite"])
def test_rows_of_others_customers_are_refused_with_their_reason(imports, shops, as_system, tmp_path, existing):
    path = tmp_path / "shops.csv"
    path.write_text(
        "企业名称,网址\n甲酒业有限公司,https://a.example\n乙酒业有限公司,https://b.example\n", encoding="utf-8"
    )
    batch = imports.run(path, user_id=shops.id, existing=existing)
    assert (batch.counts["updated"], batch.counts["error"]) == (1, 1)
    with as_system() as session:
        found = dict(session.execute(select(Company.name, Company.website)).all())
    assert found == {"甲酒业有限公司": "https://a.example", "乙酒业有限公司": None}


def test_the_trial_run_says_so_beforehand(imports, shops, tmp_path):
    path = tmp_path / "shops.csv"
    path.write_text("企业名称,网址\n乙酒业有限公司,https://b.example\n", encoding="utf-8")
    batch = imports.check(path, user_id=shops.id)
    assert batch.counts["error"] == 1


def test_a_command_imports_as_the_program(imports, shops, tmp_path):
    path = tmp_path / "shops.csv"
    path.write_text("企业名称,网址\n乙酒业有限公司,https://b.example\n", encoding="utf-8")
    assert imports.run(path).counts["updated"] == 1
