"""What leaves a house (the report, the document, the bundle, what is proposed) names no account, whatever stands in the table."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from charlevoix.cli import charlevoix

VICTIM = "jane.doe.victim"


def left(folder: Path, *args: str) -> dict[str, str]:
    """Everything that a run writes to be passed on."""
    page, bundle = folder / "page.html", folder / "bundle.json"
    ran = CliRunner().invoke(charlevoix, ["detect", *args, "--html", str(page), "--stix", str(bundle), "--json"], catch_exceptions=False)
    assert ran.exit_code == 0, ran.output
    return {"json": ran.stdout, "html": page.read_text("utf-8"), "stix": bundle.read_text("utf-8")}


def test_a_row_with_account_and_time_exchanged_is_left_out_without_its_account(tmp_path: Path) -> None:
    table = tmp_path / "shares.csv"
    rows = [f"u{i},{who},{i * 1_000 + j}" for i in range(12) for j, who in enumerate(("alice", "bob", "carol"))]
    table.write_text("\n".join(["url,user,at", *rows, f"u99,100,{VICTIM}"]) + "\n", "utf-8")
    args = ("coordination", str(table), "--account", "user", "--object", "url", "--time", "at")
    refused = CliRunner().invoke(charlevoix, ["detect", *args])
    assert refused.exit_code
    assert VICTIM in str(refused.exception), "whoever has the table is told what stands there"
    for name, text in left(tmp_path, *args, "--skip-bad-rows").items():
        assert VICTIM not in text, name
        assert "37 (at)" in text, name


@pytest.mark.parametrize("name", ["hosts", "watchlist"])
def test_a_line_that_is_no_host_name_is_told_by_its_number(tmp_path: Path, name: str) -> None:
    files = {"hosts": "spiegel.lol\n", "watchlist": "domain\nspiegel.de\n"}
    for file, text in files.items():
        (tmp_path / file).write_text(text + (f"{VICTIM}@mail\n" if file == name else ""), "utf-8")
    args = ("lookalikes", "--watchlist", str(tmp_path / "watchlist"), "--hosts", str(tmp_path / "hosts"))
    for kind, text in left(tmp_path, *args).items():
        assert VICTIM not in text, kind
        assert "spiegel.lol" in text, kind


def test_a_row_with_account_and_language_exchanged_names_nobody(tmp_path: Path) -> None:
    table = tmp_path / "posts.csv"
    text = "please everybody read what the town wrote about the harbour this winter"
    table.write_text(f"user,lang,words\nanna,en,{text}\nbob,en,{text}!\nen,{VICTIM},{text} now\n", "utf-8")
    told = left(tmp_path, "copies", str(table), "--text", "words", "--account", "user", "--language", "lang")
    for name, out in told.items():
        assert VICTIM not in out, name
    assert '"languages": "en, und"' in told["json"]


def test_texts_beside_each_other_show_nobody_whom_they_mention(tmp_path: Path) -> None:
    table = tmp_path / "posts.csv"
    text = "RT @{}: please everybody read what she wrote about the harbour, or write to {}@mail.example {}"
    rows = [f'{i},writer-{i},"{text.format(VICTIM, VICTIM, word)}"' for i, word in enumerate(("today", "tonight", "now"))]
    table.write_text("\n".join(["id,user,words", *rows]) + "\n", "utf-8")
    told = left(tmp_path, "copies", str(table), "--text", "words", "--id", "id", "--account", "user")
    assert "RT [@1]: please" in told["html"]
    for name, out in told.items():
        assert VICTIM not in out, name
        assert "writer-" not in out, name
