import type { Template } from '../lib/synthesize.ts'

/** Takes the API's limit of requests a second out of a template: what is measured is what comes after it. */
export const withoutApiLimit = (template: Template): void => {
  for (const { Type, Properties } of Object.values(template.Resources))
    if (Type === 'AWS::ApiGatewayV2::Stage') delete Properties?.DefaultRouteSettings
}

/** Takes the table's fuses out as well. */
export const unthrottled = (template: Template): void => {
  withoutApiLimit(template)
  for (const { Type, Properties } of Object.values(template.Resources))
    if (Type === 'AWS::DynamoDB::Table') delete Properties?.OnDemandThroughput
}
