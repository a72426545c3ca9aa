import type { Idempotency, idempotencyStore, Repeated } from '../http/idempotency.ts'
import { accepted, type HttpReply, problem, repeatedKey } from '../http/reply.ts'
import type { Begun } from './begin.ts'
import type { TooLong } from './long-uploads.ts'
import type { uploadReader } from './store.ts'
import { uploadHref, uploadView } from './view.ts'

/** HTTP replies to requests that start an upload. */

type Needs = {
  uploads: Pick<ReturnType<typeof uploadReader>, 'get'>
  idempotency: Pick<ReturnType<typeof idempotencyStore>, 'forget'>
  now: () => number
}

/** Replies with the upload as it is now. */
const showUpload = async (
  { uploads, now }: Omit<Needs, 'idempotency'>,
  dockSn: string,
  id: string,
): Promise<HttpReply> => {
  const upload = await uploads.get(dockSn, id)
  return upload
    ? accepted(uploadView(upload.request, upload.hot, now()), uploadHref(dockSn, id))
    : problem('not-found', 'What this Idempotency-Key made is no longer kept.')
}

/** Replies to a used Idempotency-Key: with the upload that it made, or that it belongs to another request. */
export const showRepeated = (
  use: Omit<Needs, 'idempotency'>,
  dockSn: string,
  repeated: Repeated,
): Promise<HttpReply> | HttpReply =>
  repeated.outcome === 'same' ? showUpload(use, dockSn, repeated.id) : repeatedKey()

/** The reply to a begun upload. If its command could not be sent, the Idempotency-Key may be used again. */
export const outcomeOf = async (
  use: Needs,
  { dockSn, id }: { dockSn: string; id: string },
  begun: Exclude<Begun, { outcome: 'changed' }>,
  idempotency: Idempotency | undefined,
): Promise<HttpReply> => {
  if (begun.outcome === 'begun') return showUpload(use, dockSn, id)
  if (begun.outcome === 'repeated') return showRepeated(use, dockSn, begun.repeated)
  if (begun.outcome === 'busy') return busy(use, dockSn, begun.activeUpload)
  await use.idempotency.forget(idempotency)
  return problem('command-not-sent', 'The upload was not started. Try again in a moment.')
}

/** Names the selections that would fit instead. */
export const tooLong = ({ estimatedSeconds, limitSeconds, part }: TooLong): HttpReply =>
  problem(
    'upload-too-long',
    part.length > 0
      ? `At the dock's best rate it takes ${estimatedSeconds} s and may take ${limitSeconds} s. Begin with \`selections\`.`
      : `At the dock's best rate it takes ${estimatedSeconds} s and may take ${limitSeconds} s: too long for even its first log.`,
    {
      estimatedSeconds,
      limitSeconds,
      selections: part.map(({ module, bootIndexes }) => ({ module, bootIndexes })),
    },
  )

/** If a collection started the active upload, the reply names that collection. */
const busy = async (
  { uploads }: Needs,
  dockSn: string,
  activeUpload: string | undefined,
): Promise<HttpReply> => {
  const active = activeUpload === undefined ? undefined : await uploads.get(dockSn, activeUpload)
  const by = active?.request.cause?.collectionId
  return problem(
    'dock-busy',
    [
      'A dock does one upload at a time. Wait for the one at `href`, or cancel it.',
      ...(by === undefined ? [] : [`It is of the collection ${by}.`]),
    ].join(' '),
    activeUpload ? { href: uploadHref(dockSn, activeUpload) } : {},
  )
}
