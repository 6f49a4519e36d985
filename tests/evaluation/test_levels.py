from skhp.evaluation._levels import OneLevel
from skhp.optimizers import Trial


def test_without_rungs_all_candidates_compete():
    levels = OneLevel()
    assert {levels.of(Trial(i, {}, resource=i)) for i in range(3)} == {levels.top}
    assert levels.unsettled is None
