"""The headers that a request wants with its answer, `response-content-type` and its kin, for one version of an object, too.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
"""

from ministack.services import s3

get_object = s3._get_object


def get_with_headers(bucket_name, key, headers, query_params=None):
    status, answered, *body = get_object(bucket_name, key, headers, query_params)
    if status in (200, 206) and s3._qp(query_params or {}, "versionId", ""):
        s3._apply_response_overrides(answered, query_params)
    return (status, answered, *body)


def apply():
    s3._get_object = get_with_headers
