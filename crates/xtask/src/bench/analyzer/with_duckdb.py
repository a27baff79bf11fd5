"""The seven questions for DuckDB.

The file is sorted by visitor and time, so that a row is compared with the one before it: windows without PARTITION BY and ORDER
BY, which DuckDB computes as a stream in the order of the file.
"""

import os

import duckdb

import answers
from answers import DAY_MS, ENGAGED_MS, NOTHING, ORDER, START, STEPS, TIMEOUT_MS, WEEKS, WINDOW_MS

CHANNEL = """CASE
    WHEN medium = 'cpc' THEN 'Paid Search'
    WHEN medium = 'paid_social' THEN 'Paid Social'
    WHEN medium = 'email' THEN 'Email'
    WHEN medium = 'affiliate' THEN 'Affiliates'
    WHEN referrer LIKE '%google.%' THEN 'Organic Search'
    WHEN referrer LIKE '%instagram.%' THEN 'Organic Social'
    WHEN referrer IS NOT NULL THEN 'Referral'
    ELSE 'Direct' END"""


def ask(query, file):
    with duckdb.connect(config={"threads": int(os.environ["BENCH_THREADS"])}) as connection:
        return connection.execute(query.replace("$FILE", f"read_parquet('{file}')")).fetchall()


def rows(columns):
    """Rows with the number of their session and whether they begin one."""
    return f"""
        compared AS (
            SELECT *, visitor IS DISTINCT FROM lag(visitor) OVER () AS other, lag(ms) OVER () AS before
            FROM (SELECT visitor, epoch_ms(time) AS ms{columns} FROM $FILE)),
        started AS (SELECT *, other OR ms - before > {TIMEOUT_MS} AS starts FROM compared),
        numbered AS (
            SELECT *,
                sum(starts::INT) OVER (ROWS UNBOUNDED PRECEDING) AS session,
                sum(other::INT) OVER (ROWS UNBOUNDED PRECEDING) AS person
            FROM started)"""


def start(file):
    return ask("SELECT count(*) FROM $FILE", file)[0][0]


def visits(file):
    [(sessions, bounces, duration)] = ask(
        f"""WITH {rows(", kind")},
        visits AS (
            SELECT max(ms) - min(ms) AS duration, count_if(kind = 'page_view') AS views, bool_or(kind = 'purchase') AS bought
            FROM numbered GROUP BY session)
        SELECT count(*), count_if(NOT (duration >= {ENGAGED_MS} OR views >= 2 OR bought)), quantile_disc(duration, 0.5)
        FROM visits""",
        file,
    )
    return {"sessions": sessions, "bounces": bounces, "duration_median_ms": duration}


def funnel(file):
    # Each row keeps the start of the latest way that reached each step.
    def reached(level):
        return f"kind = '{STEPS[level - 1]}' AND ms - way{level - 1} <= {WINDOW_MS}"

    steps = ", ".join(f"'{step}'" for step in STEPS)
    query = f"""WITH way1 AS (
        SELECT visitor, ms, kind, last_value(CASE WHEN kind = '{STEPS[0]}' THEN ms END IGNORE NULLS) OVER visits AS way1,
            (kind = '{STEPS[0]}')::INT AS level
        FROM (SELECT visitor, epoch_ms(time) AS ms, kind FROM $FILE WHERE kind IN ({steps}))
        WINDOW visits AS (PARTITION BY visitor ORDER BY ms ROWS UNBOUNDED PRECEDING))"""
    for level in range(2, len(STEPS) + 1):
        query += f""", way{level} AS (
            SELECT visitor, ms, kind,
                last_value(CASE WHEN {reached(level)} THEN way{level - 1} END IGNORE NULLS) OVER visits AS way{level},
                CASE WHEN {reached(level)} THEN {level} ELSE level END AS level
            FROM way{level - 1}
            WINDOW visits AS (PARTITION BY visitor ORDER BY ms ROWS UNBOUNDED PRECEDING))"""
    query += f"""
        SELECT level, count(*) FROM (SELECT max(level) AS level FROM way{len(STEPS)} GROUP BY visitor) GROUP BY level"""
    return answers.funnel(ask(query, file))


def paths(file):
    return answers.paths(
        ask(
            f"""WITH {rows(", kind, url")},
            views AS (SELECT session, url FROM numbered WHERE kind = 'page_view'),
            steps AS (
                SELECT url, session, lag(url) OVER () AS before, lag(session) OVER () AS session_before,
                    lead(session) OVER () AS session_after
                FROM views),
            edges AS (
                SELECT CASE WHEN session = session_before THEN before ELSE '(start)' END AS a, url AS b FROM steps
                UNION ALL
                SELECT url, '(end)' FROM steps WHERE session IS DISTINCT FROM session_after)
            SELECT a, b, count(*) AS n FROM edges GROUP BY a, b ORDER BY n DESC, a, b LIMIT {answers.TOP}""",
            file,
        )
    )


def checkout(file):
    found = ask(
        """SELECT step, quantile_disc(acting_ms, [0.5, 0.95]), quantile_disc(waiting_ms, [0.5, 0.95]),
            quantile_disc(acting_ms + waiting_ms, [0.5, 0.95])
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
        f"""WITH {rows("")},
        starts AS (SELECT DISTINCT person, (ms // {DAY_MS} + 3) // 7 AS week FROM numbered WHERE starts),
        cohorts AS (SELECT person, min(week) AS cohort FROM starts GROUP BY person)
        SELECT cohort, week - cohort, count(*), (SELECT (max(epoch_ms(time)) // {DAY_MS} + 3) // 7 FROM $FILE)
        FROM starts JOIN cohorts USING (person) WHERE week - cohort <= {WEEKS} GROUP BY 1, 2""",
        file,
    )
    return answers.retention([row[:3] for row in found], found[0][3])


# Each visit with its channel and what it bought, in order.
VISITS = f"""{rows(", kind, source, medium, referrer")},
    visits AS (
        SELECT session, any_value(person) AS person, min(ms) AS start, bool_or(kind = 'purchase') AS bought,
            any_value(CASE WHEN starts THEN {CHANNEL} END) AS channel,
            min(CASE WHEN kind = 'add_to_cart' THEN ms END) AS cart, max(CASE WHEN kind = 'purchase' THEN ms END) AS ordered
        FROM numbered GROUP BY session)"""


def attribution(file):
    return answers.attribution(
        ask(
            f"""WITH {VISITS},
            steps AS (
                SELECT channel, bought, lag(channel) OVER visits AS before, lag(bought) OVER visits AS bought_before,
                    lead(session) OVER visits AS after
                FROM visits WINDOW visits AS (PARTITION BY person ORDER BY session)),
            edges AS (
                SELECT CASE WHEN NOT bought_before THEN before ELSE '{START}' END AS a, channel AS b FROM steps
                UNION ALL
                SELECT channel, CASE WHEN bought THEN '{ORDER}' ELSE '{NOTHING}' END
                FROM steps WHERE bought OR after IS NULL)
            SELECT a, b, count(*) FROM edges GROUP BY a, b""",
            file,
        )
    )


def carts(file):
    found = ask(
        f"""WITH {VISITS},
        interesting AS (SELECT * FROM visits WHERE cart IS NOT NULL OR bought),
        later AS (SELECT *, max(ordered) OVER (PARTITION BY person) AS last_order FROM interesting)
        SELECT start // {DAY_MS}, channel, count(*), count_if(NOT bought AND coalesce(last_order < cart, true))
        FROM later WHERE cart IS NOT NULL GROUP BY 1, 2""",
        file,
    )
    return answers.carts(found)


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
