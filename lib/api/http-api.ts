import { ArnFormat, RemovalPolicy, Stack } from 'aws-cdk-lib'
import { CfnApi, CfnAuthorizer, CfnIntegration, CfnRoute, CfnStage } from 'aws-cdk-lib/aws-apigatewayv2'
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { LogGroup } from 'aws-cdk-lib/aws-logs'
import { Construct } from 'constructs'
import type { BackendFunction } from '../functions/backend-function.ts'
import { options } from '../options/options.ts'
import type { Access } from './access.ts'

export type HttpApiProps = { readonly access: Access }

/**
 * One JSON line per request, without headers, query or body: these may contain tokens and what operators
 * wrote.
 */
const accessLog = {
  time: '$context.requestTimeEpoch',
  requestId: '$context.requestId',
  /**
   * The function's `requestId`.
   * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html
   */
  invocationId: '$context.awsEndpointRequestId',
  route: '$context.routeKey',
  status: '$context.status',
  latency: '$context.responseLatency',
  bytes: '$context.responseLength',
  caller: '$context.authorizer.claims.sub',
  sourceIp: '$context.identity.sourceIp',
  error: '$context.integrationErrorMessage',
  authorizerError: '$context.authorizer.error',
}

/**
 * An HTTP API in which every route needs a trusted token. The functions decide what a token permits, since
 * that may depend on the fleet. There is no CORS: a page that calls the API is served from the same origin.
 *
 * It consists of plain resources: one integration and one permission per function, one route per entry of the
 * route table.
 */
export class HttpApi extends Construct {
  readonly url: string
  /** The dimension of its metrics. */
  readonly apiId: string
  private readonly api: CfnApi
  private readonly authorizer: CfnAuthorizer
  private readonly targets = new Map<BackendFunction, string>()

  constructor(scope: Construct, id: string, { access }: HttpApiProps) {
    super(scope, id)
    this.api = new CfnApi(this, 'Api', { name: Stack.of(this).stackName, protocolType: 'HTTP' })
    this.url = this.api.attrApiEndpoint
    this.apiId = this.api.ref
    this.authorizer = new CfnAuthorizer(this, 'Authorizer', {
      apiId: this.api.ref,
      name: 'Tokens',
      authorizerType: 'JWT',
      identitySource: ['$request.header.Authorization'],
      jwtConfiguration: { issuer: access.issuer, audience: [...access.audience] },
    })
    this.makeStage()
  }

  /** Routes requests to `fn`; path parameters are in braces, as in the route table. */
  addRoute(name: string, { method, path }: { method: string; path: string }, fn: BackendFunction): void {
    new CfnRoute(this, `Route-${name}`, {
      apiId: this.api.ref,
      routeKey: `${method} ${path}`,
      authorizationType: 'JWT',
      authorizerId: this.authorizer.ref,
      target: this.targetOf(fn),
    })
  }

  private targetOf(fn: BackendFunction): string {
    const target = this.targets.get(fn) ?? this.integrate(fn)
    this.targets.set(fn, target)
    return target
  }

  private integrate(fn: BackendFunction): string {
    const integration = new CfnIntegration(this, `Integration-${fn.node.id}`, {
      apiId: this.api.ref,
      integrationType: 'AWS_PROXY',
      integrationUri: fn.lambda.functionArn,
      payloadFormatVersion: '2.0',
    })
    fn.lambda.addPermission('Api', {
      principal: new ServicePrincipal('apigateway.amazonaws.com'),
      sourceArn: Stack.of(this).formatArn({
        service: 'execute-api',
        resource: this.api.ref,
        resourceName: '*',
        arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
      }),
    })
    return `integrations/${integration.ref}`
  }

  private makeStage(): void {
    const log = new LogGroup(this, 'AccessLog', {
      retention: options(this).logDays,
      removalPolicy: RemovalPolicy.DESTROY,
    })
    new CfnStage(this, 'Stage', {
      apiId: this.api.ref,
      stageName: '$default',
      autoDeploy: true,
      accessLogSettings: { destinationArn: log.logGroupArn, format: JSON.stringify(accessLog) },
      defaultRouteSettings: { throttlingRateLimit: 50, throttlingBurstLimit: 100 },
    })
  }
}
