import type { Body, Listing, Log, ModuleName } from '../../client/index.ts'
import type { Context } from '../context.ts'
import { exit, Failure, misused } from '../exit.ts'
import { watched } from '../waiting.ts'
import { download } from './download.ts'
import { exitOf, showUpload, stepOf } from './uploads.ts'

export type Asked = {
  module?: ModuleName[] | undefined
  boots?: number[] | undefined
  last?: number | undefined
  from?: string | undefined
  to?: string | undefined
  retries?: number | undefined
  finishBy?: string | undefined
  note?: string | undefined
  force?: true | undefined
  wait?: true | undefined
  download?: string | undefined
  timeout?: number | undefined
}

type Selections = Body<'startUpload'>['selections']

/** Asks the dock for its logs, and waits for the answer. @throws Failure if there is none */
export const askDock = async (
  context: Context,
  dock: string,
  { module: modules, force, timeout, again }: Pick<Asked, 'module' | 'force' | 'timeout'> & { again: string },
): Promise<Listing> => {
  const { crew, out } = context
  const step = () => ({ text: `Asking the dock ${dock} for its logs` })
  if (!out.json) out.progress.show(step())
  const asked = await crew.listings.request(dock, {
    ...(modules ? { modules } : {}),
    ...(force ? { force } : {}),
  })
  const listing = await watched<Listing>(context, { timeout, again, step, quiet: true }, (options) =>
    crew.listings.waitFor(asked, options),
  )
  const { failure, state } = listing
  if (state !== 'received')
    throw new Failure(`The dock ${dock} did not list its logs: ${failure?.reason ?? state}`, {
      remedy: out.safe(failure?.advice ?? 'Look whether the dock is there: groundcrew docks'),
      exit: exit.endedBadly,
    })
  return listing
}

const nothingOf = (modules: Listing['modules']): Failure => {
  const reasons = modules.flatMap(({ module, failure }) =>
    failure ? [`${module}: ${failure.reason.replace(/\.$/, '')}`] : [],
  )
  return new Failure(['The dock has no such logs', ...reasons].join('; '), {
    remedy: 'groundcrew logs list <dock> shows what there is.',
    exit: exit.endedBadly,
  })
}

/** Whether the log overlaps the time span, by the API's rules. A dock may omit either time. */
const isOf = ({ startTime, endTime }: Log, { from, to }: { from: string; to: string }): boolean => {
  const [began = '', ended = ''] = [startTime ?? endTime, endTime ?? startTime]
  return began < to && ended >= from
}

/** @throws Failure if no log matches */
const selectionsFrom = (
  listing: Listing,
  { module: chosen, boots, from, to, last = 1 }: Asked,
): Selections => {
  const modules = listing.modules.filter(({ module }) => chosen === undefined || chosen.includes(module))
  if (from !== undefined) {
    const span = { from, to: to ?? new Date().toISOString() }
    const within = modules.filter(({ logs }) => logs.some((log) => isOf(log, span)))
    if (within.length > 0) return within.map(({ module }) => ({ module, ...span }))
    throw nothingOf(modules)
  }
  const selections = modules.map(({ module, logs }) => ({
    module,
    bootIndexes: logs
      .map(({ bootIndex }) => bootIndex)
      .sort((a, b) => b - a)
      .filter((bootIndex) => boots === undefined || boots.includes(bootIndex))
      .slice(0, boots === undefined ? last : undefined),
  }))
  const filled = selections.filter(({ bootIndexes }) => bootIndexes.length > 0)
  if (filled.length > 0) return filled
  throw nothingOf(modules)
}

const checked = (asked: Asked): void => {
  const ways = [asked.boots, asked.last, asked.from].filter((way) => way !== undefined)
  if (ways.length > 1) throw misused('--boots, --last and --from exclude each other')
  if (asked.to !== undefined && asked.from === undefined) throw misused('--to needs a --from')
  if (asked.from !== undefined && asked.to !== undefined && asked.to <= asked.from)
    throw misused('--to must be after --from')
}

/** Asks the dock for its logs, makes it upload the selected ones, and waits and downloads if requested. */
export const collect = async (context: Context, dock: string, asked: Asked): Promise<void> => {
  checked(asked)
  const { crew, out } = context
  const listing = await askDock(context, dock, { ...asked, again: `groundcrew logs list ${dock} --ask` })
  const started = await crew.uploads.start(dock, {
    selections: selectionsFrom(listing, asked),
    ...(asked.retries === undefined ? {} : { retries: asked.retries }),
    ...(asked.finishBy === undefined ? {} : { finishBy: asked.finishBy }),
    ...(asked.note === undefined ? {} : { note: asked.note }),
    ...(asked.force ? { force: true } : {}),
  })
  const again = `groundcrew logs watch ${dock} ${started.id}`
  if (!asked.wait && asked.download === undefined) {
    out.record(started, () => started.id)
    if (!out.json) out.note(`To watch it: ${again}`)
    return
  }
  await watch(context, { dockSn: dock, id: started.id }, asked)
}

/** Watches an upload and its follow-ups to their end, which determines the exit status. */
export const watch = async (
  context: Context,
  of: { dockSn: string; id: string },
  { timeout, download: folder }: Pick<Asked, 'timeout' | 'download'>,
): Promise<void> => {
  const again = `groundcrew logs watch ${of.dockSn} ${of.id}`
  const ended = await watched(context, { timeout, again, step: stepOf }, (options) =>
    context.crew.uploads.waitFor(of, options),
  )
  showUpload(context, ended, { hint: folder === undefined })
  context.endsWith(exitOf(ended))
  if (folder !== undefined && ended.archives.some(({ state }) => state === 'verified'))
    await download(context, ended, { to: folder })
}
