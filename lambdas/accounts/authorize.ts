import { accountFault, dockFault, type Login, type LoginFault, readLogin } from './decide.ts'
import { type AuthorizerAnswer, keepOut, letIn, policyOf } from './policy.ts'
import type { Account, AccountStore } from './store.ts'

/**
 * Answers IoT Core whether a dock may connect, and what it may do. Started by every CONNECT at the docks'
 * endpoint, from any client, and every five minutes for each connection. Idempotent: the first login of an
 * account without a dock assigns it to that dock; a repeat changes nothing.
 */

export type Refused = { fault: LoginFault; dockSn?: string; userName?: string }

type Needs = {
  accounts: Pick<AccountStore, 'find' | 'dockFacts' | 'claim'>
  /** The prefix of IoT Core's ARNs in this account and region. */
  iot: string
  now: () => number
  refused: (login: Refused) => void
}

/**
 * Milliseconds for which wrong passwords of one user name cost one read: the last read decides. The right
 * password always reads, so that a revocation holds at once; a new password is accepted after this time at
 * the latest.
 */
const readAgainMs = 5_000
const maxRemembered = 1_000

type Remembered = { readAt: number; account: Promise<Account | undefined> }

export const dockAuthorizer = ({ accounts, iot, now, refused }: Needs) => {
  const remembered = new Map<string, Remembered>()

  const read = (userName: string): Promise<Account | undefined> => {
    if (remembered.size >= maxRemembered) remembered.clear()
    const account = accounts.find(userName, 'all')
    remembered.set(userName, { readAt: now(), account })
    // A failed read is not remembered.
    account.catch(() => remembered.delete(userName))
    return account
  }

  /** The account as the table has it now, or its fault. */
  const accountOf = async (login: Login): Promise<Account | { fault: LoginFault }> => {
    const before = remembered.get(login.userName)
    if (before && now() - before.readAt < readAgainMs) {
      const fault = accountFault(login, await before.account)
      if (fault) return { fault }
    }
    const account = await read(login.userName)
    const fault = accountFault(login, account)
    return account && !fault ? account : { fault: fault ?? 'unknownUserName' }
  }

  const admit = async (login: Login): Promise<AuthorizerAnswer | { fault: LoginFault }> => {
    const account = await accountOf(login)
    if ('fault' in account) return account
    const dock = await accounts.dockFacts(login.dockSn)
    const fault = dockFault(login, account, dock)
    if (fault) return { fault }
    const isKnown =
      account.dockSn === login.dockSn &&
      dock.owner === account.userName &&
      account.clientIds.includes(login.clientId)
    if (!isKnown && !(await accounts.claim(account, login.dockSn, login.clientId)))
      return { fault: 'changedMeanwhile' }
    return letIn(account.userName, policyOf(login.dockSn, dock.aircraft, iot))
  }

  return async (event: unknown): Promise<AuthorizerAnswer> => {
    const login = readLogin(event)
    const outcome = 'fault' in login ? login : await admit(login)
    if (!('fault' in outcome)) return outcome
    const who = 'fault' in login ? {} : { dockSn: login.dockSn, userName: login.userName }
    refused({ ...who, fault: outcome.fault })
    return keepOut
  }
}
