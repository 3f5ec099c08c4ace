"""Writes `src/fanout/_proto/v1`: the messages, from the .proto files of the repository.

`python generate.py [FOLDER]`, with the `dev` extra installed. Services are not generated but written down in
`wire/methods.py`, so that no version of grpcio is tied to that of its tools.
"""

import re
import shutil
import sys
import tempfile
from importlib.resources import files
from pathlib import Path

from grpc_tools import protoc

here = Path(__file__).parent
proto = here.parent.parent / "proto"
target = Path(sys.argv[1]) if len(sys.argv) > 1 else here / "src/fanout/_proto/v1"

banner = "# Made by generate.py from proto/fanout/v1: do not edit.\n"


def main() -> None:
    """Makes all of them anew."""
    sources = sorted(str(path.relative_to(proto)) for path in (proto / "fanout/v1").glob("*.proto"))
    with tempfile.TemporaryDirectory() as folder:
        well_known = files("grpc_tools") / "_proto"
        includes = [f"-I{path}" for path in (proto, proto / "third_party", well_known)]
        flags = [*includes, f"--python_out={folder}", f"--pyi_out={folder}"]
        if protoc.main(["protoc", *flags, *sources]) != 0:
            sys.exit(1)
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir(parents=True)
        (target / "__init__.py").write_text(banner)
        for made in sorted((Path(folder) / "fanout/v1").iterdir()):
            # The package of the same name is this one: what is generated lives below it.
            text = re.sub(r"^from fanout\.v1 import", "from fanout._proto.v1 import", made.read_text(), flags=re.M)
            (target / made.name).write_text(banner + text)


main()
