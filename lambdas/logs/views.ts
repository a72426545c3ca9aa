import type * as z from 'zod/mini'
import { explainResult } from '../../protocols/dji-remote-log/results.ts'
import type { Dock, Signs } from '../docks/store.ts'
import type * as shapes from '../http/shapes.ts'
import type { RejectedMessage } from '../rejected/store.ts'
import { type Listing, listingState, type ModuleLogs } from './listings/store.ts'
import { lastAdvance } from './state.ts'
import type { UploadState } from './store.ts'
import { advanceOf, iso } from './view.ts'

/** Records as operators see them. Pure. */

type View<Shape extends z.core.$ZodType> = z.input<Shape>

export const uploadHref = (dockSn: string, id: string): string => `/v1/docks/${dockSn}/log-uploads/${id}`
export const listingHref = (dockSn: string, id: string): string => `/v1/docks/${dockSn}/log-listings/${id}`

export const dockView = (
  { dockSn, name, aircraftSn, fleet, createdAt, activeUpload }: Dock,
  { uploads, listedAt, foreign }: Signs & { uploads: readonly UploadState[] },
  now: number,
): View<typeof shapes.Dock> => {
  const active = uploads.find(({ id }) => id === activeUpload)
  const advance = active && advanceOf(active.hot, now)
  const heard = [...uploads.map(({ hot }) => lastAdvance(hot.registers)), listedAt, foreign?.seenAt]
  const times = heard.filter((at) => at !== undefined)
  return {
    dockSn,
    name,
    aircraftSn,
    fleet,
    createdAt: iso(createdAt),
    activeUpload: active && advance && { id: active.id, ...advance, href: uploadHref(dockSn, active.id) },
    lastHeardAt: times.length > 0 ? iso(Math.max(...times)) : undefined,
    foreignExport: foreign && { objectKey: foreign.objectKey, seenAt: iso(foreign.seenAt) },
  }
}

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

const explained = (result: number) => {
  const { code, reason, advice, retryable } = explainResult(result)
  return { code, reason, advice, retryable }
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

export const logsView = (modules: readonly ModuleLogs[]): View<typeof shapes.Logs> => ({
  modules: modules.map(({ module, deviceSn, listedAt, listingId, logs }) => ({
    module,
    deviceSn,
    listedAt: iso(listedAt),
    listingId,
    logs: logs.map(logView),
  })),
})

export const rejectedView = ({
  firstAt,
  lastAt,
  ...row
}: RejectedMessage): View<typeof shapes.RejectedMessage> => ({
  ...row,
  firstAt: iso(firstAt),
  lastAt: iso(lastAt),
})
