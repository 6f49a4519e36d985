"""What a finished search suggests to do next, in words."""

from skhp.advice._ending import lines_at_end, train_scores
from skhp.advice._findings import Advice, Findings
from skhp.advice._rules import advice_of

__all__ = ["Advice", "Findings", "advice_of", "lines_at_end", "train_scores"]
