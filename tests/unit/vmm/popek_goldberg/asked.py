"""Each instruction set is classified once for all these tests."""

from __future__ import annotations

from functools import cache

from vmlab.vmm.popek_goldberg.catalog import Classification, classification
from vmlab.vmm.popek_goldberg.models.ia32 import ia32
from vmlab.vmm.popek_goldberg.models.pdp10 import pdp10
from vmlab.vmm.popek_goldberg.models.s370 import s370
from vmlab.vmm.popek_goldberg.models.toy import toy

MODELS = {model.name: model for model in (toy, s370, ia32, pdp10)}


@cache
def asked(name: str) -> Classification:
    return classification(name)


def against(name: str, theorem: int) -> set[str]:
    """The instructions that stand against a theorem."""
    return set(asked(name).theorems[theorem - 1].because)


def privileged(name: str) -> set[str]:
    return {one.name for one in asked(name).findings if one.verdict.privileged}
