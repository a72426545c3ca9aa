import { Duration, RemovalPolicy, Stack, Token } from 'aws-cdk-lib'
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { CfnAuthorizer, CfnDomainConfiguration } from 'aws-cdk-lib/aws-iot'
import { Construct } from 'constructs'
import { env } from '../../lambdas/runtime/env.ts'
import { logins } from '../../lambdas/triggers.ts'
import { BackendFunction } from '../functions/backend-function.ts'
import { options } from '../options/options.ts'
import { WrongOptions } from '../options/wrong-options.ts'
import type { Store } from '../storage/store.ts'

export type DockLoginProps = { readonly store: Store }

/**
 * An endpoint of IoT Core where docks connect with a user name and a password, `mqtts://…:8883`, besides the
 * account's own, which requires certificates. Clients must send the host name by SNI.
 * https://docs.aws.amazon.com/iot/latest/developerguide/custom-authentication.html
 * https://docs.aws.amazon.com/iot/latest/developerguide/protocols.html
 *
 * Signing is disabled, since a dock cannot sign: so every CONNECT, from any client, starts the function. It
 * cannot be enabled later in the same authorizer.
 * https://docs.aws.amazon.com/iot/latest/developerguide/config-custom-auth.html
 *
 * An endpoint with AWS's own name can be deleted only after it has been disabled for seven days, and its
 * authorizer only after that. So both outlive the stack (docs/destroy.md says how to delete them), and have
 * generated names, so that leftovers conflict with nothing. CloudFormation has no attribute with the name of
 * such an endpoint.
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
      description: 'Checks the user names and passwords of docks',
      // IoT Core waits no longer.
      timeout: Duration.seconds(5),
      ...(reserved > 0 && { reserved }),
    })
    store.grant(this.function, 'read', 'readMany', 'put', 'update')
    this.function.setEnv(env.iotArn, iotArnOf(this))
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
