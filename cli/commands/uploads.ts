import type { Archive, Upload } from '../../client/index.ts'
import type { Context } from '../context.ts'
import { type Exit, exit } from '../exit.ts'
import type { Step } from '../output/progress.ts'
import type { Column } from '../output/table.ts'
import { ago, bytes, lookOf, reasonWith } from '../output/words.ts'

/** Uploads on the command line, and the exit status of their end. */

export const uploadColumns: Column<Upload>[] = [
  { title: 'DOCK', value: ({ dockSn }) => dockSn, whole: true },
  { title: 'UPLOAD', value: ({ id }) => id, whole: true },
  { title: 'STATE', value: ({ state }) => state, style: ({ state }) => lookOf(state) },
  { title: 'MODULES', value: ({ archives }) => archives.map(({ module }) => module).join(',') },
  { title: 'STARTED', value: ({ createdAt }) => createdAt, shown: ({ createdAt }) => ago(createdAt) },
  { title: 'REASON', value: ({ failure }) => failure?.reason },
  { title: 'NOTE', value: ({ note }) => note },
]

const archiveColumns: Column<Archive>[] = [
  { title: 'MODULE', value: ({ module }) => module },
  { title: 'STATE', value: ({ state }) => state, style: ({ state }) => lookOf(state) },
  { title: 'SIZE', value: ({ sizeBytes }) => sizeBytes, shown: ({ sizeBytes }) => bytes(sizeBytes) },
  { title: 'BOOTS', value: ({ bootIndexes }) => bootIndexes.join(',') },
  { title: 'REASON', value: ({ failure }) => failure && reasonWith(failure) },
]

/** The combined progress of all archives. */
export const stepOf = ({ state, archives, nextTry, stalledSince }: Upload): Step => {
  const percent = archives.reduce((sum, archive) => sum + archive.percent, 0) / Math.max(1, archives.length)
  const rate = archives.reduce((sum, { bytesPerSecond = 0 }) => sum + bytesPerSecond, 0)
  const more = [
    rate > 0 && state === 'uploading' ? `${bytes(rate)}/s` : '',
    stalledSince === undefined ? '' : `silent since ${stalledSince}`,
    nextTry === undefined ? '' : `goes on at ${nextTry.at}`,
  ]
  return { text: [state, ...more].filter(Boolean).join(', '), part: percent / 100 }
}

/** The exit status for an upload that has ended. */
export const exitOf = ({ state }: Pick<Upload, 'state'>): Exit =>
  state === 'canceled' ? exit.stopped : state === 'verified' ? exit.done : exit.endedBadly

/** The result of an upload, as text; its JSON was printed while it was watched. */
export const showUpload = ({ out }: Context, upload: Upload, { hint }: { hint: boolean }): void => {
  if (out.json) return
  const { dockSn, id, state, archives, failure } = upload
  out.rows(archives, archiveColumns)
  if (failure !== undefined) out.note(out.safe(`${state}: ${reasonWith(failure)}`))
  if (hint && archives.some((archive) => archive.state === 'verified'))
    out.note(`To download: groundcrew logs download ${out.safe(dockSn)} ${out.safe(id)}`)
}
