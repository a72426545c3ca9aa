import { ArnFormat, Aws, Stack, Validations } from 'aws-cdk-lib'
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { Topic } from 'aws-cdk-lib/aws-sns'
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions'
import { Construct } from 'constructs'

export type AlarmTopicProps = {
  /** Gets a mail with a request to confirm, and no others until that is done. */
  readonly email: string
}

/**
 * The topic for alarms. Its policy lets CloudWatch publish for alarms of this account, since a topic with a
 * policy of its own has no default rights. It is not encrypted at rest: CloudWatch cannot use AWS's own key
 * for that, a key of ours costs a dollar a month, and an alarm's text contains nothing about devices or
 * people.
 * https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
 */
export class AlarmTopic extends Construct {
  readonly topic: Topic

  constructor(scope: Construct, id: string, { email }: AlarmTopicProps) {
    super(scope, id)
    this.topic = new Topic(this, 'Topic', {
      displayName: Stack.of(this).stackName,
      enforceSSL: true,
    })
    this.topic.addToResourcePolicy(
      new PolicyStatement({
        principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
        actions: ['sns:Publish'],
        resources: [this.topic.topicArn],
        conditions: {
          StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID },
          ArnLike: {
            'aws:SourceArn': Stack.of(this).formatArn({
              service: 'cloudwatch',
              resource: 'alarm',
              resourceName: `${Stack.of(this).stackName}-*`,
              arnFormat: ArnFormat.COLON_RESOURCE_NAME,
            }),
          },
        },
      }),
    )
    this.topic.addSubscription(new EmailSubscription(email))
    Validations.of(this).acknowledge({
      id: 'Serverless-SNSRedrivePolicy',
      reason: 'Mail has no delivery that could fail and be repeated; the alarm itself stays to be seen.',
    })
  }
}
