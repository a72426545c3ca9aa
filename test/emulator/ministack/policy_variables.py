"""Policy variables, as `${aws:PrincipalTag/fleet}`, in the resources of a statement.

A variable without a value makes the resource match nothing.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
"""

import re
from dataclasses import replace

from ministack.core import iam_evaluator

VARIABLE = re.compile(r"\$\{([^}]+)\}")
first_match = iam_evaluator._first_match


def with_values(resource, context):
    """The resource with its variables' values; None where one has none."""
    missing = False

    def value_of(match):
        nonlocal missing
        value = iam_evaluator._resolve_condition_key(match.group(1), context)
        missing = missing or not isinstance(value, str)
        return value if isinstance(value, str) else ""

    text = VARIABLE.sub(value_of, resource)
    return None if missing else text


def in_context(statement, context):
    if not any("${" in resource for resource in (*statement.resources, *statement.not_resources)):
        return statement
    resources = [with_values(resource, context) for resource in statement.resources]
    # A statement about no resource would be one about all of them.
    known = [resource for resource in resources if resource is not None]
    return replace(statement, resources=known or ["arn:nothing"])


def first_match_with_values(context, statements, effect):
    return first_match(context, [in_context(statement, context) for statement in statements], effect)


def apply():
    iam_evaluator._first_match = first_match_with_values
