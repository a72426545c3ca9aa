import { Duration, RemovalPolicy, Stack, Token } from 'aws-cdk-lib'
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { CfnAuthorizer, CfnDomainConfiguration } from 'aws-cdk-lib/aws-iot'
import { Construct } from 'constructs'
import { env } from '../lambdas/env.ts'
import { logins } from '../lambdas/triggers.ts'
import { BackendFunction } from './backend-function.ts'
import { options } from './options.ts'
import type { Store } from './store.ts'
import { WrongOptions } from './wrong-options.ts'

export type DockLoginProps = { readonly store: Store }

/**
 * An address at IoT Core where docks connect with a user name and a password, `mqtts://…:8883`, beside the
 * account's own, where certificates are asked for. Whoever connects must send the name by SNI.
 * https://docs.aws.amazon.com/iot/latest/developerguide/custom-authentication.html
 * https://docs.aws.amazon.com/iot/latest/developerguide/protocols.html
 *
 * Signing is disabled, since a dock cannot sign: so every CONNECT, whoever sends it, starts the function.
 * It cannot be enabled later in the same authorizer.
 * https://docs.aws.amazon.com/iot/latest/developerguide/config-custom-auth.html
 *
 * An address of AWS's own cannot be deleted before it was disabled for seven days, nor its authorizer before
 * it; so both survive the stack (docs/destroy.md says how they are deleted), and have generated names: those
 * left over are in nobody's way. CloudFormation has no attribute with the name of such an address.
 * https://docs.aws.amazon.com/iot/latest/developerguide/iot-custom-endpoints-managing.html
 */
export class DockLogin extends Construct {
  readonly function: BackendFunction
  readonly outputs: Record<string, string>

  constructor(scope: Construct, id: string, { store }: DockLoginProps) {
    super(scope, id)
    const { dockDomain, dockCertificate, dockLoginConcurrency: reserved } = options(this)
    refuseGovCloud(this)
    this.function = new BackendFunction(this, 'authorize-dock', {
      file: `docks/${logins.dockLogin.function}`,
      description: 'Asks docks that connect for user name and password',
      // IoT Core waits no longer.
      timeout: Duration.seconds(5),
      ...(reserved > 0 && { reserved }),
    })
    store.grant(this.function, 'read', 'readMany', 'put', 'update')
    this.function.tell(env.iotArn, iotArnOf(this))
    const authorizer = new CfnAuthorizer(this, 'Authorizer', {
      authorizerFunctionArn: this.function.lambda.functionArn,
      signingDisabled: true,
      status: 'ACTIVE',
    })
    this.function.lambda.addPermission('AskedByIotCore', {
      principal: new ServicePrincipal('iot.amazonaws.com'),
      sourceArn: authorizer.attrArn,
    })
    const domain = new CfnDomainConfiguration(this, 'Domain', {
      authenticationType: 'CUSTOM_AUTH',
      applicationProtocol: 'SECURE_MQTT',
      serviceType: 'DATA',
      authorizerConfig: { defaultAuthorizerName: authorizer.ref, allowAuthorizerOverride: false },
      ...(dockDomain && { domainName: dockDomain }),
      ...(dockCertificate && { serverCertificateArns: [dockCertificate] }),
    })
    if (!dockDomain) for (const kept of [authorizer, domain]) kept.applyRemovalPolicy(RemovalPolicy.RETAIN)
    this.outputs = {
      DockDomainConfiguration: domain.ref,
      ...(dockDomain && { DockAddress: `mqtts://${dockDomain}:8883` }),
    }
  }
}

const iotArnOf = (scope: Construct): string => {
  const { partition, region, account } = Stack.of(scope)
  return `arn:${partition}:iot:${region}:${account}`
}

/** https://docs.aws.amazon.com/iot/latest/developerguide/iot-custom-endpoints-configurable.html */
const refuseGovCloud = (scope: Construct): void => {
  const { region } = Stack.of(scope)
  const known = Token.isUnresolved(region) ? (process.env.CDK_DEFAULT_REGION ?? '') : region
  if (known.startsWith('us-gov-'))
    throw new WrongOptions(
      `These options (-c name=value) are wrong:\n  dockLogin: ${known} has no domain configurations`,
    )
}
