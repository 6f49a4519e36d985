import pytest

from skhp._cli._number_format import counted, format_score, listed, without_numpy


@pytest.mark.parametrize(
    ("score", "text"),
    [
        (0, "0.0000"),
        (0.42217, "0.4222"),
        (-12.5, "-12.5000"),
        (0.00123456, "0.0012346"),
        (-1.5e20, "-1.5e+20"),
        (float("nan"), "nan"),
    ],
)
def test_scores_have_digits_that_tell_them_apart(score, text):
    assert format_score(score) == text


@pytest.mark.parametrize(
    ("number", "text"),
    [(0, "0 rows"), (1, "1 row"), (2, "2 rows"), (1200, "1,200 rows")],
)
def test_only_one_thing_is_singular(number, text):
    assert counted(number, "row") == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(60.0, "60 seconds"), (1.0, "1 second"), (0.5, "0.5 seconds")],
)
def test_lengths_of_time_have_no_needless_digits(seconds, text):
    assert counted(seconds, "second") == text


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("All are np.int64(1).", "All are 1."),
        ("np.str_('a') and np.float64(-1.5)", "'a' and -1.5"),
        ("np.array([1, 2])", "np.array([1, 2])"),
    ],
)
def test_messages_have_numbers_without_types(text, plain):
    assert without_numpy(text) == plain


def test_only_the_first_names_are_listed():
    assert listed(["a", "b"]) == "'a', 'b'"
    assert listed(list("abcd"), most=2) == "'a', 'b' and 2 more"
