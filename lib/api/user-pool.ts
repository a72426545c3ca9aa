import { Aws, Duration, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib'
import {
  AccountRecovery,
  CfnUserPoolGroup,
  UserPool as CognitoUserPool,
  Mfa,
  OAuthScope,
  ResourceServerScope,
  type UserPoolClient,
  type UserPoolResourceServer,
} from 'aws-cdk-lib/aws-cognito'
import { Construct } from 'constructs'
import { type Permission, permissions } from '../../lambdas/http/route.ts'
import { options } from '../options/options.ts'

/** Descriptions, as shown in the AWS console. */
const meanings: Record<Permission, string> = {
  read: 'See docks, listings and uploads',
  operate: 'Ask docks for listings and uploads, and cancel them',
  download: 'Open archives',
  admin: 'Register docks, and all of the others except ingest',
  ingest: 'Hand in what devices said, vouching for their identity',
}

/** Only machines forward devices' events, so there is no such group for people. */
const groups = permissions.filter((permission) => permission !== 'ingest')

/**
 * Unique in the region across all accounts. At most 63 characters; the option `stackName` is limited
 * accordingly.
 * https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_CreateUserPoolDomain.html
 */
export const signInPrefix = (stackName: string): string => `${stackName.toLowerCase()}-${Aws.ACCOUNT_ID}`

/** https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-assign-domain-prefix.html */
export const signInUrl = (prefix: string): string => `https://${prefix}.auth.${Aws.REGION}.amazoncognito.com`

/**
 * Tokens come only from the sign-in page or with the client's secret. By default Cognito would also allow
 * passwords by SRP and custom challenges. The flow that renews a token cannot be switched off.
 * https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_CreateUserPoolClient.html
 */
const onlyRenewal = { userSrp: false }

/**
 * Where `groundcrew login` listens; `cli/sign-in/browser.ts` has the same ports. Cognito accepts only
 * registered URLs, including the port, and http only for localhost.
 * https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-app-idp-settings.html
 */
export const commandLineCallbacks = [8976, 8977, 8978].map((port) => `http://localhost:${port}/`)

/**
 * The people and machines that may call the API. People are in groups named like permissions; a group
 * `operate@north`, created by hand, limits the permission to the fleet `north`. Machines have scopes. Nobody
 * can sign up, and the pool outlives the stack.
 */
export class UserPool extends Construct {
  readonly id: string
  readonly issuer: string
  readonly consoleClientId: string
  readonly commandLineClientId: string
  readonly machineClientId: string
  /** People sign in here; machines get tokens at `/oauth2/token` below it. */
  readonly signInUrl: string
  private readonly pool: CognitoUserPool

  constructor(scope: Construct, id: string) {
    super(scope, id)
    this.pool = this.makePool()
    const server = this.makeScopes()
    const domain = this.pool.addDomain('Domain', {
      cognitoDomain: { domainPrefix: signInPrefix(Stack.of(this).stackName) },
    })
    this.id = this.pool.userPoolId
    this.issuer = this.pool.userPoolProviderUrl
    this.consoleClientId = this.makeConsoleClient().userPoolClientId
    this.commandLineClientId = this.makeCommandLineClient().userPoolClientId
    this.machineClientId = this.makeMachineClient(server).userPoolClientId
    this.signInUrl = signInUrl(domain.domainName)
  }

  private makePool(): CognitoUserPool {
    const pool = new CognitoUserPool(this, 'Pool', {
      selfSignUpEnabled: false,
      signInAliases: { email: true },
      signInCaseSensitive: false,
      passwordPolicy: {
        minLength: 14,
        requireDigits: true,
        requireLowercase: true,
        requireUppercase: true,
        requireSymbols: true,
        tempPasswordValidity: Duration.days(3),
      },
      accountRecovery: AccountRecovery.EMAIL_ONLY,
      mfa: Mfa.REQUIRED,
      mfaSecondFactor: { otp: true, sms: false },
      deletionProtection: true,
      // As with the table: a protected resource cannot be deleted when a first deployment fails.
      removalPolicy: RemovalPolicy.RETAIN,
    })
    for (const groupName of groups) {
      new CfnUserPoolGroup(this, `Group-${groupName}`, {
        userPoolId: pool.userPoolId,
        groupName,
        description: meanings[groupName],
      })
    }
    Validations.of(pool).acknowledge({
      id: 'AwsSolutions-COG8',
      reason: 'The plus plan is charged per person; sign-up is closed and a second factor is required.',
    })
    return pool
  }

  private makeScopes(): { server: UserPoolResourceServer; scopes: Map<string, ResourceServerScope> } {
    const scopes = new Map(
      permissions.map((name) => [
        name,
        new ResourceServerScope({ scopeName: name, scopeDescription: meanings[name] }),
      ]),
    )
    const server = this.pool.addResourceServer('Scopes', {
      identifier: 'groundcrew',
      scopes: [...scopes.values()],
    })
    return { server, scopes }
  }

  /**
   * For the console in a browser, which cannot keep a secret: authorization code with PKCE, and no passwords
   * through Cognito's API. It may not request our scopes: a scope says what a machine may do, and would be
   * given to everyone who signs in.
   */
  private makeConsoleClient(): UserPoolClient {
    const { consoleUrl } = options(this)
    return this.makePublicClient('ConsoleClient', { callbackUrls: [consoleUrl], logoutUrls: [consoleUrl] })
  }

  /** The same for the command line; the browser redirects to a port of the person's own machine. */
  private makeCommandLineClient(): UserPoolClient {
    return this.makePublicClient('CommandLineClient', { callbackUrls: [...commandLineCallbacks] })
  }

  private makePublicClient(
    id: string,
    addresses: { callbackUrls: string[]; logoutUrls?: string[] },
  ): UserPoolClient {
    return this.pool.addClient(id, {
      generateSecret: false,
      authFlows: onlyRenewal,
      oAuth: {
        flows: { authorizationCodeGrant: true },
        scopes: [OAuthScope.OPENID, OAuthScope.EMAIL],
        ...addresses,
      },
      preventUserExistenceErrors: true,
      enableTokenRevocation: true,
      accessTokenValidity: Duration.hours(1),
      refreshTokenValidity: Duration.days(7),
    })
  }

  private makeMachineClient({ server, scopes }: ReturnType<UserPool['makeScopes']>): UserPoolClient {
    const allowed = options(this).machinePermissions.flatMap((name) => scopes.get(name) ?? [])
    return this.pool.addClient('MachineClient', {
      generateSecret: true,
      authFlows: onlyRenewal,
      oAuth: {
        flows: { clientCredentials: true },
        scopes: allowed.map((scope) => OAuthScope.resourceServer(server, scope)),
      },
      enableTokenRevocation: true,
      accessTokenValidity: Duration.hours(1),
    })
  }
}
