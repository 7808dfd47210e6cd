from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from charlevoix.errors import Malformed
from charlevoix.formats.table import DomainRow, defang, normal, read_domains, refang

LABELS = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,8}[a-z0-9])?", fullmatch=True)
DOMAINS = st.lists(LABELS, min_size=1, max_size=3).map(lambda labels: ".".join([*labels, "example"]))


def outcomes(raw: bytes, lines: int = 200_000) -> list[tuple[int | str, str]]:
    """(line, domain) of rows, (line, rule) of refusals."""
    found: list[tuple[int | str, str]] = []
    for outcome in read_domains(raw, lines=lines):
        if isinstance(outcome, DomainRow):
            found.append((outcome.line, outcome.domain))
        else:
            found.append((int(outcome.reason.values[0]), outcome.reason.rule))
    return found


@pytest.mark.mission("C10")
def test_a_list_as_viginum_publishes_it_is_read_line_by_line() -> None:
    raw = b"domain name,created on\r\nsite-one[.]example,10/03/2022\r\nSite-Two[.]example,28/06/2022\r\n"
    assert list(read_domains(raw)) == [
        DomainRow(2, "site-one.example", "site-one[.]example", date(2022, 3, 10)),
        DomainRow(3, "site-two.example", "Site-Two[.]example", date(2022, 6, 28)),
    ]


def test_columns_are_found_by_name_behind_a_byte_order_mark() -> None:
    raw = "\ufeffdomain,create date,first seen,type\r\na[.]example,07/03/2013,,domain\r\nb[.]example,,2023-12-24,domain\r\n".encode()
    assert list(read_domains(raw)) == [
        DomainRow(2, "a.example", "a[.]example", date(2013, 3, 7)),
        DomainRow(3, "b.example", "b[.]example", None, date(2023, 12, 24)),
    ]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_the_delimiter_is_the_one_of_the_header(delimiter: str) -> None:
    raw = f'Nr{delimiter}"Value"{delimiter}Note\n1{delimiter}"a.example"{delimiter}"x, y; z"\n'.encode()
    assert outcomes(raw) == [(2, "a.example")]


def test_plain_lines_are_domains_and_comments_and_empty_lines_say_nothing() -> None:
    raw = b"# seized in May\n\na.example\n  b[.]example  \nhxxps://c[.]example/path?q=1\nd(.)example\ne[dot]example:8080\nf.example.\n"
    names = [name for _, name in outcomes(raw)]
    assert names == ["a.example", "b.example", "c.example", "d.example", "e.example", "f.example"]


def test_a_repeated_domain_names_the_line_that_had_it_first() -> None:
    rows = [row for row in read_domains(b"a.example\nb.example\nA[.]EXAMPLE.\na.example\n") if isinstance(row, DomainRow)]
    assert [row.again_of for row in rows] == [None, None, 1, 1]


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        (b"not a domain,", "table.not-a-domain"),
        (b"desk@a.example,", "table.not-a-domain"),
        (b"198.51.100.3,", "table.not-a-domain"),
        (b"single,", "table.not-a-domain"),
        (b"-a.example,", "table.not-a-domain"),
        (b"a..example,", "table.not-a-domain"),
        (b"x" * 64 + b".example,", "table.not-a-domain"),
        (b"a." * 130 + b"example,", "table.not-a-domain"),
        (b"javascript:alert(1),", "table.not-a-domain"),
        (b"=cmd|x!A1,", "table.not-a-domain"),
        (b",10/03/2022", "table.not-a-domain"),
        (b"a.example,31/02/2022", "table.date"),
        (b"a.example,03-10-22", "table.date"),
        (b'"a.example', "table.csv"),
        (b"\xe9.example,", "table.utf8"),
        (b"a\x00.example,", "table.long-line"),
        (b"x" * 5000 + b",", "table.long-line"),
    ],
)
def test_a_bad_line_is_named_by_its_number_and_the_others_arrive(line: bytes, rule: str) -> None:
    assert outcomes(b"domain,created on\nfirst.example,\n" + line + b"\nlast.example,\n") == [
        (2, "first.example"),
        (3, rule),
        (4, "last.example"),
    ]


def test_a_line_with_too_few_columns_has_no_domain() -> None:
    assert outcomes(b"nr;domain\n1\n2;a.example\n") == [(2, "table.no-domain"), (3, "a.example")]


def test_lines_beyond_the_limit_are_refused_once() -> None:
    assert outcomes(b"a.example\nb.example\nc.example\nd.example\n", lines=2) == [
        (1, "a.example"),
        (2, "b.example"),
        (3, "table.too-long"),
    ]


@pytest.mark.parametrize(
    ("written", "stored", "shown"),
    [
        ("Élysée.example", "xn--lyse-9oad.example", "élysée.example"),
        ("пример.рф", "xn--e1afmkfd.xn--p1ai", "пример.рф"),
        ("XN--E1AFMKFD.XN--P1AI", "xn--e1afmkfd.xn--p1ai", "пример.рф"),
        ("例え。テスト", "xn--r8jz45g.xn--zckzah", "例え.テスト"),
        ("straße.example", "xn--strae-oqa.example", "straße.example"),
        ("i❤.example", "xn--i-7iq.example", "xn--i-7iq.example"),
    ],
)
def test_a_domain_in_any_script_is_stored_in_ascii_and_shown_in_its_own(written: str, stored: str, shown: str) -> None:
    (row,) = read_domains(written.encode())
    assert isinstance(row, DomainRow)
    assert (row.domain, row.shown) == (stored, shown)


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=30) | DOMAINS.map(str.upper))
def test_the_normal_form_is_normal(text: str) -> None:
    try:
        once = normal(text)
    except Malformed:
        return
    assert normal(once) == once
    assert once.isascii()
    assert once == once.lower()


@settings(max_examples=100, deadline=None)
@given(DOMAINS, st.sampled_from(["{}", "http://{}/a.b?c=d.e", "https://{}", "desk@{}"]))
def test_what_is_defanged_can_be_refanged_and_cannot_be_clicked(domain: str, form: str) -> None:
    value = form.format(domain)
    assert refang(defang(value)) == value
    assert f".{'example'}" not in defang(value)
    assert "http" not in defang(form.format(""))


@pytest.mark.parametrize(
    "teeth",
    ["a[.]b.example", "a(.)b[.]example", "a{.}b.example", "a[dot]b[DOT]example", "a [.] b.example".replace(" ", ""), r"a\.b.example"],
)
def test_all_ways_of_pulling_teeth_are_known(teeth: str) -> None:
    assert refang(teeth) == "a.b.example"
    assert refang(f"hxxp[:]//{teeth}") == refang(f"HXXP://{teeth}") == refang(f"hxxp[://]{teeth}") == "http://a.b.example"


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200) | st.text(alphabet='a.,;"\n\r[]\t', max_size=60).map(str.encode))
def test_whatever_bytes_come_each_line_has_at_most_one_outcome(raw: bytes) -> None:
    found = [number for number, _ in outcomes(raw)]
    assert found == sorted(set(found))
    lines = raw.removeprefix(b"\xef\xbb\xbf").splitlines()
    saying = [number for number, line in enumerate(lines, 1) if line.strip() and not line.lstrip().startswith(b"#")]
    assert set(saying[1:]) <= set(found)  # the first may be a header
