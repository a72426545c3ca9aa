import type { Template } from '../lib/synthesize.ts'

/** Removes the API's request limit from a template: the measurement is about what follows it. */
export const withoutApiLimit = (template: Template): void => {
  for (const { Type, Properties } of Object.values(template.Resources))
    if (Type === 'AWS::ApiGatewayV2::Stage') delete Properties?.DefaultRouteSettings
}

/** Removes the table's capacity limits as well. */
export const unthrottled = (template: Template): void => {
  withoutApiLimit(template)
  for (const { Type, Properties } of Object.values(template.Resources))
    if (Type === 'AWS::DynamoDB::Table') delete Properties?.OnDemandThroughput
}
