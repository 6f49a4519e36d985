import pickle
import threading
import warnings

import pytest
from sklearn.exceptions import ConvergenceWarning

from skhp.evaluation import FitWarnings, Task
from skhp.evaluation._fit_warnings import FitWarning, collected_warnings
from skhp.optimizers import Trial
from tests._toys import result_of


class Particular(ConvergenceWarning):
    """A warning that cannot be made from a text alone."""

    def __init__(self, text, more):
        super().__init__(text)


def texts_of(found):
    return [warning.text for warning in found.values()]


def warned(text, category=UserWarning):
    return FitWarning(category, text, "model.py", 7)


def report_of(*texts_of_fits, n_silent=0, **kwargs):
    """Return what is reported of fits with these texts, and of silent ones."""
    report = FitWarnings(**kwargs)
    for number, texts in enumerate([*texts_of_fits, *[[]] * n_silent]):
        task = Task(Trial(number, {"C": number, "kernel": "rbf"}), 0)
        result = result_of(0.5, warnings=tuple(map(warned, texts)))
        assert report.split_done(task, result) is False
    with warnings.catch_warnings(record=True) as shown:
        warnings.simplefilter("always")
        with report:
            pass
    return [str(warning.message) for warning in shown]


def always_the_same():
    warnings.warn("the same line and text", stacklevel=1)


@pytest.mark.filterwarnings("default")
def test_a_warning_that_python_has_shown_before_is_collected_in_each_fit():
    with pytest.warns(UserWarning, match="the same"):
        always_the_same()
    for _ in range(2):
        with collected_warnings() as found:
            always_the_same()
        assert texts_of(found) == ["the same line and text"]


@pytest.mark.filterwarnings("default")
def test_warnings_that_differ_in_numbers_are_of_one_kind():
    with collected_warnings() as found:
        for text in ("gap: 1.5e-3", "gap: -2", "at 0xFF gap: 3", "another"):
            warnings.warn(text, stacklevel=1)
        warnings.warn("another", ConvergenceWarning, stacklevel=1)
    assert texts_of(found) == ["gap: 1.5e-3", "at 0xFF gap: 3", "another", "another"]


@pytest.mark.filterwarnings("ignore:unwanted")
def test_filters_of_the_user_come_first():
    with collected_warnings() as found:
        warnings.warn("unwanted", stacklevel=1)
        with pytest.raises(UserWarning, match="wanted"):
            warnings.warn("wanted", stacklevel=1)
    assert not found


@pytest.mark.filterwarnings("default")
def test_each_thread_has_the_warnings_of_its_own_fit():
    together, found_by, n = threading.Barrier(4), {}, 50

    def fit(name):
        together.wait()
        for _ in range(n):
            with collected_warnings() as found:
                warnings.warn(f"of {name}", stacklevel=1)
            found_by.setdefault(name, []).extend(texts_of(found))

    threads = [threading.Thread(target=fit, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found_by == {name: [f"of {name}"] * n for name in "abcd"}


class Interrupted(UserWarning):
    """A warning that another thread comes between, after Python's check of repeats."""

    def __init__(self, other=None):
        super().__init__("at one line")
        self.others = [None, other]  # the first time is before the check

    def __str__(self):
        if self.others and (other := self.others.pop(0)) is not None:
            other()
        return "at one line"


@pytest.mark.parametrize("action", ["default", "module", "once"])
def test_two_threads_at_one_line_each_have_its_warning(action):
    registry, found_by, turn = {}, [], threading.Barrier(2, timeout=60)

    def fit(warning):
        with collected_warnings() as found:
            if threading.current_thread() is second:
                turn.wait()  # until the first is at the line
            warnings.warn_explicit(warning, None, "model.py", 7, registry=registry)
        found_by.append(texts_of(found))

    def let_the_second_pass():
        turn.wait()
        second.join()

    second = threading.Thread(target=fit, args=(Interrupted(),))
    with warnings.catch_warnings():
        warnings.simplefilter(action)
        with collected_warnings():  # else the second could begin after the first
            second.start()
            fit(Interrupted(let_the_second_pass))
    assert found_by == [["at one line"], ["at one line"]]


@pytest.mark.parametrize("action", ["default", "module", "once", "always", "ignore"])
def test_filters_are_left_as_they_were_but_for_those_that_a_fit_adds(action):
    with warnings.catch_warnings():
        warnings.simplefilter(action)
        filters, before = warnings.filters, list(warnings.filters)
        with collected_warnings(), collected_warnings():
            warnings.simplefilter("error", ConvergenceWarning)
        added = ("error", None, ConvergenceWarning, None, 0)
        assert warnings.filters is filters
        assert filters == [added, *before]


def test_filters_are_as_before_where_another_thread_replaced_them_meanwhile():
    before = list(warnings.filters)
    replaced = warnings.catch_warnings()
    with collected_warnings():
        replaced.__enter__()
    assert warnings.filters == before
    replaced.__exit__()
    assert warnings.filters == before


def test_warnings_of_other_threads_are_shown_as_ever():
    found = {}

    def fit():
        with collected_warnings() as of_this_thread:
            other = threading.Thread(target=always_the_same)
            other.start()
            other.join()
        found.update(of_this_thread)

    with pytest.warns(UserWarning, match="the same line and text"):
        fit()
    assert not found


@pytest.mark.filterwarnings("default")
def test_a_search_within_a_fit_collects_its_own():
    with collected_warnings() as outer:
        with collected_warnings() as inner:
            warnings.warn("inner", stacklevel=1)
        warnings.warn("outer", stacklevel=1)
    assert (texts_of(outer), texts_of(inner)) == (["outer"], ["inner"])


@pytest.mark.filterwarnings("default")
def test_they_are_shown_where_an_exception_ends_the_fit():
    def fit():
        with collected_warnings():
            warnings.warn("a hint", stacklevel=1)
            raise ZeroDivisionError

    with pytest.warns(UserWarning, match="a hint"), pytest.raises(ZeroDivisionError):
        fit()


def test_how_warnings_are_shown_is_left_as_it_was(monkeypatch):
    def own(*args):
        pass

    monkeypatch.setattr(warnings, "showwarning", own)
    with collected_warnings(), collected_warnings():
        assert warnings.showwarning is not own
    assert warnings.showwarning is own
    with collected_warnings():
        later = warnings.showwarning
        warnings.showwarning = own  # by the fit, as logging.captureWarnings does
    assert warnings.showwarning is own
    warnings.showwarning = later  # and back
    with collected_warnings():
        pass
    later("shown without recursion", UserWarning, "model.py", 7)


def test_it_is_pickled_without_its_class():
    class OfAFunction(ConvergenceWarning):
        pass

    there = pickle.loads(pickle.dumps(warned("text", OfAFunction)))
    assert there == warned("text", ConvergenceWarning)
    assert pickle.loads(pickle.dumps(warned("text", Particular))).category is Particular


def test_one_line_for_each_kind_with_the_number_of_fits_and_an_example():
    said = report_of(["slow", "gap: 1"], ["gap: 2"], n_silent=3)
    assert said == [
        "gap: 1 [2 of 5 fits, for example with C=0, kernel='rbf']",
        "slow [1 of 5 fits, for example with C=0, kernel='rbf']",
    ]


def test_line_of_a_long_text_is_one_line():
    (line,) = report_of(["first\n   second " + "x" * 1000])
    assert line.startswith("first second xxx")
    assert len(line) < 250


def test_no_more_than_ten_kinds_are_told():
    said = report_of([f"kind {'ab'[i % 2] * (i + 1)}" for i in range(13)])
    assert len(said) == 11
    assert said[-1].startswith("Fits raised warnings of 3 more kinds")


def test_each_of_them_is_shown_on_request():
    report, result = FitWarnings(each=True), result_of(0.5, warnings=(warned("slow"),))
    with warnings.catch_warnings(record=True) as shown:
        for _ in range(2):
            report.split_done(Task(Trial(0, {}), 0), result)
        report.report()
    assert [(str(w.message), w.filename, w.lineno) for w in shown] == (
        [("slow", "model.py", 7)] * 2
    )


def test_a_category_that_a_text_cannot_make_is_told_as_its_base():
    report = FitWarnings()
    result = result_of(0.5, warnings=(warned("slow", Particular),))
    report.split_done(Task(Trial(0, {}), 0), result)
    with pytest.warns(ConvergenceWarning, match=r"slow \[1 of 1 fits.* the defaults\]"):
        report.report()
