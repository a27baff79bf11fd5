"""The seven questions for Polars.

The file is sorted by visitor and time, so that a row is compared with the one before it and nothing is sorted or joined.
"""

import polars as pl
from polars import col, when

import answers
from answers import DAY_MS, ENGAGED_MS, NOTHING, ORDER, START, STEPS, TIMEOUT_MS, WEEKS, WINDOW_MS

MS = col("time").dt.epoch("ms")
# Room for the milliseconds of more than 500 years beside a visitor's number.
ROOM = 1 << 44


def rows(file, *columns):
    """Rows with the number of their session and visitor."""
    return (
        pl.scan_parquet(file)
        .select("visitor", MS.alias("ms"), *columns)
        .with_columns(other=(col("visitor") != col("visitor").shift(1)).fill_null(True))
        .with_columns(starts=col("other") | (col("ms") - col("ms").shift(1) > TIMEOUT_MS))
    )


def sessions(file, kinds, channel=False, **columns):
    """One row for each session; `columns` are aggregates of its rows."""
    wanted = ["kind"] if kinds else []
    wanted += ["source", "medium", "referrer"] if channel else []
    first = {"channel": CHANNEL.filter(col("starts")).first()} if channel else {}
    return (
        rows(file, *wanted)
        .with_columns(session=col("starts").cum_sum().set_sorted(), person=col("other").cum_sum())
        .group_by("session", maintain_order=True)
        .agg(person=col("person").first(), start=col("ms").first(), end=col("ms").last(), **first, **columns)
    )


def domain(word):
    return col("referrer").str.contains(word, literal=True).fill_null(False)


CHANNEL = (
    when(col("medium") == "cpc")
    .then(pl.lit("Paid Search"))
    .when(col("medium") == "paid_social")
    .then(pl.lit("Paid Social"))
    .when(col("medium") == "email")
    .then(pl.lit("Email"))
    .when(col("medium") == "affiliate")
    .then(pl.lit("Affiliates"))
    .when(domain("google."))
    .then(pl.lit("Organic Search"))
    .when(domain("instagram."))
    .then(pl.lit("Organic Social"))
    .when(col("referrer").is_not_null())
    .then(pl.lit("Referral"))
    .otherwise(pl.lit("Direct"))
)


def has(kind):
    return (col("kind") == kind).any()


def start(file):
    return pl.scan_parquet(file).select(pl.len()).collect().item()


def visits(file):
    engaged = (col("end") - col("start") >= ENGAGED_MS) | (col("views") >= 2) | col("bought")
    views = (col("kind") == "page_view").sum()
    found = sessions(file, True, views=views, bought=has("purchase")).select(
        sessions=pl.len(),
        bounces=(~engaged).sum(),
        duration=(col("end") - col("start")).quantile(0.5, "equiprobable"),
    )
    sum_up = found.collect().row(0, named=True)
    return {"sessions": sum_up["sessions"], "bounces": sum_up["bounces"], "duration_median_ms": sum_up["duration"]}


def funnel(file):
    # Each row keeps the start of the latest way that reached each step: the visitor's number and the time as one number, so
    # that filling forward never mistakes one visitor's start for another's.
    found = (
        pl.scan_parquet(file)
        .filter(col("kind").is_in(STEPS))
        .select("kind", MS.alias("ms"), person=col("visitor").rle_id().cast(pl.Int64))
        .with_columns(now=col("person") * ROOM + col("ms"))
        .with_columns(
            way=when(col("kind") == STEPS[0]).then(col("now")).forward_fill(),
            level=when(col("kind") == STEPS[0]).then(1).otherwise(0),
        )
    )
    for level, step in enumerate(STEPS[1:], 2):
        reached = (col("kind") == step) & (col("now") - col("way") <= WINDOW_MS) & (col("way") >= col("person") * ROOM)
        found = found.with_columns(
            way=when(reached).then(col("way")).forward_fill(),
            level=when(reached.fill_null(False)).then(level).otherwise(col("level")),
        )
    levels = found.group_by("person").agg(col("level").max()).group_by("level").len().collect()
    return answers.funnel(levels.rows())


def paths(file):
    views = (
        rows(file, "kind", "url")
        .with_columns(session=col("starts").cum_sum())
        .filter(col("kind") == "page_view")
        .select("session", col("url").cast(pl.Categorical))
        .with_columns(
            first=(col("session") != col("session").shift(1)).fill_null(True),
            last=(col("session") != col("session").shift(-1)).fill_null(True),
            before=col("url").shift(1),
        )
    )
    follow = (
        views.filter(~col("first"))
        .group_by("before", "url")
        .len()
        .filter(col("len") >= col("len").top_k(answers.TOP).min())
    )
    starts = views.filter(col("first")).group_by("url").len()
    ends = views.filter(col("last")).group_by("url").len()
    follow, starts, ends = pl.collect_all([follow, starts, ends])
    edges = follow.cast({"before": pl.String, "url": pl.String}).rows()
    edges += [("(start)", url, count) for url, count in starts.cast({"url": pl.String}).rows()]
    edges += [(url, "(end)", count) for url, count in ends.cast({"url": pl.String}).rows()]
    return answers.paths(edges)


def checkout(file):
    times = {"acting": col("acting_ms"), "waiting": col("waiting_ms"), "total": col("acting_ms") + col("waiting_ms")}
    quantiles = {
        f"{name}_{suffix}_ms": time.quantile(share, "equiprobable")
        for name, time in times.items()
        for suffix, share in [("p50", 0.5), ("p95", 0.95)]
    }
    found = pl.scan_parquet(file).filter(col("kind") == "checkout_step_time").group_by("step").agg(**quantiles)
    return {row.pop("step"): row for row in found.collect().to_dicts()}


def retention(file):
    week = (col("ms") // DAY_MS + 3) // 7
    starts = (
        rows(file)
        .filter(col("starts"))
        .select(person=col("other").cum_sum(), week=week)
        .with_columns(cohort=col("week").first().over("person"))
        .with_columns(since=col("week") - col("cohort"))
        .filter(col("since") <= WEEKS)
        .unique(["person", "since"])
        .group_by("cohort", "since")
        .len()
    )
    last = pl.scan_parquet(file).select(MS.max())
    found, last = pl.collect_all([starts, last])
    return answers.retention(found.rows(), (last.item() // DAY_MS + 3) // 7)


def attribution(file):
    bought = col("bought")
    found = sessions(file, True, channel=True, bought=has("purchase")).with_columns(
        before=when((col("person") == col("person").shift(1)) & ~bought.shift(1)).then(col("channel").shift(1)),
        last=(col("person") != col("person").shift(-1)).fill_null(True),
    )
    follow = found.group_by(col("before").fill_null(START), "channel").len()
    end = when(bought).then(pl.lit(ORDER)).otherwise(pl.lit(NOTHING))
    ends = found.filter(bought | col("last")).group_by("channel", end.alias("end")).len()
    follow, ends = pl.collect_all([follow, ends])
    return answers.attribution(follow.rows() + ends.rows())


def carts(file):
    time = {kind: col("ms").filter(col("kind") == kind) for kind in ["add_to_cart", "purchase"]}
    found = (
        sessions(file, True, channel=True, cart=time["add_to_cart"].first(), order=time["purchase"].last())
        .filter(col("cart").is_not_null() | col("order").is_not_null())
        .with_columns(last_order=col("order").max().over("person"))
        .filter(col("cart").is_not_null())
        .with_columns(left=col("order").is_null() & (col("last_order") < col("cart")).fill_null(True))
        .group_by(col("start") // DAY_MS, "channel")
        .agg(carts=pl.len(), left=col("left").sum())
    )
    return answers.carts(found.collect().rows())


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
