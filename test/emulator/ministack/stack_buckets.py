"""Buckets of a stack: made with their tags, and deleted only when they are empty.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-s3-bucket.html
"""

from ministack.services import s3
from ministack.services.cloudformation import provisioners

KIND = provisioners._RESOURCE_HANDLERS["AWS::S3::Bucket"]

create = KIND["create"]
update = KIND["update"]
delete = KIND["delete"]


def tag(name, properties):
    s3._bucket_tags[name] = {one["Key"]: one["Value"] for one in properties.get("Tags", [])}


def create_with_tags(logical_id, properties, stack_name):
    name, attributes = create(logical_id, properties, stack_name)
    tag(name, properties)
    return name, attributes


def update_with_tags(physical_id, old_properties, properties, stack_name):
    name, attributes = update(physical_id, old_properties, properties, stack_name)
    tag(name, properties)
    return name, attributes


def delete_when_empty(physical_id, properties):
    bucket = s3._buckets.get(physical_id)
    if bucket and bucket["objects"]:
        raise ValueError("The bucket you tried to delete is not empty")
    delete(physical_id, properties)


def apply():
    KIND.update(create=create_with_tags, update=update_with_tags, delete=delete_when_empty)
