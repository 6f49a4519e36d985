import json
import sys

import pytest

from skhp.inspection.page import _assembly as page
from skhp.inspection.page._code import Code
from skhp.inspection.page._summary import Summary

EVIL = "</script><img src=x onerror=alert(1)>&\u2028{{title}}"


def test_data_cannot_end_its_script_and_is_what_it_was():
    text = page.data_text({EVIL: [EVIL, None, 1.5]})
    assert not set("<>&\u2028") & set(text)
    assert json.loads(text) == {EVIL: [EVIL, None, 1.5]}


@pytest.mark.parametrize(
    "part",
    [
        page.summary_part(
            Summary(EVIL, "", [(EVIL,) * 3], [(EVIL,) * 2], [(EVIL,) * 3], 0)
        ),
        page.advice_part([EVIL]),
        page.code_part(Code(EVIL, [EVIL])),
        page.note_part(EVIL),
        page.title_part(EVIL),
        page.parallel_part(2, EVIL),
        page.slices_part([], EVIL),
    ],
)
def test_texts_are_no_markup(part):
    assert "<img" not in part
    assert "&lt;img" in part


def test_parts_are_put_in_once():
    names = (
        "title",
        "subtitle",
        "summary",
        "advice",
        "figures",
        "left_out",
        "code",
        "data",
    )
    parts = dict.fromkeys(names, "") | {"title": "{{summary}}", "summary": "SUMMARY"}
    text = page.assembled(parts)
    assert text.count("<title>{{summary}}</title>") == 1
    assert text.count("SUMMARY") == 1


def test_library_is_packed_into_two_megabytes():
    assert len(page.packed_library()) < 2_100_000


def test_without_plotly_one_sentence_says_how_to_get_it(monkeypatch):
    page.packed_library.cache_clear()
    monkeypatch.setitem(sys.modules, "plotly.offline", None)
    with pytest.raises(
        ImportError, match=r"report needs plotly: pip install 'skhp\[report\]'"
    ):
        page.packed_library()
