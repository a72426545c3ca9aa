import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { at, backend, everything } from './backend.ts'

const own = {
  dockDomain: 'docks.example.com',
  dockCertificate: 'arn:aws:acm:eu-central-1:123456789012:certificate/12345678-1234-1234-1234-123456789012',
}

suite('The docks’ address', () => {
  const { source, one, fn, ofType } = backend(everything)
  const domain = one('AWS::IoT::DomainConfiguration')
  const authorizer = one('AWS::IoT::Authorizer')

  test('asks for user name and password by MQTT, of one authorizer that no client can choose', () => {
    assert.deepEqual(domain.properties, {
      ApplicationProtocol: 'SECURE_MQTT',
      AuthenticationType: 'CUSTOM_AUTH',
      AuthorizerConfig: { AllowAuthorizerOverride: false, DefaultAuthorizerName: authorizer.physicalId },
      ServiceType: 'DATA',
    })
    assert.equal(authorizer.properties.SigningDisabled, true)
    assert.equal(authorizer.properties.AuthorizerFunctionArn, fn('authorize-dock').arn)
  })

  test('may invoke its function, and nothing else may', () => {
    const to = fn('authorize-dock').arn
    const permissions = ofType('AWS::Lambda::Permission').filter(
      ({ properties }) => properties.FunctionName === to,
    )
    assert.equal(permissions.length, 1)
    assert.equal(permissions[0]?.properties.Principal, 'iot.amazonaws.com')
    assert.equal(permissions[0]?.properties.SourceArn, authorizer.arn)
  })

  test('has reserved concurrency for its function, unless it is set to none', () => {
    assert.equal(fn('authorize-dock').properties.ReservedConcurrentExecutions, 10)
    const none = backend({ ...everything, dockLoginConcurrency: 0 }).fn('authorize-dock').properties
    assert.equal('ReservedConcurrentExecutions' in none, false)
  })

  test('with AWS’s name stays with its authorizer, since it cannot be deleted for a week', () => {
    for (const { logicalId } of [domain, authorizer])
      assert.equal(source.Resources[logicalId]?.DeletionPolicy, 'Retain')
    assert.equal(source.Outputs?.DockAddress, undefined)
    assert.ok(source.Outputs?.DockDomainConfiguration)
  })

  test('with a custom domain has its certificate, is deleted with the stack, and is an output', () => {
    const { source, one } = backend({ ...everything, ...own })
    const { logicalId, properties } = one('AWS::IoT::DomainConfiguration')
    assert.equal(properties.DomainName, own.dockDomain)
    assert.deepEqual(properties.ServerCertificateArns, [own.dockCertificate])
    assert.notEqual(source.Resources[logicalId]?.DeletionPolicy, 'Retain')
    assert.equal(at(source.Outputs?.DockAddress, 'Value'), 'mqtts://docks.example.com:8883')
  })

  test('does not exist unless requested, nor do accounts', () => {
    const off = backend()
    assert.equal(off.ofType('AWS::IoT::DomainConfiguration').length, 0)
    for (const name of ['authorize-dock', 'manage-dock-accounts']) assert.throws(() => off.fn(name))
    const routes = off.ofType('AWS::ApiGatewayV2::Route').map(({ properties }) => String(properties.RouteKey))
    assert.ok(!routes.some((key) => key.includes('dock-accounts')))
  })

  test('is refused if its options contradict each other', () => {
    const { dockDomain } = own
    assert.throws(
      () => backend({ dockLogin: 'on', dockDomain }),
      /dockDomain: must be given together with dockCert/,
    )
    assert.throws(() => backend(own), /dockDomain: needs dockLogin/)
    assert.throws(() => backend({ dockLogin: 'on', dockLoginConcurrency: -1 }), /dockLoginConcurrency/)
  })

  test('is refused in GovCloud, which has no such addresses', (t) => {
    const before = process.env.CDK_DEFAULT_REGION
    t.after(() => {
      if (before === undefined) delete process.env.CDK_DEFAULT_REGION
      else process.env.CDK_DEFAULT_REGION = before
    })
    process.env.CDK_DEFAULT_REGION = 'us-gov-west-1'
    // Another set of options than those that were made before.
    assert.throws(() => backend({ dockLogin: 'on', logDays: 7 }), /us-gov-west-1 has no domain/)
  })
})
