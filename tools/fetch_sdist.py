# SPDX-License-Identifier: Apache-2.0
"""fetch_sdist.py NAME VERSION SHA256 FILE: fetch one source distribution without running its build backend.

`pip download --no-binary` starts the package's own build, so pip's index client is asked for the link instead;
mirrors, certificates and credentials configured for pip keep working.
"""
import hashlib
import sys

from pip._internal.cli.main_parser import parse_command  # noqa: F401  (registers the option types)
from pip._internal.commands import create_command

name, version, expected, destination = sys.argv[1:5]
command = create_command("download")
options, _ = command.parse_args(["--no-deps", "--no-binary", ":all:", f"{name}=={version}"])
with command.main_context():
    session = command.get_default_session(options)
    finder = command._build_package_finder(options=options, session=session)
    links = [c.link for c in finder.find_all_candidates(name) if str(c.version) == version and not c.link.is_wheel]
    if not links:
        sys.exit(f"no source distribution of {name} {version} on the configured index")
    response = session.get(links[0].url_without_fragment, stream=True)
    response.raise_for_status()
    digest = hashlib.sha256()
    with open(destination, "wb") as out:
        for chunk in response.iter_content(1 << 20):
            digest.update(chunk)
            out.write(chunk)
if digest.hexdigest() != expected:
    sys.exit(f"{name} {version}: checksum {digest.hexdigest()} is not the pinned {expected}")
