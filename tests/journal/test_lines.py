import contextlib
import errno
import os

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from skhp.exceptions import JournalError
from skhp.journal import _lines
from skhp.journal._lines import LONGEST, LinesFile
from tests.journal._forged import assert_one_sentence, room_for, sealed

ENTRIES = [{"a": i, "text": "x" * (i % 5), "at": [i, None]} for i in range(12)]
FUZZ = settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def without_checksums(entries):
    return [{k: v for k, v in entry.items() if k != "#"} for entry in entries]


def read(path):
    """Return the entries of a file, or None where it is refused."""
    with contextlib.closing(LinesFile(path)) as file:
        try:
            return without_checksums(entry for _, entry in file.read())
        except JournalError as error:
            assert_one_sentence(error)
            return None


def written(path, entries):
    with contextlib.closing(LinesFile(path)) as file:
        for _ in file.read():
            pass
        for entry in entries:
            file.append(entry)


def check(path, content):
    """A damaged file is refused, or gone on with after what is whole in it."""
    path.write_bytes(content)
    found = read(path)
    assert path.read_bytes() == content  # reading changes nothing
    if found is not None:
        assert found == ENTRIES[: len(found)]
        written(path, [{"new": 1}])
        assert path.read_bytes().startswith(content)
        kept = [entry for entry in read(path) if "dropped" not in entry]
        assert kept == [*found, {"new": 1}]
    return found


@pytest.fixture(autouse=True)
def _no_disk(request, monkeypatch):
    """Let nothing wait for the disk but the tests that ask for that."""
    if "syncs" not in request.fixturenames:
        monkeypatch.setattr(os, "fsync", lambda fd: None)


# --- what is written is read ------------------------------------------------------


def test_what_is_appended_is_read_with_its_line_numbers(tmp_path):
    written(tmp_path / "file", ENTRIES[:5])
    written(tmp_path / "file", ENTRIES[5:])  # by another process, later
    file = LinesFile(tmp_path / "file")
    numbers, entries = zip(*file.read(), strict=True)
    file.close()
    assert numbers == tuple(range(1, 13))
    assert without_checksums(entries) == ENTRIES


def test_checksums_are_those_of_the_format(tmp_path):
    written(tmp_path / "file", ENTRIES)
    assert (tmp_path / "file").read_bytes() == sealed(ENTRIES)


def test_line_is_with_the_system_when_append_returns(tmp_path):
    file = LinesFile(tmp_path / "file")
    for n, entry in enumerate(ENTRIES, 1):
        file.append(entry)
        assert (tmp_path / "file").read_bytes() == sealed(ENTRIES[:n])
    file.close()


def test_line_is_written_whole_where_the_system_takes_it_in_parts(
    tmp_path, monkeypatch
):
    write = os.write
    monkeypatch.setattr(os, "write", lambda fd, data: write(fd, data[:3]))
    written(tmp_path / "file", ENTRIES)
    assert (tmp_path / "file").read_bytes() == sealed(ENTRIES)


# --- a full disk -----------------------------------------------------------------


def append_what_fits(file, entries):
    """Return whether all of it could be written."""
    is_whole = True
    for entry in entries:
        try:
            file.append(entry)
        except OSError:
            is_whole = False
    return is_whole


def test_write_that_fails_leaves_what_was_there_and_is_made_up_for(tmp_path):
    path, content = tmp_path / "file", sealed(ENTRIES)
    for n in range(len(content)):
        with contextlib.closing(LinesFile(path)) as file:
            with room_for(n):
                assert not append_what_fits(file, ENTRIES)
            assert path.read_bytes() == content[: content[:n].rfind(b"\n") + 1]
            file.append({"new": 1})
        assert path.read_bytes() == sealed([*ENTRIES, {"new": 1}])
        path.unlink()


def test_torn_line_is_mended_once_there_is_room(tmp_path):
    path, content = tmp_path / "file", sealed(ENTRIES[:3])[:-9]
    for n in range(len(sealed([{"dropped": 3}, {"new": 1}]))):
        path.write_bytes(content)
        with contextlib.closing(LinesFile(path)) as file:
            list(file.read())
            with room_for(len(content) + n):
                assert not append_what_fits(file, [{"new": 1}])
            assert path.read_bytes() == content
            file.append({"new": 2})
        assert read(path) == [*ENTRIES[:2], {"new": 1}, {"new": 2}]


def test_part_of_a_line_that_cannot_be_taken_back_is_torn(tmp_path, monkeypatch):
    def broken(fd, size):
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "ftruncate", broken)
    path, content = tmp_path / "file", sealed(ENTRIES)
    for n in range(len(content)):
        with contextlib.closing(LinesFile(path)) as file:
            with room_for(n):
                append_what_fits(file, ENTRIES)
            assert append_what_fits(file, [{"new": 1}]) == (path.stat().st_size > n)
        kept = path.read_bytes()
        if kept == content[:n]:
            check(path, kept)
        path.unlink()


def test_line_that_says_what_is_torn_may_be_torn_too(tmp_path):
    torn = sealed(ENTRIES[:3])[:-9]
    mend = b"\n" + sealed([*ENTRIES[:2], {"dropped": 3}]).splitlines(True)[2]
    for first in range(1, len(mend)):
        for second in {1, first, len(mend) // 2, len(mend) - 1}:
            content = torn + mend[:first]
            for part in (content, content + mend[first == 1 :][:second]):
                assert check(tmp_path / "file", part) == ENTRIES[:2]


@pytest.mark.parametrize(
    "other", [b'{"dropped": 2', b'{"a": 3', b"x", b'{"dropped": 3 ']
)
def test_other_damage_after_a_torn_line_is_refused(other, tmp_path):
    content = sealed(ENTRIES[:3])[:-9] + b"\n" + other
    assert check(tmp_path / "file", content) is None


def test_file_that_others_have_written_to_is_left_alone(tmp_path):
    path = tmp_path / "file"
    with contextlib.closing(LinesFile(path)) as file:
        file.append(ENTRIES[0])
        content = path.read_bytes() + b"more"
        path.write_bytes(content)
        for _ in range(2):
            with pytest.raises(OSError, match="changed by something else"):
                file.append(ENTRIES[1])
    assert path.read_bytes() == content


# --- how often the disk is waited for ---------------------------------------------


class Syncs:
    """Counts what is on the disk, on a clock that only the test moves."""

    def __init__(self, path, monkeypatch):
        self.path, self.now, self.on_disk, self.n = path, 100.0, b"", 0
        monkeypatch.setattr(os, "fsync", self._fsync)
        monkeypatch.setattr(_lines.time, "monotonic", lambda: self.now)

    def _fsync(self, fd):
        assert os.path.samestat(os.fstat(fd), self.path.stat())
        self.n, self.on_disk = self.n + 1, self.path.read_bytes()


@pytest.fixture
def syncs(tmp_path, monkeypatch):
    return Syncs(tmp_path / "file", monkeypatch)


def test_power_cut_costs_no_more_than_five_seconds(syncs):
    file = LinesFile(syncs.path)
    times = [0.0, 1.0, 2.0, 4.0, 5.5, 6.0, 8.0, 10.0, 11.0, 30.0]
    on_disk = []
    for time, entry in zip(times, ENTRIES, strict=False):
        syncs.now = 100.0 + time
        file.append(entry)
        on_disk.append(syncs.on_disk.count(b"\n"))
    assert on_disk == [0, 0, 0, 0, 5, 5, 5, 5, 9, 10]
    assert syncs.n == 3  # and no fit waits for the disk more often
    file.close()


def test_everything_is_on_the_disk_when_the_file_is_closed(syncs):
    file = LinesFile(syncs.path)
    for entry in ENTRIES:
        file.append(entry)
    assert syncs.n == 0
    file.close()
    assert syncs.on_disk == sealed(ENTRIES)
    file.close()  # again, in vain
    assert syncs.n == 1


def test_sync_begins_the_five_seconds_anew(syncs):
    file = LinesFile(syncs.path)
    file.append(ENTRIES[0])
    syncs.now += 4.0
    file.sync()
    assert syncs.on_disk == sealed(ENTRIES[:1])
    syncs.now += 4.0
    file.append(ENTRIES[1])
    assert syncs.n == 1
    file.close()


def test_disk_is_not_waited_for_where_nothing_was_written(syncs):
    written(syncs.path, ENTRIES)
    n = syncs.n
    assert read(syncs.path) == ENTRIES
    assert syncs.n == n


def test_file_is_closed_even_if_the_disk_fails(tmp_path, monkeypatch):
    def broken(fd):
        raise OSError(errno.EIO, "Input/output error")

    file = LinesFile(tmp_path / "file")
    file.append(ENTRIES[0])
    monkeypatch.setattr(os, "fsync", broken)
    with pytest.raises(OSError, match="Input/output error"):
        file.close()
    assert read(tmp_path / "file") == ENTRIES[:1]  # not locked any more


# --- damage -----------------------------------------------------------------------


def test_file_that_was_cut_is_read_to_its_last_whole_line(tmp_path):
    content = sealed(ENTRIES)
    for n in range(len(content) + 1):
        whole = content[: n + 1].count(b"\n")  # only the end of a line may be missing
        assert len(check(tmp_path / "cut", content[:n])) == whole


@FUZZ
@given(st.data())
def test_flipped_bytes_are_found(tmp_path, data):
    content = bytearray(sealed(ENTRIES))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(content) - 1))
        content[at] ^= data.draw(st.integers(1, 255))
    check(tmp_path / "flipped", bytes(content))


@pytest.mark.parametrize("bit", [1, 32, 128])
def test_flipped_byte_before_the_last_line_is_refused(bit, tmp_path):
    content = sealed(ENTRIES)
    for at in range(0, content[:-1].rindex(b"\n"), 5):
        flipped = bytearray(content)
        flipped[at] ^= bit
        assert check(tmp_path / "flipped", bytes(flipped)) is None, at


@pytest.mark.parametrize("change", ["double", "swap", "lose"])
def test_lines_doubled_swapped_or_lost_are_found(change, tmp_path):
    lines = sealed(ENTRIES).splitlines(keepends=True)
    for i in range(len(lines) - 1):
        changed = list(lines)
        if change == "double":
            changed.insert(i, lines[i])
        elif change == "swap":
            changed[i], changed[i + 1] = lines[i + 1], lines[i]
        else:
            del changed[i]
        found = check(tmp_path / "moved", b"".join(changed))
        n_last = len(ENTRIES) - 2  # from here on only the last line is wrong
        assert found == (ENTRIES[:i] if change == "lose" and i == n_last else None)


def test_torn_line_is_named_and_the_next_one_says_so(tmp_path):
    path, content = tmp_path / "file", sealed(ENTRIES[:3])
    path.write_bytes(content[:-9])
    file = LinesFile(path)
    assert len(list(file.read())) == 2
    assert file.torn == 3
    file.append(ENTRIES[3])
    assert file.torn is None
    file.close()
    assert path.read_bytes().startswith(content[:-9] + b'\n{"dropped": 3')
    assert read(path) == [*ENTRIES[:2], ENTRIES[3]]


@pytest.mark.parametrize(
    ("lines", "wrong"),
    [
        ([ENTRIES[0], {"dropped": 1}, ENTRIES[1]], 2),  # nothing was torn
        ([ENTRIES[0], b"[1, 2]"], 2),
        ([ENTRIES[0], b'{"a": ' + b"[" * 100_000], 2),
        ([ENTRIES[0], ENTRIES[1], b'{"a": 1' + b"0" * 5000], 3),
        ([ENTRIES[0], b'{"a": \xff'], 2),
    ],
)
def test_line_that_nobody_writes_is_refused_whatever_its_checksum(
    lines, wrong, tmp_path
):
    path = tmp_path / "crafted"
    path.write_bytes(sealed(lines))
    file = LinesFile(path)
    with pytest.raises(JournalError, match=rf"Line {wrong} .* damaged") as caught:
        list(file.read())
    file.close()
    assert_one_sentence(caught.value)


def test_torn_line_must_be_the_one_that_the_next_one_drops(tmp_path):
    path = tmp_path / "crafted"
    path.write_bytes(b"".join([sealed(ENTRIES[:2])[:-5], b"\n"]))
    written(path, [ENTRIES[2]])
    assert read(path) == [ENTRIES[0], ENTRIES[2]]
    path.write_bytes(path.read_bytes().replace(b'"dropped": 2', b'"dropped": 1'))
    assert read(path) is None


def test_line_without_end_is_not_read_to_its_end(tmp_path, monkeypatch):
    path = tmp_path / "long"
    with open(path, "wb") as handle:
        handle.truncate(2**30)  # a sparse file: one line of 1 GB
    file, before = LinesFile(path), peak_memory()
    with pytest.raises(JournalError, match="shorter than"):
        list(file.read())
    file.close()
    assert peak_memory() - before < 100_000  # kB


def peak_memory():
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def test_line_that_could_not_be_read_again_is_not_written(tmp_path):
    file = LinesFile(tmp_path / "file")
    file.append(ENTRIES[0])
    with pytest.raises(JournalError, match=r"shorter than .* seed the 'cv'"):
        file.append({"splits": "x" * LONGEST})
    file.append(ENTRIES[1])
    file.close()
    assert read(tmp_path / "file") == ENTRIES[:2]


# --- opening ----------------------------------------------------------------------


@pytest.mark.parametrize("path", ["missing/journal", ".", "nul\0l", "/dev/null"])
def test_path_that_cannot_be_written_is_refused(path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(JournalError, match=r"^The journal .* must be a"):
        LinesFile(path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="makes a named pipe")
def test_pipe_that_nobody_reads_is_refused_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(JournalError, match="must be a regular file"):
        LinesFile(tmp_path / "pipe")


def test_file_that_is_forgotten_is_closed(tmp_path):
    file = LinesFile(tmp_path / "file")
    with pytest.warns(ResourceWarning, match="unclosed file"):
        del file
    LinesFile(tmp_path / "file").close()


def test_file_in_use_is_refused_until_it_is_closed(tmp_path):
    first = LinesFile(tmp_path / "file")
    first.append(ENTRIES[0])
    with pytest.raises(JournalError, match="one search at a time"):
        LinesFile(tmp_path / "file")
    first.append(ENTRIES[1])  # the refusal has not unlocked it
    with pytest.raises(JournalError, match="one search at a time"):
        LinesFile(tmp_path / "file")
    first.close()
    assert read(tmp_path / "file") == ENTRIES[:2]


@pytest.fixture
def full(monkeypatch):
    """A disk without room, until this list of sizes of failed writes is cleared."""
    sizes, really = [0], os.write

    def write(fd, data):
        if not sizes:
            return really(fd, data)
        sizes.append(len(data))
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "write", write)
    return sizes


def test_what_waits_is_not_tried_again_at_every_line(tmp_path, full):
    with contextlib.closing(LinesFile(tmp_path / "file")) as file:
        for k in range(5_000):
            append_what_fits(file, [{"number": k, "text": "x" * 60}])
        waiting = max(full)
        assert waiting > 400_000
        # Those of the first 64 KB at every line, the rest in growing steps
        assert sum(size > 2**16 for size in full) < 15
        full.clear()


def test_what_waits_is_written_at_the_end(tmp_path, full):
    path, entries = tmp_path / "file", [{"number": k} for k in range(9)]
    with contextlib.closing(LinesFile(path)) as file:
        full.clear()
        append_what_fits(file, entries[:1])
        full.append(0)
        append_what_fits(file, entries[1:])
        assert path.read_bytes() == sealed(entries[:1])
        full.clear()
    assert path.read_bytes() == sealed(entries)
