"""Only settings read the environment: everything else is told, so that one place decides what the operator can say."""

import ast

from tests.architecture.allowances import ENVIRONMENT_READS
from tests.architecture.code import modules

READS = ("os.environ", "os.environb", "os.getenv", "os.path.expandvars")


def _reads(tree: ast.Module) -> bool:
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and ast.unparse(node) in READS:
            return True
        if isinstance(node, ast.ImportFrom) and any(f"{node.module}.{alias.name}" in READS for alias in node.names):
            return True
    return False


def test_only_settings_read_the_environment() -> None:
    readers = {module.path for module in modules("src") if _reads(module.tree)}

    assert readers == {"src/dawam/settings/sources.py", *ENVIRONMENT_READS}
