"""The `version-id` of an object in the events that storage sends to EventBridge.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
"""

import json
from contextvars import ContextVar

from ministack.services import eventbridge, s3

VERSION = ContextVar("version", default=None)

fire = s3._fire_s3_event
dispatch = eventbridge._dispatch_event


def fire_with_version(*given, **named):
    token = VERSION.set(named.get("version_id"))
    try:
        fire(*given, **named)
    finally:
        VERSION.reset(token)


def dispatch_with_version(event, *more, **named):
    version = VERSION.get()
    if version and event.get("Source") == "aws.s3":
        detail = json.loads(event["Detail"])
        detail["object"]["version-id"] = version
        event = {**event, "Detail": json.dumps(detail)}
    return dispatch(event, *more, **named)


def apply():
    s3._fire_s3_event = fire_with_version
    eventbridge._dispatch_event = dispatch_with_version
