"""What AWS's services ask of each other travels over TLS: `aws:SecureTransport` is true for it.

Only where no request of a client is being answered; a client's request still tells what it came over.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
"""

from contextvars import ContextVar

from ministack.core import iam_evaluator


def apply():
    iam_evaluator._request_origin = ContextVar("service_origin", default=("127.0.0.1", True))
