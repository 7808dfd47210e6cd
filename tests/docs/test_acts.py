"""The page of acts says what the cases declare."""

import runpy

from charlevoix import house
from docs.runner import ROOT


def test_the_page_of_acts_is_up_to_date() -> None:
    script = runpy.run_path(str(ROOT / "scripts" / "write_acts.py"))
    assert (ROOT / "docs" / "acts.md").read_text("utf-8") == script["page"](), "run: python scripts/write_acts.py"


def test_every_kind_of_act_has_a_row() -> None:
    page = (ROOT / "docs" / "acts.md").read_text("utf-8")
    kinds = [kind for case in house.cases().values() for kind in case.kinds]
    assert len(kinds) > 50
    assert [kind for kind in kinds if f"| `{kind}` |" not in page] == []
