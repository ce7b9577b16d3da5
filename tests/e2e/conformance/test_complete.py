"""Every module of every plan has its test, and docs/conformance.md says how it went."""

import re
from importlib import import_module
from types import FunctionType

import pytest

from tests.architecture.sources import ROOT
from tests.e2e.conformance.plans import PLANS, Plan, function

#: What the table may say of a test; whatever is not simply `passes` has its reason.
_TESTED = re.compile(r"passes|(?:skipped by the suite|refused on purpose): \S.+")
#: What it says of a module of another profile, which has no test.
_UNTESTED = re.compile(r"not applicable: \S.+")
_PAGE = (ROOT / "docs/conformance.md").read_text()

each_plan = pytest.mark.parametrize("plan", PLANS, ids=lambda plan: plan.title)


def own_tests(plan: Plan) -> dict[str, FunctionType]:
    """The tests in the file of a plan."""
    file = import_module(f"tests.e2e.conformance.{plan.file.removesuffix('.py')}")
    found = {n: v for n, v in vars(file).items() if n.startswith("test_")}
    return {n: v for n, v in found.items() if isinstance(v, FunctionType)}


def section(plan: Plan) -> str:
    """What the page says about a plan."""
    (found,) = (s for s in _PAGE.split("\n## ") if s.startswith(f"{plan.title}\n"))
    return found


@each_plan
def test_each_module_of_a_plan_has_its_test_and_none_is_left_over(plan: Plan) -> None:
    assert plan.modules
    assert plan.inapplicable <= set(plan.modules)
    applicable = (m for m in plan.modules if m not in plan.inapplicable)
    assert set(own_tests(plan)) == set(map(function, applicable))


@each_plan
def test_no_test_of_a_module_is_skipped(plan: Plan) -> None:
    for test in own_tests(plan).values():
        marks = {mark.name for mark in getattr(test, "pytestmark", ())}
        assert not marks & {"skip", "skipif", "xfail"}


@each_plan
def test_the_table_has_each_module_of_a_plan_in_its_order(plan: Plan) -> None:
    told = section(plan)
    for known in (plan.name, plan.source, plan.commit[:8], plan.file):
        assert f"`{known}`" in told or f"/{known}`" in told
    rows = [r.strip("| ").split(" | ") for r in told.splitlines() if r[:3] == "| `"]
    assert [module.strip("`") for module, _, _ in rows] == list(plan.modules)
    for (_, test, result), module in zip(rows, plan.modules, strict=True):
        if module in plan.inapplicable:
            assert test == "none"
            assert _UNTESTED.fullmatch(result)
        else:
            assert test == f"`{function(module)}`"
            assert _TESTED.fullmatch(result)


def test_the_table_has_no_other_plan() -> None:
    headings = re.findall(r"^## (.+)$", _PAGE, re.MULTILINE)
    assert headings == [plan.title for plan in PLANS]
