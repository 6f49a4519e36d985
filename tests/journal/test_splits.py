import base64
import zlib

import numpy as np
import pytest
from sklearn.model_selection import KFold, ShuffleSplit, StratifiedKFold

from skhp.journal import digest_of_splits, pack_splits, unpack_splits

Y = np.arange(61) % 3
CVS = {
    "in order": KFold(5),
    "shuffled": KFold(4, shuffle=True, random_state=0),
    "stratified": StratifiedKFold(3, shuffle=True, random_state=0),
    "not all rows": ShuffleSplit(3, test_size=0.2, train_size=0.3, random_state=0),
    "drawn": ShuffleSplit(3, test_size=0.5, random_state=0),
}


def rows_of(mask):
    return np.flatnonzero(mask) if np.asarray(mask).dtype == bool else np.asarray(mask)


def assert_same(splits, others):
    assert len(splits) == len(others)
    for split, other in zip(splits, others, strict=True):
        for rows, others_rows in zip(split, other, strict=True):
            np.testing.assert_array_equal(rows, rows_of(others_rows))


@pytest.mark.parametrize("n_rows", [15, 16, 17, 61])
@pytest.mark.parametrize("cv", CVS)
def test_splits_come_back(cv, n_rows):
    splits = list(CVS[cv].split(np.zeros(n_rows), Y[:n_rows]))
    packed = pack_splits(splits, n_rows)
    assert all(isinstance(text, str) for parts in packed for text in parts)
    assert_same(unpack_splits(packed, n_rows), splits)


@pytest.mark.parametrize(
    ("train", "test"),
    [
        ([3, 0, 1], [2]),  # in an order of their own
        ([0, 0, 1, 1], [2, 3]),  # some twice
        ([0, 1], [1, 2]),  # some in both
        ([], [0, 1, 2, 3]),
        ([0, 1, 2, 3], []),
        (np.array([True, False, True, False]), np.array([False, True, False, True])),
        (np.array([True, False, False, False]), np.array([3])),
        (range(3), [3]),
    ],
)
def test_splits_written_by_hand_come_back_in_their_order(train, test):
    train, test = (np.array(r, int) if len(r) == 0 else r for r in (train, test))
    packed = pack_splits([(train, test)], 4)
    assert_same(unpack_splits(packed, 4), [(train, test)])


def test_a_bit_per_row_is_enough_where_what_is_not_tested_is_trained_on():
    splits = list(KFold(2, shuffle=True, random_state=0).split(np.zeros(80_000)))
    packed = pack_splits(splits, 80_000)
    assert [len(parts) for parts in packed] == [1, 1]
    assert all(len(text) < 13_000 for parts in packed for text in parts)
    splits = [(train[::-1], test) for train, test in splits]
    assert [len(parts) for parts in pack_splits(splits, 80_000)] == [2, 2]


def text_of(data):
    return base64.b85encode(zlib.compress(data)).decode()


@pytest.mark.parametrize(
    ("packed", "said"),
    [
        ([["\n"]], "not a packed array"),
        ([["é"]], "not a packed array"),
        ([[3]], "not a packed array"),
        ([[base64.b85encode(b"no zlib").decode()]], "not a packed array"),
        ([[text_of(b"\0" * 2)[:-5]]], "packed array|longer"),
        ([[text_of(b"")]], "shorter than the data"),
        ([[text_of(b"\0" * 3)]], "longer than the data"),
        ([[text_of(b"\0" * 8), text_of(b"\x0c" + b"\0" * 7)]], "a row that there is"),
        ([[text_of(b"\0" * 8), text_of(b"\xff" * 8)]], "a row that there is not"),
        ([[text_of(b"\0" * 7), text_of(b"\0" * 8)]], None),
        ([[]], None),
        ([["a", "b", "c"]], None),
    ],
)
def test_what_packs_no_splits_of_these_rows_is_refused(packed, said):
    with pytest.raises(ValueError, match=said):
        unpack_splits(packed, 12)


def test_what_would_fill_the_memory_is_not_unpacked(monkeypatch):
    asked, inflate = [], zlib.decompressobj

    class Watched:
        def __init__(self):
            self._inner = inflate()

        def decompress(self, data, most):
            asked.append(most)
            return self._inner.decompress(data, most)

        @property
        def eof(self):
            return self._inner.eof

    monkeypatch.setattr(zlib, "decompressobj", Watched)
    bomb = text_of(b"\0" * 10**7)
    for parts in ([bomb], [bomb, bomb]):
        with pytest.raises(ValueError, match="longer than the data"):
            unpack_splits([parts], 12)
    assert max(asked) <= 12 * 64 * 8 + 1


def test_digest_is_that_of_the_rows_alone():
    splits = [(np.arange(8), np.arange(8, 12)), (np.arange(4, 12), np.arange(4))]
    digest = digest_of_splits(splits)
    assert digest == digest_of_splits([(t.copy(), s.copy()) for t, s in splits])
    others = [
        splits[::-1],
        splits[:1],
        [splits[0], splits[1][::-1]],
        [splits[0], (splits[1][0], splits[1][1][::-1])],
        [splits[0], (splits[1][0][:-1], splits[1][1])],
    ]
    assert len({digest, *map(digest_of_splits, others)}) == 6
