import type { Module } from '../../../protocols/dji-remote-log/facts.ts'
import { iso } from '../../http/iso.ts'
import type { View } from '../../http/shapes.ts'
import { explained } from '../failure.ts'
import type * as shapes from '../shapes.ts'
import { type Listing, listingState, type ModuleLogs } from './store.ts'

export const listingHref = (dockSn: string, id: string): string => `/v1/docks/${dockSn}/log-listings/${id}`

/** A listing as the API shows it. Pure. */
export const listingView = (listing: Listing, now: number): View<typeof shapes.Listing> => {
  const { id, dockSn, createdAt, deadlineAt, requestedBy, answer, modules } = listing
  const state = listingState(listing, now)
  return {
    id,
    dockSn,
    state,
    createdAt: iso(createdAt),
    deadlineAt: iso(deadlineAt),
    receivedAt: answer && iso(answer.at),
    requestedBy,
    modules: (answer?.modules ?? [])
      .filter(({ module }) => modules.includes(module))
      .map(({ module, deviceSn, result, logs }) => ({
        module,
        deviceSn,
        failure: result === 0 ? undefined : explained(result),
        logs: logs.map(logView),
      })),
    failure:
      state === 'timedOut'
        ? noAnswer
        : listing.notSent
          ? notSent
          : state === 'failed'
            ? explained(answer?.result ?? 0)
            : undefined,
  }
}

const noAnswer = {
  code: 'noAnswer',
  reason: 'The dock did not answer.',
  advice:
    'Check that the dock has power and network, and that it is registered with the capitals of its serial number, then ask again.',
  retryable: true,
}

const notSent = {
  code: 'notSent',
  reason: 'The command could not be sent, so the dock was not asked.',
  advice: 'Ask again; if that fails too, look at the alarms of the backend.',
  retryable: true,
}

const logView = ({ bootIndex, startTime, endTime, sizeBytes }: ModuleLogs['logs'][number]) => ({
  bootIndex,
  // 0: the dock gave no time.
  startTime: startTime === 0 ? undefined : iso(startTime),
  endTime: endTime === 0 ? undefined : iso(endTime),
  sizeBytes,
})

/** The newest request as the API shows it: its deadline while it waits, or which modules failed and why. */
const newestView = (listing: Listing, now: number): View<typeof shapes.Logs>['newest'] => {
  const { id, state, createdAt, deadlineAt, modules, failure } = listingView(listing, now)
  const leftOut = modules.flatMap(({ module, failure: why }) => (why ? [{ module, failure: why }] : []))
  return { id, state, createdAt, deadlineAt, failure, leftOut }
}

/** Why the newest request returned no logs of a module. */
export const whyNotListed = (listing: Listing | undefined, module: Module, now: number) => {
  if (!listing?.modules.includes(module)) return undefined
  const { failure, leftOut } = newestView(listing, now) ?? {}
  return failure ?? leftOut?.find((one) => one.module === module)?.failure
}

/** The newest listing of each module and the outcome of the newest request, as the API shows them. Pure. */
export const logsView = (
  modules: readonly ModuleLogs[],
  newest: Listing | undefined,
  now: number,
): View<typeof shapes.Logs> => ({
  modules: modules.map(({ module, deviceSn, listedAt, listingId, logs }) => ({
    module,
    deviceSn,
    listedAt: iso(listedAt),
    listingId,
    logs: logs.map(logView),
  })),
  newest: newest && newestView(newest, now),
})
