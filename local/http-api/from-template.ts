import * as z from 'zod'
import { declared, Ignored, Num, type Resources } from '../declared.ts'
import { type Authorizer, type HttpApi, parseRouteKey, type Route } from './definition.ts'

const ApiProperties = z.strictObject({
  Name: Ignored,
  Description: Ignored,
  ProtocolType: z.literal('HTTP'),
  Tags: Ignored,
})
const StageProperties = z.strictObject({
  ApiId: z.string(),
  AutoDeploy: Ignored,
  AccessLogSettings: Ignored,
  DefaultRouteSettings: z
    .strictObject({
      ThrottlingBurstLimit: Num,
      ThrottlingRateLimit: Num,
      DetailedMetricsEnabled: Ignored,
    })
    .optional(),
  // Any other stage would prefix every path with its name.
  StageName: z.literal('$default'),
  Tags: Ignored,
})
const AuthorizerProperties = z.strictObject({
  ApiId: z.string(),
  Name: Ignored,
  AuthorizerType: z.literal('JWT'),
  IdentitySource: z.tuple([z.literal('$request.header.Authorization')]),
  JwtConfiguration: z.strictObject({ Audience: z.array(z.string()), Issuer: z.string() }),
})
const IntegrationProperties = z.strictObject({
  ApiId: z.string(),
  Description: Ignored,
  IntegrationType: z.literal('AWS_PROXY'),
  IntegrationUri: z.string(),
  PayloadFormatVersion: z.literal('2.0'),
  TimeoutInMillis: Num.default(30_000),
})
const RouteProperties = z.strictObject({
  ApiId: z.string(),
  RouteKey: z.string(),
  AuthorizationType: z.enum(['JWT', 'NONE']).default('NONE'),
  AuthorizationScopes: z.array(z.string()).default([]),
  AuthorizerId: z.string().optional(),
  Target: z.string(),
})

const byId = <Item extends { physicalId: string }>(items: readonly Item[]): Map<string, Item> =>
  new Map(items.map((item) => [item.physicalId, item]))

/**
 * The only HTTP API of the template.
 * @throws Error for no API or several, and for an authorizer that trusts an issuer outside `localIssuers`:
 * tokens of other issuers are not checked locally.
 */
export const readHttpApi = (resources: Resources, localIssuers: readonly string[]): HttpApi => {
  const [api, another] = declared(resources, 'AWS::ApiGatewayV2::Api', ApiProperties)
  const [stage] = declared(resources, 'AWS::ApiGatewayV2::Stage', StageProperties)
  if (!api || !stage || another)
    throw new Error('The template must have one AWS::ApiGatewayV2::Api with a stage')
  const authorizers = byId(declared(resources, 'AWS::ApiGatewayV2::Authorizer', AuthorizerProperties))
  const integrations = byId(declared(resources, 'AWS::ApiGatewayV2::Integration', IntegrationProperties))

  const authorizer = (id: string | undefined, scopes: string[], route: string): Authorizer => {
    const found = authorizers.get(id ?? '')
    if (!found) throw new Error(`${route} (AWS::ApiGatewayV2::Route) names no authorizer of the template`)
    const { Issuer: issuer, Audience: audience } = found.properties.JwtConfiguration
    if (!localIssuers.includes(issuer))
      throw new Error(
        `${found.logicalId} (AWS::ApiGatewayV2::Authorizer) trusts ${issuer}: only the template's own user pool is emulated locally`,
      )
    return { issuer, audience, scopes }
  }

  const routes = declared(resources, 'AWS::ApiGatewayV2::Route', RouteProperties).map(
    ({ logicalId, properties: p }): Route => {
      const integration = integrations.get(p.Target.replace(/^integrations\//, ''))
      if (!integration)
        throw new Error(`${logicalId} (AWS::ApiGatewayV2::Route) names no integration of the template`)
      const { IntegrationUri, TimeoutInMillis } = integration.properties
      return {
        key: p.RouteKey,
        ...parseRouteKey(p.RouteKey),
        functionArn: /arn:aws:lambda:[^/]+/.exec(IntegrationUri)?.[0] ?? IntegrationUri,
        timeoutMs: TimeoutInMillis,
        ...(p.AuthorizationType === 'JWT'
          ? { authorizer: authorizer(p.AuthorizerId, p.AuthorizationScopes, logicalId) }
          : {}),
      }
    },
  )
  const limits = stage.properties.DefaultRouteSettings
  return {
    id: api.physicalId,
    stage: stage.properties.StageName,
    routes,
    throttle: limits && { ratePerSecond: limits.ThrottlingRateLimit, burst: limits.ThrottlingBurstLimit },
  }
}
