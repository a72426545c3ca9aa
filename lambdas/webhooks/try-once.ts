import type { DeliveryStore } from './deliveries.ts'
import { bodyOf, type Delivery } from './delivery.ts'
import type { Hook } from './hook.ts'
import { type Failure, mayRefuseOnlyThis, type Outcome } from './outcome.ts'
import type { Post } from './post.ts'
import { delayAfter } from './schedule.ts'
import { type Secrets, signedHeaders } from './signature.ts'
import type { HookRef, HookStore } from './store.ts'

/** The effects that sending needs. */
export type SendingNeeds = {
  hooks: HookStore
  deliveries: DeliveryStore
  secrets: (hook: Hook) => Promise<Secrets | undefined>
  post: Post
  now: () => number
  /** A number from 0 to 1, for jitter. */
  random?: () => number
}

/** `deleted`: the webhook has been deleted, with its secrets. */
export type Tried = 'delivered' | 'deleted' | { failure: Failure; isGivenUp: boolean }

/** Tries a delivery once and records the outcome. No other instance may be sending it at the same time. */
export const tryOnce = async (
  { deliveries, secrets, post, now }: SendingNeeds,
  hook: Hook,
  row: Delivery,
): Promise<Tried> => {
  const signing = await secrets(hook)
  if (!signing) {
    await deliveries.close(row, 'dropped')
    return 'deleted'
  }
  const body = bodyOf(row)
  const headers = signedHeaders({ id: row.eventId, body }, signing, now())
  const outcome: Outcome = await post({ url: hook.url, headers, body }, now())
  const at = now()
  if (outcome.ok) {
    await deliveries.delivered(row, outcome, at)
    return 'delivered'
  }
  // If the receiver may refuse only this delivery, it lets the others pass and is tried again on its own
  // schedule, without jitter, so that it is due when its webhook is.
  const isItsOwn = mayRefuseOnlyThis(outcome)
  const nextAt = isItsOwn ? at + delayAfter(row.tries + 1, { random: () => 0 }) : row.at
  const became = await deliveries.failed(row, hook, outcome, { now: at, nextAt, isItsOwn })
  return { failure: outcome, isGivenUp: became === 'givenUp' }
}

/** Caches secrets by webhook and rotation, for which they never change. */
export const rememberedSecrets = (hooks: Pick<HookStore, 'secretsOf'>) => {
  const known = new Map<string, Secrets>()
  return async (hook: HookRef & { rotatedAt?: number | undefined }): Promise<Secrets | undefined> => {
    const name = `${hook.id}#${hook.key}#${hook.rotatedAt ?? 0}`
    const secrets = known.get(name) ?? (await hooks.secretsOf(hook))
    if (secrets) known.set(name, secrets)
    return secrets
  }
}
