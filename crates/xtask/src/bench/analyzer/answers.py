"""What the peers share: the arguments, the rules of the questions, and the form of an answer.

Each peer is called as `with_PEER.py QUESTION FILE` and prints its answer as JSON. The rules are Wayside's (docs/reports.md).
"""

import datetime
import json
import sys

# A session ends after 30 minutes without an event.
TIMEOUT_MS = 30 * 60_000
# A session is engaged if it lasts this long, or has two page views, or an order.
ENGAGED_MS = 10_000
# The steps of the funnel, and the time from the first within which the others must follow.
STEPS = ["view_item", "add_to_cart", "begin_checkout", "add_payment_info", "purchase"]
WINDOW_MS = 7 * 86_400_000
# Weeks after the first visit that retention lists.
WEEKS = 8
# Transitions that the graph lists.
TOP = 10_000
DAY_MS = 86_400_000
# The host in front of each path.
HOST = "https://shop.example"
START, ORDER, NOTHING = "(start)", "(order)", "(nothing)"


def run(questions):
    """Answers the question of the first argument from the file of the second one; `start` only starts the engine."""
    question, file = sys.argv[1:]
    json.dump(questions[question](file), sys.stdout)


def funnel(levels):
    """Customers at each step, from the number of customers by the last step that they reached."""
    reached = dict(levels)
    return [sum(count for level, count in reached.items() if level >= step) for step in range(1, len(STEPS) + 1)]


def paths(edges):
    """The most frequent transitions, equals in order of their names, from these and any others."""

    def name(node):
        return node.removeprefix(HOST)

    rows = [[name(a), name(b), count] for a, b, count in edges]
    rows.sort(key=lambda row: (-row[2], row[0].encode(), row[1].encode()))
    return rows[:TOP]


def retention(counts, last_week):
    """Rows by cohort and week, from the number of customers with a visit by (week of the first visit, weeks since then)."""
    counts = {(cohort, since): customers for cohort, since, customers in counts}
    rows = []
    for cohort in sorted({cohort for cohort, _ in counts}):
        for since in range(min(WEEKS, last_week - cohort) + 1):
            rows.append([date(7 * cohort - 3), since, counts[cohort, 0], counts.get((cohort, since), 0)])
    return rows


def carts(counts):
    """Rows by day and channel, from counts whose days are numbers."""
    return sorted([date(day), channel, carts, left] for day, channel, carts, left in counts)


def date(day):
    """The date of a day that is counted from 1970-01-01."""
    return (datetime.date(1970, 1, 1) + datetime.timedelta(days=day)).isoformat()


def attribution(transitions):
    """Conversions and removal effects, from the number of transitions between channels and the three states around them."""
    counts = {(a, b): count for a, b, count in transitions}
    channels = sorted({b for _, b in counts} - {ORDER, NOTHING})
    leaving = {a: sum(count for (source, _), count in counts.items() if source == a) for a in [START, *channels]}

    def share(a, b):
        return counts.get((a, b), 0) / leaving[a]

    def conversion(among):
        rows = [[float(a == b) - share(a, b) for b in among] + [share(a, ORDER)] for a in among]
        return sum(share(START, a) * p for a, p in zip(among, solve(rows)))

    every = conversion(channels)
    effects = {a: 1 - conversion([b for b in channels if b != a]) / every for a in channels}
    return {"conversions": sum(n for (_, b), n in counts.items() if b == ORDER), "removal_effects": effects}


def solve(rows):
    """Gaussian elimination with partial pivoting; each row has the coefficients and then the right side."""
    size = len(rows)
    for column in range(size):
        pivot = max(range(column, size), key=lambda row: abs(rows[row][column]))
        rows[column], rows[pivot] = rows[pivot], rows[column]
        for row in range(column + 1, size):
            factor = rows[row][column] / rows[column][column]
            rows[row] = [a - factor * b for a, b in zip(rows[row], rows[column])]
    solution = [0.0] * size
    for row in reversed(range(size)):
        known = sum(rows[row][column] * solution[column] for column in range(row + 1, size))
        solution[row] = (rows[row][size] - known) / rows[row][row]
    return solution
