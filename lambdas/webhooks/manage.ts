import { iso } from '../http/iso.ts'
import type { Handlers, Request } from '../http/on-http.ts'
import { accepted, done, type HttpReply, invalid, ok, problem, unknownWebhook } from '../http/reply.ts'
import type { NewId } from '../runtime/new-id.ts'
import { type Fleets, includes } from '../table/fleets.ts'
import { keptDays } from './delivery.ts'
import type { DeliveryHistory } from './delivery-history.ts'
import type { Hook } from './hook.ts'
import type { webhookRoutes } from './routes.ts'
import { newSecret } from './signature.ts'
import type { HookStore } from './store.ts'
import { targetOf } from './target.ts'
import { deliveryView, webhookView } from './view.ts'

/** Handlers that manage webhooks and their deliveries. They send nothing themselves. */

type Needs = {
  hooks: HookStore
  deliveries: DeliveryHistory
  /** Allows http to this machine; only for a backend that runs locally. */
  loopback: boolean
  now: () => number
  newId: NewId
}

export type WebhookRoute =
  | 'putWebhook'
  | 'getWebhook'
  | 'listWebhooks'
  | 'deleteWebhook'
  | 'rotateWebhookSecret'
  | 'testWebhook'
  | 'listWebhookDeliveries'
  | 'replayWebhook'

/** The most webhooks: each event is matched against all of them. */
const maxHooks = 50

/** The most webhooks of one maker who is limited to fleets, so that others get their share. */
const maxPerMaker = 10

/** Retries of a write that conflicts with concurrent changes. */
const maxRepeats = 5

const keptMs = keptDays * 24 * 60 * 60_000

/** The most deliveries that one replay request reads. */
const maxReplayed = 200

const locationOf = (id: string): string => `/v1/webhooks/${id}`

/** A reply with a secret, which no cache may store. */
const withSecret = (status: number, hook: Hook, secret: string): HttpReply => ({
  status,
  body: { ...webhookView(hook), secret },
  headers: { 'cache-control': 'no-store', ...(status === 201 ? { location: locationOf(hook.id) } : {}) },
})

/** Whether the caller may see all events that the webhook gets. */
const isVisible = ({ fleets }: Pick<Hook, 'fleets'>, callers: Fleets): boolean =>
  callers === 'all' || (fleets?.every((fleet) => includes(callers, fleet)) ?? false)

export const manageWebhooks = (use: Needs): Handlers<typeof webhookRoutes, WebhookRoute> => {
  const { hooks, deliveries, now } = use
  const found = async (id: string, fleets: Fleets): Promise<Hook | undefined> => {
    const hook = await hooks.find(id)
    return hook && isVisible(hook, fleets) ? hook : undefined
  }

  return {
    putWebhook: (request) => put(use, request),

    getWebhook: async ({ params: { id }, fleets }) => {
      const hook = await found(id, fleets)
      return hook ? ok(webhookView(hook)) : unknownWebhook(id)
    },

    listWebhooks: async ({ query: { fleet }, fleets }) => {
      const all = (await hooks.all()).hooks.filter((hook) => isVisible(hook, fleets))
      const listed = all.filter((hook) => fleet === undefined || (hook.fleets?.includes(fleet) ?? true))
      return ok({ items: listed.map(webhookView) })
    },

    deleteWebhook: async ({ params: { id }, fleets }) => {
      const hook = await found(id, fleets)
      if (!hook) return unknownWebhook(id)
      await hooks.remove(hook)
      return done()
    },

    rotateWebhookSecret: async ({ params: { id }, fleets }) => {
      for (let attempt = 0; attempt < maxRepeats; attempt++) {
        const hook = await found(id, fleets)
        if (!hook) return unknownWebhook(id)
        const secret = newSecret()
        const rotated = await hooks.rotate(hook, secret, now())
        if (rotated) return withSecret(200, rotated, secret)
      }
      return problem('try-again', 'The webhook was changed by another request at the same time.')
    },

    testWebhook: async ({ params: { id }, fleets, caller }) => {
      const hook = await found(id, fleets)
      if (!hook) return unknownWebhook(id)
      if (hook.state === 'ended') return ended()
      const at = now()
      if (!(await hooks.askForTest(hook, caller.name, at))) return unknownWebhook(id)
      return accepted({ testedAt: iso(at) }, `${locationOf(id)}/deliveries`)
    },

    listWebhookDeliveries: async ({ params: { id }, query, fleets }) => {
      const hook = await found(id, fleets)
      if (!hook) return unknownWebhook(id)
      const { items, next } = await deliveries.list(hook, { ...query, fleets: hook.fleets ?? 'all' })
      return ok({ items: items.map(deliveryView), next })
    },

    replayWebhook: async ({ params: { id }, body, fleets }) => {
      const hook = await found(id, fleets)
      if (!hook) return unknownWebhook(id)
      if (hook.state === 'ended') return ended()
      const span = { from: Date.parse(body.from), to: Date.parse(body.to) }
      if (span.to < span.from) return invalid([{ path: 'to', message: 'must not be before `from`' }])
      const limits = { fleets: hook.fleets ?? ('all' as const), cursor: body.cursor, most: maxReplayed }
      const outcome = await deliveries.replay(hook, span, { ...limits, now: now() })
      const { replayed, next } = outcome
      if (replayed === 0 && next === undefined && span.to < now() - keptMs)
        return invalid([
          { path: 'to', message: `must be in the last ${keptDays} days: older events are not kept` },
        ])
      // The sweep starts within a minute; a webhook that is down gets a single try, regardless of its
      // schedule.
      if (replayed > 0) await hooks.change(hook, (one) => ({ ...one, checkAt: now() }))
      return accepted(outcome, `${locationOf(id)}/deliveries`)
    },
  }
}

const ended = (): HttpReply =>
  problem('webhook-ended', 'The receiver answered 410. PUT the webhook again to restart it.')

const put = async (use: Needs, request: Request<typeof webhookRoutes.putWebhook>): Promise<HttpReply> => {
  const { params, body, fleets } = request
  const target = targetOf(body.url, use)
  if ('faults' in target) return invalid(target.faults.map((message) => ({ path: 'url', message })))
  if (!isVisible(body, fleets))
    return problem(
      'not-permitted',
      'Give the webhook some of your fleets: without any, it is for all fleets.',
    )
  for (let attempt = 0; attempt < maxRepeats; attempt++) {
    const reply = await putOnce(use, request, target.url.href)
    if (reply) return reply
  }
  return problem('try-again', `Other requests are changing webhooks at the same time as ${params.id}.`)
}

/** Undefined: a concurrent change came first. */
const putOnce = async (
  { hooks, now, newId }: Needs,
  { params: { id }, body, fleets, caller }: Request<typeof webhookRoutes.putWebhook>,
  url: string,
): Promise<HttpReply | undefined> => {
  const at = now()
  const settings = { url, types: body.types, fleets: body.fleets, updatedAt: at, updatedBy: caller.name }
  const { hooks: all, made } = await hooks.all()
  const known = all.find((hook) => hook.id === id)
  if (known) {
    if (!isVisible(known, fleets))
      return problem('not-permitted', `The id ${id} belongs to a webhook that is not limited to your fleets.`)
    // A holder of the old secret must not be able to sign for the added fleets.
    if (grows(known, settings)) {
      const secret = newSecret()
      const widened = await hooks.rotate(withSettings(known, settings), secret, at)
      return widened && withSecret(200, widened, secret)
    }
    const changed = await hooks.change(known, (hook) => withSettings(hook, settings))
    return changed && ok(webhookView(changed))
  }
  const makerId = fleets === 'all' ? undefined : caller.id
  if (all.length >= maxHooks)
    return problem('too-many-webhooks', `There may be at most ${maxHooks}. Delete one that is not needed.`)
  if (makerId !== undefined && all.filter((hook) => hook.makerId === makerId).length >= maxPerMaker)
    return problem('too-many-webhooks', `You may have at most ${maxPerMaker}. Delete one that is not needed.`)
  const secret = newSecret()
  const hook: Hook = {
    id,
    key: newId(at),
    ...settings,
    createdAt: at,
    createdBy: caller.name,
    makerId,
    state: 'active',
    rev: 1,
  }
  return (await hooks.create(hook, secret, made)) === 'created' ? withSecret(201, hook, secret) : undefined
}

/** Whether the webhook will get events of fleets that it did not get before. Pure. */
const grows = (known: Pick<Hook, 'fleets'>, { fleets }: Pick<Hook, 'fleets'>): boolean =>
  known.fleets !== undefined && !(fleets?.every((fleet) => known.fleets?.includes(fleet)) ?? false)

type Settings = Pick<Hook, 'url' | 'types' | 'fleets' | 'updatedAt' | 'updatedBy'>

/** Applies new settings. Waiting deliveries go to the new URL, which is tried soon. */
const withSettings = (hook: Hook, settings: Settings): Hook => {
  const isEnded = hook.state === 'ended'
  const begins = isEnded || hook.url !== settings.url
  return {
    ...hook,
    ...settings,
    ...(isEnded ? { state: 'active' as const, stateSince: settings.updatedAt } : {}),
    ...(hook.url === settings.url ? {} : { provenAt: undefined }),
    ...(begins && hook.down
      ? { down: { ...hook.down, since: settings.updatedAt, tries: 0, notBefore: undefined } }
      : {}),
    ...(begins ? { checkAt: settings.updatedAt } : {}),
  }
}
