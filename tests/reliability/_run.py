"""One run of a campaign, and what came of it."""

import random
from collections import Counter
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Run:
    """What a campaign, its seed and a number say exactly."""

    campaign: str
    seed: int
    number: int

    def draws(self):
        """Return the generator from which all that is random in the run is drawn."""
        return random.Random(f"{self.campaign}:{self.seed}:{self.number}")

    def __str__(self):
        return f"--seed {self.seed} --only {self.campaign}:{self.number}"


@dataclass
class Verdict:
    """What came of a run, or of several.

    Attributes
    ----------
    what : str
        What was done, in a few words.
    problems : list of str
        In what it did not end as promised.
    counts : Counter
        The columns of the table.
    notes : Counter
        What else is worth a number: how many were killed, how many refused.
    most : dict of str to int
        Of what the greatest number is of interest.
    """

    what: str = ""
    problems: list[str] = field(default_factory=list)
    counts: Counter = field(default_factory=Counter)
    notes: Counter = field(default_factory=Counter)
    most: dict[str, int] = field(default_factory=dict)

    def wrong(self, problem, column=None, n=1):
        """Enter in what the run did not end as promised."""
        self.problems.append(problem)
        if column is not None:
            self.counts[column] += n

    def ended(self, ended, *, codes=(0,)):
        """Enter how a child ended; return whether that was as expected."""
        if ended.hung:
            self.wrong("It hung.", "hangs")
        elif ended.code not in codes:
            self.wrong(f"It ended with {ended.code}: {ended.output}")
        if ended.n_processes:
            n = ended.n_processes
            self.wrong(f"{n} processes were left.", "processes left", n)
        return not ended.hung and ended.code in codes

    def files_left(self, folder):
        """Enter the temporary files that a child has left behind."""
        home = folder / "temporary"
        left = sorted(str(path.relative_to(home)) for path in home.rglob("*"))
        if left:
            self.wrong(f"Files were left: {left}", "files left", len(left))

    def add(self, other):
        """Add the numbers of another verdict to these."""
        self.counts.update(other.counts)
        self.notes.update(other.notes)
        for name, number in other.most.items():
            self.most[name] = max(number, self.most.get(name, 0))
