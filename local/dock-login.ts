import * as z from 'zod'
import { declared, Flag, Ignored, type Resources } from './declared.ts'
import { readPermissions } from './functions/from-template.ts'
import type { Functions } from './functions/open-functions.ts'
import { localAccountId } from './template/read-template.ts'

const AuthorizerProperties = z.strictObject({
  AuthorizerFunctionArn: z.string(),
  AuthorizerName: Ignored,
  // Tokens are not signed here.
  SigningDisabled: Flag.pipe(z.literal(true)),
  Status: z.literal('ACTIVE'),
  Tags: Ignored,
})
const DomainProperties = z.strictObject({
  ApplicationProtocol: z.literal('SECURE_MQTT'),
  AuthenticationType: z.literal('CUSTOM_AUTH'),
  AuthorizerConfig: z.strictObject({
    AllowAuthorizerOverride: Flag.pipe(z.literal(false)),
    DefaultAuthorizerName: z.string(),
  }),
  DomainConfigurationName: Ignored,
  DomainName: Ignored,
  ServerCertificateArns: Ignored,
  ServiceType: z.literal('DATA'),
  Tags: Ignored,
})

/**
 * The endpoint at which docks connect with accounts, if the template has one, and its authorizer. TLS and the
 * domain name are not emulated. @throws Error that names what is not emulated.
 */
export const readDockLogin = (resources: Resources, region: string) => {
  const [domain, ...others] = declared(resources, 'AWS::IoT::DomainConfiguration', DomainProperties)
  if (!domain) return undefined
  if (others.length > 0) throw new Error('More than one AWS::IoT::DomainConfiguration cannot be emulated')
  const name = domain.properties.AuthorizerConfig.DefaultAuthorizerName
  const authorizers = declared(resources, 'AWS::IoT::Authorizer', AuthorizerProperties)
  const authorizer = authorizers.find(({ physicalId }) => physicalId === name)
  if (!authorizer) throw new Error(`${domain.logicalId} names the authorizer ${name}, which is not there`)
  const mayInvoke = readPermissions(resources)
  return {
    iot: `arn:aws:iot:${region}:${localAccountId}`,
    /** Invokes the authorizer as IoT Core does, which requires the function's permission. */
    asker: (functions: Functions) => {
      const fn = functions.find(authorizer.properties.AuthorizerFunctionArn)
      return async (event: object): Promise<unknown> => {
        if (!mayInvoke('iot.amazonaws.com', authorizer.arn, fn.settings))
          throw new Error(`IoT Core has no permission to invoke ${fn.settings.name}`)
        return fn.invoke(event)
      }
    },
  }
}
