import { timeLeft } from '../runtime/time-left.ts'
import type { Delivery } from './delivery.ts'
import { afterFailure, afterGivingUp, afterRecovery, claimed, leaseMs, whileFollowing } from './health.ts'
import type { Hook } from './hook.ts'
import { receives } from './matching.ts'
import type { Failure } from './outcome.ts'
import type { HookRef } from './store.ts'
import { type SendingNeeds, tryOnce } from './try-once.ts'

/** How many waiting deliveries are sent at once. */
const followingAtOnce = 10

/** No try begins with less time left than this. */
const leastTimeMs = 18_000

/** When the lease is renewed. */
const renewAfterMs = leaseMs / 4

type Round = { failures: { failure: Failure; isGivenUp: boolean }[]; delivered: number; isDeleted: boolean }

/**
 * Works on a due webhook: if it is down, tries one waiting delivery. If that succeeds, or the webhook is not
 * down, sends all waiting deliveries in order. A lease keeps other instances from doing the same. After a
 * crash the sweep starts again when the lease ends; a delivery that was sent but not recorded is sent again,
 * with the same id.
 */
export const sendWaiting =
  (use: SendingNeeds) =>
  async (ref: HookRef): Promise<void> => {
    const { hooks, deliveries, now } = use
    const leased = await hooks.change(ref, (hook) => claimed(hook, now()))
    if (!leased) return
    if (leased.state === 'ended') return dropAll(use, leased)
    const done = await follow(use, leased)
    if (done === 'failed') return
    const nextAt = await deliveries.nextAt(leased)
    const at = now()
    const after = await hooks.change(ref, (hook) =>
      done === 'all' ? afterRecovery(hook, nextAt, at) : { ...hook, checkAt: at },
    )
    if (done === 'all' && after?.down) await sendWaiting(use)(ref)
  }

/** Sends waiting deliveries until there are none, one fails, or no time is left. */
const follow = async (use: SendingNeeds, leased: Hook): Promise<'all' | 'failed' | 'noTime'> => {
  const { hooks, now } = use
  let hook = leased
  let renewedAt = now()
  let lanes = hook.down ? 1 : followingAtOnce
  for await (const rows of waitingInGroups(use, leased, () => lanes)) {
    if (timeLeft() < leastTimeMs) return 'noTime'
    const round = await tryAll(use, hook, rows)
    if (round.isDeleted) return 'failed'
    if (round.failures.length > 0) {
      await fail(use, hook, round)
      return 'failed'
    }
    if (round.delivered === 0) continue
    const isFirst = (hook.down !== undefined && lanes === 1) || hook.provenAt === undefined
    if (isFirst || now() - renewedAt > renewAfterMs) {
      renewedAt = now()
      hook = (await hooks.change(hook, (one) => whileFollowing(one, renewedAt))) ?? hook
    }
    lanes = hook.down?.isBusy ? Math.min(lanes * 2, followingAtOnce) : followingAtOnce
  }
  return 'all'
}

/** Waiting deliveries, each once, in groups of `size()`. Reads until it finds no new one. */
async function* waitingInGroups(
  { deliveries, now }: SendingNeeds,
  hook: Hook,
  size: () => number,
): AsyncGenerator<Delivery[]> {
  const seen = new Set<string>()
  for (let isNew = true; isNew; ) {
    isNew = false
    for await (const page of deliveries.waiting(hook, now(), followingAtOnce)) {
      const rows = page.filter(({ sk }) => !seen.has(sk))
      for (let from = 0; from < rows.length; ) {
        const group = rows.slice(from, from + size())
        for (const { sk } of group) seen.add(sk)
        from += group.length
        isNew = true
        yield group
      }
    }
  }
}

const tryAll = async (use: SendingNeeds, hook: Hook, rows: readonly Delivery[]): Promise<Round> => {
  const round: Round = { failures: [], delivered: 0, isDeleted: false }
  await Promise.all(
    rows.map(async (row) => {
      if (!receives(hook, row)) return void (await use.deliveries.close(row, 'dropped'))
      const tried = await tryOnce(use, hook, row)
      if (tried === 'delivered') round.delivered += 1
      else if (tried === 'deleted') round.isDeleted = true
      else round.failures.push(tried)
    }),
  )
  return round
}

/** Marks the webhook as down, and gives up deliveries whose time is over. */
const fail = async (use: SendingNeeds, hook: Hook, { failures, delivered }: Round): Promise<void> => {
  const { deliveries, hooks, now, random } = use
  const at = now()
  const [first] = failures
  const worst = failures.find(({ failure }) => failure.reason === 'gone') ?? first
  if (!worst) return
  let isGivenUp = failures.some((one) => one.isGivenUp)
  if (delivered === 0) isGivenUp = (await giveUpOld(deliveries, hook, worst.failure, at)) || isGivenUp
  await hooks.change(hook, (one) => {
    const before = delivered > 0 ? whileFollowing(one, at) : one
    const after = afterFailure(before, worst.failure, at, random)
    return isGivenUp ? afterGivingUp(after, at) : after
  })
}

/** Gives up deliveries whose time is over; the oldest come first. */
const giveUpOld = async (
  deliveries: SendingNeeds['deliveries'],
  hook: Hook,
  { reason }: Failure,
  now: number,
): Promise<boolean> => {
  let isAny = false
  for await (const rows of deliveries.waiting(hook, now, followingAtOnce)) {
    const old = rows.filter(({ giveUpAt }) => giveUpAt <= now)
    await Promise.all(old.map((row) => deliveries.close(row, 'failed', reason)))
    isAny ||= old.length > 0
    if (old.length < rows.length || timeLeft() < leastTimeMs) break
  }
  return isAny
}

/** Drops all deliveries of a webhook that its receiver has ended. */
const dropAll = async ({ hooks, deliveries, now }: SendingNeeds, hook: Hook): Promise<void> => {
  for await (const rows of deliveries.waiting(hook, Number.MAX_SAFE_INTEGER, followingAtOnce)) {
    if (timeLeft() < leastTimeMs)
      return void (await hooks.change(hook, (one) => ({ ...one, checkAt: now() })))
    await Promise.all(rows.map((row) => deliveries.close(row, 'dropped')))
  }
  await hooks.change(hook, (one) => (one.state === 'ended' ? { ...one, checkAt: undefined } : undefined))
}
