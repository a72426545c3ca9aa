"""A rule that chooses its queue: `${CASE condition WHEN true THEN 'url' ELSE 'url' END}` in the URL of an SQS action.

https://docs.aws.amazon.com/iot/latest/developerguide/iot-substitution-templates.html
https://docs.aws.amazon.com/iot/latest/developerguide/iot-sql-case.html
"""

import re

from ministack.services import iot

run_actions = iot._run_rule_actions

CHOICE = re.compile(
    r"\$\{CASE (?P<condition>.+) WHEN true THEN '(?P<then>[^']*)' ELSE '(?P<otherwise>[^']*)' END\}",
    re.DOTALL,
)


def url_for(template, topic, payload, client_id):
    choice = CHOICE.fullmatch(template)
    if choice is None:
        return template
    message = iot._rule_message(payload)
    condition = iot._eval_select_expr(choice["condition"], topic, payload, message, client_id)
    # Of an Undefined condition the whole is Undefined, which fills in nothing.
    if condition is iot._MISSING:
        return ""
    return choice["then"] if condition is True else choice["otherwise"]


def filled(action, *message):
    spec = action.get("sqs")
    if not spec:
        return action
    return {**action, "sqs": {**spec, "queueUrl": url_for(spec.get("queueUrl") or "", *message)}}


async def run_filled(account_id, region, rule, payload, topic="", client_id=None):
    if rule:
        actions = [filled(action, topic, payload or b"", client_id) for action in rule.get("actions") or []]
        rule = {**rule, "actions": actions}
    await run_actions(account_id, region, rule, payload, topic, client_id)


def apply():
    iot._run_rule_actions = run_filled
