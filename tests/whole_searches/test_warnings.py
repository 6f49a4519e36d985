import numpy as np
import pytest
from sklearn.exceptions import FitFailedWarning

import skhp
from tests._toys import Echo, X, y


@pytest.mark.parametrize(
    ("grid", "kwargs", "category"),
    [
        ({"fails": ["", "fit"]}, {}, FitFailedWarning),
        ({"fails": ["", "score"]}, {}, UserWarning),
        ({"value": [1.0, np.nan]}, {}, UserWarning),
    ],
)
def test_warnings_point_at_the_line_of_the_user(grid, kwargs, category):
    search = skhp.GridSearchCV(Echo(), grid, cv=2, **kwargs)
    with pytest.warns(category) as caught:
        search.fit(X, y)
    assert [warning.filename for warning in caught] == [__file__]
