"""A shelf on a real release log, for tests of TAXII without a node around it."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from builders import A, B, digest
from charlevoix.share.taxii import Question, Reader, Reply, Rows, Site, answer, collection_id
from charlevoix.stix.identifier import Ref
from charlevoix.store import releases
from charlevoix.store.database import Database
from charlevoix.store.releases import NewRelease, Wanted

NOW = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
SITE = Site(A, "Demo A")
ACTS, STIX = (f"/peers/collections/{collection_id(A, B, name)}/" for name in ("acts", "stix"))


@dataclass
class Shelf:
    """Releases to B, asked as the endpoint asks."""

    database: Database
    page: int = 100
    count: int = field(default=0)

    @classmethod
    def empty(cls, folder: Path) -> "Shelf":
        database = Database.in_folder(folder)
        database.create()
        return cls(database)

    def put(self, *objects: Mapping[str, object], collection: str = "stix", act: str = "", until: str | None = None) -> None:
        rows = []
        for o in objects:
            self.count += 1
            name = act or str(self.count)
            version = str(o["modified"]) if "modified" in o else None
            rows.append(NewRelease(digest(name), 0, Ref(str(o["id"])), str(o["type"]), version, json.dumps(o).encode(), b"", until))
        with self.database.write() as conn:
            releases.append(conn, B, collection, rows, NOW)

    def withdraw(self, act: str) -> None:
        with self.database.write() as conn:
            releases.withdraw(conn, B, digest(act))

    def __call__(self, collection: str, where: Mapping[str, str], after: int, limit: int) -> Rows:
        with self.database.read() as conn:
            found = releases.page(
                conn,
                B,
                collection,
                added_after=where.get("added_after", ""),
                seq_after=after,
                limit=limit + 1,
                now=releases.stamp(NOW),
                wanted=Wanted(_set(where.get("ids", "")), _set(where.get("types", "")), _set(where["versions"])),
            )
        rows = tuple({"seq": r.seq, "date_added": r.date_added, "ref": r.ref, "version": r.version, "body": r.body.decode()} for r in found)
        return Rows(rows[:limit], str(rows[limit - 1]["seq"]) if len(rows) > limit else "")

    def ask(
        self, path: str, query: Iterable[tuple[str, str]] = (), *, method: str = "GET", accept: str = "", reader: Reader | None = None
    ) -> Reply:
        site = Site(SITE.node, SITE.name, self.page)
        return answer(Question(method, path, tuple(query), accept), reader or Reader(B), site, self)

    def ids(self, path: str, **query: str) -> list[str]:
        body = json.loads(self.ask(path, list(query.items())).body)
        return [o["id"] for o in body.get("objects", [])]


def _set(text: str) -> frozenset[str]:
    return frozenset(t for t in text.split(",") if t)


def a_domain(n: int, value: str = "") -> dict[str, object]:
    return {
        "type": "domain-name",
        "spec_version": "2.1",
        "id": f"domain-name--00000000-0000-5000-8000-{n:012x}",
        "value": value or f"{n}.example",
    }


def a_note(n: int, version: int = 1) -> dict[str, object]:
    return {
        "type": "note",
        "spec_version": "2.1",
        "id": f"note--00000000-0000-4000-8000-{n:012x}",
        "created": "2026-01-01T00:00:00.000Z",
        "modified": f"2026-01-{version:02d}T00:00:00.000Z",
        "content": "x",
        "object_refs": ["identity--00000000-0000-4000-8000-00000000000a"],
    }
