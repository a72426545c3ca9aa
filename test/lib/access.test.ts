import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { callbackPorts } from '../../cli/sign-in/browser.ts'
import { routes } from '../../lambdas/contract/routes.ts'
import { permissions } from '../../lambdas/http/route.ts'
import { at, backend, everything } from './backend.ts'

const { ofType, one, fn, source } = backend(everything)
const [consoleClient, commandLine, machineClient] = [
  'ConsoleClient',
  'CommandLineClient',
  'MachineClient',
].map((name) => ofType('AWS::Cognito::UserPoolClient').find(({ logicalId }) => logicalId.includes(name)))

suite('The API', () => {
  const declared = ofType('AWS::ApiGatewayV2::Route')

  test('has the routes of the route table, each with the function named there', () => {
    const keys = declared.map(({ properties }) => properties.RouteKey)
    assert.deepEqual(
      keys.sort(),
      Object.values(routes)
        .map(({ method, path }) => `${method} ${path}`)
        .sort(),
    )
    for (const route of Object.values(routes)) {
      const found = declared.find(({ properties }) => properties.RouteKey === `${route.method} ${route.path}`)
      const integration = ofType('AWS::ApiGatewayV2::Integration').find(
        ({ physicalId }) => found?.properties.Target === `integrations/${physicalId}`,
      )
      assert.equal(integration?.properties.IntegrationUri, fn(route.function).arn)
      assert.equal(integration?.properties.PayloadFormatVersion, '2.0')
    }
  })

  test('leaves no route without the authorizer', () => {
    for (const { properties } of declared) {
      assert.equal(properties.AuthorizationType, 'JWT')
      assert.equal(properties.AuthorizerId, one('AWS::ApiGatewayV2::Authorizer').physicalId)
    }
  })

  test('alone may start its functions', () => {
    const api = one('AWS::ApiGatewayV2::Api').physicalId
    const permitted = ofType('AWS::Lambda::Permission').filter(
      ({ properties }) => properties.Principal === 'apigateway.amazonaws.com',
    )
    assert.equal(permitted.length, new Set(Object.values(routes).map((route) => route.function)).size)
    for (const { properties } of permitted)
      assert.equal(properties.SourceArn, `arn:aws:execute-api:eu-central-1:000000000000:${api}/*`)
  })

  test('limits requests, and logs them without anything that could contain a credential', () => {
    const { properties } = one('AWS::ApiGatewayV2::Stage')
    assert.ok(Number(at(properties, 'DefaultRouteSettings', 'ThrottlingRateLimit')) > 0)
    const format = String(at(properties, 'AccessLogSettings', 'Format'))
    assert.equal(JSON.parse(format).status, '$context.status')
    assert.doesNotMatch(format, /header|query|body|path|authorization/i)
  })

  test('allows no other origin', () => {
    assert.equal(one('AWS::ApiGatewayV2::Api').properties.CorsConfiguration, undefined)
  })
})

suite('By default', () => {
  test('tokens of the stack’s own user pool are trusted, of all its clients', () => {
    const jwt = one('AWS::ApiGatewayV2::Authorizer').properties.JwtConfiguration
    assert.deepEqual(at(jwt, 'Audience'), [
      consoleClient?.physicalId,
      commandLine?.physicalId,
      machineClient?.physicalId,
    ])
    const [authorizer] = Object.values(source.Resources).filter(({ Type }) => Type.endsWith('::Authorizer'))
    const pool = one('AWS::Cognito::UserPool').logicalId
    assert.deepEqual(at(authorizer?.Properties, 'JwtConfiguration', 'Issuer'), {
      'Fn::GetAtt': [pool, 'ProviderURL'],
    })
  })

  test('people are in groups named like permissions, and nobody can sign up', () => {
    const groups = ofType('AWS::Cognito::UserPoolGroup').map(({ properties }) => properties.GroupName)
    assert.deepEqual(groups.sort(), ['admin', 'download', 'operate', 'read'])
    const { properties } = one('AWS::Cognito::UserPool')
    assert.equal(at(properties, 'AdminCreateUserConfig', 'AllowAdminCreateUserOnly'), true)
    assert.equal(properties.MfaConfiguration, 'ON')
  })

  test('people’s clients have no secret and cannot request a machine’s scopes', () => {
    for (const client of [consoleClient, commandLine]) {
      assert.equal(client?.properties.GenerateSecret, false)
      assert.deepEqual(client?.properties.AllowedOAuthFlows, ['code'])
      assert.deepEqual(client?.properties.AllowedOAuthScopes, ['openid', 'email'])
    }
  })

  test('the command line’s redirects people to their own machine, where it listens', () => {
    assert.deepEqual(
      commandLine?.properties.CallbackURLs,
      callbackPorts.map((port) => `http://localhost:${port}/`),
    )
  })

  test('passwords are only for the sign-in page: no client accepts one at Cognito’s API', () => {
    for (const client of [consoleClient, commandLine, machineClient])
      assert.deepEqual(client?.properties.ExplicitAuthFlows, ['ALLOW_REFRESH_TOKEN_AUTH'])
  })

  test('a machine may read, operate and download; other permissions have to be granted', () => {
    const scopes = (client: typeof machineClient) => client?.properties.AllowedOAuthScopes
    assert.equal(machineClient?.properties.GenerateSecret, true)
    assert.deepEqual(machineClient?.properties.AllowedOAuthFlows, ['client_credentials'])
    assert.deepEqual(scopes(machineClient), ['groundcrew/read', 'groundcrew/operate', 'groundcrew/download'])
    const chosen = backend({ machinePermissions: permissions.join(',') })
      .ofType('AWS::Cognito::UserPoolClient')
      .find(({ logicalId }) => logicalId.includes('MachineClient'))
    assert.deepEqual(
      scopes(chosen),
      permissions.map((permission) => `groundcrew/${permission}`),
    )
  })
})

suite('With an issuer that exists already', () => {
  const other = backend({
    oidcIssuer: 'https://login.example.com/',
    oidcAudience: 'crew,robots',
    groupsClaim: 'roles',
  })

  test('its tokens are trusted', () => {
    const jwt = other.one('AWS::ApiGatewayV2::Authorizer').properties.JwtConfiguration
    assert.deepEqual(jwt, { Issuer: 'https://login.example.com/', Audience: ['crew', 'robots'] })
    assert.equal(at(other.fn('read-records').environment, 'GROUPS_CLAIM'), 'roles')
  })

  test('its groups may have a prefix, which the functions get', () => {
    const context = { oidcIssuer: 'https://login.example.com/', oidcAudience: 'crew' }
    const prefixed = backend({ ...context, groupPrefix: 'groundcrew:' })
    assert.equal(at(prefixed.fn('read-records').environment, 'GROUP_PREFIX'), 'groundcrew:')
    assert.equal(at(other.fn('read-records').environment, 'GROUP_PREFIX'), undefined)
    assert.throws(() => backend({ groupPrefix: 'groundcrew:' }), /groupPrefix: needs oidcIssuer/)
    assert.throws(() => backend({ ...context, groupPrefix: 'our crew' }), /groupPrefix: must have no space/)
  })

  test('there is no user pool', () => {
    assert.deepEqual(
      Object.values(other.source.Resources).filter(({ Type }) => Type.startsWith('AWS::Cognito::')),
      [],
    )
  })
})
