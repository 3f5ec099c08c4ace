"""What pages show: the program of the README, its tests, and the examples."""

import asyncio
import os
import re
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import pytest
from conftest import COMMAND, ROOT

README = (ROOT / "runtime/python/README.md").read_text()
FENCES = re.findall(r"^```python\n(.*?)^```", README, re.M | re.S)


async def run(*words: str, cwd: Path, **env: str) -> str:
    child = await asyncio.create_subprocess_exec(
        sys.executable, *words, cwd=cwd, env={**os.environ, **env}, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    output, errors = await child.communicate()
    assert child.returncode == 0, (output + errors).decode()
    return output.decode()


async def test_the_program_of_the_readme_runs_and_is_typed(address: str, tmp_path: Path) -> None:
    program, batches, tests = FENCES
    (tmp_path / "program.py").write_text(program)
    assert await run("program.py", cwd=tmp_path, FANOUT_ADDRESS=address) == "[{'total': 26, 'failed': 1}]\n"
    (tmp_path / "both.py").write_text(program.replace("asyncio.run(main())\n", "") + batches + tests)
    assert "Success" in await run("-m", "mypy", "--strict", "both.py", cwd=tmp_path)


async def test_the_tests_of_the_readme_pass(tmp_path: Path) -> None:
    program, batches, tests = FENCES
    (tmp_path / "test_both.py").write_text(program.replace("asyncio.run(main())\n", "") + batches + tests)
    # Commands of state managers are relative to the repository.
    command = " ".join(str(ROOT / word) if "/" in word else word for word in COMMAND)
    command = command.replace("--import tsx", f"--import {(ROOT / 'node_modules/tsx/dist/esm/index.mjs')}")
    (tmp_path / "tsconfig.json").write_text((ROOT / "tsconfig.json").read_text())
    env = {"FANOUT_STATE_MANAGER": command, "TSX_TSCONFIG_PATH": str(ROOT / "tsconfig.json")}
    output = await run("-m", "pytest", "-q", "-o", "asyncio_mode=auto", "test_both.py", cwd=tmp_path, **env)
    assert "2 passed" in output


@pytest.mark.parametrize(
    ("name", "output"),
    [
        ("fan_out", "10 branches: [4950, 14950,"),
        ("fan_out_and_unite", "499500 of 10 parts"),
        ("open_fan_out", "{'lines': 3, 'characters': 16, 'empty': 1}"),
        ("signals", "answers: ['first', 'second'], pruned: 1"),
        ("store", "visits: 5, first: "),
        ("web_handler", '200 {"total": 499500, "parts": 10}\n400 {"error": "the inputs of graph'),
    ],
)
async def test_the_examples_run(address: str, name: str, output: str) -> None:
    program = str(ROOT / "examples/python" / f"{name}.py")
    assert output in await run(program, cwd=ROOT, FANOUT_ADDRESS=address)


def test_the_package_is_typed() -> None:
    assert files("fanout").joinpath("py.typed").is_file()
