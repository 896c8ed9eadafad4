"""What the museum says: complete in both languages, with sources, and no link to nowhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from vmlab.cli.sitebuilder import live
from vmlab.cli.sitebuilder.exhibits import LANGUAGES, Exhibit, Museum, museum, typographic
from vmlab.cli.sitebuilder.measured import PROOFS
from vmlab.cli.sitebuilder.site import web_folder
from vmlab.core.errors import BadInput
from vmlab.vmm.common.exits import Reason
from vmlab.vmm.techniques import TECHNIQUES

STOPS = [
    "m44",
    "cp40",
    "vm370",
    "bellard",
    "popek-goldberg",
    "chroot",
    "bochs",
    "disco",
    "vmware",
    "xenoserver",
    "jail",
    "robin-irvine",
    "xen",
    "intel-vt",
    "qemu",
    "zones",
    "live-migration",
    "nested-paging",
    "virtualbox",
    "kvm",
    "cgroups",
    "hyper-v",
    "lxc",
    "qumranet",
    "openstack",
    "eucalyptus-ubuntu",
    "docker",
    "docker-1",
    "kubernetes",
    "cloud-services",
    "firecracker",
    "riscv-h",
]
CONCEPTS = [
    "what-is",
    "full",
    "para",
    "equivalence",
    "efficiency",
    "control",
    "myth-pv",
    "myth-stepping",
    "myth-bochs",
    "myth-first",
    "myth-iff",
    "myth-fast",
    "myth-container",
]
HAN = re.compile(r"[\u4e00-\u9fff]")
TOUCHING = re.compile(r"[\u4e00-\u9fff][A-Za-z0-9]|[A-Za-z0-9][\u4e00-\u9fff]")
HALF_WIDTH = re.compile(r"[\u4e00-\u9fff][,;:?!.()](?!\w)|[,;:?!]\s?[\u4e00-\u9fff]")
NOT_PROSE = re.compile(r"`[^`]*`|\]\([a-z]+:[a-z0-9-]+\)|\{\w+\}|[*\[\]]")


@pytest.fixture(scope="module")
def shown() -> Museum:
    return museum(web_folder() / "museum")


def everything(shown: Museum) -> tuple[Exhibit, ...]:
    return (*shown.stops, *shown.concepts)


def test_every_stop_of_the_curriculum_stands(shown: Museum) -> None:
    assert sorted(one.slug for one in shown.stops) == sorted(STOPS)
    assert len(STOPS) == 32


def test_every_concept_of_the_curriculum_stands(shown: Museum) -> None:
    assert [one.slug for one in shown.concepts] == CONCEPTS


def test_stops_stand_in_the_order_of_their_years(shown: Museum) -> None:
    columns = [one.column for one in shown.stops]
    assert [one.order for one in shown.stops] == list(range(1, 33))
    assert columns == sorted(columns)


def test_every_exhibit_has_sources(shown: Museum) -> None:
    assert [one.slug for one in everything(shown) if not one.sources] == []


def test_every_stop_has_one_insight_and_it_is_short(shown: Museum) -> None:
    for one in shown.stops:
        assert len(one.texts["en"]["insight"]) < 80, one.slug
        assert len(one.texts["zh"]["insight"]) < 40, one.slug


def test_both_languages_say_the_same_things(shown: Museum) -> None:
    for one in everything(shown):
        english, chinese = (set(one.texts[language]) - {"when"} for language in LANGUAGES)
        assert english == chinese, one.slug
    for key, texts in shown.words.items():
        assert set(texts) == set(LANGUAGES), key


def test_what_is_not_verified_is_so_in_both_languages(shown: Museum) -> None:
    for one in everything(shown):
        counts = [sum(text.count("[?]") for text in one.texts[at].values()) for at in LANGUAGES]
        assert counts[0] == counts[1], one.slug


def test_links_are_the_same_in_both_languages(shown: Museum) -> None:
    link = re.compile(r"\]\(((?:stop|concept):[a-z0-9-]+)\)")
    for one in everything(shown):
        found = [sorted(link.findall("".join(one.texts[at].values()))) for at in LANGUAGES]
        assert found[0] == found[1], one.slug
        for target in found[0]:
            shown.find(target)


def test_chinese_is_written_as_chinese_is(shown: Museum) -> None:
    texts = [
        (f"{one.slug}.{name}", text)
        for one in everything(shown)
        for name, text in one.texts["zh"].items()
    ]
    texts += [(key, text["zh"]) for key, text in shown.words.items()]
    for name, text in texts:
        prose = NOT_PROSE.sub("", text)
        assert not TOUCHING.search(prose), (name, TOUCHING.search(prose))
        assert not HALF_WIDTH.search(prose), (name, HALF_WIDTH.search(prose))


def test_english_has_no_chinese_and_chinese_has_some(shown: Museum) -> None:
    for one in everything(shown):
        assert not HAN.search("".join(one.texts["en"].values())), one.slug
        assert HAN.search(one.texts["zh"]["story"]), one.slug


def test_only_what_is_built_is_played(shown: Museum) -> None:
    for one in everything(shown):
        assert {run.technique for run in one.runs} <= set(TECHNIQUES), one.slug
        if not one.built:
            assert one.runs == (), one.slug
            assert shown.find(one.nearest).built, one.slug


def test_a_stop_whose_technique_is_built_plays_it(shown: Museum) -> None:
    for one in shown.stops:
        if one.technique in TECHNIQUES:
            assert one.technique in {run.technique for run in one.runs}, one.slug


def test_every_proof_that_is_named_is_made_and_every_one_made_is_shown(shown: Museum) -> None:
    assert {name for one in everything(shown) for name in one.proofs} == set(PROOFS)


def test_every_reason_of_an_exit_and_every_technique_has_its_words(shown: Museum) -> None:
    for reason in Reason:
        shown.word(f"reason.{reason.value.replace(' ', '_')}", "zh")
    for name in {*TECHNIQUES, *(one.technique for one in shown.stops if one.technique)}:
        shown.word(f"technique.{name}", "zh")


def test_every_stop_whose_technique_is_built_and_every_concept_on_it_runs_live(
    shown: Museum,
) -> None:
    for one in shown.stops:
        if one.technique in TECHNIQUES:
            assert one.live and one.live.technique == one.technique, one.slug
    without = {one.slug for one in shown.concepts if one.live is None}
    assert without == {"myth-iff"}, "its proof is a machine that this lab searches and does not run"
    for one in everything(shown):
        steps = one.live.steps if one.live else ()
        assert 2 <= len(steps) <= 5 or one.live is None, one.slug
        for step in steps:
            names = [sorted(live.named(step.see[language])) for language in LANGUAGES]
            assert names[0] == names[1] != [], one.slug


def test_no_number_of_a_step_is_typed_by_hand(shown: Museum) -> None:
    """Digits stand in names of machines only; what is seen is filled in by the build."""
    a_name = re.compile(r"\{\w+\}|`[^`]*`|\]\([^)]*\)|CP-40|VM/370")
    for one in everything(shown):
        for step in one.live.steps if one.live else ():
            for language, text in step.see.items():
                left = re.sub(r"V (is|为) 1", "", a_name.sub("", text))
                assert not re.search(r"\d", left), (one.slug, language, left)


def test_a_missing_text_is_one_sentence_with_the_file(tmp_path: Path, shown: Museum) -> None:
    for kind in ("stops", "concepts"):
        (tmp_path / kind).mkdir()
    (tmp_path / "words.toml").write_bytes((web_folder() / "museum" / "words.toml").read_bytes())
    page = (web_folder() / "museum" / "stops" / "cp40.toml").read_text("utf-8")
    (tmp_path / "stops" / "cp40.toml").write_text(re.sub('insight = "内核.*"', "", page))
    with pytest.raises(BadInput, match=r"cp40\.toml: expected zh\.insight as text, found none"):
        museum(tmp_path)


WRONG = [
    ('lane = "trap"', 'lane = "tarp"', "lane of trap, .*, found 'tarp'"),
    ("order = 2", 'order = "2"', "order as a whole number, found '2'"),
    ("order = 2", "order = true", "order as a whole number, found True"),
    ("order = 2", "", "order as a whole number, found none"),
    ("order = 2", "order = 2\nordre = 2", "fields of the file among .*order.*, found ordre"),
    ("[zh]", "[zh]\nnotise = ''", r"fields of \[zh\] among .*notice.*, found notise"),
    ('proofs = ["per_call"]', "proofs = [7]", r"proofs\[0\] as text, found 7"),
    ('proofs = ["per_call"]', 'proofs = ["per_cal"]', "proofs of .*per_call.*, found 'per_cal'"),
    ("focus = [-5, -4]", "focus = []", r"play\[0\]\.focus as one or two whole numbers"),
    ("focus = [-5, -4]", "focus = [-5], disk = 8", r"fields of \[play\[0\]\] among .*, found disk"),
    ('append = "sys 10", ', "", r"play\[0\]\.append as text, found none"),
    ("{ text = ", "{ url = 'http://x', text = ", r"sources\[0\]\.url to begin with https://"),
    ("user = -5", "user = 1.5", "live.user as a whole number, found 1.5"),
    ('view = "traps"', 'view = "tarps"', "live.view of traps, .*, found 'tarps'"),
    ('keys = "t"', 'keys = "q"', r"live\.steps\[1\]\.keys of s b t r, found 'q'"),
    ('keys = "t"', 'technique = "q"', r"live\.steps\[1\]\.technique of bare, .*, found 'q'"),
    ("{moved}", "{mooved}", r"live\.steps\[2\]\.en to name of .*moved.*, found 'mooved'"),
    ("{moved}", "{moved", r"live\.steps\[2\]\.en with names in braces, found"),
    ("[live]", "[live]\nusr = 1", r"fields of \[live\] among .*user.*, found usr"),
    ("[[live.steps]]\nen", "[[live.stepps]]\nen", r"fields of \[live\] among .*, found stepps"),
    ('technique = "trap_emulate"', 'technique = "trap"', "technique of , bare, .*, found 'trap'"),
    ('{ technique = "trap_emulate"', '{ technique = "trap"', r"play\[0\]\.technique of bare, .*"),
    ('technique = "trap_emulate"', 'technique = "patch"', "nearest, a page that runs, found none"),
    ("[en]", "[en", "expected TOML, found: "),
]  # fmt: skip


@pytest.mark.parametrize(("right", "wrong", "sentence"), WRONG)
def test_a_wrong_field_stops_the_build_with_its_file_and_its_name(
    tmp_path: Path, right: str, wrong: str, sentence: str
) -> None:
    for kind in ("stops", "concepts"):
        (tmp_path / kind).mkdir()
    (tmp_path / "words.toml").write_bytes((web_folder() / "museum" / "words.toml").read_bytes())
    page = (web_folder() / "museum" / "stops" / "cp40.toml").read_text("utf-8")
    assert right in page
    (tmp_path / "stops" / "cp40.toml").write_text(page.replace(right, wrong, 1))
    with pytest.raises(
        BadInput, match=r"^cp40\.toml: expected " + sentence.removeprefix("expected ")
    ):
        museum(tmp_path)


def test_a_link_to_nowhere_is_refused(shown: Museum) -> None:
    for link in ("stop:nowhere", "concept:cp40", "cp40", ""):
        with pytest.raises(BadInput, match="expected stop:SLUG or concept:SLUG"):
            shown.find(link)


def test_plain_quotes_become_curly_in_english_alone() -> None:
    assert typographic('it\'s "so"', "en") == "it\u2019s \u201cso\u201d"
    assert typographic('"so"', "zh") == '"so"'
