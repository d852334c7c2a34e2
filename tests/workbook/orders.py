"""A change split by hand: each of three pieces replaced in turn, the mean over the six orders."""

from itertools import permutations

import numpy as np


def split_over_orders(value):
    """Before, now, and the three parts of the change of value((a, b, c)), each piece 0 (before) or 1 (now)."""
    parts = np.zeros(3)
    for order in permutations(range(3)):
        choice = [0, 0, 0]
        for piece in order:
            start = value(choice)
            choice[piece] = 1
            parts[piece] += (value(choice) - start) / 6
    return [value((0, 0, 0)), value((1, 1, 1)), *parts]
