"""The summary of repeated measurements, equal to sim/results/statistics.hpp.

The median; below six values with the range, from six on with its 95 % interval by order statistics
(W. J. Conover, Practical Nonparametric Statistics, 3rd edition, 1999, section 3.2; J.-Y. Le Boudec,
Performance Evaluation of Computer and Communication Systems, 2010, section 2.2).
"""

import math
from typing import NamedTuple

SMALLEST_INTERVAL = 6

# What low and high of a Summary are.
NONE = "none"
RANGE = "range"
INTERVAL_95 = "interval95"


class Summary(NamedTuple):
    count: int
    median: float
    low: float
    high: float
    spread: str


def median_interval_rank(count):
    """The rank k (from 1) of the lower end of the 95 % interval [x(k), x(count+1-k)]; 0 for none.

    The largest k with 2 P(Binomial(count, 1/2) < k) <= 1/20, in exact integers.
    """
    below = 0
    for rank in range(count):
        below += math.comb(count, rank)
        if 2 * 20 * below > 2**count:
            return rank
    return count


def summarise(values):
    """The Summary of at least one value."""
    ordered = sorted(values)
    count = len(ordered)
    middle = count // 2
    if count % 2 == 1:
        median = ordered[middle]
    else:
        median = (ordered[middle - 1] + ordered[middle]) / 2
    if count == 1:
        return Summary(1, median, median, median, NONE)
    if count < SMALLEST_INTERVAL:
        return Summary(count, median, ordered[0], ordered[-1], RANGE)
    rank = median_interval_rank(count)
    return Summary(count, median, ordered[rank - 1], ordered[count - rank], INTERVAL_95)
