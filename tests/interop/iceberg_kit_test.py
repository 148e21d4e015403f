# SPDX-License-Identifier: Apache-2.0
"""Apache's compatibility kit for Iceberg REST catalogs against Tarn's: every case passes but those named here."""

import os
import subprocess
import xml.etree.ElementTree as ElementTree

from conftest import HERE
from engines import java_libraries

KIT = "org.apache.iceberg.rest.RESTCompatibilityKitCatalogTests"
TIMEOUT_S = 600

# What the kit is told of the catalog; a case whose assumption does not hold is skipped.
TRAITS = {"rck.local": "false", "rck.requires-namespace-create": "true", "rck.supports-serverside-retry": "true", "rck.supports-names-with-dot": "true"}

# Cases that fail, each with its reason.
DEVIATIONS = {}

# Cases that the kit skips, each with the assumption.
SKIPPED = {
    "createAndDropEmptyNamespace": "empty namespaces",
    "createTableInUniqueLocation": "two properties that only the kit's own catalog has",
    "listNamespacesWithEmptyNamespace": "empty namespaces",
    "listTablesInEmptyNamespace": "empty namespaces",
    "namespacePropertiesOnEmptyNamespace": "empty namespaces",
    "testDropNamespaceWithNestedNamespace": "nested namespaces, which the kit never assumes; catalog_writers_test.py has them",
    "testListNestedNamespaces": "nested namespaces",
    "testNamespaceWithSlash": "names with slashes, which the kit never assumes",
    "testTableNameWithSlash": "names with slashes",
}


def run_kit(uri, reports):
    """Outcome by case: "passed", or the text of what was wrong, or "skipped"."""
    libraries = java_libraries("iceberg-kit", HERE / "iceberg_kit" / "pom.xml")
    traits = [f"-D{name}={value}" for name, value in TRAITS.items()]
    done = subprocess.run(["java", "-Xmx600m", *traits, "-Dorg.slf4j.simpleLogger.defaultLogLevel=error", "-cp", str(libraries / "*"),
                           "org.junit.platform.console.ConsoleLauncher", "execute", "--select-class", KIT, "--include-engine=junit-jupiter",
                           "--details=none", "--disable-banner", "--disable-ansi-colors", "--reports-dir", str(reports)],
                          env={**os.environ, "CATALOG_URI": uri}, capture_output=True, text=True, check=False, timeout=TIMEOUT_S)
    report = reports / "TEST-junit-jupiter.xml"
    assert report.exists(), done.stdout[-2000:] + done.stderr[-2000:]
    outcomes = {}
    for case in ElementTree.parse(report).iter("testcase"):
        outcome = "passed"
        for wrong in (*case.findall("failure"), *case.findall("error")):
            outcome = wrong.get("message") or (wrong.text or "")[:500] or "failed"
        if case.find("skipped") is not None:
            outcome = "skipped"
        outcomes[case.get("name").removesuffix("()")] = outcome
    return outcomes


def test_every_case_passes_but_the_named_ones(server, tmp_path):
    outcomes = run_kit(f"http://127.0.0.1:{server.port}/iceberg", tmp_path)
    skipped = {case for case, outcome in outcomes.items() if outcome == "skipped"}
    failed = {case: outcome for case, outcome in outcomes.items() if outcome not in ("passed", "skipped")}
    print(f"{len(outcomes)} cases, {len(outcomes) - len(skipped) - len(failed)} passed")
    for case in sorted(skipped):
        print(f"skipped: {case}")
    unexpected = {case: outcome for case, outcome in failed.items() if case not in DEVIATIONS}
    assert not unexpected, "\n".join(f"{case}: {outcome}" for case, outcome in unexpected.items())
    assert set(failed) == set(DEVIATIONS), "a named deviation is none any more"
    assert skipped == set(SKIPPED)
