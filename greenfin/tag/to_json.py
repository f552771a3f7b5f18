"""Tags as the command line prints them."""

from __future__ import annotations

import json
from typing import Any

import pyarrow as pa

PPM = 1_000_000


def tag_json(tags: pa.Table, loans: pa.Table) -> dict[str, list[dict[str, Any]]]:
    """``{"tags": [...]}`` with one object per loan and edition; a loan without an id gets its row number (1-based)."""
    texts = dict(zip(_ids(loans), loans["purpose"].to_pylist(), strict=True))
    counts: dict[str, int] = {}
    rows = tags.to_pylist()
    for row in rows:
        edition = row["edition"] or ""
        counts[edition] = counts.get(edition, 0) + 1
        row["loan_id"] = row["loan_id"] or str(counts[edition])
    return {"tags": [_one(row, texts) for row in rows]}


def _ids(loans: pa.Table) -> list[str]:
    return [given or str(number) for number, given in enumerate(loans["loan_id"].to_pylist(), 1)]


def _one(row: dict[str, Any], texts: dict[str, Any]) -> dict[str, Any]:
    runner_up = {"code": row["runner_up"], "score": row["runner_up_score"]} if row["runner_up"] else None
    return {
        "id": row["loan_id"],
        "text": texts.get(row["loan_id"]) or "",
        "edition": row["edition"],
        "decision": row["decision"],
        "code": row["code"],
        "name_zh": row["name_zh"],
        "name_en": row["name_en"],
        "share": None if row["share_ppm"] is None else row["share_ppm"] / PPM,
        "basis": row["basis"],
        "carbon_mark": row["carbon_mark"],
        "score": row["score"],
        "runner_up": runner_up,
        "evidence": json.loads(row["evidence"] or "[]"),
        "needs": json.loads(row["needs"] or "[]"),
        "model": json.loads(row["model"]) if row.get("model") else None,
    }
