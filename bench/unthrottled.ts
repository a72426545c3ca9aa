import type { Template } from '../lib/synthesize.ts'

/** Takes the API's limit of requests a second out of a template: what is measured is what comes after it. */
export const unthrottled = (template: Template): void => {
  for (const { Type, Properties } of Object.values(template.Resources))
    if (Type === 'AWS::ApiGatewayV2::Stage') delete Properties?.DefaultRouteSettings
}
