"""The words for what is hardly meant."""

from __future__ import annotations

from derive.document import Message
from derive.problem import Doubt


def words_of(doubt: Doubt) -> Message:
    """What is so, and what follows from it or is usual."""
    match doubt.kind:
        case "negative-rate":
            return Message("doubt.negative_rate")
        case "no-rate":
            return Message("doubt.no_rate")
        case "softmax-of-one":
            return Message("doubt.softmax_of_one")
        case "sigmoid-classes":
            return Message("doubt.sigmoid_classes")
        case "softmax-questions":
            return Message("doubt.softmax_questions")
        case "no-probabilities":
            return Message("doubt.no_probabilities")
        case "out-of-reach":
            return Message("doubt.out_of_reach")
        case "no-shares":
            return Message("doubt.no_shares")
