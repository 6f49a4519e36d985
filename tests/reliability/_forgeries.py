"""Journals that were changed in every way that one can think of, and opened.

A changed file is refused in one sentence and stays as it is, or the search goes on from
it: if its checksums are those of the change, with what the file says, and else exactly
as if nothing had been changed.
"""

import copy
import gzip
import json
import math
import os
import pickle
import signal
import sys
from functools import cache
from tempfile import mkdtemp

import numpy as np

from skhp.exceptions import InvalidParameterError, JournalError
from tests.journal._forged import assert_one_sentence, sealed
from tests.reliability._processes import DEADLINE
from tests.reliability._run import Verdict
from tests.reliability._searches import CV, X, Y, key_of, make, table, true_score

KINDS = ("grid", "random", "bayes", "halving grid", "halving random", "hyperband")
_HEARD = ("exec", "pickle.", "subprocess.", "ctypes.", "socket.")
_HEARD += ("os.system", "os.exec", "os.fork", "os.posix_spawn")


class Canary:
    """Makes a folder where it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (self.path,)


class Hangs(BaseException):
    """Is raised at the deadline."""


def _give_up(number, frame):
    raise Hangs


class _Listener:
    """Hears what Python's audit hooks tell of: what is executed and unpickled."""

    heard: list = None

    def __call__(self, event, args):
        if self.heard is not None and event.startswith(_HEARD):
            self.heard.append(event)


_listener = _Listener()


@cache
def _listen():
    sys.addaudithook(_listener)
    signal.signal(signal.SIGALRM, _give_up)
    os.fsync = lambda fd: None  # twenty thousand times


# --- the journals that are changed ------------------------------------------------


@cache
def base(kind, n_left):
    """Return the lines of a journal, of which the last are left out, and its table."""
    path = os.path.join(mkdtemp(prefix="reliability-"), "journal")
    search = make(kind, journal=path)
    rows = table(search.fit(X, Y).cv_results_)
    with open(path, "rb") as file:
        lines = file.read().splitlines(keepends=True)
    os.unlink(path)
    os.rmdir(os.path.dirname(path))
    return lines[: len(lines) - n_left], rows


@cache
def entries(kind, n_left):
    """Return what the lines of such a journal say."""
    found = [json.loads(line) for line in base(kind, n_left)[0]]
    for entry in found:
        del entry["#"]
    return found


# --- values -----------------------------------------------------------------------


def draw_value(draws, deep=0):
    """Draw any value that JSON, or Python's reading of it, can have."""
    kinds = [
        lambda: None,
        lambda: draws.random() < 0.5,
        lambda: draws.randint(-3, 30),
        lambda: draws.choice([10**18, -(2**63), 2**63, 10**400, -(10**400)]),
        lambda: draws.choice([math.nan, math.inf, -math.inf, -0.0, 5e-324, 1e308]),
        lambda: draws.uniform(-2, 2),
        lambda: draws.choice(["", "nan", "inf", "-inf", "1+2j", "float64(0.5)", "0"]),
        lambda: (
            "".join(chr(draws.choice([0, 10, 34, 92, 233, 8232, 0xD800, 128512])))
            * draws.randint(1, 9)
        ),
        lambda: "x" * draws.choice([10**3, 10**5]),
        lambda: draws.choice(["__import__('os').mkdir('canary')", "{0.__class__}"]),
        lambda: _nested(draws.choice([3, 50, 900, 5000]), draws.choice([list, dict])),
    ]
    if deep < 2:
        inner = deep + 1
        kinds += [
            lambda: [draw_value(draws, inner) for _ in range(draws.randint(0, 3))],
            lambda: {
                f"k{i}": draw_value(draws, inner) for i in range(draws.randint(0, 3))
            },
        ]
    return draws.choice(kinds)()


class _Raw:
    """What is to be written as it is, because json would not write it."""

    def __init__(self, text):
        self.text = text


def _nested(depth, kind):
    opened, closed = ("[", "]") if kind is list else ('{"a":', "}")
    return _Raw(opened * depth + "0" + closed * depth)


def _line_of(entry):
    """Return an entry as JSON, without its last bracket."""
    raw = []

    def default(value):
        raw.append(value.text)
        return f"\0raw{len(raw) - 1}\0"

    text = json.dumps(entry, default=default)
    for i, inner in enumerate(raw):
        text = text.replace(json.dumps(f"\0raw{i}\0"), inner)
    return text[:-1].encode()


# --- changes of what lines say ----------------------------------------------------


def _places(value, path=()):
    """Yield the path to each value within an entry."""
    items = value.items() if isinstance(value, dict) else ()
    if isinstance(value, list):
        items = enumerate(value)
    for name, inner in items:
        yield (*path, name)
        yield from _places(inner, (*path, name))


def _victim(draws, lines):
    """Return an entry, one that is below the first rather than the first."""
    if len(lines) > 1 and draws.random() < 0.85:
        return draws.randrange(1, len(lines))
    return 0


def _at(entry, path):
    for name in path:
        entry = entry[name]
    return entry


def replace_value(draws, lines, other):
    entry = lines[_victim(draws, lines)]
    places = list(_places(entry))
    if places:
        *path, name = draws.choice(places)
        _at(entry, path)[name] = draw_value(draws)


def nudge_number(draws, lines, other):
    entry = lines[_victim(draws, lines)]
    places = [p for p in _places(entry) if type(_at(entry, p)) in (int, float)]
    if places:
        *path, name = draws.choice(places)
        value = _at(entry, path)[name]
        changed = [value + 1, -value]
        if abs(value) < sys.float_info.max:  # another forgery may have drawn 10**400
            changed += [value * (1 + 1e-12), value * 1.5, float(value)]
        _at(entry, path)[name] = draws.choice(changed)


def remove_key(draws, lines, other):
    entry = lines[_victim(draws, lines)]
    places = [p for p in _places(entry) if isinstance(_at(entry, p[:-1]), dict)]
    if places:
        *path, name = draws.choice(places)
        del _at(entry, path)[name]


def add_key(draws, lines, other):
    entry = lines[_victim(draws, lines)]
    names = ["", "ask", "fit", "extend", "dropped", "skhp_journal", "more", "origin"]
    names += ["fit_error", "ending", "wants_stop", "row", "surrogate", "resource", "#"]
    entry[draws.choice(names)] = draw_value(draws)


def swap_entries(draws, lines, other):
    i, j = _victim(draws, lines), _victim(draws, lines)
    lines[i], lines[j] = lines[j], lines[i]


def double_entry(draws, lines, other):
    lines.insert(draws.randint(0, len(lines)), lines[_victim(draws, lines)])


def drop_entry(draws, lines, other):
    del lines[_victim(draws, lines)]


def take_entry_of_another(draws, lines, other):
    entry = copy.deepcopy(draws.choice(other))
    if draws.random() < 0.5:
        lines.insert(draws.randint(0, len(lines)), entry)
    else:
        lines[_victim(draws, lines)] = entry


def add_extension(draws, lines, other):
    lines.insert(draws.randint(1, len(lines)), {"extend": draws.choice([0, 1, 3])})


ENTRY_CHANGES = (
    *(replace_value, replace_value, replace_value, nudge_number, remove_key, add_key),
    *(swap_entries, double_entry, drop_entry, take_entry_of_another, add_extension),
)


# --- changes of bytes -------------------------------------------------------------


def _somewhere(draws, content):
    return draws.randint(0, len(content))


def _spliced(content, start, stop, new=b""):
    return content[:start] + new + content[stop:]


def _flip(draws, content):
    if not content:
        return b"\1"
    i = draws.randrange(len(content))
    return _spliced(content, i, i + 1, bytes([content[i] ^ 1 << draws.randrange(8)]))


def _insert(what):
    def insert(draws, content):
        i = _somewhere(draws, content)
        return _spliced(content, i, i, what(draws))

    return insert


def _cut_out(draws, content):
    i, j = sorted((_somewhere(draws, content), _somewhere(draws, content)))
    return _spliced(content, i, min(j, i + draws.choice([1, 20, 10**6])))


def _of_lines(change):
    def changed(draws, content):
        lines = content.splitlines(keepends=True) or [b"\n"]
        change(draws, lines)
        return b"".join(lines)

    return changed


def _shuffle_two(draws, lines):
    i, j = draws.randrange(len(lines)), draws.randrange(len(lines))
    lines[i], lines[j] = lines[j], lines[i]


def _junk(draws):
    return draws.randbytes(draws.choice([1, 40, 4000]))


def _pickled(draws):
    return pickle.dumps(Canary("canary"), protocol=draws.choice([0, 2, 5]))


BYTE_CHANGES = (
    _flip,
    _cut_out,
    _insert(_junk),
    _insert(_pickled),
    _insert(lambda draws: b"\0" * draws.choice([1, 512])),
    _insert(lambda draws: draws.choice([b"\n", b"\r", b"{}\n", b"null\n", b" "])),
    lambda draws, content: content[: _somewhere(draws, content)],
    lambda draws, content: content[: _somewhere(draws, content)],
    lambda draws, content: content + _junk(draws),
    lambda draws, content: b"\xef\xbb\xbf" + content,
    lambda draws, content: content.replace(b"\n", b"\r\n"),
    lambda draws, content: content.decode(errors="replace").encode("utf-16"),
    lambda draws, content: content.rstrip(b"\n"),
    lambda draws, content: content + content,
    lambda draws, content: gzip.compress(content),
    lambda draws, content: draws.choice([b"", b"\n", b"\0" * 4096, b"x" * 10**5]),
    lambda draws, content: _junk(draws),
    _of_lines(lambda draws, lines: lines.pop(draws.randrange(len(lines)))),
    _of_lines(lambda draws, lines: lines.insert(0, lines[draws.randrange(len(lines))])),
    _of_lines(lambda draws, lines: lines.append(lines[draws.randrange(len(lines))])),
    _of_lines(_shuffle_two),
    _of_lines(lambda draws, lines: lines.reverse()),
)


def _mixed_in(draws, content, other):
    """Put lines of another journal, checksums and all, among these."""
    lines, i = content.splitlines(keepends=True), draws.randint(0, len(other))
    j = draws.randint(0, len(lines))
    lines[j:j] = other[i : i + draws.choice([1, 2, 100])]
    return b"".join(lines)


def forge(draws, kind):
    """Return a changed journal, and what it says if its checksums are right."""
    n_left = draws.choice([0, 1, 7, len(base(kind, 0)[0]) - 1])
    other_kind = draws.choice(KINDS)
    if draws.random() < 0.55:
        said = copy.deepcopy(entries(kind, n_left))
        for _ in range(draws.choice([1, 1, 2, 3])):
            draws.choice(ENTRY_CHANGES)(draws, said, entries(other_kind, 0))
            said = said or [{}]
        return sealed([_line_of(entry) for entry in said]), said
    content = b"".join(base(kind, n_left)[0])
    for _ in range(draws.choice([1, 1, 1, 2])):
        if draws.random() < 0.1:
            content = _mixed_in(draws, content, base(other_kind, 0)[0])
        else:
            content = draws.choice(BYTE_CHANGES)(draws, content)
    return content, None


# --- what comes of it -------------------------------------------------------------


def one_run(run, folder):
    """Open a forged journal; return what came of it."""
    _listen()
    draws, verdict = run.draws(), Verdict()
    kind = draws.choice(KINDS)
    content, said = forge(draws, kind)
    verdict.what = f"{kind}, checksums {'right' if said else 'as they came'}"
    path = folder / "journal"
    path.write_bytes(content)
    os.chdir(folder)  # where a canary would be
    _listener.heard = []
    signal.setitimer(signal.ITIMER_REAL, DEADLINE)
    try:
        rows = table(make(kind, journal=path).fit(X, Y).cv_results_)
    except JournalError as error:
        _check_refusal(error, verdict)
        if path.read_bytes() != content:
            verdict.wrong("The file that was refused was changed.")
    except InvalidParameterError as error:
        _check_refusal(error, verdict)
        if not (said and "n_iter" in said[0] and "'n_iter'" in str(error)):
            verdict.wrong(f"{error!r}")
    except Hangs:
        verdict.wrong("It hung.", "hangs")
    except BaseException as error:
        verdict.wrong(f"{error!r:.300}")
    else:
        verdict.notes["gone on with"] += 1
        _check_table(kind, rows, said, verdict)
        if not path.read_bytes().startswith(content):
            verdict.wrong("The journal was changed, not continued.")
    signal.setitimer(signal.ITIMER_REAL, 0)
    heard, _listener.heard = _listener.heard, None
    if heard or (folder / "canary").exists():
        verdict.wrong(f"Something was executed: {heard[:5]}.")
    os.chdir("/")
    return verdict


def _check_refusal(error, verdict):
    verdict.notes["refused"] += 1
    try:
        assert_one_sentence(error)
    except AssertionError:
        verdict.wrong(f"It is no short sentence: {error!s:.300}")


def _check_table(kind, rows, said, verdict):
    """Enter the cells that are neither what the journal says nor what is true."""
    if said is None:
        if rows != base(kind, 0)[1]:
            verdict.wrong("The table is another.", "wrong scores")
        return
    try:
        told = _scores_in(said)
    except (KeyError, TypeError, ValueError) as error:
        verdict.wrong(f"Lines were taken that no search writes: {error!r}.")
        return
    wrong = [
        (i, k)
        for i, (params, scores) in enumerate(rows)
        for k in range(CV)
        if not any(
            np.array_equal(scores[k], score, equal_nan=True)
            for score in told.get((i, k)) or [true_score(key_of(params), k)]
        )
    ]
    if wrong:
        n = len(wrong)
        verdict.wrong(f"Scores came from nowhere, at {wrong[:5]}.", "wrong scores", n)


def _scores_in(said):
    """Return the scores that a journal allows for each trial and split."""
    return {
        tuple(entry["fit"]): [float(entry["test_scores"]), math.nan]
        if entry.get("fit_error") or entry.get("score_error")
        else [float(entry["test_scores"])]
        for entry in said[1:]
        if "fit" in entry and "ask" not in entry
    }
