"""One call of AWS by its stock Python client: `call.py SERVICE OPERATION < arguments > answer`, both as JSON."""

import json
import sys

import boto3

service, operation = sys.argv[1:]
answer = getattr(boto3.client(service), operation)(**json.load(sys.stdin))
print(json.dumps(answer, default=str))
