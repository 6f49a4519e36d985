import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline

from skhp._cli import load_model, predict_table, save_predictions
from skhp._cli._columns import ColumnReader
from skhp.exceptions import InvalidParameterError

FRAME = pd.DataFrame({"a": [f"{i % 7},5" for i in range(20)], "b": range(0, 40, 2)})


def fitted(estimator, y):
    return make_pipeline(ColumnReader(), estimator).fit(FRAME, y)


@pytest.fixture
def table(tmp_path):
    FRAME.to_csv(tmp_path / "t.csv", index=False)
    return str(tmp_path / "t.csv")


def test_numbers_are_predicted_for_every_row(table):
    model = fitted(Ridge(), np.arange(20.0))
    names, rows = predict_table(model, table)
    assert names == ["prediction"]
    assert [row[0] for row in rows] == pytest.approx(model.predict(FRAME))


def test_classes_come_with_their_probabilities(table):
    names, rows = predict_table(fitted(LogisticRegression(), [0, 1] * 10), table)
    assert names == ["prediction", "probability of 0", "probability of 1"]
    assert all(sum(probabilities) == pytest.approx(1) for _, *probabilities in rows)


def test_missing_columns_are_named(tmp_path):
    FRAME[["b"]].to_csv(tmp_path / "b.csv", index=False)
    model = fitted(Ridge(), np.arange(20.0))
    with pytest.raises(InvalidParameterError, match=r"fitted to\. 'a' is missing\."):
        predict_table(model, str(tmp_path / "b.csv"))


def test_table_must_have_rows(tmp_path):
    FRAME.head(0).to_csv(tmp_path / "none.csv", index=False)
    with pytest.raises(InvalidParameterError, match=r"none\.csv must have rows"):
        predict_table(fitted(Ridge(), np.arange(20.0)), str(tmp_path / "none.csv"))


def test_model_is_a_file_or_its_folder(tmp_path):
    joblib.dump(fitted(Ridge(), np.arange(20.0)), tmp_path / "model.joblib")
    for path in (tmp_path, tmp_path / "model.joblib"):
        assert load_model(str(path)).predict(FRAME).shape == (20,)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "'.*model.joblib' does not exist"),
        (b"no pickle", "cannot be loaded"),
        (Ridge(), "was not"),
        (make_pipeline(Ridge()), "was not"),
    ],
)
def test_what_is_no_model_gets_one_sentence(tmp_path, content, message):
    file = tmp_path / "model.joblib"
    if isinstance(content, bytes):
        file.write_bytes(content)
    elif content is not None:
        joblib.dump(content, file)
    with pytest.raises(InvalidParameterError, match=message) as caught:
        load_model(str(tmp_path))
    assert "\n" not in str(caught.value)


def test_predictions_do_not_take_the_place_of_others(tmp_path):
    for name in ("p.csv", "p-2.csv"):
        file = save_predictions(["prediction"], [[1.5]], str(tmp_path / "p.csv"))
        assert file == tmp_path / name
        assert file.read_text().split() == ["prediction", "1.5"]


def test_place_of_predictions_must_be_there(tmp_path):
    with pytest.raises(InvalidParameterError, match="must be a file that can be"):
        save_predictions(["prediction"], [[1.5]], str(tmp_path / "absent" / "p.csv"))
