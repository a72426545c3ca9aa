import * as z from 'zod/mini'
import { dockSnPattern } from '../../protocols/dji-remote-log/topics.ts'
import { isPassword, userNamePattern } from './secrets.ts'
import type { Account, DockFacts } from './store.ts'

/**
 * Decides whether a dock may log in. Pure.
 *
 * The client id is the dock's serial number, or that, a hyphen and anything: docks open a second connection
 * as `{sn}-{time}`. Serial numbers have no hyphen, so no client id can belong to two docks.
 */

/** Why a login is refused, for logs. The dock itself learns only that it is. */
export type LoginFault =
  | 'notALogin'
  | 'clientIdOfNoDock'
  | 'unknownUserName'
  | 'wrongPassword'
  | 'accountRevoked'
  | 'accountOfAnotherDock'
  | 'dockInAnotherFleet'
  | 'dockHasAnotherAccount'
  | 'changedMeanwhile'

export type Login = { userName: string; password: Buffer; clientId: string; dockSn: string }

/**
 * A login as IoT Core passes it on; the password is base64.
 * https://docs.aws.amazon.com/iot/latest/developerguide/custom-auth-lambda.html
 */
const Event = z.object({
  protocolData: z.object({
    mqtt: z.object({ username: z.string(), password: z.string(), clientId: z.string() }),
  }),
})

/**
 * IoT Core interprets what follows a `?` itself:
 * https://docs.aws.amazon.com/iot/latest/developerguide/custom-auth.html
 */
const nameIn = (userName: string): string => userName.replace(/\?.*$/s, '')

export const readLogin = (event: unknown): Login | { fault: LoginFault } => {
  const { success, data } = Event.safeParse(event)
  if (!success) return { fault: 'notALogin' }
  const { username, password, clientId } = data.protocolData.mqtt
  const [dockSn = ''] = clientId.split('-')
  if (!dockSnPattern.test(dockSn)) return { fault: 'clientIdOfNoDock' }
  const userName = nameIn(username)
  // No account can have this name: no read is needed.
  if (!userNamePattern.test(userName)) return { fault: 'unknownUserName' }
  return { userName, password: Buffer.from(password, 'base64'), clientId, dockSn }
}

/** What is wrong with the account or the password; undefined: nothing. */
export const accountFault = (login: Login, account: Account | undefined): LoginFault | undefined => {
  if (!account) return 'unknownUserName'
  if (!isPassword(login.password, account.passwordHash)) return 'wrongPassword'
  return account.revokedAt === undefined ? undefined : 'accountRevoked'
}

/** Why the account does not belong to this dock; undefined: it does. */
export const dockFault = (
  { dockSn }: Login,
  { userName, fleet, dockSn: itsDock }: Account,
  dock: DockFacts,
): LoginFault | undefined => {
  if (itsDock !== undefined && itsDock !== dockSn) return 'accountOfAnotherDock'
  if (dock.owner !== undefined && dock.owner !== userName) return 'dockHasAnotherAccount'
  if (dock.fleet !== undefined && dock.fleet !== fleet) return 'dockInAnotherFleet'
  return undefined
}
