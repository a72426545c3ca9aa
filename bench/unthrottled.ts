import type { Template } from '../lib/synthesize.ts'

/** Takes the API's limit of requests a second and the table's fuses out of a template: what is measured is what comes after them. */
export const unthrottled = (template: Template): void => {
  for (const { Type, Properties } of Object.values(template.Resources))
    if (Type === 'AWS::ApiGatewayV2::Stage') delete Properties?.DefaultRouteSettings
    else if (Type === 'AWS::DynamoDB::Table') delete Properties?.OnDemandThroughput
}
