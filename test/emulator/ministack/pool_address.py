"""`Fn::GetAtt` of a user pool's `ProviderURL`.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cognito-userpool.html
"""

from ministack.services.cloudformation import provisioners

attributes_of = provisioners._cognito_user_pool_attributes


def with_address(pool_id):
    attributes = attributes_of(pool_id)
    return {**attributes, "ProviderURL": f"https://{attributes['ProviderName']}"}


def apply():
    provisioners._cognito_user_pool_attributes = with_address
