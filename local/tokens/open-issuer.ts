import type { DataDirectory } from '../data-directory.ts'
import type { Resources } from '../declared.ts'
import { readClients } from './from-template.ts'
import { createTokenIssuer } from './issuer.ts'
import { openSigningKey } from './signing-key.ts'

/**
 * The attributes of the user pool in the template: our issuer instead of Cognito's, with the API's address.
 */
export const userPoolAttributes =
  (apiUrl: string) =>
  ({ type, physicalId }: { type: string; physicalId: string }): Record<string, string> => {
    if (type === 'AWS::Cognito::UserPool') return { ProviderURL: `${apiUrl}/${physicalId}` }
    return type === 'AWS::ApiGatewayV2::Api' ? { ApiEndpoint: apiUrl } : {}
  }

type Options = { apiUrl: string; data: Pick<DataDirectory, 'secret' | 'tokenKey'>; now: () => number }

/** The issuer of the template's user pool. @throws Error if the template has none, or several. */
export const openIssuer = async (resources: Resources, { apiUrl, data, now }: Options) => {
  const [pool, another] = [...resources.values()].filter(({ type }) => type === 'AWS::Cognito::UserPool')
  if (!pool || another) throw new Error('The template must have one AWS::Cognito::UserPool')
  return createTokenIssuer({
    issuer: `${apiUrl}/${pool.physicalId}`,
    key: await openSigningKey(data.tokenKey),
    clients: readClients(resources, data.secret),
    now,
  })
}
