/**
 * The resource types that have no effect on this machine, each with its reason. The stack may have them;
 * `readTemplate` leaves them out. A type that is neither here nor in `resource-types.ts` stops the start.
 */
export const inertTypes: Readonly<Record<string, string>> = {
  'AWS::CDK::Metadata': 'tells AWS which constructs were used',
  'AWS::ApiGateway::Account': 'lets API Gateway write its own logs',
  'AWS::CloudFront::OriginRequestPolicy': 'the console is served from disk',
  'AWS::CloudFront::ResponseHeadersPolicy': 'the console is served from disk',
  'AWS::CloudWatch::Alarm': 'nobody is to be woken by a laptop',
  'AWS::CloudWatch::CompositeAlarm': 'nobody is to be woken by a laptop',
  'AWS::CloudWatch::Dashboard': 'there are no CloudWatch metrics to show',
  'AWS::IoT::Logging': 'the broker logs to the terminal',
  'AWS::Logs::LogGroup': 'functions log to the terminal',
  'AWS::Logs::MetricFilter': 'there are no CloudWatch metrics',
  'AWS::Logs::QueryDefinition': 'there is no log store to query',
  'AWS::Logs::ResourcePolicy': 'functions log to the terminal',
  'AWS::SNS::Subscription': 'carries alarms, and there are none',
  'AWS::SNS::Topic': 'carries alarms, and there are none',
  'AWS::SNS::TopicPolicy': 'carries alarms, and there are none',
}
