"""The folders of the sources: each imports only those below it, as in the TypeScript runtime."""

import ast
from pathlib import Path

import pytest
from conftest import ROOT

SOURCES = ROOT / "runtime/python/src/fanout"
ROOMS = {
    "wire": {"wire", "_proto"},
    "nodes": {"nodes", "wire", "_proto"},
    "hosting": {"hosting", "nodes", "wire", "_proto"},
    "graph": {"graph", "nodes", "wire"},
    "client": {"client", "graph", "nodes", "wire", "_proto"},
}


def imported(file: Path) -> set[str]:
    names = [
        node.module
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("fanout.")
    ]
    return {str(name).split(".")[1] for name in names}


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_only_what_lies_below_it(room: str) -> None:
    files = sorted((SOURCES / room).glob("*.py"))
    assert 5 < len(files) <= 20
    for file in files:
        assert imported(file) <= ROOMS[room], file.name


def test_files_are_short() -> None:
    long = [
        file.name for room in ROOMS for file in (SOURCES / room).glob("*.py") if len(file.read_text().split("\n")) > 500
    ]
    assert long == []
