"""Facts of a finding: in the reader's language, kept as JSON, and never guessed from a text."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from vmlab.core.errors import BadInput, BrokenInvariant
from vmlab.course.claims import told as claimed
from vmlab.course.exercise import (
    LANGUAGES,
    TYPE,
    Counter,
    Exercise,
    Finding,
    Verdict,
    ended,
    read_exercise,
)
from vmlab.course.facts import COMMON_FACTS, Said, fill, kind, misfit, names, tell
from vmlab.course.grading.document import _property
from vmlab.course.grading.work import Checked, Outcome
from vmlab.course.lesson import read_lessons
from vmlab.course.student import Failed, InProcess, Wrong
from vmlab.lab import Access, Fault, Leaf, Pte, Resume, V, fitting
from vmlab.ui import i18n
from vmlab.ui.lesson import wording

ROOT = Path(__file__).parents[3]
LESSONS = [*read_lessons(ROOT / "lessons"), *read_lessons(ROOT / "tests" / "lesson_demo_grade")]
EXERCISES = {one.exercise.slug: one.exercise for one in LESSONS if one.exercise}
SENTENCES = {
    "mode": {"en": "virtual mode {mode}", "zh": "虚拟模式 {mode}"},
    "is": {"en": "it is {what}", "zh": "它是 {what}"},
}


@pytest.fixture
def exercise() -> Exercise:
    return EXERCISES["emulate"]


def verdict(exercise: Exercise, finding: Finding) -> Verdict:
    return Verdict(exercise, 1, (finding,))


def test_a_fact_has_a_sentence_in_each_language() -> None:
    fact = Said("mode", {"mode": "S"})
    assert tell(fact, "en", SENTENCES) == "virtual mode S"
    assert tell(fact, "zh", SENTENCES) == "虚拟模式 S"
    assert tell("0x40", "zh", SENTENCES) == "0x40"


def test_a_fact_may_be_the_value_of_another() -> None:
    fact = Said("is", {"what": Said("mode", {"mode": "U"})})
    assert tell(fact, "en", SENTENCES) == "it is virtual mode U"
    assert tell(fact, "zh", SENTENCES) == "它是虚拟模式 U", "no space between Chinese"


@pytest.mark.parametrize(
    ("template", "value", "said"),
    [
        ("拒绝 {x}：", "加载", "拒绝加载："),
        ("拒绝 {x}：", "load", "拒绝 load："),
        ("{x} 之后", "（取指）", "（取指）之后"),
        ("{x}{y}", "甲", "甲 a"),
        ("a {x} b", "甲", "a 甲 b"),
        ("{{{x}}}", "x", "{x}"),
    ],
)
def test_chinese_is_not_parted_by_the_place_of_a_value(
    template: str, value: str, said: str
) -> None:
    assert fill(template, {"x": value, "y": " a"}) == said


def test_spaces_inside_a_value_are_its_own() -> None:
    assert fill("引发了 {x}。", {"x": "甲 乙"}) == "引发了甲 乙。"


def test_a_fact_without_a_sentence_or_a_value_is_our_mistake(exercise: Exercise) -> None:
    with pytest.raises(BrokenInvariant, match=r"expected a fact of .*, found 'nowhere'"):
        tell(Said("nowhere"), "en", SENTENCES)
    with pytest.raises(BrokenInvariant, match="the fact mode lacks the value 'mode'"):
        tell(Said("mode"), "en", SENTENCES)
    with pytest.raises(BrokenInvariant, match="emulate: expected a fact of"):
        exercise.tell(Said("nowhere"), "zh")


@pytest.mark.parametrize("slug", EXERCISES)
def test_every_sentence_of_a_fact_has_the_same_names(slug: str) -> None:
    facts = EXERCISES[slug].facts
    assert facts.keys() > COMMON_FACTS.keys()
    for key, said in facts.items():
        assert set(said) == set(LANGUAGES), key
        assert len({frozenset(names(one)) for one in said.values()}) == 1, key


@pytest.mark.parametrize(
    ("facts", "what"),
    [
        ('one = { en = "{a}", zh = "{b}" }', "facts.one with the same {names}"),
        ('either = { en = "x", zh = "x" }', "facts.either by a name of its own"),
        ('one = { en = "x" }', "facts.one.zh as text"),
    ],
)
def test_facts_that_cannot_be_told_are_refused(facts: str, what: str, tmp_path: Path) -> None:
    folder = EXERCISES["writable"].folder
    text = (folder / "exercise.toml").read_text("utf-8").partition("[facts]")[0]
    (tmp_path / "exercise.toml").write_text(f"{text}[facts]\n{facts}\n", "utf-8")
    with pytest.raises(BadInput, match=what.replace("{", r"\{")):
        read_exercise(tmp_path)


# On their way --------------------------------------------------

FACT = Said("exit", {"guest": "csrs-2", "count": "3", "mode": "S", "gva": "gva 0x4",
                     "instruction": Said("fetch")})  # fmt: skip


def test_a_finding_with_facts_comes_back_from_json() -> None:
    counter = Counter("hypercalls of 3", 1, says=Said("of a size", {"size": "3"}))
    finding = Finding("csrs", False, "differs", {"what": Said("mode"), "instruction": "sret"},
                      Said("virtual mode", {"mode": "S"}), "U", FACT, (counter,))  # fmt: skip
    outcome = Outcome((Checked(0, (finding,)),))
    assert Outcome.of(outcome.text()) == outcome


def test_a_finding_of_an_older_journal_is_read() -> None:
    """There a fact is an English sentence, and a counter has no name for readers."""
    old = {
        "property": "csrs", "passed": False, "hint": "differs", "values": {"what": "mode"},
        "expected": "virtual mode S", "found": "U", "where": "csrs-2, instruction 3",
        "counters": [{"name": "exits", "found": 3, "budget": 2}],
    }  # fmt: skip
    text = json.dumps(
        {"checks": [{"number": 0, "findings": [old]}], "failure": "", "printed": "", "seconds": 1.0}
    )
    (finding,) = Outcome.of(text).checks[0].findings
    assert (finding.expected, finding.where) == ("virtual mode S", "csrs-2, instruction 3")
    assert finding.counters == (Counter("exits", 3, 2),)


def test_the_document_has_them_as_english_text(exercise: Exercise) -> None:
    finding = Finding("csrs", False, "differs", {}, Said("virtual mode", {"mode": "S"}), "U", FACT)
    found = _property(verdict(exercise, finding), finding)
    assert found["expected"] == "virtual mode S" and found["found"] == "U"
    assert found["where"] == "csrs-2, instruction 3: virtual S at gva 0x4, a fetch"


# Where they are shown --------------------------------------------------


def _differs() -> Finding:
    values = {"instruction": "sret", "what": Said("mode")}
    return Finding("returns", False, "differs", values, Said("virtual mode", {"mode": "S"}), "U",
                   FACT, (Counter("exits", 3, 2),))  # fmt: skip


def test_a_page_and_a_notebook_say_them_in_their_language(exercise: Exercise) -> None:
    found = verdict(exercise, _differs())
    i18n.use("zh")
    try:
        hint = wording.hint_of(found)
        assert hint is not None
        assert hint["sentence"] == "执行 sret 之后，客户机看到的模式与裸机上不同。"
        assert hint["expected"] == "虚拟模式 S"
        assert hint["where"] == "csrs-2，第 3 条指令之后：虚拟 S，位于 gva 0x4，取指"
        assert [one.name for one in wording.counters(found)] == ["退出次数"]
        assert any(line.endswith("虚拟模式 S") for line in wording.lines(found))
        assert hint["concept"] == "同态"
        assert any("同态" in line for line in wording.lines(found))
    finally:
        i18n.use("en")
    hint = wording.hint_of(found)
    assert hint is not None and hint["expected"] == "virtual mode S"
    assert wording.as_page(found, 1)["counters"] == [{"name": "exits", "found": 3, "budget": 2}]


def test_a_claim_says_them_in_its_language(exercise: Exercise) -> None:
    found = verdict(exercise, _differs())
    assert "Expected virtual mode S, found U." in claimed(found, found.findings[0])
    assert "应为虚拟模式 S，实为 U。" in claimed(found, found.findings[0], "zh")


def test_a_programs_text_is_no_fact() -> None:
    """It is shown as it came, whatever it looks like: braces, a key, JSON of a fact."""
    for text in ("{mode}", "virtual mode S", '{"key": "mode", "values": {}}'):
        student = InProcess({"f": lambda text=text: text}, ("f",))
        with pytest.raises(Wrong) as caught:
            student.call("f", returns=int)
        verdict_ = ended(EXERCISES["emulate"], 1, caught.value)
        for language in LANGUAGES:
            sentence = verdict_.exercise.sentence(verdict_.findings[0], language)
            assert repr(text)[:80] in sentence, sentence


# Calls across a student's interface --------------------------------------------------


@pytest.mark.parametrize(
    ("returns", "value", "english", "chinese"),
    [
        (Leaf | Fault, None, "f must return Leaf or Fault; yours returned None.",
         "f 必须返回 Leaf 或 Fault，你的返回了 None。"),
        (list[int], 3, "f must return list; yours returned int 0x3.",
         "f 必须返回 list，你的返回了 int 0x3。"),
    ],
)  # fmt: skip
def test_an_answer_of_another_kind(
    returns: object, value: object, english: str, chinese: str
) -> None:
    with pytest.raises(Wrong) as caught:
        InProcess({"f": lambda: value}, ("f",)).call("f", returns=returns)
    found = ended(EXERCISES["emulate"], 1, caught.value)
    assert found.findings[0].hint == TYPE
    assert found.exercise.sentence(found.findings[0], "en") == english
    assert found.exercise.sentence(found.findings[0], "zh") == chinese
    assert claimed(found, found.findings[0]).startswith(f"{english} [seed")


def test_a_missing_method_and_a_field_of_another_type() -> None:
    class Batch:
        pass

    student = InProcess({"Batch": Batch}, ("Batch",))
    with pytest.raises(Wrong, match="to return an object with before, found one without") as caught:
        student.on(student.new("Batch"), "before")
    found = ended(EXERCISES["pv_mmu"], 1, caught.value)
    said = found.exercise.sentence(found.findings[0], "zh")
    assert said == "Batch 必须返回有 before 的对象，你的返回了没有它的对象。"
    with pytest.raises(BadInput, match=r"expected Pte.ppn of type int, found str") as field:
        fitting.checked(Pte, ["a", V])
    fact = misfit(field.value)
    assert isinstance(fact, Said)
    assert str(fact) == str(field.value)
    assert tell(fact, "zh", COMMON_FACTS) == "str 类型的 Pte.ppn，其类型应为 int"


def test_a_refusal_of_another_kind_stays_what_it_is() -> None:
    assert misfit(BadInput("expected peace, found none")) == "expected peace, found none"
    assert kind(Resume) == "Resume" and kind(Access) == "Access"


def test_an_ending_is_not_said_twice() -> None:
    """Its sentence has what was expected and found."""
    found = ended(EXERCISES["emulate"], 1, Failed("ValueError", "no", 3))
    assert claimed(found, found.findings[0]) == (
        "Your program raised ValueError in line 3: no [seed 1]"
    )
