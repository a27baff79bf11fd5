"""The seven questions for ClickHouse, as the library chdb.

Each visitor's events become an array, which is sorted and split into sessions by array functions. The arrays are of whole numbers,
the time with a code behind it, because those sort fastest.
"""

import json
import os

import chdb

import answers
from answers import DAY_MS, ENGAGED_MS, NOTHING, ORDER, START, STEPS, TIMEOUT_MS, WEEKS, WINDOW_MS

MS = "toUnixTimestamp64Milli(time)"
# A code is less than this.
CODES = 64
CHANNELS = {
    0: "Direct",
    1: "Paid Search",
    2: "Paid Social",
    3: "Email",
    4: "Affiliates",
    5: "Organic Search",
    6: "Organic Social",
    7: "Referral",
}
CHANNEL = """multiIf(medium = 'cpc', 1, medium = 'paid_social', 2, medium = 'email', 3, medium = 'affiliate', 4,
    referrer LIKE '%google.%', 5, referrer LIKE '%instagram.%', 6, referrer IS NOT NULL, 7, 0)"""
# The code of an event that has one of these kinds.
VIEW, CART, PURCHASE = 8, 16, 32
KIND = f"multiIf(kind = 'page_view', {VIEW}, kind = 'add_to_cart', {CART}, kind = 'purchase', {PURCHASE}, 0)"


def ask(query, file):
    settings = f"SETTINGS max_threads = {os.environ['BENCH_THREADS']}, output_format_json_quote_64bit_integers = 0"
    source = f"file('{file}', 'Parquet')"
    answer = chdb.query(f"{query.replace('$FILE', source)} {settings}", "JSONCompact")
    return json.loads(answer.bytes())["data"]


def by_visitor(code):
    """The sessions of each visitor, as arrays of times with codes."""
    return f"""(
        SELECT arraySort(groupArray(assumeNotNull({MS} * {CODES} + {code}))) AS events,
            arraySplit((event, gap) -> gap > {TIMEOUT_MS}, events,
                arrayDifference(arrayMap(event -> intDiv(event, {CODES}), events))) AS visits
        FROM $FILE GROUP BY visitor)"""


def start(file):
    return ask("SELECT count() FROM $FILE", file)[0][0]


def visits(file):
    [[sessions, bounces, duration]] = ask(
        f"""SELECT count(), countIf(NOT (duration >= {ENGAGED_MS} OR views >= 2 OR bought)), quantileExactLow(0.5)(duration)
        FROM (
            SELECT arrayJoin(visits) AS visit, intDiv(visit[-1], {CODES}) - intDiv(visit[1], {CODES}) AS duration,
                arrayCount(event -> event % {CODES} = {VIEW}, visit) AS views,
                arrayExists(event -> event % {CODES} = {PURCHASE}, visit) AS bought
            FROM {by_visitor(KIND)})""",
        file,
    )
    return {"sessions": sessions, "bounces": bounces, "duration_median_ms": duration}


def funnel(file):
    steps = ", ".join(f"kind = '{step}'" for step in STEPS)
    kinds = ", ".join(f"'{step}'" for step in STEPS)
    return answers.funnel(
        ask(
            f"""SELECT level, count() FROM (
                SELECT windowFunnel({WINDOW_MS})(assumeNotNull(toUInt64({MS})), {steps}) AS level
                FROM $FILE WHERE kind IN ({kinds}) GROUP BY visitor)
            GROUP BY level""",
            file,
        )
    )


def paths(file):
    # Addresses by their hashes, because whole numbers are sorted and grouped faster than texts.
    edges = ask(
        f"""SELECT edge.1, edge.2, count() AS n FROM (
            SELECT arrayJoin(arraySplit((event, gap) -> gap > {TIMEOUT_MS}, events,
                    arrayDifference(arrayMap(event -> event.1, events)))) AS visit,
                arrayMap(event -> event.2, arrayFilter(event -> event.2 != 0, visit)) AS pages,
                arrayJoin(arrayZip(arrayPushFront(pages, 1), arrayPushBack(pages, 2))) AS edge
            FROM (
                SELECT arraySort(groupArray((assumeNotNull({MS}), if(kind = 'page_view', cityHash64(assumeNotNull(url)), 0)))) AS events
                FROM $FILE GROUP BY visitor)
            WHERE notEmpty(pages))
        GROUP BY edge ORDER BY n DESC LIMIT {answers.TOP} WITH TIES""",
        file,
    )
    names = dict(ask("SELECT cityHash64(assumeNotNull(url)) AS hash, any(url) FROM $FILE WHERE kind = 'page_view' GROUP BY hash", file))
    names |= {1: "(start)", 2: "(end)"}
    return answers.paths([(names[a], names[b], count) for a, b, count in edges])


def checkout(file):
    found = ask(
        """SELECT step, quantilesExactLow(0.5, 0.95)(acting_ms), quantilesExactLow(0.5, 0.95)(waiting_ms),
            quantilesExactLow(0.5, 0.95)(acting_ms + waiting_ms)
        FROM $FILE WHERE kind = 'checkout_step_time' GROUP BY step""",
        file,
    )
    return {
        step: {
            f"{name}_{suffix}_ms": value
            for name, values in [("acting", acting), ("waiting", waiting), ("total", total)]
            for suffix, value in zip(["p50", "p95"], values)
        }
        for step, acting, waiting, total in found
    }


def retention(file):
    found = ask(
        f"""SELECT weeks[1] AS cohort, arrayJoin(weeks) - cohort AS since, count() FROM (
            SELECT arraySort(groupArray(assumeNotNull({MS}))) AS times,
                arrayFilter((time, gap, at) -> at = 1 OR gap > {TIMEOUT_MS}, times, arrayDifference(times), arrayEnumerate(times)) AS starts,
                arrayDistinct(arrayMap(time -> intDiv(intDiv(time, {DAY_MS}) + 3, 7), starts)) AS weeks
            FROM $FILE GROUP BY visitor)
        GROUP BY cohort, since HAVING since <= {WEEKS}""",
        file,
    )
    [[last]] = ask(f"SELECT intDiv(intDiv(max({MS}), {DAY_MS}) + 3, 7) FROM $FILE", file)
    return answers.retention(found, last)


# The channel of a page view, and whether something is bought.
ORIGIN = f"multiIf(kind = 'page_view', {VIEW} + {CHANNEL}, kind = 'add_to_cart', {CART}, kind = 'purchase', {PURCHASE}, 0)"


def attribution(file):
    # Channels are numbers until here; 8, 9 and 10 are the states around them.
    names = CHANNELS | {8: START, 9: ORDER, 10: NOTHING}
    found = ask(
        f"""SELECT edge.1, edge.2, count() FROM (
            SELECT arrayMap(visit -> toUInt8(visit[1] % {VIEW}), visits) AS channels,
                arrayMap(visit -> arrayExists(event -> event % {CODES} = {PURCHASE}, visit), visits) AS bought,
                arrayMap((channel, before, ended) -> (if(ended, 8, before), channel), channels,
                    arrayPushFront(arrayPopBack(channels), toUInt8(8)), arrayPushFront(arrayPopBack(bought), 1)) AS follow,
                arrayFilter((end, at) -> end.2 = 9 OR at = length(visits),
                    arrayMap((channel, ended) -> (channel, toUInt8(if(ended, 9, 10))), channels, bought),
                    arrayEnumerate(visits)) AS ends,
                arrayJoin(arrayConcat(follow, ends)) AS edge
            FROM {by_visitor(ORIGIN)})
        GROUP BY edge""",
        file,
    )
    return answers.attribution([(names[a], names[b], count) for a, b, count in found])


def carts(file):
    found = ask(
        f"""SELECT intDiv(intDiv(visit[1], {CODES}), {DAY_MS}) AS day, visit[1] % {VIEW} AS channel, count(),
            countIf(last_order < cart AND NOT arrayExists(event -> event % {CODES} = {PURCHASE}, visit))
        FROM (
            SELECT arrayMax(arrayFilter(event -> event % {CODES} = {PURCHASE}, arrayPushFront(events, {PURCHASE}))) AS last_order,
                arrayJoin(visits) AS visit, arrayFirst(event -> event % {CODES} = {CART}, visit) AS cart
            FROM {by_visitor(ORIGIN)})
        WHERE cart != 0 GROUP BY day, channel""",
        file,
    )
    return answers.carts((day, CHANNELS[channel], count, left) for day, channel, count, left in found)


answers.run(
    {
        "start": start,
        "sessions": visits,
        "funnel": funnel,
        "paths": paths,
        "checkout": checkout,
        "retention": retention,
        "attribution": attribution,
        "carts": carts,
    }
)
