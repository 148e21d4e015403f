# SPDX-License-Identifier: Apache-2.0
"""The Python stack people use for this job today: it validates and answers, and keeps nothing durable."""

from datetime import datetime
from decimal import Decimal

from fastapi import FastAPI
from pydantic import BaseModel

app = FastAPI()
kept = [0]


class Event(BaseModel):
    id: int
    customer: str
    kind: str
    amount: Decimal
    at: datetime
    note: str | None = None


class Envelope(BaseModel):
    data: Event


@app.get("/readyz")
async def ready():
    return {"status": "ready"}


@app.post("/ingest/bench/events")
async def one(event: Envelope):
    kept[0] += 1
    return {"status": "success", "endpoint": "bench/events", "records_sent": 1, "validated": True}


@app.post("/ingest/bench/events/batch")
async def batch(events: list[Event]):
    kept[0] += len(events)
    return {"status": "completed", "endpoint": "bench/events", "total_records": len(events), "validated_count": len(events), "sent_count": len(events)}
