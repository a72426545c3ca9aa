"""Rule SQL: `decode`, `get`, `get_or_default`, `IN [...]`, a member of what a function answers, and true and false.
Besides `regexp_matches` where it is no predicate: of an object, it looks at its JSON.

https://docs.aws.amazon.com/iot/latest/developerguide/iot-sql-functions.html
"""

import base64
import binascii
import json
import re

from ministack.services import iot

parse_leaf = iot._parse_where_leaf
call_function = iot._eval_select_function
evaluate = iot._eval_select_expr
is_operand = iot._valid_where_operand

LIST = re.compile(r"(?P<left>.+\sIN)\s*\[(?P<options>[^\]]*)\]", re.IGNORECASE | re.DOTALL)
MEMBER = re.compile(r"(?P<call>[A-Za-z_]\w*\s*\(.*\))\.(?P<path>\w+(?:\.\w+)*)", re.DOTALL)


def leaf_with_list(clause):
    match = LIST.fullmatch(clause.strip())
    return parse_leaf(f"{match['left']} ({match['options']})" if match else clause)


def decoded(text):
    """What `decode` makes of Base64: the JSON value where it is one, otherwise Undefined."""
    try:
        return json.loads(base64.b64decode(text, validate=True))
    except (TypeError, ValueError, binascii.Error):
        return iot._MISSING


def item_of(value, key):
    """What `get` makes of a list or a text and a position, or of an object and a key."""
    if isinstance(value, dict):
        return value.get(key, iot._MISSING) if isinstance(key, str) else iot._MISSING
    is_position = isinstance(key, int) and not isinstance(key, bool)
    if isinstance(value, (list, str)) and is_position and 0 <= key < len(value):
        return value[key]
    return iot._MISSING


def text_of(value):
    """A value as a text, by AWS's conversions; none for Null and Undefined."""
    if value is None or value is iot._MISSING:
        return None
    if isinstance(value, str):
        return value
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def matches(value, pattern):
    text = text_of(value)
    return iot._MISSING if text is None else re.search(pattern, text) is not None


def call(name, args, *message):
    if name == "regexp_matches" and len(args) == 2:
        return matches(*(evaluate_more(arg, *message) for arg in args))
    if name == "decode" and len(args) == 2 and args[1].strip().strip("'").lower() == "base64":
        return decoded(evaluate_more(args[0], *message))
    if name == "get" and len(args) == 2:
        return item_of(*(evaluate_more(arg, *message) for arg in args))
    if name == "get_or_default" and len(args) == 2:
        value = evaluate_more(args[0], *message)
        return evaluate_more(args[1], *message) if value in (iot._MISSING, None) else value
    return call_function(name, args, *message)


def member_of(expression):
    """The call and the path of `call(...).path`, where the bracket that ends is the call's own."""
    match = MEMBER.fullmatch(expression.strip())
    whole = match and iot._SELECT_FUNC_RE.match(match["call"])
    tops = iot._top_level_indices(match["call"]) if whole else None
    if tops is None:
        return None
    # One bracket opens at the top and one closes there, as the last character.
    brackets = [match["call"][at] for at in tops if match["call"][at] in "()"]
    return (match["call"], match["path"]) if brackets == ["(", ")"] else None


def evaluate_more(expression, *message):
    if expression.strip().lower() in ("true", "false"):
        return expression.strip().lower() == "true"
    member = member_of(expression)
    if member is None:
        return evaluate(expression, *message)
    return iot._resolve_attribute(evaluate_more(member[0], *message), member[1])


def is_operand_more(expression):
    member = member_of(expression)
    return is_operand(member[0] if member else expression)


def apply():
    iot._parse_where_leaf = leaf_with_list
    iot._eval_select_function = call
    iot._eval_select_expr = evaluate_more
    iot._valid_where_operand = is_operand_more
    iot._IMPLEMENTED_SQL_FUNCS = iot._IMPLEMENTED_SQL_FUNCS | {"decode", "get", "get_or_default"}
