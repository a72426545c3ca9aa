"""What a policy may ask of a write into a bucket: its storage class, and whether it brings a key of its own.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
"""

from ministack.core import iam_actions

NAMES = ("x-amz-storage-class", "x-amz-server-side-encryption-customer-algorithm")

context_of = iam_actions._s3_object_context


def with_more(iam_action, query_params, path, headers):
    context = context_of(iam_action, query_params, path, headers)
    if iam_action == "s3:PutObject":
        context.update({f"s3:{name}": headers[name] for name in NAMES if headers.get(name)})
    return context


def apply():
    iam_actions._s3_object_context = with_more
