import { isIP } from 'node:net'
import { Aws, Fn } from 'aws-cdk-lib'
import type { Construct } from 'constructs'
import { signInPrefix, signInUrl } from '../api/user-pool.ts'
import { options } from '../options/options.ts'
import { poolIssuer } from '../pool-issuer.ts'
import { type PackagePlace, packageAddress } from './console-headers.ts'

/**
 * Outputs of the backend's stack that the console's stack imports: CloudFormation refuses to change or remove
 * an imported output, so the console never points at a backend that is gone. The backend exports them with or
 * without a console, so that switching the console off removes nothing that an existing one needs.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-exports.html
 */
const exported = ['ApiId', 'UserPoolId', 'ConsoleClientId', 'CommandLineClientId', 'PackageBucketName']

/** The export name of an output, unique per region and account; undefined: it is not exported. */
export const exportNameOf = (stackName: string, output: string): string | undefined =>
  exported.includes(output) ? `${stackName}-${output}` : undefined

const imported = (stackName: string, output: string): string => {
  const name = exportNameOf(stackName, output)
  if (name === undefined) throw new Error(`${output} is not exported`)
  return Fn.importValue(name)
}

/** The backend, as the console's stack sees it. */
export type BackendForConsole = {
  readonly apiHost: string
  /** The origins to which a browser sends requests when signing in. */
  readonly signInOrigins: readonly string[]
  /** The URL to which it uploads packages' files. */
  readonly packageAddress: string
  /** The page's configuration for this deployment. */
  readonly config: object
}

const ofOwnIssuer = (scope: Construct, issuer: string) => {
  const { consoleClientId, commandLineClientId } = options(scope)
  if (!consoleClientId)
    throw new Error('With oidcIssuer the console needs consoleClientId, its client there; or -c console=off.')
  return {
    origins: [new URL(issuer).origin],
    signIn: {
      authority: issuer,
      clientId: consoleClientId,
      scope: 'openid email profile',
      ...(commandLineClientId ? { commandLineClientId } : {}),
    },
  }
}

const ofPool = (stackName: string, consoleUrl: string) => {
  const clientId = imported(stackName, 'ConsoleClientId')
  const pages = signInUrl(signInPrefix(stackName))
  // https://docs.aws.amazon.com/cognito/latest/developerguide/logout-endpoint.html
  const leaving = `client_id=${clientId}&logout_uri=${encodeURIComponent(consoleUrl)}`
  const { origin, issuer } = poolIssuer(imported(stackName, 'UserPoolId'))
  return {
    origins: [origin, pages],
    signIn: {
      authority: issuer,
      clientId,
      signOutUrl: `${pages}/logout?${leaving}`,
      scope: 'openid email',
      commandLineClientId: imported(stackName, 'CommandLineClientId'),
    },
  }
}

/**
 * An existing bucket is named by its option. So if the console's stack is deployed first, it no longer
 * imports the backend's own bucket.
 */
const packagePlaceOf = (scope: Construct, stackName: string): PackagePlace => {
  const { storage, bucketName } = options(scope)
  if (storage.provider !== 'aws') {
    const { endpoint, bucket, provider } = storage
    return { endpoint, bucket, bucketInHost: provider === 'ali' && !isIP(new URL(endpoint).hostname) }
  }
  const bucket = bucketName ?? imported(stackName, 'PackageBucketName')
  return { endpoint: `https://s3.${Aws.REGION}.${Aws.URL_SUFFIX}`, bucket }
}

/**
 * What the console's stack needs from the backend's, given its name. Host names are composed of ids, region
 * and suffix: CloudFormation cannot split a string that it imports from another stack.
 * @throws Error if another issuer is trusted and `consoleClientId` is missing
 */
export const backendFor = (scope: Construct, stackName: string): BackendForConsole => {
  const { oidcIssuer, groupsClaim, groupPrefix, consoleUrl, dockDomain } = options(scope)
  const { origins, signIn } = oidcIssuer ? ofOwnIssuer(scope, oidcIssuer) : ofPool(stackName, consoleUrl)
  return {
    apiHost: `${imported(stackName, 'ApiId')}.execute-api.${Aws.REGION}.${Aws.URL_SUFFIX}`,
    signInOrigins: origins,
    packageAddress: packageAddress(packagePlaceOf(scope, stackName)),
    config: {
      ...(dockDomain ? { dockAddress: `mqtts://${dockDomain}:8883` } : {}),
      signIn: { ...signIn, groupsClaim, ...(groupPrefix ? { groupPrefix } : {}) },
    },
  }
}
