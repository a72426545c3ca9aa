import { Construct } from 'constructs'
import { options } from './options.ts'
import { UserPool } from './user-pool.ts'

/**
 * Who may call the API: whose tokens are trusted. By default a user pool of our own; with `-c oidcIssuer=` and
 * `-c oidcAudience=` an issuer that exists already, and no user pool.
 */
export class Access extends Construct {
  /** The `iss` of trusted tokens. */
  readonly issuer: string
  /** A token must carry one of these as `aud` or, without one, as `client_id`. */
  readonly audience: readonly string[]
  /** The token claim that holds a person's groups. */
  readonly groupsClaim: string
  /** What the names of our groups begin with in that claim. */
  readonly groupPrefix: string
  /** What people need to get tokens; empty where another issuer is trusted. */
  readonly outputs: Readonly<Record<string, string>>
  /** Where a browser that signs in sends requests to, as URLs. */
  readonly origins: readonly string[]
  private readonly pool: UserPool | undefined

  constructor(scope: Construct, id: string) {
    super(scope, id)
    const { oidcIssuer, oidcAudience, groupsClaim, groupPrefix } = options(this)
    this.groupsClaim = groupsClaim
    this.groupPrefix = groupPrefix
    if (oidcIssuer && oidcAudience) {
      this.issuer = oidcIssuer
      this.audience = oidcAudience
      this.outputs = {}
      this.origins = [oidcIssuer]
      return
    }
    const pool = new UserPool(this, 'UserPool')
    this.pool = pool
    this.origins = [pool.issuer, pool.signInUrl]
    this.issuer = pool.issuer
    this.audience = [pool.consoleClientId, pool.machineClientId]
    this.outputs = {
      UserPoolId: pool.id,
      ConsoleClientId: pool.consoleClientId,
      MachineClientId: pool.machineClientId,
      SignInUrl: pool.signInUrl,
    }
  }

  /**
   * What the console is told to sign people in with, who are then at `consoleUrl`.
   * @throws Error when another issuer is trusted and the console's client there is not named
   */
  signIn(consoleUrl: string): object {
    const { groupsClaim, groupPrefix, consoleClientId } = options(this)
    const common = { authority: this.issuer, groupsClaim, ...(groupPrefix ? { groupPrefix } : {}) }
    if (this.pool) {
      const clientId = this.pool.consoleClientId
      // https://docs.aws.amazon.com/cognito/latest/developerguide/logout-endpoint.html
      const leaving = `client_id=${clientId}&logout_uri=${encodeURIComponent(consoleUrl)}`
      const signOutUrl = `${this.pool.signInUrl}/logout?${leaving}`
      return { signIn: { ...common, clientId, signOutUrl, scope: 'openid email' } }
    }
    if (!consoleClientId)
      throw new Error(
        'With oidcIssuer the console needs consoleClientId, its client there; or -c console=off.',
      )
    return { signIn: { ...common, clientId: consoleClientId, scope: 'openid email profile' } }
  }
}
