import { Construct } from 'constructs'
import { options } from '../options/options.ts'
import { UserPool } from './user-pool.ts'

/**
 * Who may call the API: the issuer of trusted tokens. By default a user pool of our own; with `-c
 * oidcIssuer=` and `-c oidcAudience=` an existing issuer, and no user pool.
 */
export class Access extends Construct {
  /** The `iss` of trusted tokens. */
  readonly issuer: string
  /** A token must carry one of these as `aud` or, without one, as `client_id`. */
  readonly audience: readonly string[]
  /** The claim with a person's groups. */
  readonly groupsClaim: string
  /** The prefix of our groups in that claim. */
  readonly groupPrefix: string
  /** What people need to get tokens; empty for another issuer. */
  readonly outputs: Readonly<Record<string, string>>

  constructor(scope: Construct, id: string) {
    super(scope, id)
    const { oidcIssuer, oidcAudience, groupsClaim, groupPrefix } = options(this)
    this.groupsClaim = groupsClaim
    this.groupPrefix = groupPrefix
    if (oidcIssuer && oidcAudience) {
      this.issuer = oidcIssuer
      this.audience = oidcAudience
      this.outputs = {}
      return
    }
    const pool = new UserPool(this, 'UserPool')
    this.issuer = pool.issuer
    this.audience = [pool.consoleClientId, pool.commandLineClientId, pool.machineClientId]
    this.outputs = {
      UserPoolId: pool.id,
      ConsoleClientId: pool.consoleClientId,
      CommandLineClientId: pool.commandLineClientId,
      MachineClientId: pool.machineClientId,
      SignInUrl: pool.signInUrl,
    }
  }
}
