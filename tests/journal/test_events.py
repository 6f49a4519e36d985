import pytest

from skhp.evaluation import SplitResult
from skhp.journal import Journal
from skhp.journal._events import Dropped, Extended, Refined
from skhp.journal._journal import Header


def test_events_are_read_as_they_were_written(tmp_path):
    result = SplitResult(0.5, None, 1.0, 0.5, 4)
    journal = Journal(tmp_path / "journal")
    journal.begin(Header({}))
    journal.refine_done(3, 1, 2, result)
    journal.extended(7)
    journal.close()
    journal = Journal(tmp_path / "journal")
    refined, extended = journal.events()
    journal.close()
    assert isinstance(refined, Refined)
    assert (refined.trial, refined.shuffle, refined.split) == (3, 1, 2)
    assert refined.result.test_scores == 0.5
    assert extended == Extended(3, 7)


@pytest.mark.parametrize("event", [Dropped(1, 2), Extended(1, 2)])
def test_events_do_not_change(event):
    with pytest.raises(AttributeError):
        event.line = 3
